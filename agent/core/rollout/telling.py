"""What each event of a rollout is called in front of a person; None for what would only be noise.

A table by kind of event. A row's words are None where this one of its kind is not worth a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agent.core.judging.state import State
from agent.core.report import Line, Tone
from agent.core.rollout import events
from agent.core.rollout.events import Act
from agent.core.text.durations import duration_words
from agent.core.text.names import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.core.rollout.events import Event

    Words = Callable[[Any], str | None]

_DOING = {
    Act.CLAIM: "locking",
    Act.STAGE: "staging on",
    Act.STOP: "stopping",
    Act.COMMIT: "committing on",
    Act.START: "starting",
    Act.DISCARD: "removing what was staged on",
    Act.RESTORE: "putting the file back on",
    Act.RELEASE: "unlocking",
    Act.DRAIN: "draining",
    Act.ADMIT: "putting back into the balancer",
}
_TOLD_BY_NODE = frozenset({Act.STOP, Act.START})
"""Acts that are told when the node has heard them, one node at a time."""


def tell(event: Event) -> Line | None:
    """Return the line for an event; whole groups of nodes are told once, when their act begins."""
    tone, words = _ROWS.get(type(event), (Tone.QUIET, _silence))
    text = words(event)
    return Line(text=text, tone=tone) if text else None


def doing(act: Act, nodes: Iterable[str]) -> str:
    """Return what an act does on these nodes, in the words of people: `stopping jira-[1-2]`."""
    return f"{_DOING[act]} {fold(nodes)}"


def _silence(_: Event) -> None:
    return None


def _begun(event: events.MoveStarted) -> str | None:
    return None if event.act in _TOLD_BY_NODE else doing(event.act, event.nodes)


def _state(event: events.NodeSeen) -> str | None:
    return f"{event.node}: {event.state}" if event.state in (State.MAINTENANCE, State.ERROR) else None


def _waiting(event: events.NodeAwaited) -> str:
    """A stop is told without the state: a Jira on its way down looks like one on its way up."""
    is_plain = event.act is Act.STOP or event.state == State.STARTING
    state = "" if is_plain else f" (it is {event.state})"
    waited, limit = duration_words(event.seconds // 60 * 60), duration_words(event.limit)
    return f"{event.node}: {_DOING[event.act]}{state}, {waited} of {limit}"


def _start(event: events.StartAsked) -> str:
    """A look after an interruption may show that it has been started, after its file was brought."""
    return f"{event.node}: {'has been started with its new file' if event.receipt else 'starting'}"


def _reopened(event: events.StepReopened) -> str:
    file = "has the new file" if event.committed else "has its earlier file"
    jira = " and does not run" if event.down else " and has locked itself at start" if event.started else ""
    return f"{event.node}: {file}{jira}; its step begins anew"


def _halted(event: events.RolloutHalted) -> str:
    return f"halted: {event.node}: {event.reason}" if event.node else f"halted: {event.reason}"


def _lock_refused(event: events.LockRefused) -> str | None:
    return f"{event.node}: held by {event.holder}@{event.host} since {event.since}" if event.holder else None


def _diagnosed(event: events.NodeDiagnosed) -> str:
    sure = f" ({event.confidence})" if event.confidence not in ("", "unknown") else ""
    return f"{event.node}: {event.sentence}{sure}{f'; {event.hint}' if event.hint else ''}"


def _undone(event: events.RolloutUndone) -> str:
    return f"put back by plan {event.by}" if event.by else "ended; there was nothing to put back"


def _reason(event: events.NodeSick | events.HookFailed) -> str:
    return f"{event.node}: {event.reason}"


_ROWS: Final[Mapping[type, tuple[Tone, Words]]] = {
    events.RolloutResumed: (
        Tone.QUIET,
        lambda it: f"gone on with by {it.holder}@{it.host} (epoch {it.epoch}); looking where each node stands",
    ),
    events.MoveStarted: (Tone.QUIET, _begun),
    events.NodeCleared: (
        Tone.QUIET,
        lambda it: f"{it.node}: may be restarted now; it is {it.state}, and the others that must run do",
    ),
    events.ClearanceLapsed: (
        Tone.QUIET,
        lambda it: f"{it.node}: was cleared {duration_words(it.seconds)} ago; asking again",
    ),
    events.ClearancePostponed: (Tone.QUIET, lambda it: f"{it.node}: waits ({it.reason})"),
    events.StepReopened: (Tone.QUIET, _reopened),
    events.NodeDrained: (Tone.QUIET, lambda it: f"{it.node}: drained in {it.seconds:.0f}s"),
    events.StopAsked: (Tone.QUIET, lambda it: f"{it.node}: stopping"),
    events.StartAsked: (Tone.QUIET, _start),
    events.NodeSeen: (Tone.QUIET, _state),
    events.NodeAwaited: (Tone.QUIET, _waiting),
    events.NodeProgressed: (Tone.QUIET, lambda it: f"{it.node}: {it.what}; the deadline counts from here"),
    events.ReadySeen: (Tone.GOOD, lambda it: f"{it.node}: ready, {it.streak} in a row"),
    events.NodeReady: (Tone.GOOD, lambda it: f"{it.node}: done, it runs with the right file"),
    events.NodeAdmitted: (Tone.GOOD, lambda it: f"{it.node}: back in the balancer"),
    events.NodeReadmitted: (Tone.CARE, lambda it: f"{it.node}: back in the balancer, as it was before"),
    events.NodeRevived: (Tone.CARE, lambda it: f"{it.node}: serves again, with the file it had before"),
    events.ConfigRestored: (Tone.CARE, lambda it: f"{it.node}: the file is as it was before"),
    events.AnswerLost: (Tone.CARE, lambda it: f"{it.node}: the answer to {it.act} was lost; looking what happened"),
    events.StageLeft: (
        Tone.CARE,
        lambda it: f"{it.node}: what was staged may still lie beside the file ({it.reason})",
    ),
    events.LockLeft: (Tone.CARE, _reason),
    events.StepSkipped: (
        Tone.CARE,
        lambda it: f"{it.node}: given up on; the failure budget allows it, and it counts as down",
    ),
    events.RolloutUndone: (Tone.CARE, _undone),
    events.RolloutHalted: (Tone.BAD, _halted),
    events.LockRefused: (Tone.BAD, _lock_refused),
    events.ClearanceDenied: (Tone.BAD, lambda it: f"{it.node}: may not be restarted now: {it.reason}"),
    events.HookFailed: (Tone.BAD, _reason),
    events.NodeDiagnosed: (Tone.BAD, _diagnosed),
    events.MoveRefused: (Tone.BAD, _reason),
    events.NodeSick: (Tone.BAD, _reason),
    events.NodeUnreachable: (Tone.BAD, _reason),
    events.TimedOut: (Tone.BAD, _reason),
}
