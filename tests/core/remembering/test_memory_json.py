"""A memory as bytes: read back as it was, and refused with a reason wherever it is anything else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from agent.core.altered import altered
from agent.core.remembering import memory_json
from agent.core.remembering.memory import Memory, Told
from agent.core.remembering.memory_json import LIMIT, NewerFormatError, decode, encode
from agent.core.remembering.news import told_now, with_told
from agent.core.strict_json import dump, sealed, unsealed
from tests.core.remembering.checks import CHECKS, KNOWN, NOON, Check, after_each, checked, saw, story, whole

if TYPE_CHECKING:
    from collections.abc import Callable


def remembered() -> Memory:
    memory = checked(story("SPLIT"), *whole("CURRENT", "SPLIT", "UNREACHABLE"), at=NOON + 60)
    return with_told(memory, {"sha256:0": told_now(memory, None, KNOWN)})


def resealed(change: Callable[[dict[str, Any]], None]) -> bytes:
    """What somebody makes of it who edits on purpose and seals anew."""
    body = unsealed(json.loads(encode(remembered())))
    change(body)
    return dump(sealed(body))


def test_a_memory_is_read_back_as_it_was() -> None:
    assert decode(encode(remembered()), "prod") == remembered()


@given(CHECKS)
@settings(max_examples=40)
def test_every_memory_that_checks_leave_is_read_back_as_it_was(checks: list[Check]) -> None:
    for _, memory, _, _ in after_each(checks):
        told = with_told(memory, {"key": told_now(memory, memory.told.get("key"), KNOWN)})
        assert decode(encode(told), "prod") == told


def test_whichever_byte_is_flipped_it_is_refused() -> None:
    content = encode(remembered())
    for place in range(len(content)):
        for bit in (1, 4, 32):
            damaged = bytearray(content)
            damaged[place] ^= bit
            with pytest.raises(ValueError, match=r"."):
                decode(bytes(damaged), "prod")


def test_wherever_it_is_cut_it_is_refused() -> None:
    content = encode(remembered())
    for length in range(len(content)):
        with pytest.raises(ValueError, match=r"."):
            decode(content[:length], "prod")


def test_the_memory_of_another_cluster_is_refused() -> None:
    with pytest.raises(ValueError, match="another cluster"):
        decode(encode(remembered()), "test")


def test_a_newer_format_is_told_apart_from_damage() -> None:
    with pytest.raises(NewerFormatError, match="format 2 is newer"):
        decode(resealed(lambda body: body.update(format=2, more={})), "prod")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda body: body.update(format=0), "not a memory"),
        (lambda body: body.update(format="1"), "not a memory"),
        (lambda body: body.update(more=1), "unknown key 'more'"),
        (lambda body: body.pop("unmade"), "'unmade' is missing"),
        (lambda body: body.update(checked_at=None), "not a moment"),
        (lambda body: body.update(checked_at=1e15), "not a moment"),
        (lambda body: body.update(checked_at=NOON), "later than its last check"),
        (lambda body: body.update(nodes=[]), "nodes: not an object"),
        (lambda body: body.update(changes={}), "changes: not a list"),
        (lambda body: body.update(changes=body["changes"] * 60), "further than any memory"),
        (lambda body: body["nodes"]["jira-1"].update(standing=1), "standing: not str"),
        (lambda body: body["nodes"]["jira-1"].update(first_seen=NOON + 60, last_seen=NOON), "before it was seen first"),
        (lambda body: body["nodes"]["jira-1"].update(recent=["SPLIT"] * 21), "further than any memory"),
        (lambda body: body["nodes"]["jira-1"].update(last_seen=-1.0), "later than its last check"),
        (lambda body: body["told"]["sha256:0"].update(conditions={"jira-1": 1}), "not text"),
        (lambda body: body["told"].update(other=[]), "told: not an object"),
    ],
)
def test_what_no_check_leaves_behind_is_refused_though_it_is_sealed(
    change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(resealed(change), "prod")


def test_what_is_too_long_loses_its_earliest_changes_and_then_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(cluster="prod")
    for number in range(100):
        memory = checked(memory, saw("jira-1", ("SPLIT", "CURRENT")[number % 2]), at=NOON + number)
    monkeypatch.setattr(memory_json, "LIMIT", len(encode(memory)) - 1)
    assert decode(encode(memory), "prod").changes == memory.changes[:50]
    monkeypatch.setattr(memory_json, "LIMIT", 100)
    with pytest.raises(ValueError, match="larger than 100 bytes"):
        encode(memory)


def test_a_thousand_nodes_with_all_the_past_that_is_kept_fit() -> None:
    nodes = [f"jira-{number}.datacentre-{number}.example.com" for number in range(1000)]
    memory = Memory(cluster="prod")
    for number in range(21):
        seen = [saw(node, "RESTART_PENDING" if number % 2 else "UNREACHABLE", "wrong-home") for node in nodes]
        memory = checked(memory, *seen, at=NOON + number, known=frozenset(nodes))
    told = {f"sha256:{number}": told_now(memory, None, frozenset(nodes)) for number in range(10)}
    content = encode(with_told(memory, told))
    assert len(content) < LIMIT / 4
    assert decode(content, "prod").told == told


def test_what_one_was_told_is_never_later_than_the_last_check() -> None:
    late = with_told(remembered(), {"sha256:1": Told(at=NOON + 1e6, conditions={})})
    assert decode(encode(late), "prod") == late
    assert altered(late, checked_at=NOON + 60).told["sha256:1"].at == NOON + 60
