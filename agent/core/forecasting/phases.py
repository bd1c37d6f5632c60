"""How long did each phase of a past rollout take on each node? Measured from its events.

A phase is an act that came to its good end without a setback, an interruption or a halt in between; what was broken off
says nothing of how long it would have taken. Times are those of the controller's clock, which can jump: what took less
than nothing, or longer than a week, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from agent.core.rollout import events
from agent.core.rollout.events import Act

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.rollout.events import Event

PHASES: Final = (Act.STAGE, Act.DRAIN, Act.STOP, Act.COMMIT, Act.START, Act.ADMIT)
"""The acts whose length matters to people, in the order of a step; a start lasts until the node is ready."""

LONGEST: Final = 7 * 24 * 3600.0
"""Seconds; more than any phase takes, and less than most jumps of a clock that was never set."""

_GoodEnd = (
    events.ConfigStaged
    | events.NodeDrained
    | events.NodeStopped
    | events.ConfigCommitted
    | events.NodeReady
    | events.NodeAdmitted
)
_Setback = (
    events.MoveRefused
    | events.NodeUnreachable
    | events.AnswerLost
    | events.HookFailed
    | events.TimedOut
    | events.NodeSick
    | events.NodeRevived
    | events.StepReopened
    | events.StepSkipped
)
_Caesura = events.RolloutStarted | events.RolloutResumed | events.RolloutHalted | events.RolloutEnded

_ENDED: Final[Mapping[type[_GoodEnd], Act]] = {
    events.ConfigStaged: Act.STAGE,
    events.NodeDrained: Act.DRAIN,
    events.NodeStopped: Act.STOP,
    events.ConfigCommitted: Act.COMMIT,
    events.NodeReady: Act.START,
    events.NodeAdmitted: Act.ADMIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One phase on one node that went well: the act, and its seconds."""

    node: str
    act: Act
    seconds: float


def phases_of(stream: Iterable[Event]) -> tuple[Sample, ...]:
    """Return the phases that a rollout's events tell of, in the order of their ends."""
    begun: dict[str, events.MoveStarted] = {}
    samples = []
    for event in stream:
        if isinstance(event, events.MoveStarted):
            begun.update(dict.fromkeys(event.nodes, event))
        elif isinstance(event, _Caesura):
            begun.clear()
        elif isinstance(event, _Setback):
            begun.pop(event.node, None)
        elif isinstance(event, _GoodEnd):
            samples.append(_sample(event, begun))
    return tuple(sample for sample in samples if sample is not None)


def _sample(end: _GoodEnd, begun: dict[str, events.MoveStarted]) -> Sample | None:
    """Close the phase that the event is the end of; an end of another act closes nothing."""
    start = begun.get(end.node)
    if start is None or start.act is not _ENDED[type(end)]:
        return None
    del begun[end.node]
    seconds = _seconds(start.at, end.at)
    return None if seconds is None else Sample(node=end.node, act=start.act, seconds=seconds)


def _seconds(start: str, end: str) -> float | None:
    """Return the time between two moments; None where one is no moment, or the clock has jumped."""
    began, ended = _moment(start), _moment(end)
    if began is None or ended is None:
        return None
    seconds = (ended - began).total_seconds()
    return seconds if 0 <= seconds <= LONGEST else None


def _moment(text: str) -> datetime | None:
    """Return a moment; one without its distance from UTC could be anywhere within a day."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
