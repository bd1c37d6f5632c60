"""What is left of a rollout after an interruption: all that is unfinished is looked at before anything is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    Event,
    MoveStarted,
    NodeAdmitted,
    NodeCleared,
    NodeReady,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutUndone,
    StepReopened,
)
from agent.core.rollout.fold import OutOfTurn, Rollout, advance, begin, next_moves, resume
from agent.core.rollout.moves import ClaimLock, LookAgain
from agent.core.rollout.progress import Lock, is_finished
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import (
    ADMIT,
    BEFORE,
    COMMITTED_AT,
    DRAIN,
    HALT,
    MARK,
    after,
    at,
    rollout_with,
    started,
)
from tests.core.rollout.test_fold import CLAIMED, PLAN, STAGED, STOPPED, WARMING, told
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, plan_for

DONE: list[Event] = [*WARMING, NodeReady(node="jira-1")]


def resumed(rollout: Rollout, *, epoch: int = 8, pause_after: int | None = None) -> Rollout:
    return advance(rollout, RolloutResumed(epoch=epoch, holder="ops", host="desk", pause_after=pause_after))


@pytest.mark.parametrize("state", [it for it in StepState if it is not StepState.DONE])
def test_whatever_is_not_done_is_looked_at(state: StepState) -> None:
    rollout = resumed(rollout_with(at(state, begun=Act.STOP)))
    progress = rollout.steps["jira-1"]
    assert (progress.state, progress.begun) == (StepState.UNCERTAIN, None)
    claimed = replace(rollout, locks=rollout_with(at(state)).locks)
    assert next_moves(claimed) == (LookAgain(node="jira-1", act=None),)


def test_what_is_done_stays_done() -> None:
    before = told(DONE)
    assert resumed(before).steps["jira-1"] == before.steps["jira-1"]


def test_what_is_ready_and_not_yet_admitted_is_looked_at() -> None:
    plan = replace(PLAN, after_ready=ADMIT)
    ready = told(DONE, plan)
    assert resumed(ready).steps["jira-1"].state is StepState.UNCERTAIN
    admitted = after(
        ready,
        MoveStarted(act=Act.ADMIT, nodes=("jira-1",)),
        NodeAdmitted(node="jira-1", seconds=1.0, output=""),
    )
    assert resumed(admitted).steps["jira-1"].state is StepState.DONE


def test_committed_is_the_end_only_where_nobody_restarts() -> None:
    step = at(StepState.COMMITTED, committed=True, wrote=True)
    assert resumed(rollout_with(step, shape=Shape.COMMIT)).steps["jira-1"].state is StepState.COMMITTED
    assert resumed(rollout_with(step)).steps["jira-1"].state is StepState.UNCERTAIN
    bare = at(StepState.COMMITTED, restart=False, committed=True, wrote=True)
    assert resumed(rollout_with(bare)).steps["jira-1"].state is StepState.COMMITTED


def test_what_was_written_and_stopped_is_not_forgotten() -> None:
    before = told(STOPPED).steps["jira-1"]
    found = resumed(told(STOPPED)).steps["jira-1"]
    kept = ("down", "process", "receipt", "log", "lies", "wrote", "started", "handled")
    assert {name: getattr(found, name) for name in kept} == {name: getattr(before, name) for name in kept}
    assert (found.down, found.process, found.log) == (True, BEFORE, MARK)


def test_permissions_rows_and_doubts_do_not_survive() -> None:
    spoiled = at(
        StepState.SICK, streak=2, unreadable=True, postponed=True, undiagnosed=True, blamed=True, serving=False
    )
    found = resumed(rollout_with(spoiled)).steps["jira-1"]
    assert (found.streak, found.serving) == (0, True)
    assert not any((found.unreadable, found.postponed, found.undiagnosed, found.blamed))


@pytest.mark.parametrize(
    ("progress", "tried"),
    [
        (at(StepState.STOPPING, begun=Act.STOP), {Act.STOP}),
        (at(StepState.STOPPING), {Act.STOP}),
        (at(StepState.UNCERTAIN, begun=Act.STOP), {Act.STOP}),
        (at(StepState.STOPPED, tried=frozenset({Act.DRAIN})), set()),
        (at(StepState.STARTING, begun=Act.START, tried=frozenset(Act)), set()),
    ],
)
def test_of_all_that_was_tried_only_an_open_stop_is_remembered(progress: object, tried: set[Act]) -> None:
    assert resumed(rollout_with(progress)).steps["jira-1"].tried == tried  # type: ignore[arg-type]  # a progress


def test_another_workstation_may_have_staged_and_drained() -> None:
    found = resumed(rollout_with(at(StepState.WAITING), before_stop=DRAIN)).steps["jira-1"]
    assert (found.litter, found.inherits, found.drained) == (True, True, True)
    without = resumed(rollout_with(at(StepState.WAITING, document=False))).steps["jira-1"]
    assert (without.litter, without.inherits, without.drained) == (False, False, False)
    still = resumed(rollout_with(at(StepState.WAITING, restart=False), before_stop=DRAIN)).steps["jira-1"]
    assert not still.drained


def test_every_lock_is_claimed_again_and_may_lie_there_from_before() -> None:
    rollout = resumed(told(STAGED))
    assert rollout.locks == {"jira-1": Lock(inherited=True), "jira-2": Lock(inherited=True)}
    assert next_moves(rollout) == (ClaimLock(node="jira-1"),)
    assert all(lock.is_left for lock in rollout.locks.values())


@pytest.mark.parametrize("epoch", [0, 6, 7])
def test_an_epoch_that_does_not_rise_fences_nobody_and_is_an_error(epoch: int) -> None:
    rollout = told(STAGED)
    with pytest.raises(OutOfTurn, match=f"resumed under epoch {epoch}, after 7"):
        resumed(rollout, epoch=epoch)
    assert resumed(rollout, epoch=8).epoch == 8
    with pytest.raises(OutOfTurn):
        resumed(resumed(rollout, epoch=8), epoch=8)


def test_the_pause_counts_from_the_nodes_that_are_done() -> None:
    assert resumed(told(DONE), pause_after=1).pause_at == 2
    assert resumed(told(STAGED), pause_after=1).pause_at == 1
    assert resumed(resumed(told(DONE), pause_after=1), epoch=9).pause_at is None


def test_halts_troubles_and_ends_are_over() -> None:
    ended = after(told(STAGED), HALT, RolloutEnded(outcome="halted"))
    rollout = resumed(ended)
    assert (rollout.trouble, rollout.halted, rollout.outcome) == (None, None, None)
    assert next_moves(ended) == ()
    assert next_moves(rollout)


def test_what_was_never_begun_or_was_undone_cannot_be_gone_on_with() -> None:
    again = RolloutResumed(epoch=9, holder="ops", host="desk")
    with pytest.raises(OutOfTurn, match="outside a running rollout"):
        advance(begin(PLAN), again)
    undone = advance(told([RolloutEnded(outcome="halted")]), RolloutUndone(by=None, holder="ops", host="desk"))
    with pytest.raises(OutOfTurn, match="outside a running rollout"):
        advance(undone, again)


def test_a_journal_is_resumed_as_it_is_replayed_and_reopened() -> None:
    rollout = resume(
        PLAN, [started(PLAN), *CLAIMED, *STAGED[4:], NodeCleared(node="jira-1", state="x", process=BEFORE)]
    )
    assert {it.state for it in rollout.steps.values()} == {StepState.UNCERTAIN}
    again = resumed(told([*STAGED, NodeCleared(node="jira-1", state="x", process=BEFORE)]))
    assert rollout == replace(again, epoch=7, holder="ops", host="workstation")


def test_who_goes_on_is_the_holder_from_then_on() -> None:
    before = told(STAGED)
    assert (before.holder, before.host) == ("ops", "workstation")
    assert (resumed(before).holder, resumed(before).host) == ("ops", "desk")


def test_where_an_epoch_was_left_out_others_were_at_work_and_nothing_is_proven_done() -> None:
    assert resumed(told(DONE), epoch=8).steps["jira-1"].state is StepState.DONE
    gap = resumed(told(DONE), epoch=9)
    assert gap.steps["jira-1"].state is StepState.UNCERTAIN
    assert gap.steps["jira-1"].handled


@pytest.mark.parametrize("cut", range(1, len(DONE) + 1))
def test_wherever_a_journal_breaks_off_it_can_be_resumed(cut: int) -> None:
    rollout = resume(PLAN, [started(PLAN), *DONE[:cut]])
    assert all(it.state is StepState.UNCERTAIN or is_finished(PLAN, it) for it in rollout.steps.values())


def test_a_lost_answer_is_no_halt_and_is_looked_at_as_any_other() -> None:
    events: list[Event] = [
        started(PLAN),
        *STAGED[:-1],
        AnswerLost(act=Act.STAGE, node="jira-2", reason="cut"),
        RolloutHalted(cause=HALT.cause, node=None, reason="", next=""),
    ]
    assert resume(PLAN, events).steps["jira-2"].begun is None


def test_a_step_begins_anew_from_what_the_look_has_found() -> None:
    rollout = rollout_with(at(StepState.UNCERTAIN), at(StepState.UNCERTAIN, "jira-2"))
    found = after(
        rollout,
        StepReopened(node="jira-1", on_disk=NEW_DIGEST, committed=True, ours=True, down=True, receipt=COMMITTED_AT),
        StepReopened(node="jira-2", on_disk=OLD_DIGEST, committed=False, ours=False, down=False),
    )
    assert [it.state for it in found.steps.values()] == [StepState.WAITING] * 2
    assert [it.lies for it in found.steps.values()] == [NEW_DIGEST, OLD_DIGEST]
    assert plan_for(["jira-1"]).steps[0].expected == OLD_DIGEST
