from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.observation import Incarnation
from agent.core.rollout.events import Act, Cause, Event, MoveStarted, NodeCleared, RolloutEnded, TimedOut
from agent.core.rollout.events_json import from_json, to_json

st.register_type_strategy(float, st.floats(allow_nan=False))  # not a number is not equal to itself
EVENTS = st.one_of(*(st.from_type(kind) for kind in get_args(Event)))
ENDED = {"event": "RolloutEnded", "outcome": "ok", "at": ""}


@settings(max_examples=300, deadline=None)
@given(EVENTS)
def test_every_event_comes_back_from_json_as_it_was(event: Event) -> None:
    text = json.dumps(to_json(event))
    assert from_json(json.loads(text)) == event


def test_an_event_reads_as_its_name_and_fields() -> None:
    assert to_json(MoveStarted(act=Act.COMMIT, nodes=("jira-1",), at="noon")) == {
        "event": "MoveStarted",
        "act": "commit",
        "nodes": ["jira-1"],
        "at": "noon",
    }


def test_words_come_back_as_words_and_not_as_mere_text() -> None:
    event = from_json({"event": "RolloutHalted", "cause": "sick", "node": None, "reason": "", "next": ""})
    assert type(event.cause) is Cause  # type: ignore[union-attr]  # a RolloutHalted


def test_a_number_of_seconds_may_be_whole() -> None:
    written = to_json(TimedOut(act=Act.STOP, node="jira-1", seconds=60, reason=""))
    assert from_json(json.loads(json.dumps(written))) == TimedOut(act=Act.STOP, node="jira-1", seconds=60.0, reason="")


def test_a_process_inside_an_event_comes_back() -> None:
    event = NodeCleared(node="jira-1", state="running", process=Incarnation(boot_id="b", ticks=3))
    assert from_json(to_json(event)) == event


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (None, "an object"),
        ([], "an object"),
        ({"outcome": "ok"}, "the key `event`"),
        ({"event": 1}, "the key `event`"),
        ({"event": "Exploded"}, "no event 'Exploded'"),
        ({**ENDED, "extra": 1}, "unknown key 'extra'"),
        ({"event": "RolloutEnded"}, "'outcome' is missing"),
        ({**ENDED, "outcome": 1}, "not str"),
        ({**ENDED, "at": None}, "not str"),
        ({"event": "MoveStarted", "act": "explode", "nodes": []}, "none of claim"),
        ({"event": "MoveStarted", "act": "stage", "nodes": "jira-1"}, "not a list"),
        ({"event": "MoveStarted", "act": "stage", "nodes": [1]}, "not str"),
        ({"event": "ReadySeen", "node": "jira-1", "streak": True}, "not int"),
        ({"event": "ReadySeen", "node": "jira-1", "streak": 1.0}, "not int"),
        ({"event": "NodeCleared", "node": "a", "state": "", "process": "x"}, "not an object"),
        ({"event": "NodeCleared", "node": "a", "state": "", "process": {"boot_id": "b"}}, "'ticks' is missing"),
    ],
)
def test_what_to_json_would_not_write_is_refused(value: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_json(value)


def test_the_end_reads_back() -> None:
    assert from_json(ENDED) == RolloutEnded(outcome="ok")
