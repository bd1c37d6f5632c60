"""What does a controller know at this moment? Its journal, and a fold of it for what the laws ask about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agent.core.rollout.events import (
    Act,
    AnswerLost,
    ClearanceDenied,
    ClearanceLapsed,
    ConfigRestored,
    HookFailed,
    LockLeft,
    LockRefused,
    LockReleased,
    MoveRefused,
    MoveStarted,
    NodeClaimed,
    NodeCleared,
    NodeDiagnosed,
    NodeDrained,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    TimedOut,
)
from agent.core.rollout.fold import LOCK_ACTS, advance
from agent.core.rollout.table import StepState, step_after

if TYPE_CHECKING:
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout

AWAITED = (StepState.STOPPING, StepState.WARMING)
_OF_LOCKS = (NodeClaimed, LockRefused, LockReleased, LockLeft)
_OF_EITHER = (MoveStarted, MoveRefused, NodeUnreachable, AnswerLost)


class Journal:
    """What was written down, and how often each act was announced for each node."""

    def __init__(self, past: list[Event]) -> None:
        self.events = list(past)
        self.announced: Counter[tuple[str, Act]] = Counter()
        for event in past:
            self._count(event)

    def append(self, event: Event) -> None:
        """Write an event down."""
        self.events.append(event)
        self._count(event)

    def _count(self, event: Event) -> None:
        if isinstance(event, MoveStarted):
            for node in event.nodes:
                self.announced[node, event.act] += 1


class Heard:
    """The state of each step by the table alone, which is quicker than the whole fold, and no copy of it.

    unread are the nodes that did not come up and whose log was not looked into yet; blamed those whose log blames our
    file; claimed those whose lock was had in this sitting, cleared those that were
    asked for in this sitting and neither drained nor stopped since.
    """

    def __init__(self, begun: Rollout) -> None:
        self._begun = begun
        self.states: dict[str, StepState] = {}
        self.halted = False
        self.unread: set[str] = set()
        self.blamed: set[str] = set()
        self.claimed: set[str] = set()
        self.cleared: set[str] = set()
        self._take_over(self._begun)

    @property
    def waits(self) -> bool:
        """Whether a node is waited for."""
        return any(state in AWAITED for state in self.states.values())

    @property
    def doubts(self) -> bool:
        """Whether a node has to be read before anything is done to it."""
        return bool(self.unread) or StepState.UNCERTAIN in self.states.values()

    def hear(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case RolloutStarted() | RolloutResumed():
                self._begun = advance(self._begun, event)
                self._take_over(self._begun)
            case RolloutHalted():
                self.halted = True
            case MoveStarted():
                if event.act not in LOCK_ACTS:
                    for node in event.nodes:
                        self.states[node] = step_after(node, self.states[node], event)
            case NodeClaimed():
                self.claimed.add(event.node)
            case RolloutEnded() | LockReleased() | LockLeft() | LockRefused():
                pass
            case MoveRefused() | NodeUnreachable() | AnswerLost() if event.act in LOCK_ACTS:
                pass
            case _:
                self._at_step(event)

    def _at_step(self, event: Event) -> None:
        node: str = event.node  # type: ignore[union-attr, assignment]  # every other event is about one node
        match event:
            case NodeSick() | TimedOut() if self.states[node] is StepState.WARMING:
                self.unread.add(node)
            case NodeDiagnosed():
                self.unread.discard(node)
                (self.blamed.add if event.blames_config else self.blamed.discard)(node)
            case ClearanceDenied() | ConfigRestored():
                self.blamed.discard(node)
            case NodeCleared():
                self.cleared.add(node)
            case NodeDrained() | HookFailed() | NodeStopped() | ClearanceLapsed():
                self.cleared.discard(node)
        self.states[node] = step_after(node, self.states[node], event)  # type: ignore[arg-type]  # as above

    def _take_over(self, rollout: Rollout) -> None:
        self.states = {node: progress.state for node, progress in rollout.steps.items()}
        self.halted = rollout.halted is not None
        self.unread = {node for node, progress in rollout.steps.items() if progress.undiagnosed}
        self.blamed = {node for node, progress in rollout.steps.items() if progress.blamed}
