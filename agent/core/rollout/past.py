"""What was a rollout, in one row: who began which plan when, on which nodes, how it ended, and how long it took?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.rollout import events
from agent.core.rollout.past_times import seconds_at_work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event


class Fate(StrEnum):
    """Where a rollout stands, by the last of its events that speaks of the whole."""

    NOT_BEGUN = "not-begun"
    """Nothing was done: the journal holds no event."""
    BROKEN_OFF = "broken-off"
    """No end is written down: whoever conducted it is gone, or has not come to it yet."""
    RUNNING = "running"
    """The same, and a process holds the journal; only an edge can tell."""
    ENDED = "ended"
    PUT_BACK = "put-back"
    """Another plan has put back what it did, or has found nothing to put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One rollout; what is not written down is None. Moments are as they stand in the events.

    outcome is the word of the last end, also where it was put back later; put_back_by the plan that did so. seconds
    counts the time at work, without the time between a break and its resumption. holder and host are whoever began it.
    """

    plan: str
    fate: Fate
    cluster: str | None = None
    outcome: str | None = None
    put_back_by: str | None = None
    begun: str | None = None
    last: str | None = None
    seconds: float | None = None
    holder: str | None = None
    host: str | None = None
    shape: str | None = None
    change: str | None = None
    nodes: tuple[str, ...] = ()
    reason: str | None = None
    undoes: str | None = None


def past_of(plan_id: str, told: tuple[Event, ...], plan: Plan | None = None) -> Past:
    """Return the row of a rollout; the plan speaks where another workstation holds the beginning of the journal."""
    begun = told[0] if told else None
    who = begun if isinstance(begun, events.RolloutStarted | events.RolloutResumed) else None
    start = begun if isinstance(begun, events.RolloutStarted) else None
    return Past(
        plan=plan_id,
        fate=_fate(told),
        cluster=start.cluster if start else plan.cluster if plan else None,
        outcome=_last(it.outcome for it in told if isinstance(it, events.RolloutEnded)),
        put_back_by=_last(it.by for it in told if isinstance(it, events.RolloutUndone)),
        begun=(begun.at or None) if begun else None,
        last=(told[-1].at or None) if told else None,
        seconds=seconds_at_work(told),
        holder=who.holder if who else None,
        host=who.host if who else None,
        shape=start.shape if start else str(plan.shape) if plan else None,
        change=start.change if start else str(plan.change) if plan else None,
        nodes=_nodes(start or plan),
        reason=(start.reason or None) if start else None,
        undoes=start.undoes if start else plan.undoes if plan else None,
    )


def is_whole(told: tuple[Event, ...]) -> bool:
    """Tell whether the beginning is among the events: one that was resumed from elsewhere has it elsewhere."""
    return bool(told) and isinstance(told[0], events.RolloutStarted)


def _fate(told: tuple[Event, ...]) -> Fate:
    for event in reversed(told):
        match event:
            case events.RolloutUndone():
                return Fate.PUT_BACK
            case events.RolloutEnded():
                return Fate.ENDED
            case events.RolloutResumed():
                return Fate.BROKEN_OFF
    return Fate.BROKEN_OFF if told else Fate.NOT_BEGUN


def _nodes(source: events.RolloutStarted | Plan | None) -> tuple[str, ...]:
    return tuple(step.node for step in source.steps) if source else ()


def _last(words: Iterable[str | None]) -> str | None:
    return next(reversed([None, *words]))
