"""A rollout told from its journal: the row of a list, and one in detail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.core.document import digest_of
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    Cause,
    ConfigCommitted,
    ConfigRestored,
    ConfigStaged,
    Event,
    HookFailed,
    LockReleased,
    MoveRefused,
    MoveStarted,
    NodeAdmitted,
    NodeDiagnosed,
    NodeDrained,
    NodeReadmitted,
    NodeReady,
    NodeRevived,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
    StageDiscarded,
    StartAsked,
    StepFacts,
    StepReopened,
    StepSkipped,
    StopAsked,
    TimedOut,
)
from agent.core.rollout.past import Fate, is_whole, past_of
from agent.core.rollout.past_detail import Diagnosis, Result, detail_of
from agent.core.rollout.past_times import Phase, seconds_between
from tests.core.planning.test_plan_json import PLAN

if TYPE_CHECKING:
    from agent.core.rollout.past_detail import NodePast

OLD, NEW = digest_of(b"<old/>"), digest_of(b"<new/>")
NODES = ("jira-1", "jira-2")


def at(seconds: int) -> str:
    return f"2026-01-01T10:{seconds // 60:02}:{seconds % 60:02}Z"


def facts(node: str) -> StepFacts:
    return StepFacts(node=node, expected=OLD, digest=NEW, restart=True, running=True, document=True)


STARTED = RolloutStarted(
    plan="p1",
    cluster="prod",
    shape="rolling",
    change="tuning",
    epoch=1,
    holder="kim",
    host="desk",
    steps=tuple(map(facts, NODES)),
    at=at(0),
    reason="CHG-1",
    undoes="p0",
)
RESUMED = RolloutResumed(epoch=2, holder="ann", host="laptop", at=at(1000))
ENDED = RolloutEnded(outcome="ok", at=at(100))
HALTED = RolloutHalted(cause=Cause.SICK, node="jira-1", reason="it is down", next="status", at=at(90))
DIAGNOSED = NodeDiagnosed(
    node="jira-1",
    code="no-bucket",
    blames_config=True,
    confidence="sure",
    sentence="the bucket does not exist",
    line="NoSuchBucket",
    hint="name another",
)
DIAGNOSIS = Diagnosis(
    node="jira-1",
    code="no-bucket",
    blames_config=True,
    confidence="sure",
    sentence="the bucket does not exist",
    line="NoSuchBucket",
    hint="name another",
)


def test_a_row_says_who_began_what_when_and_how_it_ended() -> None:
    row = past_of("p1", (STARTED, ENDED))
    assert (row.plan, row.cluster, row.shape, row.change, row.nodes) == ("p1", "prod", "rolling", "tuning", NODES)
    assert (row.holder, row.host, row.reason, row.undoes) == ("kim", "desk", "CHG-1", "p0")
    assert (row.fate, row.outcome, row.begun, row.last, row.seconds) == (Fate.ENDED, "ok", at(0), at(100), 100.0)


@pytest.mark.parametrize(
    ("told", "fate", "outcome", "by"),
    [
        ((), Fate.NOT_BEGUN, None, None),
        ((STARTED,), Fate.BROKEN_OFF, None, None),
        ((STARTED, HALTED), Fate.BROKEN_OFF, None, None),
        ((STARTED, HALTED, ENDED, LockReleased(node="jira-1")), Fate.ENDED, "ok", None),
        ((STARTED, ENDED, RESUMED), Fate.BROKEN_OFF, "ok", None),
        ((STARTED, ENDED, RESUMED, replace(ENDED, outcome="halted")), Fate.ENDED, "halted", None),
        ((STARTED, ENDED, RolloutUndone(by="p2", holder="", host="")), Fate.PUT_BACK, "ok", "p2"),
        ((STARTED, RolloutUndone(by=None, holder="", host="")), Fate.PUT_BACK, None, None),
    ],
)
def test_the_fate_is_the_last_word_on_the_whole(
    told: tuple[Event, ...], fate: Fate, outcome: str | None, by: str | None
) -> None:
    row = past_of("p1", told)
    assert (row.fate, row.outcome, row.put_back_by) == (fate, outcome, by)


def test_the_time_between_a_break_and_its_resumption_is_not_counted() -> None:
    undone = RolloutUndone(by="p2", holder="", host="", at=at(3000))
    told = (STARTED, replace(ENDED, at=at(10)), RESUMED, replace(ENDED, at=at(1030)), undone)
    assert past_of("p1", told).seconds == 40.0


@pytest.mark.parametrize(
    ("early", "late", "seconds"),
    [
        (at(1), at(61), 60.0),
        (at(1), at(0), None),
        ("", at(0), None),
        (at(0), "noon", None),
        ("2026-01-01T10:00:00", at(0), None),
    ],
)
def test_what_is_no_moment_is_not_timed(early: str, late: str, seconds: float | None) -> None:
    assert seconds_between(early, late) == seconds


def test_a_rollout_resumed_from_elsewhere_is_told_with_its_plan() -> None:
    row = past_of("p1", (RESUMED,), PLAN)
    assert not is_whole((RESUMED,))
    assert not is_whole(())
    assert is_whole((STARTED,))
    assert (row.holder, row.begun, row.cluster, row.shape, row.change) == ("ann", at(1000), "prod", "rolling", "tuning")
    assert row.nodes == ("jira-1", "jira-2", "jira-3", "jira-4")
    assert row.reason is None


def test_without_a_beginning_and_without_a_plan_what_is_not_known_is_none() -> None:
    row = past_of("p1", (LockReleased(node="jira-1"),))
    assert (row.holder, row.begun, row.cluster, row.shape, row.nodes, row.seconds) == (None, None, None, None, (), None)
    assert detail_of("p1", ()).nodes == ()


def first(*told: Event) -> NodePast:
    return detail_of("p1", (STARTED, *told)).nodes[0]


LOST = AnswerLost(act=Act.COMMIT, node="jira-1", reason="timeout")
COMMITTED = ConfigCommitted(node="jira-1", digest=NEW, receipt=None)
REOPENED = StepReopened(node="jira-1", on_disk=NEW, committed=True, ours=True, down=False)


@pytest.mark.parametrize(
    ("told", "result", "on_disk", "note"),
    [
        ((), Result.NOT_TOUCHED, OLD, None),
        ((ConfigStaged(node="jira-1", digest=NEW),), Result.STAGED, OLD, None),
        ((ConfigStaged(node="jira-1", digest=NEW), StageDiscarded(node="jira-1")), Result.NOT_CHANGED, OLD, None),
        ((COMMITTED, StageDiscarded(node="jira-1")), Result.COMMITTED, NEW, None),
        ((COMMITTED, ReadySeen(node="jira-1", streak=1)), Result.COMMITTED, NEW, None),
        ((StopAsked(node="jira-1"),), Result.STOPPED, OLD, None),
        ((COMMITTED, StartAsked(node="jira-1")), Result.STARTED, NEW, None),
        ((COMMITTED, NodeReady(node="jira-1")), Result.DONE, NEW, None),
        (
            (COMMITTED, NodeReady(node="jira-1"), MoveRefused(act=Act.RELEASE, node="jira-1", code="x", reason="no")),
            Result.DONE,
            NEW,
            None,
        ),
        ((COMMITTED, ConfigRestored(node="jira-1", digest=OLD, receipt=None)), Result.PUT_BACK, OLD, None),
        ((NodeSick(node="jira-1", reason="down"), NodeRevived(node="jira-1")), Result.REVIVED, OLD, None),
        ((NodeSick(node="jira-1", reason="down"),), Result.SICK, OLD, "down"),
        ((StepSkipped(node="jira-1", reason="down"),), Result.SKIPPED, OLD, "down"),
        ((TimedOut(act=Act.START, node="jira-1", seconds=9, reason="slow"),), Result.TIMED_OUT, OLD, "slow"),
        ((NodeUnreachable(act=Act.STAGE, node="jira-1", reason="gone"),), Result.UNREACHABLE, OLD, "gone"),
        ((LOST,), Result.UNKNOWN, None, "timeout"),
        ((LOST, COMMITTED), Result.COMMITTED, NEW, None),
        ((LOST, MoveRefused(act=Act.COMMIT, node="jira-1", code="x", reason="no")), Result.REFUSED, OLD, "no"),
        (
            (
                COMMITTED,
                replace(LOST, act=Act.RESTORE),
                MoveRefused(act=Act.RESTORE, node="jira-1", code="", reason=""),
            ),
            Result.REFUSED,
            NEW,
            "",
        ),
        ((COMMITTED, MoveRefused(act=Act.COMMIT, node="jira-1", code="x", reason="no")), Result.REFUSED, NEW, "no"),
        ((LOST, REOPENED), Result.COMMITTED, NEW, None),
        ((LOST, replace(REOPENED, down=True)), Result.STOPPED, NEW, None),
        ((LOST, replace(REOPENED, ours=False, on_disk=OLD)), Result.NOT_CHANGED, OLD, None),
    ],
)
def test_the_result_of_a_node_is_the_last_event_that_says_so(
    told: tuple[Event, ...], result: Result, on_disk: str | None, note: str | None
) -> None:
    node = first(*told)
    assert (node.before, node.wanted) == (OLD, NEW)
    assert (node.result, node.on_disk, node.note) == (result, on_disk, note)


def test_events_of_one_node_say_nothing_of_another() -> None:
    assert detail_of("p1", (STARTED, COMMITTED)).nodes[1].result is Result.NOT_TOUCHED


def test_why_a_node_had_a_step_is_in_its_plan() -> None:
    assert [node.reason for node in detail_of("p1", (STARTED,), PLAN).nodes] == ["it differs"] * 2
    assert [node.reason for node in detail_of("p1", (STARTED,)).nodes] == [None] * 2


@pytest.mark.parametrize("told", [(DIAGNOSED, HALTED), (HALTED, DIAGNOSED)])
def test_a_halt_comes_with_what_the_log_said_of_its_node(told: tuple[Event, ...]) -> None:
    (halt,) = detail_of("p1", (STARTED, *told, replace(DIAGNOSED, node="jira-2"))).halts
    assert (halt.cause, halt.node, halt.reason, halt.next, halt.at) == (
        "sick",
        "jira-1",
        "it is down",
        "status",
        at(90),
    )
    assert halt.diagnosis == DIAGNOSIS


def test_a_diagnosis_of_another_stretch_is_not_mixed_in() -> None:
    told = (STARTED, HALTED, ENDED, RESUMED, DIAGNOSED, HALTED)
    early, late = detail_of("p1", told).halts
    assert (early.diagnosis, late.diagnosis) == (None, DIAGNOSIS)
    before, after = detail_of("p1", (STARTED, DIAGNOSED, HALTED, RESUMED, HALTED)).halts
    assert (before.diagnosis, after.diagnosis) == (DIAGNOSIS, None)


def test_hooks_are_told_with_their_output() -> None:
    told = (
        NodeDrained(node="jira-1", seconds=2.0, output="drained", at=at(1)),
        NodeAdmitted(node="jira-1", seconds=3.0, output="", at=at(2)),
        NodeReadmitted(node="jira-2", seconds=4.0, output="", at=at(3)),
        HookFailed(act=Act.DRAIN, node="jira-2", reason="exit code 3", output="no such backend", at=at(4)),
        HookFailed(act=Act.ADMIT, node="jira-2", reason="too slow", output="", at=at(5)),
    )
    hooks = detail_of("p1", (STARTED, *told)).hooks
    assert [(it.hook, it.node, it.good, it.seconds, it.output, it.reason) for it in hooks] == [
        ("before-stop", "jira-1", True, 2.0, "drained", None),
        ("after-ready", "jira-1", True, 3.0, "", None),
        ("after-ready", "jira-2", True, 4.0, "", None),
        ("before-stop", "jira-2", False, None, "no such backend", "exit code 3"),
        ("after-ready", "jira-2", False, None, "", "too slow"),
    ]


def test_resumptions_are_told_and_the_first_event_is_none() -> None:
    (resumption,) = detail_of("p1", (STARTED, RESUMED)).resumptions
    assert (resumption.at, resumption.holder, resumption.host, resumption.epoch) == (at(1000), "ann", "laptop", 2)
    assert detail_of("p1", (RESUMED,)).resumptions == ()


def restart(node: str, begin: int) -> tuple[Event, ...]:
    return (
        NodeDrained(node=node, seconds=2.0, output="", at=at(begin)),
        StopAsked(node=node, at=at(begin)),
        NodeStopped(node=node, at=at(begin + 10)),
        MoveStarted(act=Act.COMMIT, nodes=(node,), at=at(begin + 10)),
        ConfigCommitted(node=node, digest=NEW, receipt=None, at=at(begin + 11)),
        StartAsked(node=node, at=at(begin + 11)),
        NodeReady(node=node, at=at(begin + 111)),
        NodeAdmitted(node=node, seconds=3.0, output="", at=at(begin + 111)),
    )


def test_each_phase_is_timed_for_each_node_and_in_all() -> None:
    detail = detail_of("p1", (STARTED, *restart("jira-1", 0), *restart("jira-2", 200)))
    expected = {Phase.DRAIN: 2.0, Phase.STOP: 10.0, Phase.COMMIT: 1.0, Phase.START: 100.0, Phase.ADMIT: 3.0}
    assert [dict(node.phases) for node in detail.nodes] == [expected] * 2
    assert [(it.phase, it.seconds, it.nodes) for it in detail.phases] == [
        (phase, 2 * seconds, 2) for phase, seconds in expected.items()
    ]


def test_a_phase_gone_through_twice_is_summed() -> None:
    again = (StartAsked(node="jira-1", at=at(300)), NodeRevived(node="jira-1", at=at(305)))
    assert dict(first(*restart("jira-1", 0), *again).phases)[Phase.START] == 105.0


def test_what_was_under_way_at_a_break_is_not_timed() -> None:
    told = (StartAsked(node="jira-1", at=at(1)), RESUMED, NodeReady(node="jira-1", at=at(2000)))
    assert first(*told).phases == ()


@settings(max_examples=150)
@given(st.lists(st.one_of(*(st.from_type(kind) for kind in get_args(Event))), max_size=8))
def test_any_events_in_any_order_can_be_told(told: list[Event]) -> None:
    assert detail_of("p1", tuple(told), PLAN).past.plan == "p1"
