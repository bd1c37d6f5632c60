"""Which rollouts that were begun on this workstation have come to no good end? What came to one ends the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.rollout.events import Act, MoveStarted
from agent.core.rollout.past import Fate, past_of
from agent.edges.journal import read, read_plan, rollouts
from agent.errors import JournalError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.rollout.events import Event

_TOUCHING: Final = frozenset({Act.STOP, Act.COMMIT, Act.START, Act.RESTORE})
"""Acts that leave a node otherwise than it was."""
_AS_BEFORE: Final = frozenset({Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.LOCKED})
"""Ends after which every node is as it was, if none was touched; who halts for a pause or a person may go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A rollout by its journal here; undoes is the plan that it puts back."""

    plan: str
    path: Path
    told: tuple[Event, ...]
    undoes: str | None

    @property
    def is_over(self) -> bool:
        """Whether it has come to its good end, or was put back."""
        return is_over(self.told)

    @property
    def is_idle(self) -> bool:
        """Whether it has ended, or never begun, with every node as it was."""
        past = past_of(self.plan, self.told)
        has_ended = past.fate is Fate.ENDED and past.outcome in _AS_BEFORE and not _has_touched(self.told)
        return self.is_unbegun or has_ended

    @property
    def is_unbegun(self) -> bool:
        """Whether it was agreed to and written down, and whoever conducted it was gone before it began."""
        return not self.told


def recent(folder: Path, hear: Callable[[Path], tuple[Event, ...]]) -> tuple[Kept, ...]:
    """Return the rollouts here, the one begun last first, as far back as the last one that is over.

    Raises:
        JournalError: others may enter the folder, or hear cannot read a journal.
    """
    found: list[Kept] = []
    for plan_id, path in rollouts(folder):
        told = hear(path)
        found.append(Kept(plan=plan_id, path=path, told=told, undoes=_undoes(folder, plan_id, told)))
        if found[-1].is_over:
            break
    return tuple(found)


def left(kept: tuple[Kept, ...]) -> tuple[str, ...]:
    """Return those of them that have something left to do, or to put back.

    One that another puts back is that one's affair, as soon as that one has begun; until then it is its own.
    """
    wanted = {it.undoes for it in kept if it.is_idle}
    taken = {it.undoes for it in kept if not it.is_idle and not it.is_over}
    return tuple(
        it.plan for it in kept if not it.is_over and it.plan not in taken and (not it.is_idle or it.plan in wanted)
    )


def undone_by(folder: Path, plan_id: str) -> str | None:
    """Return the plan that was to put a rollout back, and was broken off; one that has ended as it began is past."""
    found = (
        it.plan
        for it in recent(folder, heard)
        if it.undoes == plan_id and not it.is_over and (it.is_unbegun or not it.is_idle)
    )
    return next(found, None)


def heard(path: Path) -> tuple[Event, ...]:
    """Return what a journal tells; one that cannot be read tells nothing."""
    try:
        return read(path)[0]
    except JournalError:
        return ()


def is_over(told: tuple[Event, ...]) -> bool:
    """Tell whether a rollout has come to its good end, or was put back."""
    past = past_of("", told)
    return past.fate is Fate.PUT_BACK or (past.fate is Fate.ENDED and past.outcome == Outcome.OK)


def _has_touched(told: tuple[Event, ...]) -> bool:
    return any(isinstance(event, MoveStarted) and event.act in _TOUCHING for event in told)


def _undoes(folder: Path, plan_id: str, told: tuple[Event, ...]) -> str | None:
    if told and (undoes := past_of(plan_id, told).undoes) is not None:
        return undoes
    try:
        return read_plan(folder, plan_id).undoes
    except JournalError:
        return None
