"""What each event of a rollout is called in front of a person; None for what would only be noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.report import Line, Tone
from agent.core.rollout import events
from agent.core.rollout.events import Act
from agent.core.text.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.rollout.events import Event

_DOING = {
    Act.CLAIM: "locking",
    Act.STAGE: "staging on",
    Act.STOP: "stopping",
    Act.COMMIT: "committing on",
    Act.START: "starting",
    Act.DISCARD: "removing what was staged on",
    Act.RESTORE: "putting the file back on",
    Act.RELEASE: "unlocking",
}
_TOLD_BY_NODE = frozenset({Act.STOP, Act.START})
"""Acts that are told when the node has heard them, one node at a time."""


def tell(event: Event) -> Line | None:
    """Return the line for an event; whole groups of nodes are told once, when their act begins."""
    for tone, words in (
        (Tone.QUIET, _step),
        (Tone.QUIET, _waiting),
        (Tone.GOOD, _success),
        (Tone.CARE, _setback),
        (Tone.BAD, _trouble),
    ):
        text = words(event)
        if text:
            return Line(text=text, tone=tone)
    return None


def doing(act: Act, nodes: Iterable[str]) -> str:
    """Return what an act does on these nodes, in the words of people: `stopping jira-[1-2]`."""
    return f"{_DOING[act]} {fold(nodes)}"


def _step(event: Event) -> str | None:
    match event:
        case events.MoveStarted(act=act, nodes=nodes) if act not in _TOLD_BY_NODE:
            return doing(act, nodes)
        case events.NodeCleared(node=node, state=state):
            return f"{node}: cleared for its restart; it is {state}, and the others that must run do"
        case events.StopAsked(node=node):
            return f"{node}: stopping"
        case events.StartAsked(node=node):
            return f"{node}: starting"
        case events.NodeSeen(node=node, state=State.MAINTENANCE | State.ERROR as state):
            return f"{node}: {state}"
    return None


def _waiting(event: Event) -> str | None:
    """A stop is told without the state: a Jira on its way down looks like one on its way up."""
    if not isinstance(event, events.NodeAwaited):
        return None
    is_plain = event.act is Act.STOP or event.state == State.STARTING
    state = "" if is_plain else f" (it is {event.state})"
    return f"{event.node}: {_DOING[event.act]}{state}, {_short(event.seconds // 60 * 60)} of {_short(event.limit)}"


def _short(seconds: float) -> str:
    """As an inventory writes it (90s, 12m, 2h), and 1h05m."""
    if seconds % 60:
        return f"{seconds:g}s"
    hours, minutes = divmod(int(seconds) // 60, 60)
    if not hours:
        return f"{minutes}m"
    return f"{hours}h{minutes:02}m" if minutes else f"{hours}h"


def _success(event: Event) -> str | None:
    match event:
        case events.ReadySeen(node=node, streak=streak):
            return f"{node}: ready, {streak} in a row"
        case events.NodeReady(node=node):
            return f"{node}: done, it runs with the right file"
    return None


def _setback(event: Event) -> str | None:
    match event:
        case events.NodeRevived(node=node):
            return f"{node}: serves again, with the file it had before"
        case events.ConfigRestored(node=node):
            return f"{node}: the file is as it was before"
        case events.AnswerLost(node=node, act=act):
            return f"{node}: the answer to {act} was lost; looking what happened"
        case events.StageLeft(node=node, reason=reason):
            return f"{node}: what was staged may still lie beside the file ({reason})"
        case events.LockLeft(node=node, reason=reason):
            return f"{node}: {reason}"
    return None


def _trouble(event: Event) -> str | None:
    match event:
        case events.RolloutHalted(node=node, reason=reason):
            return f"halted: {node}: {reason}" if node else f"halted: {reason}"
        case events.LockRefused(node=node, holder=holder, host=host, since=since) if holder:
            return f"{node}: held by {holder}@{host} since {since}"
        case events.ClearanceDenied(node=node, reason=reason):
            return f"{node}: may not be restarted now: {reason}"
        case (
            events.MoveRefused(node=node, reason=reason)
            | events.NodeSick(node=node, reason=reason)
            | events.NodeUnreachable(node=node, reason=reason)
            | events.TimedOut(node=node, reason=reason)
        ):
            return f"{node}: {reason}"
    return None
