"""The order of a rollout on its way forward: all at once, in step, or turn by turn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, NodeReady
from agent.core.rollout.fold import next_moves
from agent.core.rollout.in_shape import clearance_of, is_moving, move_of, wait_for_ready
from agent.core.rollout.moves import (
    AdmitNode,
    AskClearance,
    AwaitReady,
    AwaitStopped,
    CommitDocument,
    DrainNode,
    StartNode,
    StopNode,
)
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import ADMIT, HOOKS, after, at, rollout_with

if TYPE_CHECKING:
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress, Rollout

DRAINED: dict[str, Any] = {"drained": True, "tried": frozenset({Act.DRAIN})}
NAMES = ("jira-1", "jira-2", "jira-3", "jira-4", "jira-5")


def asked(move: Move | None) -> str:
    """Return a move as the name of its kind and its node."""
    return f"{type(move).__name__} {getattr(move, 'node', '')}"


def moves(*steps: Progress, **terms: Any) -> list[str]:
    return [asked(move) for move in next_moves(rollout_with(*steps, **terms))]


def staged(*names: str, turn: int = 0) -> list[Progress]:
    return [at(StepState.STAGED, name, turn=turn) for name in names]


# One step.


@pytest.mark.parametrize(
    ("progress", "move"),
    [
        (at(StepState.STAGED), AskClearance(node="jira-1", others=())),
        (at(StepState.CLEARED), StopNode(node="jira-1")),
        (at(StepState.STOPPING), AwaitStopped(node="jira-1")),
        (at(StepState.STOPPED), CommitDocument(node="jira-1")),
        (at(StepState.STOPPED, committed=True), StartNode(node="jira-1")),
        (at(StepState.STOPPED, document=False), StartNode(node="jira-1")),
        (at(StepState.COMMITTED), StartNode(node="jira-1")),
        (at(StepState.WARMING), AwaitReady(node="jira-1")),
    ],
)
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_each_state_has_its_next_move(progress: Progress, move: Move, shape: Shape) -> None:
    assert next_moves(rollout_with(progress, shape=shape)) == (move,)


@pytest.mark.parametrize(
    ("progress", "move"),
    [
        (at(StepState.CLEARED), DrainNode(node="jira-1")),
        (at(StepState.CLEARED, serving=False), StopNode(node="jira-1")),
        (at(StepState.DRAINED, **DRAINED), AskClearance(node="jira-1", others=())),
        (at(StepState.CLEARED, **DRAINED), StopNode(node="jira-1")),
        (at(StepState.DONE, **DRAINED), AdmitNode(node="jira-1")),
        (at(StepState.DONE), AdmitNode(node="jira-1")),
    ],
)
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_with_hooks_it_is_drained_asked_for_again_stopped_and_in_the_end_admitted(
    progress: Progress, move: Move, shape: Shape
) -> None:
    assert next_moves(rollout_with(progress, shape=shape, **HOOKS)) == (move,)


@pytest.mark.parametrize("state", [state for state in StepState if state is not StepState.UNCERTAIN])
@pytest.mark.parametrize("act", Act)
def test_what_is_under_way_gives_no_move(act: Act, state: StepState) -> None:
    busy = at(state, begun=act)
    assert not any(isinstance(move, StopNode | StartNode) for move in next_moves(rollout_with(busy)))
    assert move_of(rollout_with(busy), replace(busy, postponed=True)) is None


@pytest.mark.parametrize(
    ("state", "document", "move"),
    [
        (StepState.WAITING, True, CommitDocument(node="jira-1")),
        (StepState.STAGED, True, CommitDocument(node="jira-1")),
        (StepState.WAITING, False, None),
        (StepState.COMMITTED, True, None),
        (StepState.FAILED, True, None),
    ],
)
def test_a_step_without_a_restart_commits_and_no_more(state: StepState, document: bool, move: Move | None) -> None:  # noqa: FBT001 - a column
    progress = at(state, restart=False, document=document)
    assert move_of(rollout_with(progress), progress) == move


def test_states_that_others_lead_out_of_give_no_move() -> None:
    for state in (StepState.STAGING, StepState.SKIPPED, StepState.SICK, StepState.DONE, StepState.UNCERTAIN):
        progress = at(state)
        assert move_of(rollout_with(progress), progress) is None


# A commit on all.


def test_a_commit_on_all_goes_at_once_and_only_where_it_is_due() -> None:
    steps = (at(StepState.STAGED), at(StepState.COMMITTING, "jira-2", begun=Act.COMMIT), at(StepState.STAGED, "jira-3"))
    assert moves(*steps, shape=Shape.COMMIT) == ["CommitDocument jira-1", "CommitDocument jira-3"]


# Turn by turn.


def test_one_node_is_asked_for_at_a_time_in_the_plans_order() -> None:
    assert moves(*staged(*NAMES)) == ["AskClearance jira-1"]
    assert moves(*staged(*NAMES), budget=4) == ["AskClearance jira-1"]


@pytest.mark.parametrize(
    ("budget", "state", "wanted"),
    [
        (1, StepState.WARMING, ["AwaitReady jira-1"]),
        (2, StepState.WARMING, ["AwaitReady jira-1", "AskClearance jira-2"]),
        (2, StepState.STOPPING, ["AwaitStopped jira-1", "AskClearance jira-2"]),
        (0, StepState.WARMING, ["AwaitReady jira-1"]),
    ],
)
def test_the_next_is_asked_for_as_soon_as_the_budget_allows(budget: int, state: StepState, wanted: list[str]) -> None:
    assert moves(at(state), *staged("jira-2", "jira-3"), budget=budget) == wanted


def test_a_budget_of_none_still_lets_one_go() -> None:
    assert moves(*staged("jira-1"), budget=0) == ["AskClearance jira-1"]


@pytest.mark.parametrize("state", [StepState.CLEARED, StepState.DRAINING, StepState.DRAINED])
def test_nobody_is_asked_for_while_another_stands_at_the_door(state: StepState) -> None:
    one = at(state, begun=Act.DRAIN if state is StepState.DRAINING else None)
    assert not [it for it in moves(one, *staged("jira-2"), budget=4) if it == "AskClearance jira-2"]


def test_stops_and_starts_go_one_at_a_time() -> None:
    two = (at(StepState.COMMITTED, committed=True), at(StepState.COMMITTED, "jira-2", committed=True))
    assert moves(*two, budget=2) == ["StartNode jira-1"]
    busy = at(StepState.STARTING, begun=Act.START)
    assert moves(busy, two[1], budget=2) == []
    assert moves(at(StepState.STOPPING, begun=Act.STOP), two[1], budget=2) == []


def test_waiting_and_committing_go_beside_a_stop() -> None:
    steps = (at(StepState.STOPPED), at(StepState.WARMING, "jira-2"), at(StepState.CLEARED, "jira-3"))
    assert moves(*steps, budget=3) == ["CommitDocument jira-1", "AwaitReady jira-2", "StopNode jira-3"]


def test_a_later_turn_waits_for_the_one_before() -> None:
    later = staged("jira-2", "jira-3", turn=1)
    assert moves(at(StepState.WARMING), *later, budget=3) == ["AwaitReady jira-1"]
    assert moves(at(StepState.DONE), *later, budget=3) == ["AskClearance jira-2"]
    assert moves(*staged("jira-1"), *later, budget=3) == ["AskClearance jira-1"]


def test_whoever_is_on_its_way_goes_on_of_whatever_turn() -> None:
    """After an interruption a node of a later turn may be on its way already."""
    later = at(StepState.WARMING, "jira-2", turn=1)
    assert moves(*staged("jira-1"), later, budget=2) == ["AwaitReady jira-2", "AskClearance jira-1"]


def test_a_node_that_is_down_goes_before_those_that_serve() -> None:
    assert moves(*staged("jira-1"), at(StepState.STAGED, "jira-2", down=True)) == ["AskClearance jira-2"]


def test_what_was_postponed_is_asked_for_again_when_nobody_is_on_its_way() -> None:
    postponed = at(StepState.STAGED, "jira-2", postponed=True)
    assert moves(at(StepState.WARMING), postponed, *staged("jira-3"), budget=3) == ["AwaitReady jira-1"]
    assert moves(at(StepState.DONE), postponed, budget=3) == ["AskClearance jira-2"]


def test_one_that_was_drained_and_then_postponed_waits_where_it_is() -> None:
    waits = at(StepState.DRAINED, "jira-2", postponed=True, **DRAINED)
    assert moves(at(StepState.WARMING), waits, budget=2, **HOOKS) == ["AwaitReady jira-1"]
    rollout = after(rollout_with(at(StepState.WARMING), waits, budget=2), NodeReady(node="jira-1"))
    assert asked(next_moves(rollout)[0]) == "AskClearance jira-2"


def test_who_would_come_after_a_pause_is_not_asked_for() -> None:
    steps = (at(StepState.DONE), at(StepState.WARMING, "jira-2"), *staged("jira-3"))
    rollout = rollout_with(*steps, budget=3)
    assert [asked(it) for it in next_moves(replace(rollout, pause_at=2))] == ["AwaitReady jira-2"]
    assert "AskClearance jira-3" in [asked(it) for it in next_moves(replace(rollout, pause_at=3))]


def test_steps_without_a_restart_commit_beside_the_others_in_their_turn() -> None:
    bare = at(StepState.STAGED, "jira-2", restart=False)
    assert moves(*staged("jira-1"), bare) == ["CommitDocument jira-2", "AskClearance jira-1"]
    later = replace(bare, step=replace(bare.step, turn=1))
    assert moves(*staged("jira-1"), later) == ["AskClearance jira-1"]


def test_what_was_given_up_takes_no_part_any_more() -> None:
    assert moves(at(StepState.SKIPPED), *staged("jira-2"), max_failures=1) == ["AskClearance jira-2"]


def test_a_node_whose_vote_is_open_is_not_asked_for() -> None:
    bare = at(StepState.WAITING, "jira-2", document=False)
    assert moves(at(StepState.STAGING, begun=Act.STAGE), bare) == []


# Who counts, and who may tell.


@pytest.mark.parametrize(
    ("progress", "moving"),
    [
        (at(StepState.WAITING), False),
        (at(StepState.WAITING, begun=Act.START), True),
        (at(StepState.STAGED), False),
        (at(StepState.SKIPPED), False),
        (at(StepState.SICK), False),
        (at(StepState.FAILED), False),
        (at(StepState.CLEARED), True),
        (at(StepState.DRAINED), True),
        (at(StepState.STOPPED), True),
        (at(StepState.WARMING), True),
        (at(StepState.UNCERTAIN), True),
        (at(StepState.DONE), False),
        (at(StepState.COMMITTED, restart=False), False),
        (at(StepState.COMMITTING, restart=False, begun=Act.COMMIT), False),
    ],
)
def test_a_node_is_on_its_way_from_its_clearance_to_its_end(progress: Progress, moving: bool) -> None:  # noqa: FBT001 - a column
    assert is_moving(rollout_with(progress), progress) is moving


def test_a_node_that_is_ready_and_not_yet_admitted_is_still_on_its_way() -> None:
    ready = at(StepState.DONE)
    assert is_moving(rollout_with(ready, after_ready=ADMIT), ready)


def test_whether_a_node_may_be_stopped_is_asked_of_all_others_and_names_those_on_their_way() -> None:
    steps = (at(StepState.STAGED), at(StepState.WARMING, "jira-2"), at(StepState.DONE, "jira-3"))
    rollout = rollout_with(*steps, bystanders=("jira-0",))
    assert clearance_of(rollout, steps[0]) == AskClearance(
        node="jira-1", others=("jira-0", "jira-2", "jira-3"), taken=("jira-2",)
    )


def witnesses(*steps: Progress, consults: bool = True, **terms: Any) -> tuple[str, ...]:
    rollout: Rollout = rollout_with(*steps, **terms)
    return wait_for_ready(replace(rollout, plan=replace(rollout.plan, consults=consults)), "jira-1").witnesses


def test_all_that_are_not_on_their_way_themselves_tell_whether_a_node_is_seen() -> None:
    own = at(StepState.WARMING)
    assert witnesses(own, at(StepState.DONE, "jira-2"), at(StepState.STAGED, "jira-3")) == ("jira-2", "jira-3")
    assert witnesses(own, at(StepState.WARMING, "jira-2"), bystanders=("jira-9",)) == ("jira-9",)
    assert witnesses(own, at(StepState.WARMING, "jira-2")) == ()
    assert witnesses(own) == ()
    assert witnesses(own, at(StepState.DONE, "jira-2"), consults=False) == ()


def test_who_is_asked_does_not_make_it_another_wait() -> None:
    assert AwaitReady(node="jira-1", witnesses=("jira-2",)) == AwaitReady(node="jira-1", witnesses=("jira-3",))
