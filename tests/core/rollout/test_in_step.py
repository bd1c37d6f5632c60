"""All together: nobody enters a phase of the restart before all have left the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.fold import next_moves
from agent.core.rollout.moves import (
    AskClearance,
)
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import HOOKS, at, rollout_with

if TYPE_CHECKING:
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress

DRAINED: dict[str, Any] = {"drained": True, "tried": frozenset({Act.DRAIN})}


def asked(move: Move | None) -> str:
    """Return a move as the name of its kind and its node."""
    return f"{type(move).__name__} {getattr(move, 'node', '')}"


def moves(*steps: Progress, **terms: Any) -> list[str]:
    return [asked(move) for move in next_moves(rollout_with(*steps, **terms))]


def staged(*names: str, turn: int = 0) -> list[Progress]:
    return [at(StepState.STAGED, name, turn=turn) for name in names]


def test_together_nobody_counts_but_the_node_itself() -> None:
    rollout = rollout_with(*staged("jira-1", "jira-2"), shape=Shape.TOGETHER, bystanders=("jira-9",))
    assert next_moves(rollout) == (
        AskClearance(node="jira-1", others=()),
        AskClearance(node="jira-2", others=()),
    )


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (at(StepState.STAGED), at(StepState.CLEARED, "jira-2"), ["AskClearance jira-1"]),
        (at(StepState.CLEARED), at(StepState.CLEARED, "jira-2"), ["StopNode jira-1"]),
        (at(StepState.STOPPING, begun=Act.STOP), at(StepState.CLEARED, "jira-2"), []),
        (at(StepState.STOPPING), at(StepState.CLEARED, "jira-2"), ["StopNode jira-2"]),
        (at(StepState.STOPPING), at(StepState.STOPPED, "jira-2"), ["AwaitStopped jira-1"]),
        (at(StepState.STOPPED), at(StepState.STOPPED, "jira-2"), ["CommitDocument jira-1", "CommitDocument jira-2"]),
        (at(StepState.STOPPED, document=False), at(StepState.STOPPED, "jira-2"), ["CommitDocument jira-2"]),
        (at(StepState.STOPPED, committed=True), at(StepState.STOPPED, "jira-2"), ["CommitDocument jira-2"]),
        (at(StepState.STOPPED, document=False), at(StepState.COMMITTED, "jira-2"), ["StartNode jira-1"]),
        (at(StepState.COMMITTED), at(StepState.COMMITTED, "jira-2"), ["StartNode jira-1"]),
        (at(StepState.STARTING, begun=Act.START), at(StepState.COMMITTED, "jira-2"), []),
        (at(StepState.WARMING), at(StepState.COMMITTED, "jira-2"), ["StartNode jira-2"]),
        (at(StepState.WARMING), at(StepState.WARMING, "jira-2"), ["AwaitReady jira-1", "AwaitReady jira-2"]),
        (at(StepState.WARMING), at(StepState.DONE, "jira-2"), ["AwaitReady jira-1"]),
        (at(StepState.STAGED, restart=False), at(StepState.STOPPED, "jira-2"), [
            "CommitDocument jira-1", "CommitDocument jira-2",
        ]),
        (at(StepState.STAGED, restart=False), at(StepState.CLEARED, "jira-2"), ["StopNode jira-2"]),
        (at(StepState.COMMITTED, restart=False), at(StepState.COMMITTED, "jira-2"), ["StartNode jira-2"]),
    ],
)  # fmt: skip
def test_nobody_enters_a_phase_before_all_have_left_the_one_before(
    first: Progress, second: Progress, wanted: list[str]
) -> None:
    assert moves(first, second, shape=Shape.TOGETHER) == wanted


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (at(StepState.CLEARED), at(StepState.STAGED, "jira-2"), ["AskClearance jira-2"]),
        (at(StepState.CLEARED), at(StepState.CLEARED, "jira-2"), ["DrainNode jira-1", "DrainNode jira-2"]),
        (at(StepState.DRAINING, begun=Act.DRAIN), at(StepState.CLEARED, "jira-2"), ["DrainNode jira-2"]),
        (
            at(StepState.DRAINED, **DRAINED),
            at(StepState.CLEARED, "jira-2"),
            ["AskClearance jira-1", "DrainNode jira-2"],
        ),
        (at(StepState.CLEARED, **DRAINED), at(StepState.CLEARED, "jira-2"), ["DrainNode jira-2"]),
        (at(StepState.CLEARED, **DRAINED), at(StepState.CLEARED, "jira-2", **DRAINED), ["StopNode jira-1"]),
        (at(StepState.CLEARED, **DRAINED), at(StepState.CLEARED, "jira-2", serving=False), ["StopNode jira-1"]),
        (at(StepState.DONE, **DRAINED), at(StepState.WARMING, "jira-2"), ["AwaitReady jira-2"]),
        (at(StepState.DONE), at(StepState.DONE, "jira-2"), ["AdmitNode jira-1", "AdmitNode jira-2"]),
        (at(StepState.ADMITTING, begun=Act.ADMIT), at(StepState.DONE, "jira-2"), ["AdmitNode jira-2"]),
    ],
)
def test_together_with_hooks_all_are_drained_before_the_first_stop_and_admitted_after_all_are_ready(
    first: Progress, second: Progress, wanted: list[str]
) -> None:
    assert moves(first, second, shape=Shape.TOGETHER, **HOOKS) == wanted
