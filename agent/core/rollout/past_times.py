"""How long did a rollout take, and each of its phases on each node? By the moments that stand in its events.

A break in between belongs to no phase: what was under way when the controller went is not timed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.rollout import events
from agent.core.rollout.events import Act

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.rollout.events import Event


class Phase(StrEnum):
    """One stretch of a node's way, as far as it takes time that somebody waits for."""

    DRAIN = "drain"
    STOP = "stop"
    COMMIT = "commit"
    START = "start"
    """From the word to start until the node is ready, or serves again."""
    ADMIT = "admit"


def seconds_between(early: str, late: str) -> float | None:
    """Return the seconds from one moment to another; None where one is not a moment, or the clock was set back."""
    first, second = _moment(early), _moment(late)
    if first is None or second is None or second < first:
        return None
    return (second - first).total_seconds()


def seconds_at_work(told: Iterable[Event]) -> float | None:
    """Return the sum over the stretches in which somebody conducted; None where no stretch can be timed."""
    stretches: list[list[Event]] = []
    for event in told:
        if isinstance(event, events.RolloutUndone):
            continue
        if isinstance(event, events.RolloutResumed) or not stretches:
            stretches.append([])
        stretches[-1].append(event)
    known = [it for it in (seconds_between(stretch[0].at, stretch[-1].at) for stretch in stretches) if it is not None]
    return sum(known) if known else None


def phases_by_node(told: Iterable[Event]) -> Mapping[str, Mapping[Phase, float]]:
    """Return the seconds of each phase of each node, summed where a node went through it more than once."""
    found: dict[str, dict[Phase, float]] = {}
    begun: dict[tuple[str, Phase], str] = {}
    for event in told:
        if isinstance(event, events.RolloutResumed):
            begun.clear()
        for node, phase in _beginnings(event):
            begun[node, phase] = event.at
        for node, phase, seconds in _ends(event, begun):
            of_node = found.setdefault(node, {})
            of_node[phase] = of_node.get(phase, 0.0) + seconds
    return found


def _beginnings(event: Event) -> tuple[tuple[str, Phase], ...]:
    match event:
        case events.MoveStarted(act=Act.COMMIT, nodes=nodes):
            return tuple((node, Phase.COMMIT) for node in nodes)
        case events.StopAsked(node=node):
            return ((node, Phase.STOP),)
        case events.StartAsked(node=node):
            return ((node, Phase.START),)
    return ()


def _ends(event: Event, begun: dict[tuple[str, Phase], str]) -> tuple[tuple[str, Phase, float], ...]:
    """A hook tells its own seconds; all else is timed from its beginning, which counts once."""
    match event:
        case events.NodeDrained(node=node, seconds=seconds):
            return ((node, Phase.DRAIN, seconds),)
        case events.NodeAdmitted(node=node, seconds=seconds) | events.NodeReadmitted(node=node, seconds=seconds):
            return ((node, Phase.ADMIT, seconds),)
        case events.NodeStopped(node=node):
            return _timed(node, Phase.STOP, event.at, begun)
        case events.ConfigCommitted(node=node):
            return _timed(node, Phase.COMMIT, event.at, begun)
        case events.NodeReady(node=node) | events.NodeRevived(node=node):
            return _timed(node, Phase.START, event.at, begun)
    return ()


def _timed(
    node: str, phase: Phase, at: str, begun: dict[tuple[str, Phase], str]
) -> tuple[tuple[str, Phase, float], ...]:
    seconds = seconds_between(begun.pop((node, phase), ""), at)
    return () if seconds is None else ((node, phase, seconds),)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
