"""Is only that measured which went well from its beginning to its end?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.forecasting import PHASES, Sample, phases_of
from agent.core.rollout import events
from agent.core.rollout.events import Act, Cause, Event
from tests.core.forecasting.pasts import at, begun, ended

READY = Sample(node="jira-1", act=Act.START, seconds=600)
INTERRUPTIONS: list[Event] = [
    events.RolloutResumed(epoch=2, holder="ops", host="ws"),
    events.RolloutHalted(cause=Cause.SICK, node="jira-2", reason="", next=""),
    events.RolloutEnded(outcome="halted"),
    events.RolloutStarted(
        plan="p", cluster="c", shape="rolling", change="tuning", epoch=1, holder="", host="", steps=()
    ),
    events.MoveRefused(act=Act.START, node="jira-1", code="", reason=""),
    events.NodeUnreachable(act=Act.START, node="jira-1", reason=""),
    events.AnswerLost(act=Act.START, node="jira-1", reason=""),
    events.HookFailed(act=Act.DRAIN, node="jira-1", reason="", output=""),
    events.TimedOut(act=Act.START, node="jira-1", seconds=7200, reason=""),
    events.NodeSick(node="jira-1", reason=""),
    events.NodeRevived(node="jira-1"),
    events.StepReopened(node="jira-1", on_disk="", committed=False, ours=False, down=True),
    events.StepSkipped(node="jira-1", reason=""),
]
BYSTANDING: list[Event] = [
    events.NodeSeen(node="jira-1", state="starting"),
    events.NodeAwaited(act=Act.START, node="jira-1", state="starting", seconds=60, limit=7200),
    events.NodeProgressed(node="jira-1", what="a reindex"),
    events.ReadySeen(node="jira-1", streak=2),
    events.StartAsked(node="jira-1"),
    events.NodeStopped(node="jira-1"),
    events.AnswerLost(act=Act.START, node="jira-2", reason=""),
    events.RolloutUndone(by=None, holder="", host=""),
]


@pytest.mark.parametrize("act", PHASES)
def test_a_phase_lasts_from_its_beginning_to_its_good_end(act: Act) -> None:
    assert phases_of([begun(act, 0), ended(act, 12.5)]) == (Sample(node="jira-1", act=act, seconds=12.5),)


def test_nodes_that_begin_together_are_measured_apart() -> None:
    stream = [begun(Act.STAGE, 0, "jira-1", "jira-2"), ended(Act.STAGE, 1), ended(Act.STAGE, 3, "jira-2")]
    assert [(it.node, it.seconds) for it in phases_of(stream)] == [("jira-1", 1), ("jira-2", 3)]


@pytest.mark.parametrize("event", INTERRUPTIONS, ids=lambda it: type(it).__name__)
def test_what_was_broken_off_is_not_counted(event: Event) -> None:
    assert phases_of([begun(Act.START, 0), event, ended(Act.START, 600)]) == ()


@pytest.mark.parametrize("event", BYSTANDING, ids=lambda it: type(it).__name__)
def test_what_happens_on_the_way_or_elsewhere_breaks_nothing_off(event: Event) -> None:
    assert phases_of([begun(Act.START, 0), event, ended(Act.START, 600)]) == (READY,)


def test_an_act_that_is_begun_anew_is_measured_from_there() -> None:
    assert phases_of([begun(Act.START, 0), INTERRUPTIONS[0], begun(Act.START, 900), ended(Act.START, 1500)]) == (READY,)


def test_one_beginning_has_one_end() -> None:
    assert phases_of([begun(Act.START, 0), ended(Act.START, 600), ended(Act.START, 900)]) == (READY,)


def test_an_end_without_a_beginning_is_nothing() -> None:
    assert phases_of([ended(act, 600) for act in PHASES]) == ()


@pytest.mark.parametrize("seconds", [-1, 7 * 24 * 3600 + 1])
def test_a_clock_that_jumped_is_left_out(seconds: float) -> None:
    assert phases_of([begun(Act.START, 0), ended(Act.START, seconds)]) == ()


@pytest.mark.parametrize("seconds", [0, 7 * 24 * 3600])
def test_the_longest_and_the_shortest_are_counted(seconds: float) -> None:
    assert [it.seconds for it in phases_of([begun(Act.START, 0), ended(Act.START, seconds)])] == [seconds]


@pytest.mark.parametrize("moment", ["", "noon", "2026-11-22T10:10:00", "2026-13-01T00:00:00Z", "9" * 400])
def test_a_moment_that_is_none_measures_nothing(moment: str) -> None:
    end = events.NodeReady(node="jira-1", at=moment)
    start = events.MoveStarted(act=Act.START, nodes=("jira-1",), at=moment)
    assert phases_of([begun(Act.START, 0), end]) == ()
    assert phases_of([start, ended(Act.START, 600)]) == ()


def test_moments_are_read_in_any_zone() -> None:
    start = events.MoveStarted(act=Act.START, nodes=("jira-1",), at="2026-11-22T10:00:00Z")
    end = events.NodeReady(node="jira-1", at="2026-11-22T11:10:00+01:00")
    assert phases_of([start, end]) == (READY,)


MOMENTS = st.one_of(st.text(max_size=30), st.datetimes().map(str), st.floats(-1e6, 1e6).map(at))
EVENTS = st.one_of(
    st.builds(events.MoveStarted, act=st.sampled_from(Act), nodes=st.just(("jira-1",)), at=MOMENTS),
    st.builds(events.NodeReady, node=st.just("jira-1"), at=MOMENTS),
    st.builds(events.NodeStopped, node=st.just("jira-1"), at=MOMENTS),
    st.sampled_from(INTERRUPTIONS),
)


@given(st.lists(EVENTS, max_size=12))
def test_no_journal_gives_a_length_that_cannot_be(stream: list[Event]) -> None:
    samples = phases_of(stream)
    assert all(0 <= it.seconds <= 7 * 24 * 3600 for it in samples)
    assert len(samples) <= sum(isinstance(event, events.MoveStarted) for event in stream)
