from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, Cause, RolloutHalted
from agent.core.rollout.fold import advance, next_moves
from agent.core.rollout.moves import (
    AwaitReady,
    AwaitStopped,
    CommitDocument,
    DiscardStaged,
    EndRollout,
    ReleaseLock,
    RestoreDocument,
    StartNode,
    StopNode,
)
from agent.core.rollout.progress import Lock, Progress, begin
from agent.core.rollout.table import LockState, StepState
from tests.core.rollout.test_fold import started
from tests.simulator.cluster import plan_for, step_for

if TYPE_CHECKING:
    from agent.core.planning.plan import Plan
    from agent.core.rollout.progress import Rollout

HALT = RolloutHalted(cause=Cause.INTERRUPTED, node=None, reason="asked to stop", next="")


def rollout_with(*steps: Progress, shape: Shape = Shape.ROLLING, lock: LockState = LockState.HELD) -> Rollout:
    """Return a rollout whose locks are held and whose steps stand as given."""
    plan: Plan = plan_for((), shape=shape, steps=tuple(progress.step for progress in steps))
    rollout = advance(begin(plan), started(plan))
    return replace(
        rollout,
        steps={progress.node: progress for progress in steps},
        locks={name: Lock(state=lock, tried=frozenset({Act.CLAIM})) for name in rollout.locks},
    )


def at(state: StepState, name: str = "jira-1", *, document: bool = True, **facts: object) -> Progress:
    step = step_for(name, shape=Shape.ROLLING if document else Shape.RESTART)
    return replace(Progress(step=step, state=state), **facts)  # type: ignore[arg-type]  # the facts of one progress


def halted(*steps: Progress) -> Rollout:
    return replace(rollout_with(*steps), halted=HALT)


@pytest.mark.parametrize(
    ("progress", "move"),
    [
        (at(StepState.CLEARED), StopNode(node="jira-1")),
        (at(StepState.STOPPING), AwaitStopped(node="jira-1")),
        (at(StepState.STOPPED), CommitDocument(node="jira-1")),
        (at(StepState.STOPPED, document=False), StartNode(node="jira-1")),
        (at(StepState.COMMITTED), StartNode(node="jira-1")),
        (at(StepState.WARMING), AwaitReady(node="jira-1")),
    ],
)
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_each_state_has_its_next_move(progress: Progress, move: object, shape: Shape) -> None:
    assert next_moves(rollout_with(progress, shape=shape)) == (move,)


@pytest.mark.parametrize("act", Act)
def test_what_is_under_way_gives_no_move(act: Act) -> None:
    assert next_moves(rollout_with(at(StepState.STOPPING, begun=act))) == ()


def test_a_rolling_restart_does_not_begin_the_second_node_before_the_first_is_done() -> None:
    first, second = at(StepState.WARMING), at(StepState.STAGED, "jira-2")
    assert next_moves(rollout_with(first, second)) == (AwaitReady(node="jira-1"),)


def test_together_stops_are_asked_for_one_at_a_time() -> None:
    one, two = at(StepState.STOPPING, begun=Act.STOP), at(StepState.CLEARED, "jira-2")
    assert next_moves(rollout_with(one, two, shape=Shape.TOGETHER)) == ()
    one = replace(one, begun=None)
    assert next_moves(rollout_with(one, two, shape=Shape.TOGETHER)) == (StopNode(node="jira-2"),)


def test_together_nobody_commits_before_the_last_process_is_gone() -> None:
    one, two = at(StepState.STOPPING), at(StepState.STOPPED, "jira-2")
    assert next_moves(rollout_with(one, two, shape=Shape.TOGETHER)) == (AwaitStopped(node="jira-1"),)


def test_together_a_node_without_a_document_waits_for_those_that_commit() -> None:
    one, two = at(StepState.STOPPED, document=False), at(StepState.STOPPED, "jira-2")
    assert next_moves(rollout_with(one, two, shape=Shape.TOGETHER)) == (CommitDocument(node="jira-2"),)


@pytest.mark.parametrize(
    ("progress", "move"),
    [
        (at(StepState.STAGED, litter=True), DiscardStaged(node="jira-1")),
        (at(StepState.CLEARED, litter=True), DiscardStaged(node="jira-1")),
        (at(StepState.FAILED, litter=True), DiscardStaged(node="jira-1")),
        (at(StepState.SICK, litter=True), DiscardStaged(node="jira-1")),
        (at(StepState.COMMITTED, wrote=True), RestoreDocument(node="jira-1")),
        (at(StepState.SICK, wrote=True), RestoreDocument(node="jira-1")),
        (at(StepState.STOPPED, down=True, litter=True), StartNode(node="jira-1")),
        (at(StepState.FAILED, down=True, litter=True), StartNode(node="jira-1")),
        (at(StepState.REVERTED, down=True), StartNode(node="jira-1")),
        (at(StepState.STOPPING), AwaitStopped(node="jira-1")),
        (at(StepState.WARMING), AwaitReady(node="jira-1")),
    ],
)
def test_a_halt_brings_each_state_to_rest(progress: Progress, move: object) -> None:
    assert next_moves(halted(progress)) == (move,)


@pytest.mark.parametrize(
    "progress",
    [
        at(StepState.DONE, wrote=True, started=True),
        at(StepState.WAITING),
        at(StepState.SICK, wrote=True, started=True),
        at(StepState.SICK, down=True),
        at(StepState.REVERTED),
        at(StepState.STAGED, litter=True, tried=frozenset({Act.DISCARD})),
        at(StepState.SICK, wrote=True, tried=frozenset({Act.RESTORE})),
        at(StepState.REVERTED, down=True, tried=frozenset({Act.START})),
        at(StepState.UNCERTAIN, begun=Act.COMMIT, wrote=True, unreadable=True),
    ],
)
def test_a_halt_leaves_alone_what_is_at_rest_or_was_tried(progress: Progress) -> None:
    assert next_moves(halted(progress)) == (ReleaseLock(node="jira-1"),)


def test_after_a_halt_starts_still_go_one_at_a_time() -> None:
    one, two = at(StepState.STOPPED, down=True), at(StepState.STOPPED, "jira-2", down=True)
    assert next_moves(halted(one, two)) == (StartNode(node="jira-1"),)
    assert next_moves(halted(replace(one, state=StepState.STARTING, begun=Act.START), two)) == ()


def test_a_node_that_cannot_be_read_does_not_keep_the_others_from_starting() -> None:
    lost = at(StepState.UNCERTAIN, begun=Act.START, unreadable=True)
    assert next_moves(halted(lost, at(StepState.STOPPED, "jira-2", down=True))) == (StartNode(node="jira-2"),)


def test_locks_are_given_back_at_the_very_end_and_all_at_once() -> None:
    rollout = rollout_with(at(StepState.DONE), at(StepState.DONE, "jira-2"))
    assert next_moves(rollout) == (ReleaseLock(node="jira-1"), ReleaseLock(node="jira-2"))
    released = rollout_with(at(StepState.DONE), lock=LockState.RELEASED)
    released = replace(released, locks={"jira-1": Lock(state=LockState.RELEASED)})
    halting = replace(released, halted=HALT)
    assert next_moves(halting) == (EndRollout(),)


def test_the_end_waits_for_the_last_lock() -> None:
    rollout = rollout_with(at(StepState.DONE))
    releasing = Lock(state=LockState.RELEASING, begun=Act.RELEASE, tried=frozenset({Act.RELEASE}))
    assert next_moves(replace(rollout, halted=HALT, locks={"jira-1": releasing})) == ()
