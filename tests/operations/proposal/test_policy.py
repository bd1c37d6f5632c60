"""Policy: the words of a command line, held against the inventory's own grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.node import Node
from agent.errors import InputError
from agent.operations.proposal.policy import Policy, looked_up, read_count, read_duration, read_policy

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = tuple(
    Node(
        name=f"jira-{number}.example.org", cluster="prod", address="a", localhome="/h", tags=frozenset({f"az-{number}"})
    )
    for number in (1, 2, 3)
)


def test_what_was_not_said_is_left_to_the_inventory() -> None:
    assert read_policy() == Policy()
    assert Policy().words == ()
    assert Policy().said == frozenset()


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("12", 12), ("25%", "25%"), ("99%", "99%")])
def test_a_budget_is_a_count_or_a_share(text: str, value: int | str) -> None:
    assert read_policy(max_unavailable=text).max_unavailable == value


@pytest.mark.parametrize(
    "text", ["0", "-1", "abc", "200%", "100%", "0%", " 1", "1 ", "1.5", "1e3", "\u0661", "%", "12345", "+1", "\x1b[31m"]
)
def test_any_other_budget_is_refused_in_words_that_can_be_shown(text: str) -> None:
    with pytest.raises(InputError, match=r"^--max-unavailable: ") as refusal:
        read_policy(max_unavailable=text)
    assert str(refusal.value).isprintable()


@given(text=st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_policy(text: str) -> None:
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_policy(max_unavailable=text),
        lambda: read_policy(pause_after=text),
        lambda: read_policy(reason=text),
        lambda: looked_up(read_policy(canary=text), NODES),
        lambda: read_duration("--valid-for", text),
    )
    for read in readers:
        refusal = _refusal_of(read)
        assert refusal is None or refusal.isprintable()


def _refusal_of(read: Callable[[], object]) -> str | None:
    try:
        read()
    except InputError as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("jira-2", ["jira-2"]),
        ("JIRA-2.example.org", ["jira-2"]),
        ("jira-[2-3]", ["jira-2", "jira-3"]),
        ("@az-1,jira-3", ["jira-1", "jira-3"]),
    ],
)
def test_canaries_are_named_as_nodes_are_for_limit(text: str, names: list[str]) -> None:
    found = looked_up(read_policy(canary=text), NODES)

    assert found.canary == tuple(f"{name}.example.org" for name in names)
    assert looked_up(found, NODES) == found


def test_canaries_may_be_counted() -> None:
    assert looked_up(read_policy(canary="0"), NODES).canary == 0
    assert read_policy(canary="2").canary == 2


@pytest.mark.parametrize("text", ["-1", "99999", "jira-9", "jira-[", "@nowhere", "  "])
def test_any_other_canary_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^--canary: "):
        looked_up(read_policy(canary=text), NODES)


@pytest.mark.parametrize("text", ["two\nlines", "\x1b[2J", "a\u202eb", "r" * 201])
def test_a_reason_is_one_line_that_can_be_shown(text: str) -> None:
    with pytest.raises(InputError, match=r"^--reason: ") as refusal:
        read_policy(reason=text)
    assert str(refusal.value).isprintable()
    assert read_policy(reason="Größerer Bucket, CHG-7").reason == "Größerer Bucket, CHG-7"


def test_counts_and_durations_have_their_grammar() -> None:
    assert (read_count("--last", None), read_count("--last", "7")) == (None, 7)
    assert read_duration("--valid-for", "2h") == 7200.0
    for text in ("0", "-3", "x", ""):
        with pytest.raises(InputError, match=r"^--last: "):
            read_count("--last", text)
    for text in ("2", "0s", "169h", "h"):
        with pytest.raises(InputError, match=r"^--valid-for: "):
            read_duration("--valid-for", text)


def test_the_words_can_be_said_again() -> None:
    policy = read_policy(canary="2", max_unavailable="25%", pause_after="3", reason="why not", without_rest=True)

    words = ("--canary", "2", "--max-unavailable", "25%", "--pause-after", "3", "--reason", "why not")
    assert (policy.words, policy.said) == (words, frozenset({"--without-rest"}))
    assert Policy(canary=("a", "b")).words == ("--canary", "a,b")
