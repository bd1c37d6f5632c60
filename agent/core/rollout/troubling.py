"""Which events end new work, and what does the first of them say? A setback, weighed by what had been begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.altered import altered
from agent.core.rollout.events import (
    Act,
    Cause,
    ClearanceDenied,
    HookFailed,
    LockRefused,
    MoveRefused,
    NodeDiagnosed,
    NodeSick,
    NodeUnreachable,
    TimedOut,
)
from agent.core.rollout.memory import held_by
from agent.core.rollout.progress import Trouble
from agent.core.rollout.table import LockState, StepState

if TYPE_CHECKING:
    from agent.core.rollout.events import NodeEvent
    from agent.core.rollout.progress import Rollout

Troubling = (
    MoveRefused | NodeUnreachable | LockRefused | ClearanceDenied | NodeSick | TimedOut | HookFailed | NodeDiagnosed
)
"""The events that may end new work. A lost answer is not among them: first the node is read."""

_LOCK_ACTS = frozenset({Act.CLAIM, Act.RELEASE})


def with_trouble(rollout: Rollout, event: NodeEvent) -> Rollout:
    """Remember the first setback that ends new work; what goes wrong while putting back only adds to it."""
    if not isinstance(event, Troubling) or rollout.trouble is not None or rollout.halted is not None:
        return rollout
    if _is_bystanders_claim(rollout, event) or _is_to_be_diagnosed(rollout, event):
        return rollout
    if isinstance(event, NodeDiagnosed) and not _ends_work(rollout, event):
        return rollout
    return altered(
        rollout, trouble=Trouble(cause=_cause_of(rollout, event), node=event.node, reason=_reason(rollout, event))
    )


def failures(rollout: Rollout) -> int:
    """Return how many nodes did not come up."""
    return sum(progress.state in (StepState.SICK, StepState.SKIPPED) for progress in rollout.steps.values())


def _is_bystanders_claim(rollout: Rollout, event: Troubling) -> bool:
    """A bystander that cannot be claimed is no trouble yet; somebody else's lock on it is."""
    return isinstance(event, MoveRefused | NodeUnreachable) and event.node not in rollout.steps


def _is_to_be_diagnosed(rollout: Rollout, event: Troubling) -> bool:
    """A node that does not come up is not judged before its log has been read: what it says decides what follows."""
    if not isinstance(event, NodeSick | TimedOut) or event.node not in rollout.steps:
        return False
    return rollout.steps[event.node].state is StepState.WARMING


def _ends_work(rollout: Rollout, event: NodeDiagnosed) -> bool:
    """What our file, or a bucket, has done to one node it will do to all; the rest may be this node's own."""
    hits_all = event.blames_config or rollout.steps[event.node].check is not None
    return hits_all or failures(rollout) > rollout.plan.max_failures


def _cause_of(rollout: Rollout, event: Troubling) -> Cause:
    match event:
        case MoveRefused(code="not-ours") | LockRefused():
            return Cause.LOCKED
        case MoveRefused():
            return Cause.SICK if event.act is Act.START else Cause.REFUSED
        case NodeUnreachable():
            return Cause.UNCERTAIN if _in_doubt(rollout, event) else Cause.UNREACHABLE
        case ClearanceDenied():
            return event.cause
        case HookFailed():
            return Cause.HOOK
        case _:
            return Cause.SICK


def _in_doubt(rollout: Rollout, event: NodeUnreachable) -> bool:
    if event.act in _LOCK_ACTS:
        return event.node in rollout.locks and rollout.locks[event.node].state is LockState.UNSURE
    return event.node in rollout.steps and rollout.steps[event.node].state is StepState.UNCERTAIN


def _reason(rollout: Rollout, event: Troubling) -> str:
    match event:
        case LockRefused():
            return held_by(event)
        case MoveRefused():
            return f"the node refused to {event.act}: {event.reason}"
        case NodeDiagnosed():
            return "; ".join(part for part in (rollout.steps[event.node].note, event.sentence, event.hint) if part)
        case _:
            return event.reason
