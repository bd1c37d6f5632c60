"""After a halt every node is brought to rest, and no capacity is taken away that the cause did not take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.fold import next_moves
from agent.core.rollout.moves import (
    AdmitNode,
    AskClearance,
    AwaitReady,
    AwaitStopped,
    Diagnose,
    DiscardStaged,
    RestoreDocument,
    StartNode,
    StopNode,
)
from agent.core.rollout.progress import Lock
from agent.core.rollout.putting_back import putting_back
from agent.core.rollout.table import STEPS, LockState, StepState
from tests.core.rollout.situations import HOOKS, at, halted

if TYPE_CHECKING:
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress

DRAINED: dict[str, Any] = {"drained": True, "tried": frozenset({Act.DRAIN})}
OUT: dict[str, Any] = {"drained": True}


@pytest.mark.parametrize(
    ("progress", "move"),
    [
        *((at(state, litter=True), DiscardStaged(node="jira-1")) for state in (
            StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.FAILED, StepState.SICK,
            StepState.REVERTED,
        )),
        *((at(state, wrote=True), RestoreDocument(node="jira-1")) for state in (
            StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.STOPPED, StepState.COMMITTED,
            StepState.FAILED, StepState.SICK,
        )),
        *((at(state, down=True, litter=True), StartNode(node="jira-1")) for state in (
            StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.STOPPED, StepState.FAILED,
            StepState.REVERTED,
        )),
        (at(StepState.STOPPED, document=False, down=True), StartNode(node="jira-1")),
        (at(StepState.COMMITTED, wrote=True, down=True), RestoreDocument(node="jira-1")),
        (at(StepState.SICK, wrote=True, down=True, started=False), RestoreDocument(node="jira-1")),
        (at(StepState.STOPPING), AwaitStopped(node="jira-1")),
        (at(StepState.WARMING), AwaitReady(node="jira-1")),
    ],
)  # fmt: skip
def test_a_halt_brings_each_state_to_rest(progress: Progress, move: Move) -> None:
    rollout = halted(progress)
    assert putting_back(rollout) == (move,)
    assert next_moves(rollout) == (move,)


@pytest.mark.parametrize(
    "progress",
    [
        at(StepState.DONE, wrote=True, started=True),
        at(StepState.WAITING),
        at(StepState.SICK, wrote=True, started=True),
        at(StepState.SICK, down=True),
        *(at(state, wrote=True, started=True, litter=True, drained=True, serving=False) for state in (
            StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.FAILED,
        )),
        at(StepState.REVERTED),
        at(StepState.STAGED, litter=True, tried=frozenset({Act.DISCARD})),
        at(StepState.SICK, wrote=True, tried=frozenset({Act.RESTORE})),
        at(StepState.REVERTED, down=True, tried=frozenset({Act.START})),
        at(StepState.SKIPPED, wrote=True, started=True, down=True),
        at(StepState.UNCERTAIN, begun=Act.COMMIT, wrote=True, unreadable=True),
        at(StepState.UNCERTAIN, wrote=True, unreadable=True),
        at(StepState.COMMITTED, restart=False, wrote=True, tried=frozenset({Act.RESTORE})),
        at(StepState.REVERTING, begun=Act.RESTORE, wrote=True),
    ],
)  # fmt: skip
def test_a_halt_leaves_alone_what_is_at_rest_was_tried_or_is_under_way(progress: Progress) -> None:
    assert putting_back(halted(progress)) == ()


@pytest.mark.parametrize("state", StepState)
def test_whatever_is_asked_for_can_be_begun_in_that_state(state: StepState) -> None:
    acts = {DiscardStaged: Act.DISCARD, RestoreDocument: Act.RESTORE, StartNode: Act.START, AdmitNode: Act.ADMIT}
    flags: list[dict[str, Any]] = [{"litter": True}, {"wrote": True}, {"down": True}, OUT, {"blamed": True}]
    for facts in [{**one, **two} for one in flags for two in flags]:
        for move in putting_back(halted(at(state, **facts), **HOOKS)):
            assert acts.get(type(move), Act.STOP) in STEPS[state] or isinstance(move, AwaitStopped | AwaitReady)


def test_starts_still_go_one_at_a_time() -> None:
    one, two = at(StepState.STOPPED, down=True), at(StepState.STOPPED, "jira-2", down=True)
    assert putting_back(halted(one, two)) == (StartNode(node="jira-1"),)
    assert putting_back(halted(replace(one, state=StepState.STARTING, begun=Act.START), two)) == ()


def test_what_is_no_stop_or_start_goes_beside() -> None:
    one, two = at(StepState.STOPPED, down=True), at(StepState.STAGED, "jira-2", litter=True)
    assert putting_back(halted(one, two)) == (DiscardStaged(node="jira-2"), StartNode(node="jira-1"))


def test_a_node_that_cannot_be_read_does_not_keep_the_others_from_starting() -> None:
    lost = at(StepState.UNCERTAIN, begun=Act.START, unreadable=True)
    assert putting_back(halted(lost, at(StepState.STOPPED, "jira-2", down=True))) == (StartNode(node="jira-2"),)


@pytest.mark.parametrize("state", [it for it in LockState if it is not LockState.HELD])
@pytest.mark.parametrize(
    "progress",
    [
        at(StepState.STAGED, litter=True),
        at(StepState.COMMITTED, wrote=True),
        at(StepState.REVERTED, down=True),
        at(StepState.WARMING),
        at(StepState.STOPPING),
        at(StepState.DONE, **OUT),
        at(StepState.SICK, blamed=True, started=True, wrote=True),
    ],
)
def test_nothing_is_done_nor_waited_for_where_the_lock_could_not_be_had(state: LockState, progress: Progress) -> None:
    rollout = halted(progress, at(StepState.STAGED, "jira-2", litter=True), **HOOKS)
    rollout = replace(rollout, locks={**rollout.locks, "jira-1": Lock(state=state, tried=frozenset({Act.CLAIM}))})
    assert putting_back(rollout) == (DiscardStaged(node="jira-2"),)


# A node whose log blames our file.


BLAMED: dict[str, Any] = {"blamed": True, "started": True, "wrote": True, "committed": True}


def test_a_blamed_node_is_asked_for_stopped_put_back_and_started() -> None:
    others = at(StepState.DONE, "jira-2")
    asking = AskClearance(node="jira-1", others=("jira-2",))
    assert putting_back(halted(at(StepState.SICK, **BLAMED), others)) == (asking,)
    assert putting_back(halted(at(StepState.CLEARED, **BLAMED), others)) == (StopNode(node="jira-1"),)
    assert putting_back(halted(at(StepState.STOPPING, **BLAMED), others)) == (AwaitStopped(node="jira-1"),)
    stopped = {**BLAMED, "started": False, "down": True}
    assert putting_back(halted(at(StepState.STOPPED, **stopped), others)) == (RestoreDocument(node="jira-1"),)
    restored = at(StepState.REVERTED, down=True)
    assert putting_back(halted(restored, others)) == (StartNode(node="jira-1"),)


def test_a_blamed_node_whose_stop_was_refused_or_did_not_end_is_left() -> None:
    tried = {**BLAMED, "tried": frozenset({Act.STOP})}
    assert putting_back(halted(at(StepState.FAILED, **tried))) == ()
    assert putting_back(halted(at(StepState.SICK, **tried))) == ()
    assert putting_back(halted(at(StepState.FAILED, **BLAMED))) == ()


def test_two_blamed_nodes_are_stopped_one_at_a_time() -> None:
    one, two = at(StepState.CLEARED, **BLAMED), at(StepState.CLEARED, "jira-2", **BLAMED)
    assert putting_back(halted(one, two, shape=Shape.TOGETHER)) == (StopNode(node="jira-1"),)


def test_a_log_is_read_after_a_halt_as_well() -> None:
    sick = at(StepState.SICK, undiagnosed=True, **{**BLAMED, "blamed": False})
    assert next_moves(halted(sick)) == (Diagnose(node="jira-1"),)


# The balancer.


@pytest.mark.parametrize(
    "state",
    [StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.FAILED, StepState.REVERTED],
)
def test_a_node_that_was_drained_and_serves_on_is_admitted_as_it_was(state: StepState) -> None:
    assert putting_back(halted(at(state, **DRAINED), **HOOKS)) == (AdmitNode(node="jira-1"),)
    assert putting_back(halted(at(state, **DRAINED))) == ()
    assert putting_back(halted(at(state), **HOOKS)) == ()
    tried = at(state, drained=True, tried=frozenset({Act.ADMIT}))
    assert putting_back(halted(tried, **HOOKS)) == ()


def test_a_node_that_is_ready_is_admitted_after_a_halt_as_well() -> None:
    assert putting_back(halted(at(StepState.DONE), **HOOKS)) == (AdmitNode(node="jira-1"),)


@pytest.mark.parametrize("state", [StepState.REVERTED, StepState.FAILED, StepState.SICK])
def test_nobody_is_admitted_who_does_not_serve(state: StepState) -> None:
    down = at(state, down=True, drained=True, tried=frozenset({Act.START, Act.RESTORE}))
    assert putting_back(halted(down, **HOOKS)) == ()


@pytest.mark.parametrize("state", [StepState.REVERTED, StepState.FAILED, StepState.WAITING])
def test_nobody_is_admitted_who_was_found_locked_at_start(state: StepState) -> None:
    assert putting_back(halted(at(state, serving=False, **DRAINED), **HOOKS)) == ()
