"""How far has a rollout come, after these events? A fold over the table, and nothing else.

House rules: `advance` is the only way a rollout changes; it takes one event and either returns the next rollout or
raises and leaves everything as it was. What may be done next is asked in core/rollout/next_moves, what a step and a
lock remember of an event stands in core/rollout/memory, which events end new work in core/rollout/troubling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from agent.core.altered import altered
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    LockEvent,
    MoveRefused,
    MoveStarted,
    NodeUnreachable,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
)
from agent.core.rollout.memory import lock_remembering, step_remembering
from agent.core.rollout.next_moves import next_moves
from agent.core.rollout.progress import Lock, Progress, Rollout, begin, finished_restarts, is_finished, restarts
from agent.core.rollout.table import OutOfTurn, StepState
from agent.core.rollout.troubling import with_trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event, NodeEvent

__all__ = ["Lock", "OutOfTurn", "Progress", "Rollout", "advance", "begin", "next_moves", "replay", "resume"]

LOCK_ACTS = frozenset({Act.CLAIM, Act.RELEASE})


def advance(rollout: Rollout, event: Event) -> Rollout:
    """Return the rollout after one event.

    Raises:
        OutOfTurn: the event cannot come now; the given rollout is what it was.
    """
    match event:
        case RolloutStarted():
            return _start(rollout, event)
        case _ if rollout.started is None or rollout.undone:
            raise _outside(rollout, event)
        case RolloutResumed():
            return _go_on(rollout, event)
        case RolloutUndone():
            return altered(rollout, undone=True)
        case _ if rollout.outcome is not None:
            raise _outside(rollout, event)
        case RolloutHalted():
            return altered(rollout, halted=event) if rollout.halted is None else _twice(rollout, "halted")
        case RolloutEnded():
            return altered(rollout, outcome=event.outcome)
        case _:
            return _at_nodes(rollout, event)


def replay(plan: Plan, events: Iterable[Event]) -> Rollout:
    """Return the rollout that a journal tells of, as its controller last knew it.

    Raises:
        OutOfTurn: the events are not those of this plan.
    """
    rollout = begin(plan)
    for event in events:
        rollout = advance(rollout, event)
    return rollout


def resume(plan: Plan, events: Iterable[Event]) -> Rollout:
    """Return the rollout that a journal tells of, ready to be gone on with.

    Whatever has not come to its good end is uncertain: it is looked at before anything else happens to it. Permission
    to stop a node does not survive, a row of good looks starts anew, and every lock is claimed again.

    Raises:
        OutOfTurn: the events are not those of this plan.
    """
    rollout = replay(plan, events)
    return _reopened(rollout, _finished(rollout))


def _outside(rollout: Rollout, event: Event) -> OutOfTurn:
    return OutOfTurn(f"{rollout.plan.cluster}: {type(event).__name__} outside a running rollout; nothing moved")


def _start(rollout: Rollout, event: RolloutStarted) -> Rollout:
    """The journal's plan must be the plan in hand, digest by digest."""
    if rollout.started is not None:
        return _twice(rollout, "started")
    theirs = [(step.node, step.expected, step.digest) for step in event.steps]
    ours = [(step.node, step.expected, step.digest) for step in rollout.plan.steps]
    if event.plan != rollout.plan.id or theirs != ours:
        raise OutOfTurn(
            f"{rollout.plan.cluster}: the journal tells of plan {event.plan}, not of {rollout.plan.id} as it is now; "
            "nothing moved; run `filestore-agent plan` again"
        )
    return altered(
        rollout, started=event, epoch=event.epoch, holder=event.holder, host=event.host, pause_at=event.pause_after
    )


def _go_on(rollout: Rollout, event: RolloutResumed) -> Rollout:
    """Raises OutOfTurn where the epoch is not above the one before: an older controller would not be fenced by it.

    An epoch that was left out tells that others have claimed since: then this journal alone proves nothing done.
    """
    if event.epoch <= rollout.epoch:
        raise OutOfTurn(
            f"{rollout.plan.cluster}: resumed under epoch {event.epoch}, after {rollout.epoch}; nothing moved"
        )
    done = _finished(rollout) if event.epoch == rollout.epoch + 1 else frozenset()
    after = altered(_reopened(rollout, done), epoch=event.epoch, holder=event.holder, host=event.host)
    pause = event.pause_after
    return altered(after, pause_at=None if pause is None else finished_restarts(after) + pause)


def _twice(rollout: Rollout, what: str) -> Rollout:
    raise OutOfTurn(f"{rollout.plan.cluster}: the rollout {what} twice; nothing moved; the journal is damaged")


def _at_nodes(rollout: Rollout, event: MoveStarted | NodeEvent) -> Rollout:
    """One event about one node; the start of an act may be about several."""
    if not isinstance(event, MoveStarted):
        return _settling(with_trouble(rollout, event), event.node, event)
    for node in event.nodes:
        rollout = _on_node(rollout, node, event)
    return rollout


def _settling(before: Rollout, node: str, event: NodeEvent) -> Rollout:
    """A step that has come to its end makes room: what was postponed for its sake may be asked again."""
    after = _on_node(before, node, event)
    if node not in after.steps or after.steps[node].state is before.steps[node].state:
        return after
    if not any(progress.postponed for progress in after.steps.values()):
        return after
    return altered(after, steps={name: altered(it, postponed=False) for name, it in after.steps.items()})


def _on_node(rollout: Rollout, node: str, event: MoveStarted | NodeEvent) -> Rollout:
    """Move one node's lock or step, whichever the event is about."""
    parts = rollout.locks if _is_about_lock(event) else rollout.steps
    if node not in parts:
        raise OutOfTurn(f"{node}: {type(event).__name__} for a node that the plan does not have; nothing moved")
    if _is_about_lock(event):
        return altered(rollout, locks={**rollout.locks, node: lock_remembering(node, rollout.locks[node], event)})
    return altered(rollout, steps={**rollout.steps, node: step_remembering(rollout.steps[node], event)})


def _is_about_lock(event: MoveStarted | NodeEvent) -> bool:
    if isinstance(event, _LOCK_EVENTS):
        return True
    return isinstance(event, MoveStarted | MoveRefused | NodeUnreachable | AnswerLost) and event.act in LOCK_ACTS


_LOCK_EVENTS = get_args(LockEvent)


def _finished(rollout: Rollout) -> frozenset[str]:
    return frozenset(node for node, progress in rollout.steps.items() if is_finished(rollout.plan, progress))


def _reopened(rollout: Rollout, done: frozenset[str]) -> Rollout:
    """What is done stays done; anything else is looked at."""
    return altered(
        rollout,
        steps={node: it if node in done else _reopened_step(rollout, it) for node, it in rollout.steps.items()},
        locks={node: Lock(inherited=True) for node in rollout.locks},
        trouble=None,
        halted=None,
        outcome=None,
        pause_at=None,
    )


def _reopened_step(rollout: Rollout, progress: Progress) -> Progress:
    """What has been written and stopped is not forgotten.

    Who was drained, and where something was staged, may be known to another workstation alone: to admit or to discard
    once more does no harm. What ran when a node was cleared is the process from before only where a stop was begun.
    """
    asked = _stop_asked(progress)
    return altered(
        progress,
        state=StepState.UNCERTAIN,
        begun=None,
        tried=asked,
        process=progress.process if asked or progress.handled else progress.step.process,
        streak=0,
        serving=True,
        litter=progress.step.stages,
        inherits=progress.step.stages,
        drained=_may_be_drained(rollout, progress),
        unreadable=False,
        postponed=False,
        undiagnosed=False,
        blamed=False,
    )


def _may_be_drained(rollout: Rollout, progress: Progress) -> bool:
    """A node that ran when the plan was made; one that did not was nowhere to be taken out of."""
    has_hook = rollout.plan.before_stop is not None and restarts(rollout.plan, progress.step)
    return has_hook and (progress.drained or progress.step.running)


def _stop_asked(progress: Progress) -> frozenset[Act]:
    """Of all that was tried, this is needed to know a process that is on its way down."""
    asked = progress.begun is Act.STOP or progress.state is StepState.STOPPING
    return frozenset({Act.STOP}) if asked else frozenset()
