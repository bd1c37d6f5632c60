"""What may be done now: halt, look, go on, put back, release, end, in this order and each at its time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, Cause, RolloutEnded
from agent.core.rollout.fold import advance, begin, next_moves
from agent.core.rollout.moves import (
    ClaimLock,
    Diagnose,
    EndRollout,
    HaltRollout,
    LookAgain,
    ReleaseLock,
    SkipStep,
    StageDocument,
)
from agent.core.rollout.progress import (
    Lock,
    Progress,
    Trouble,
    finished_restarts,
    is_as_before,
    is_complete,
    is_finished,
    keeps_locks,
)
from agent.core.rollout.table import LockState, StepState
from tests.core.rollout.situations import ADMIT, HALT, HOOKS, at, halted, rollout_with, started
from tests.simulator.cluster import plan_for, step_for

if TYPE_CHECKING:
    from agent.core.rollout.progress import Rollout

TROUBLE = Trouble(cause=Cause.REFUSED, node="jira-1", reason="no")


def with_locks(rollout: Rollout, *locks: Lock) -> Rollout:
    return replace(rollout, locks=dict(zip(rollout.locks, locks, strict=True)))


def lock(state: LockState, *tried: Act, **facts: Any) -> Lock:
    return Lock(state=state, tried=frozenset(tried), **facts)


FREE, HELD, LEFT = lock(LockState.FREE), lock(LockState.HELD, Act.CLAIM), lock(LockState.LEFT, Act.CLAIM)


def three(**terms: Any) -> Rollout:
    """A rollout of two steps and a bystander, jira-3, whose locks are free."""
    plan = plan_for(("jira-1", "jira-2"), bystanders=("jira-3",), **terms)
    return advance(begin(plan), started(plan))


def test_before_the_start_and_after_the_end_nothing_is_to_be_done() -> None:
    plan = plan_for(("jira-1",))
    assert next_moves(begin(plan)) == ()
    rollout = advance(begin(plan), started(plan))
    assert next_moves(advance(rollout, RolloutEnded(outcome="ok"))) == ()
    assert next_moves(replace(rollout, undone=True)) == ()


def test_trouble_is_said_before_anything_else() -> None:
    rollout = replace(rollout_with(at(StepState.UNCERTAIN, begun=Act.STAGE)), trouble=TROUBLE)
    assert next_moves(rollout) == (HaltRollout(cause=Cause.REFUSED, node="jira-1", reason="no"),)
    assert next_moves(replace(rollout, halted=HALT)) == (LookAgain(node="jira-1", act=Act.STAGE),)


# Locks.


@pytest.mark.parametrize(
    ("locks", "moves"),
    [
        ((FREE, FREE, FREE), (ClaimLock(node="jira-1"),)),
        ((lock(LockState.CLAIMING, begun=Act.CLAIM), FREE, FREE), ()),
        ((HELD, FREE, FREE), (ClaimLock(node="jira-2"), ClaimLock(node="jira-3"))),
        ((HELD, lock(LockState.CLAIMING, begun=Act.CLAIM), FREE), (ClaimLock(node="jira-3"),)),
        ((HELD, HELD, FREE), (ClaimLock(node="jira-3"),)),
        ((HELD, lock(LockState.UNSURE, begun=Act.CLAIM), FREE), (LookAgain(node="jira-2", act=Act.CLAIM),)),
        ((HELD, HELD, HELD), (StageDocument(node="jira-1"), StageDocument(node="jira-2"))),
        ((HELD, HELD, lock(LockState.FREE, Act.CLAIM)), (StageDocument(node="jira-1"), StageDocument(node="jira-2"))),
        ((HELD, HELD, LEFT), (StageDocument(node="jira-1"), StageDocument(node="jira-2"))),
    ],
)
def test_the_arbiter_is_claimed_alone_then_the_others_and_a_bystander_may_be_spared(
    locks: tuple[Lock, ...], moves: tuple[object, ...]
) -> None:
    assert next_moves(with_locks(three(), *locks)) == moves


def test_a_step_in_doubt_is_not_read_before_all_locks_are_ours_again() -> None:
    rollout = rollout_with(at(StepState.UNCERTAIN), at(StepState.UNCERTAIN, "jira-2"))
    assert next_moves(rollout) == (LookAgain(node="jira-1", act=None), LookAgain(node="jira-2", act=None))
    assert next_moves(with_locks(rollout, HELD, FREE)) == (ClaimLock(node="jira-2"),)
    assert next_moves(replace(with_locks(rollout, HELD, FREE), halted=HALT)) == (
        LookAgain(node="jira-1", act=None),
        LookAgain(node="jira-2", act=None),
    )


# Doubts, diagnoses, votes.


def test_doubts_and_unread_logs_come_before_any_new_act() -> None:
    steps = (
        at(StepState.UNCERTAIN, begun=Act.START),
        at(StepState.SICK, "jira-2", undiagnosed=True),
        at(StepState.STAGED, "jira-3"),
    )
    assert next_moves(rollout_with(*steps, max_failures=1)) == (
        LookAgain(node="jira-1", act=Act.START),
        Diagnose(node="jira-2"),
    )


def test_a_doubt_that_could_not_be_settled_is_not_looked_at_again() -> None:
    stuck = at(StepState.UNCERTAIN, begun=Act.START, unreadable=True)
    assert next_moves(halted(stuck)) == (EndRollout(),)


def test_a_node_that_did_not_come_up_is_given_up_before_the_next_begins() -> None:
    rollout = rollout_with(at(StepState.SICK, note="gone"), at(StepState.STAGED, "jira-2"), max_failures=1)
    assert next_moves(rollout) == (SkipStep(node="jira-1", reason="gone"),)


def test_all_votes_are_asked_for_at_once_and_waited_for() -> None:
    waiting = at(StepState.WAITING, "jira-2")
    assert next_moves(rollout_with(at(StepState.WAITING), waiting)) == (
        StageDocument(node="jira-1"),
        StageDocument(node="jira-2"),
    )
    busy = at(StepState.STAGING, begun=Act.STAGE)
    assert next_moves(rollout_with(busy, at(StepState.STAGED, "jira-2"))) == ()
    assert next_moves(rollout_with(busy, waiting)) == (StageDocument(node="jira-2"),)


@pytest.mark.parametrize(
    "bare", [at(StepState.WAITING, document=False), at(StepState.WAITING, committed=True, wrote=True)]
)
def test_what_brings_no_document_or_has_brought_it_already_is_not_asked_for_a_vote(bare: Progress) -> None:
    assert next_moves(rollout_with(bare, at(StepState.WAITING, "jira-2"))) == (StageDocument(node="jira-2"),)


def test_a_removal_lays_nothing_beside_the_file() -> None:
    gone = at(StepState.WAITING)
    step = replace(gone.step, document=b"", digest="absent")
    rollout = rollout_with(replace(gone, step=step), shape=Shape.COMMIT)
    assert StageDocument(node="jira-1") not in next_moves(rollout)
    assert len(next_moves(rollout)) == 1


# Pausing.


def paused(*steps: Progress, at_count: int, **terms: Any) -> Rollout:
    return replace(rollout_with(*steps, **terms), pause_at=at_count)


def test_as_many_as_were_asked_for_pause_the_rollout() -> None:
    done, rest = at(StepState.DONE), at(StepState.STAGED, "jira-2")
    assert next_moves(paused(done, rest, at_count=1)) == (
        HaltRollout(cause=Cause.PAUSED, node=None, reason="paused after 1 node, as asked"),
    )


@pytest.mark.parametrize(
    "rollout",
    [
        paused(at(StepState.DONE), at(StepState.STAGED, "jira-2"), at_count=2),
        paused(at(StepState.DONE), at_count=1),
        paused(at(StepState.DONE), at(StepState.WARMING, "jira-2"), at(StepState.STAGED, "jira-3"), at_count=1),
        paused(at(StepState.DONE), at(StepState.STAGED, "jira-2"), at_count=1, shape=Shape.TOGETHER),
        paused(at(StepState.COMMITTED), at(StepState.STAGED, "jira-2"), at_count=1, shape=Shape.COMMIT),
    ],
    ids=["too few", "all done", "one is on its way", "together", "nobody restarts"],
)
def test_otherwise_nobody_pauses(rollout: Rollout) -> None:
    assert not any(isinstance(move, HaltRollout) for move in next_moves(rollout))


# The end.


def test_locks_are_given_back_at_the_very_end_and_all_at_once() -> None:
    rollout = rollout_with(at(StepState.DONE), at(StepState.DONE, "jira-2"))
    assert next_moves(rollout) == (ReleaseLock(node="jira-1"), ReleaseLock(node="jira-2"))
    released = lock(LockState.RELEASED, Act.CLAIM, Act.RELEASE)
    assert next_moves(with_locks(rollout, released, released)) == (EndRollout(),)


def test_a_lock_that_may_lie_there_is_released_once_and_what_could_not_be_had_is_let_be() -> None:
    rollout = rollout_with(at(StepState.DONE), at(StepState.DONE, "jira-2"), at(StepState.DONE, "jira-3"))
    tried = lock(LockState.LEFT, Act.RELEASE)
    assert next_moves(replace(with_locks(rollout, LEFT, tried, lock(LockState.FOREIGN)), halted=HALT)) == (
        ReleaseLock(node="jira-1"),
    )


def test_the_end_waits_for_the_last_lock() -> None:
    rollout = rollout_with(at(StepState.DONE))
    releasing = lock(LockState.RELEASING, Act.RELEASE, begun=Act.RELEASE)
    assert next_moves(with_locks(rollout, releasing)) == ()
    claiming = lock(LockState.CLAIMING, Act.CLAIM, begun=Act.CLAIM)
    assert next_moves(replace(with_locks(rollout, claiming), halted=HALT)) == ()


def test_what_is_under_way_is_waited_for_before_the_end() -> None:
    assert next_moves(halted(at(StepState.STAGING, begun=Act.STAGE))) == ()


KEPT = [
    (at(StepState.UNCERTAIN, unreadable=True), True),
    (at(StepState.SICK, wrote=True, started=True), True),
    (at(StepState.SICK), True),
    (at(StepState.COMMITTED, wrote=True, tried=frozenset({Act.RESTORE})), True),
    (at(StepState.REVERTED, down=True, tried=frozenset({Act.START})), True),
    (at(StepState.SKIPPED, wrote=True, started=True), True),
    (at(StepState.DONE, wrote=True, started=True), True),
    (at(StepState.WAITING, drained=True, tried=frozenset({Act.ADMIT})), True),
    (at(StepState.WAITING), False),
    (at(StepState.STAGED), False),
    (at(StepState.CLEARED), False),
    (at(StepState.FAILED, tried=frozenset({Act.STAGE})), False),
    (at(StepState.REVERTED), False),
]


@pytest.mark.parametrize(("progress", "is_kept"), KEPT, ids=lambda it: str(getattr(it, "state", it)))
def test_an_unfinished_rollout_keeps_its_locks_where_a_node_is_not_as_it_was(
    progress: Progress,
    is_kept: bool,  # noqa: FBT001 - a column
) -> None:
    other = at(StepState.WAITING, "jira-2")
    rollout = halted(progress, other, **(HOOKS if progress.drained else {}))
    assert keeps_locks(rollout) is is_kept
    assert is_as_before(rollout.plan, progress) is not is_kept
    wanted = (EndRollout(),) if is_kept else (ReleaseLock(node="jira-1"), ReleaseLock(node="jira-2"))
    assert next_moves(rollout) == wanted


def test_a_rollout_that_did_all_its_work_keeps_no_lock() -> None:
    rollout = rollout_with(at(StepState.DONE, wrote=True, started=True))
    assert not keeps_locks(rollout)
    assert not keeps_locks(with_locks(rollout, lock(LockState.HELD, inherited=True)))


def test_what_it_could_not_even_claim_again_is_left_as_it_is() -> None:
    rollout = halted(at(StepState.WAITING), at(StepState.WAITING, "jira-2"))
    assert keeps_locks(with_locks(rollout, HELD, lock(LockState.FREE, Act.CLAIM, inherited=True)))


def test_a_node_that_was_drained_is_as_before_where_no_hook_could_put_it_back() -> None:
    drained = at(StepState.DRAINED, drained=True)
    assert is_as_before(plan_for(("jira-1",)), drained)
    assert not is_as_before(replace(plan_for(("jira-1",)), after_ready=ADMIT), drained)


# What counts as finished.


@pytest.mark.parametrize(
    ("shape", "progress", "finished"),
    [
        (Shape.ROLLING, at(StepState.DONE), True),
        (Shape.ROLLING, at(StepState.COMMITTED), False),
        (Shape.ROLLING, at(StepState.COMMITTED, restart=False), True),
        (Shape.ROLLING, at(StepState.STAGED, restart=False), False),
        (Shape.ROLLING, at(StepState.WAITING, restart=False, document=False), True),
        (Shape.COMMIT, at(StepState.COMMITTED), True),
        (Shape.COMMIT, at(StepState.WAITING, document=False), True),
        (Shape.RESTART, at(StepState.WAITING, document=False), False),
    ],
)
def test_a_step_is_finished_when_what_it_is_for_is_proven(
    shape: Shape,
    progress: Progress,
    finished: bool,  # noqa: FBT001 - a column
) -> None:
    rollout = rollout_with(progress, shape=shape)
    assert is_finished(rollout.plan, progress) is finished
    assert is_complete(rollout) is finished


def test_a_node_is_done_when_it_is_back_in_the_balancer() -> None:
    rollout = rollout_with(at(StepState.DONE), after_ready=ADMIT)
    assert not is_complete(rollout)
    assert finished_restarts(rollout) == 0
    admitted = rollout_with(at(StepState.DONE, tried=frozenset({Act.START, Act.ADMIT})), after_ready=ADMIT)
    assert is_complete(admitted)
    assert finished_restarts(admitted) == 1


def test_only_restarts_are_counted_for_a_pause() -> None:
    rollout = rollout_with(at(StepState.DONE), at(StepState.COMMITTED, "jira-2", restart=False))
    assert finished_restarts(rollout) == 1


def test_the_locks_are_those_of_steps_and_bystanders_in_the_order_of_their_names() -> None:
    plan = plan_for((), steps=(step_for("jira-3"), step_for("jira-1")), bystanders=("jira-2",))
    assert list(begin(plan).locks) == ["jira-1", "jira-2", "jira-3"]
    assert list(begin(plan).steps) == ["jira-3", "jira-1"]
