"""What a hook is run with, and what is kept of what it says."""

from __future__ import annotations

import json
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.node import Node
from agent.core.planning.plan import Hook
from agent.core.rollout.hook_words import KEPT, Said, filled, variables
from agent.core.rollout.hooks import BEFORE_STOP, HookCall

NODE = Node(name="jira-1.example.com", cluster="prod", address="192.0.2.11", localhome="/data")


def call(*words: str, **facts: str) -> HookCall:
    return HookCall(name=BEFORE_STOP, node=NODE.name, hook=Hook(run=words), facts=tuple(facts.items()))


def test_placeholders_are_filled_alone_and_inside_a_word() -> None:
    words = filled(call("drain", "{node}", "--at={address}:8080", "{cluster}/{node}"), NODE).hook.run
    assert words == ("drain", "jira-1.example.com", "--at=192.0.2.11:8080", "prod/jira-1.example.com")


def test_other_braces_stay_as_they_are() -> None:
    words = ("awk", "{ print $1 }", "${HOME}", "{}", "{{node}}", "{node", '{"a": 1}', "{NODE}")
    assert filled(call(*words), NODE).hook.run == (*words[:4], "{jira-1.example.com}", *words[5:])


def test_a_hook_is_told_node_address_cluster_which_hook_it_is_and_how_long_it_may_take() -> None:
    assert variables(filled(call("drain", PLAN="p-7"), NODE)) == {
        "FILESTORE_AGENT_NODE": "jira-1.example.com",
        "FILESTORE_AGENT_ADDRESS": "192.0.2.11",
        "FILESTORE_AGENT_CLUSTER": "prod",
        "FILESTORE_AGENT_HOOK": "before-stop",
        "FILESTORE_AGENT_TIMEOUT": "60",
        "FILESTORE_AGENT_PLAN": "p-7",
    }


@given(st.text())
def test_the_name_of_a_variable_is_never_more_than_a_name(name: str) -> None:
    (variable,) = variables(HookCall(name=BEFORE_STOP, node="n", hook=Hook(run=("x",)), facts=((name, "v"),)))
    assert variable.replace("_", "").isalnum()
    assert variable.isascii()
    assert variable == variable.upper()


@given(st.lists(st.binary(max_size=3 * KEPT), max_size=5))
def test_what_is_kept_is_the_beginning_and_the_end_however_the_pieces_came(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    said = reduce(Said.and_then, pieces, Said())
    assert len(said.head) + len(said.tail) + said.left_out == len(whole)
    assert whole.startswith(said.head)
    assert whole.endswith(said.tail)
    assert said.left_out == max(0, len(whole) - 2 * KEPT)


def test_what_is_left_out_is_told_with_its_size() -> None:
    said = Said().and_then(b"first\n").and_then(b"x" * 5 * KEPT).and_then(b"\nlast\n")
    assert said.text.startswith("first\nxxx")
    assert said.text.endswith("xxx\nlast")
    assert f"\n[{3 * KEPT + 12} bytes left out]\n" in said.text


@pytest.mark.parametrize("piece", [b"\xff", b"\x1b", b'"\\', *(it.encode() for it in "\u00e9\U0001d400\u200b")])
@pytest.mark.parametrize("size", [2 * KEPT, 20 * KEPT])
def test_what_becomes_longer_by_its_escapes_takes_no_more_room(piece: bytes, size: int) -> None:
    said = Said().and_then(b"first\n").and_then(piece * (size // len(piece))).and_then(b"\nlast")
    assert said.text.startswith("first\n")
    assert said.text.endswith("\nlast")
    assert " bytes left out]\n" in said.text
    assert len(said.text.encode()) <= 2 * KEPT + 40
    assert len(json.dumps(said.text)) < 50_000


def test_of_what_was_cut_for_its_escapes_it_is_told_how_much_is_missing_at_least() -> None:
    assert f"\n[at least {KEPT} bytes left out]\n" in Said().and_then(b"\xff" * (2 * KEPT - KEPT // 2)).text
    assert f"\n[at least {KEPT + KEPT * 3 // 2} bytes left out]\n" in Said().and_then(b"\xff" * 3 * KEPT).text


def test_what_just_fits_is_whole() -> None:
    assert Said().and_then(b"\xff" * (KEPT // 2)).text == "\\xff" * (KEPT // 2)


@given(st.binary(max_size=200))
def test_the_text_is_printable_line_by_line(said: bytes) -> None:
    assert all(line.isprintable() for line in Said().and_then(said).text.split("\n"))


def test_escapes_are_shown_and_credentials_are_not() -> None:
    said = b"\x1b]52;c;aGk=\x07 \xff\r\nGET https://kim:secret@lb.example.com/\n"
    assert Said().and_then(said).text == "\\x1b]52;c;aGk=\\x07 \\xff\nGET https://****@lb.example.com/"
