"""What a person hears of a rollout: every setback and trouble, and no noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.report import Tone
from agent.core.rollout import events
from agent.core.rollout.events import Act, Cause, Event
from agent.core.rollout.telling import doing, tell

if TYPE_CHECKING:
    from agent.core.report import Line


def _told(event: Event) -> tuple[str, Tone] | None:
    line: Line | None = tell(event)
    return None if line is None else (line.text, line.tone)


@settings(max_examples=200, deadline=None)
@given(st.one_of(*(st.from_type(kind) for kind in get_args(Event))))
def test_every_event_can_be_told_or_is_passed_over(event: Event) -> None:
    line = tell(event)
    assert line is None or line.text


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (events.MoveStarted(act=Act.STAGE, nodes=("jira-2", "jira-1")), ("staging on jira-[1-2]", Tone.QUIET)),
        (events.MoveStarted(act=Act.CLAIM, nodes=("jira-1",)), ("locking jira-1", Tone.QUIET)),
        (events.StopAsked(node="jira-1"), ("jira-1: stopping", Tone.QUIET)),
        (events.StartAsked(node="jira-1"), ("jira-1: starting", Tone.QUIET)),
        (
            events.NodeAwaited(act=Act.START, node="jira-1", state="starting", seconds=721.5, limit=7200),
            ("jira-1: starting, 12m of 2h", Tone.QUIET),
        ),
        (
            events.NodeAwaited(act=Act.START, node="jira-1", state="down", seconds=3900, limit=5400),
            ("jira-1: starting (it is down), 1h05m of 1h30m", Tone.QUIET),
        ),
        (
            events.NodeAwaited(act=Act.STOP, node="jira-1", state="running", seconds=60, limit=90),
            ("jira-1: stopping, 60s of 90s", Tone.QUIET),
        ),
        (
            events.StageLeft(node="jira-1", reason="the line is cut"),
            ("jira-1: what was staged may still lie beside the file (the line is cut)", Tone.CARE),
        ),
        (events.ReadySeen(node="jira-1", streak=2), ("jira-1: ready, 2 in a row", Tone.GOOD)),
        (events.NodeReady(node="jira-1"), ("jira-1: done, it runs with the right file", Tone.GOOD)),
        (
            events.AnswerLost(act=Act.COMMIT, node="jira-1", reason="x"),
            ("jira-1: the answer to commit was lost; looking what happened", Tone.CARE),
        ),
        (
            events.ConfigRestored(node="jira-1", digest="d", receipt=None),
            ("jira-1: the file is as it was before", Tone.CARE),
        ),
        (
            events.MoveRefused(act=Act.STAGE, node="jira-1", code="no-space", reason="no space"),
            ("jira-1: no space", Tone.BAD),
        ),
        (
            events.LockRefused(node="jira-1", holder="ann", host="desk", plan="p", epoch=1, since="noon"),
            ("jira-1: held by ann@desk since noon", Tone.BAD),
        ),
        (
            events.RolloutHalted(cause=Cause.SICK, node="jira-1", reason="it is down", next="x"),
            ("halted: jira-1: it is down", Tone.BAD),
        ),
        (
            events.RolloutHalted(cause=Cause.INTERRUPTED, node=None, reason="asked to stop", next="x"),
            ("halted: asked to stop", Tone.BAD),
        ),
        (
            events.TimedOut(act=Act.STOP, node="jira-1", seconds=60, reason="still there"),
            ("jira-1: still there", Tone.BAD),
        ),
        (
            events.RolloutResumed(epoch=8, holder="ann", host="desk"),
            ("gone on with by ann@desk (epoch 8); looking where each node stands", Tone.QUIET),
        ),
        (
            events.RolloutUndone(by="plan-2", holder="ann", host="desk"),
            ("put back by plan plan-2", Tone.CARE),
        ),
        (
            events.RolloutUndone(by=None, holder="ann", host="desk"),
            ("ended; there was nothing to put back", Tone.CARE),
        ),
        (
            events.NodeCleared(node="jira-1", state="running", process=None),
            ("jira-1: may be restarted now; it is running, and the others that must run do", Tone.QUIET),
        ),
        (
            events.ClearancePostponed(node="jira-1", other="jira-2", reason="jira-2 first"),
            ("jira-1: waits (jira-2 first)", Tone.QUIET),
        ),
        (
            events.ClearanceDenied(node="jira-1", other="jira-2", cause=Cause.REFUSED, reason="jira-2 is down"),
            ("jira-1: may not be restarted now: jira-2 is down", Tone.BAD),
        ),
        (
            events.StepReopened(node="jira-1", on_disk="d", committed=True, ours=True, down=True),
            ("jira-1: has the new file and does not run; its step begins anew", Tone.QUIET),
        ),
        (
            events.StepReopened(node="jira-1", on_disk="d", committed=True, ours=True, down=False, started=True),
            ("jira-1: has the new file and has locked itself at start; its step begins anew", Tone.QUIET),
        ),
        (
            events.StepReopened(node="jira-1", on_disk="d", committed=False, ours=False, down=False),
            ("jira-1: has its earlier file; its step begins anew", Tone.QUIET),
        ),
        (events.NodeDrained(node="jira-1", seconds=2.4, output=""), ("jira-1: drained in 2s", Tone.QUIET)),
        (events.NodeAdmitted(node="jira-1", seconds=2.4, output=""), ("jira-1: back in the balancer", Tone.GOOD)),
        (
            events.NodeReadmitted(node="jira-1", seconds=2.4, output=""),
            ("jira-1: back in the balancer, as it was before", Tone.CARE),
        ),
        (
            events.HookFailed(act=Act.DRAIN, node="jira-1", reason="the hook before-stop failed", output=""),
            ("jira-1: the hook before-stop failed", Tone.BAD),
        ),
        (
            events.NodeProgressed(node="jira-1", what="a reindex is at work"),
            ("jira-1: a reindex is at work; the deadline counts from here", Tone.QUIET),
        ),
        (
            events.NodeDiagnosed(
                node="jira-1",
                code="x",
                blames_config=True,
                confidence="certain",
                sentence="it lacks a region",
                line="",
                hint="see validate",
            ),
            ("jira-1: it lacks a region (certain); see validate", Tone.BAD),
        ),
        (
            events.NodeDiagnosed(
                node="jira-1",
                code="unread",
                blames_config=False,
                confidence="",
                sentence="its log could not be read",
                line="",
                hint="",
            ),
            ("jira-1: its log could not be read", Tone.BAD),
        ),
        (
            events.StepSkipped(node="jira-1", reason="x"),
            ("jira-1: given up on; the failure budget allows it, and it counts as down", Tone.CARE),
        ),
        (events.NodeSeen(node="jira-1", state="maintenance"), ("jira-1: maintenance", Tone.QUIET)),
        (
            events.NodeRevived(node="jira-1"),
            ("jira-1: serves again, with the file it had before", Tone.CARE),
        ),
        (events.LockLeft(node="jira-1", reason="no answer"), ("jira-1: no answer", Tone.CARE)),
    ],
)
def test_an_event_is_told_in_plain_words(event: Event, told: tuple[str, Tone]) -> None:
    assert _told(event) == told


@pytest.mark.parametrize(
    "event",
    [
        events.MoveStarted(act=Act.STOP, nodes=("jira-1",)),
        events.MoveStarted(act=Act.START, nodes=("jira-1",)),
        events.NodeClaimed(node="jira-1"),
        events.ConfigStaged(node="jira-1", digest="d"),
        events.LockReleased(node="jira-1"),
        events.RolloutEnded(outcome="ok"),
        events.NodeSeen(node="jira-1", state="starting"),
        events.LockRefused(node="jira-1", holder="", host="", plan="", epoch=9, since=""),
    ],
)
def test_what_was_told_at_its_begin_is_not_told_again(event: Event) -> None:
    assert _told(event) is None


def test_every_act_that_changes_a_node_is_told_as_it_begins_or_by_its_own_event() -> None:
    silent = [act for act in Act if _told(events.MoveStarted(act=act, nodes=("jira-1",))) is None]

    assert silent == [Act.STOP, Act.START]


@pytest.mark.parametrize("act", Act)
def test_every_act_has_words_for_people_and_none_is_the_internal_one(act: Act) -> None:
    words = doing(act, ("jira-2", "jira-1"))
    assert words.endswith(" jira-[1-2]")
    assert act not in words.split()


def test_the_removal_of_what_was_staged_is_called_so() -> None:
    assert doing(Act.DISCARD, ("jira-1",)) == "removing what was staged on jira-1"
