"""How far has a rollout come, after these events? A fold over the table, and nothing else.

House rules: `advance` is the only way a rollout changes; it takes one event and either returns the next rollout or
raises and leaves everything as it was. What may be done next is asked in core/next_moves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from agent.core.rollout.events import (
    Act,
    AnswerLost,
    Cause,
    ClearanceDenied,
    ConfigCommitted,
    ConfigRestored,
    LockEvent,
    LockLeft,
    LockRefused,
    MoveRefused,
    MoveStarted,
    NodeAwaited,
    NodeCleared,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    RolloutEnded,
    RolloutHalted,
    RolloutStarted,
    StageDiscarded,
    StageLeft,
    TimedOut,
)
from agent.core.rollout.next_moves import next_moves
from agent.core.rollout.progress import Lock, Progress, Rollout, Trouble, begin
from agent.core.rollout.table import LockState, OutOfTurn, StepState, lock_after, step_after

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event, NodeEvent, Setback, StepEvent

__all__ = ["Lock", "OutOfTurn", "Progress", "Rollout", "advance", "begin", "next_moves", "resume"]

LOCK_ACTS = frozenset({Act.CLAIM, Act.RELEASE})


def advance(rollout: Rollout, event: Event) -> Rollout:
    """Return the rollout after one event.

    Raises:
        OutOfTurn: the event cannot come now; the given rollout is what it was.
    """
    match event:
        case RolloutStarted():
            return _start(rollout, event)
        case _ if rollout.started is None or rollout.outcome is not None:
            raise OutOfTurn(f"{rollout.plan.cluster}: {type(event).__name__} outside a running rollout; nothing moved")
        case RolloutHalted():
            return replace(rollout, halted=event) if rollout.halted is None else _twice(rollout, "halted")
        case RolloutEnded():
            return replace(rollout, outcome=event.outcome)
        case MoveStarted():
            for node in event.nodes:
                rollout = _on_node(rollout, node, event)
            return rollout
        case _:
            return _on_node(_with_trouble(rollout, event), event.node, event)


def resume(plan: Plan, events: Iterable[Event]) -> Rollout:
    """Return the rollout that a journal tells of, ready to be gone on with.

    Whatever was mid-way is uncertain: it must be looked at before anything else happens. Permission to stop a node
    does not survive, and a row of good looks starts anew.

    Raises:
        OutOfTurn: the events are not those of this plan.
    """
    rollout = begin(plan)
    for event in events:
        rollout = advance(rollout, event)
    return replace(
        rollout,
        steps={node: _interrupted_step(progress) for node, progress in rollout.steps.items()},
        locks={node: _interrupted_lock(lock) for node, lock in rollout.locks.items()},
    )


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
    return replace(rollout, started=event)


def _twice(rollout: Rollout, what: str) -> Rollout:
    raise OutOfTurn(f"{rollout.plan.cluster}: the rollout {what} twice; nothing moved; the journal is damaged")


def _on_node(rollout: Rollout, node: str, event: MoveStarted | NodeEvent) -> Rollout:
    """Move one node's lock or step, whichever the event is about."""
    parts = rollout.locks if _is_about_lock(event) else rollout.steps
    if node not in parts:
        raise OutOfTurn(f"{node}: {type(event).__name__} for a node that the plan does not have; nothing moved")
    if _is_about_lock(event):
        return replace(rollout, locks={**rollout.locks, node: _moved_lock(node, rollout.locks[node], event)})
    return replace(rollout, steps={**rollout.steps, node: _moved_step(rollout.steps[node], event)})


def _is_about_lock(event: MoveStarted | NodeEvent) -> bool:
    if isinstance(event, get_args(LockEvent)):
        return True
    return isinstance(event, MoveStarted | MoveRefused | NodeUnreachable | AnswerLost) and event.act in LOCK_ACTS


def _moved_lock(node: str, lock: Lock, event: MoveStarted | NodeEvent) -> Lock:
    state = lock_after(node, lock.state, event)
    match event:
        case MoveStarted():
            return replace(lock, state=state, begun=event.act, tried=lock.tried | {event.act})
        case AnswerLost():
            return replace(lock, state=state, note=event.reason)
        case MoveRefused() | NodeUnreachable() | LockLeft():
            return replace(lock, state=state, begun=None, note=event.reason)
        case LockRefused():
            return replace(lock, state=state, begun=None, note=_held_by(event))
        case _:
            return replace(lock, state=state, begun=None)


def _moved_step(progress: Progress, event: MoveStarted | NodeEvent) -> Progress:
    """Take the table's word for the state, then note what the event said."""
    progress = replace(progress, state=step_after(progress.node, progress.state, event))
    match event:
        case MoveStarted():
            return _begun(progress, event.act)
        case MoveRefused() | NodeUnreachable() | AnswerLost():
            return _set_back(progress, event)
        case NodeAwaited():
            return progress
        case NodeSeen() | ReadySeen() | NodeCleared() | ClearanceDenied():
            return _seen(progress, event)
        case _:
            return replace(_settled(progress, event), begun=None)


def _seen(progress: Progress, event: NodeSeen | ReadySeen | NodeCleared | ClearanceDenied) -> Progress:
    """What a look tells while no act is under way; a look that is not good breaks the row of good ones."""
    match event:
        case NodeSeen():
            return replace(progress, streak=0)
        case ReadySeen():
            return replace(progress, streak=event.streak)
        case NodeCleared():
            return replace(progress, process=event.process)
        case _:
            return replace(progress, note=event.reason)


def _begun(progress: Progress, act: Act) -> Progress:
    """From here on the act may have happened, whatever we hear of it."""
    progress = replace(progress, begun=act, tried=progress.tried | {act})
    match act:
        case Act.STAGE:
            return replace(progress, litter=True)
        case Act.COMMIT:
            return replace(progress, wrote=True)
        case Act.START:
            return replace(progress, started=True, streak=0)
        case _:
            return progress


def _set_back(progress: Progress, event: Setback) -> Progress:
    """A lost answer leaves everything open; a refusal, or a node never reached, takes back what had begun."""
    progress = replace(progress, note=event.reason)
    if isinstance(event, AnswerLost):
        return progress
    if progress.state is StepState.UNCERTAIN:
        return replace(progress, unreadable=True)
    match event.act:
        case Act.STAGE:
            return replace(progress, begun=None, litter=isinstance(event, MoveRefused))
        case Act.COMMIT:
            return replace(progress, begun=None, wrote=False)
        case Act.START:
            return replace(progress, begun=None, started=False)
        case _:
            return replace(progress, begun=None)


def _settled(progress: Progress, event: StepEvent | LockEvent) -> Progress:
    """What the good and the bad ends of an act change in what must be remembered."""
    match event:
        case ConfigCommitted():
            # A start before this commit loaded the earlier file: the new one waits for a start that has not happened.
            progress = replace(progress, litter=False, wrote=True, started=False, receipt=event.receipt, note="")
        case ConfigRestored():
            progress = replace(progress, wrote=False, receipt=event.receipt)
        case StageDiscarded():
            progress = replace(progress, litter=False)
        case NodeStopped():
            progress = replace(progress, down=True)
        case NodeReady() | NodeRevived():
            progress = replace(progress, down=False, note="")
        case NodeSick() | TimedOut() | StageLeft():
            progress = replace(progress, note=event.reason)
        case _:
            pass
    return progress


Troubling = MoveRefused | NodeUnreachable | LockRefused | ClearanceDenied | NodeSick | TimedOut
"""The events that end new work. A lost answer is not among them: first the node is read."""


def _with_trouble(rollout: Rollout, event: NodeEvent) -> Rollout:
    """Remember the first setback that ends new work; what goes wrong while putting back only adds to it."""
    if not isinstance(event, Troubling) or rollout.trouble is not None or rollout.halted is not None:
        return rollout
    if _is_bystanders_claim(rollout, event):
        return rollout
    return replace(rollout, trouble=Trouble(cause=_cause_of(rollout, event), node=event.node, reason=_reason_of(event)))


def _is_bystanders_claim(rollout: Rollout, event: Troubling) -> bool:
    """A bystander that cannot be claimed is no trouble yet; somebody else's lock on it is."""
    return isinstance(event, MoveRefused | NodeUnreachable) and event.node not in rollout.steps


def _cause_of(rollout: Rollout, event: Troubling) -> Cause:
    match event:
        case MoveRefused():
            return Cause.SICK if event.act is Act.START else Cause.REFUSED
        case NodeUnreachable():
            return Cause.UNCERTAIN if _in_doubt(rollout, event) else Cause.UNREACHABLE
        case LockRefused():
            return Cause.LOCKED
        case ClearanceDenied():
            return event.cause
        case _:
            return Cause.SICK


def _in_doubt(rollout: Rollout, event: NodeUnreachable) -> bool:
    if event.act in LOCK_ACTS:
        return event.node in rollout.locks and rollout.locks[event.node].state is LockState.UNSURE
    return event.node in rollout.steps and rollout.steps[event.node].state is StepState.UNCERTAIN


def _reason_of(event: Troubling) -> str:
    match event:
        case LockRefused():
            return _held_by(event)
        case MoveRefused():
            return f"the node refused to {event.act}: {event.reason}"
        case _:
            return event.reason


def _held_by(event: LockRefused) -> str:
    if not event.holder:
        return f"another rollout took the node after it was last observed (its epoch is {event.epoch} now)"
    return f"locked by {event.holder} on {event.host} for plan {event.plan} since {event.since}"


def _interrupted_step(progress: Progress) -> Progress:
    """An act without an outcome is uncertain, except a discard, which is simply done again."""
    progress = replace(progress, streak=0, unreadable=False)
    if progress.begun is Act.DISCARD:
        return replace(progress, begun=None, tried=progress.tried - {Act.DISCARD})
    if progress.begun is not None:
        return replace(progress, state=StepState.UNCERTAIN)
    if progress.state is StepState.CLEARED:
        return replace(progress, state=StepState.WAITING if progress.step.document is None else StepState.STAGED)
    return progress


def _interrupted_lock(lock: Lock) -> Lock:
    if lock.begun is None:
        return lock
    return replace(lock, state=LockState.UNSURE, tried=lock.tried - {Act.RELEASE})
