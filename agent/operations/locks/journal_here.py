"""What does this host know of a plan that holds nodes: its last word, how far it has come, whether it still runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout import events
from agent.core.text.names import counted
from agent.edges.journal import is_live, is_plan_name, journal_path, read
from agent.errors import JournalError, Outcome
from agent.operations.locks.last_word import last_word

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agent.core.rollout.events import Event, StepFacts


class Pace(StrEnum):
    """Whether a rollout whose journal lies here goes on by itself, or waits for somebody."""

    RUNNING = "running"
    """A live process has the journal open for writing, right now."""
    RESUMABLE = "resumable"
    """Nobody writes it, and it has not come to its good end."""
    OVER = "over"
    """It has come to its good end, or was undone: a lock of it was only left behind."""
    UNREADABLE = "unreadable"
    """The journal cannot be read, so nothing is concluded from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one journal tells: done and steps count the nodes of the plan; None where the journal cannot be read."""

    path: Path
    word: str
    pace: Pace
    done: int | None = None
    steps: int | None = None

    @property
    def sentence(self) -> str:
        """How far it has come, and whether somebody is at it."""
        far = "" if self.done is None or self.steps is None else f"{self.done} of {counted(self.steps, 'node')} done; "
        return far + _PACES[self.pace]


_PACES = {
    Pace.RUNNING: "it runs right now, on this host",
    Pace.RESUMABLE: "nobody on this host is writing its journal, so it does not run; it can be resumed",
    Pace.OVER: "it is over, and nothing of it is left to resume",
    Pace.UNREADABLE: "whether it can be resumed is not known",
}


def told_here(folder: Path, plan: str) -> Told | None:
    """Return what the journal of a plan in a folder tells; None where there is none. Never raises."""
    word = last_word(folder, plan) if is_plan_name(plan) else None
    if word is None:
        return None
    path = journal_path(folder, plan)
    try:
        told, _ = read(path)
    except JournalError:
        return Told(path=path, word=word, pace=Pace.UNREADABLE)
    pace = Pace.OVER if _is_over(told) else Pace.RESUMABLE
    done, steps = _count(told)
    return Told(path=path, word=word, pace=Pace.RUNNING if is_live(path) else pace, done=done, steps=steps)


def _is_over(told: Iterable[Event]) -> bool:
    """Tell whether the last of the ends is a good one; what was gone on with after an end has not ended by it."""
    over = False
    for event in told:
        match event:
            case events.RolloutEnded(outcome=outcome):
                over = outcome == Outcome.OK
            case events.RolloutUndone():
                over = True
            case events.RolloutResumed():
                over = False
    return over


def _count(told: Iterable[Event]) -> tuple[int | None, int | None]:
    """Return how many nodes are done, of how many."""
    due: dict[str, type[Event]] = {}
    done: set[str] = set()
    begun = False
    for event in told:
        match event:
            case events.RolloutStarted(steps=steps, shape=shape):
                begun = True
                due = {it.node: _good_end(it, shape) for it in steps if it.restart or it.document}
            case events.ConfigRestored(node=node) | events.StepReopened(node=node) | events.NodeSick(node=node):
                done.discard(node)
            case events.NodeReady(node=node) | events.ConfigCommitted(node=node) if due.get(node) is type(event):
                done.add(node)
    return (len(done), len(due)) if begun else (None, None)


def _good_end(step: StepFacts, shape: str) -> type[Event]:
    """Return the event that a step is done with."""
    return events.NodeReady if step.restart and shape != Shape.COMMIT else events.ConfigCommitted
