"""What may be done now? All that `next_moves` returns may be done at the same time; what must wait is not in it.

Order of the questions: is there trouble (then halt), is anything in doubt (then look), is there work (going on, or
putting back once halted: core/rollout/putting_back), is anything still held (then release), and then the end. An act
that is under way shows as `begun` and gives no move, so nothing is ever asked for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, Cause
from agent.core.rollout.in_shape import in_shape, is_moving
from agent.core.rollout.moves import (
    ClaimLock,
    Diagnose,
    EndRollout,
    HaltRollout,
    LookAgain,
    ReleaseLock,
    SkipStep,
    StageDocument,
)
from agent.core.rollout.progress import finished_restarts, is_complete, keeps_locks
from agent.core.rollout.putting_back import putting_back
from agent.core.rollout.table import LockState, StepState
from agent.core.text.names import counted

if TYPE_CHECKING:
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress, Rollout

TOUCHING = frozenset({Shape.ROLLING, Shape.RESTART})


def next_moves(rollout: Rollout) -> tuple[Move, ...]:
    """Return what may be done now; empty before the start, after the end, and while all there is is under way."""
    if rollout.started is None or rollout.outcome is not None or rollout.undone:
        return ()
    if rollout.halted is not None:
        return _looks(rollout) + putting_back(rollout) or _leaving(rollout)
    if rollout.trouble is not None:
        return (HaltRollout(cause=rollout.trouble.cause, node=rollout.trouble.node, reason=rollout.trouble.reason),)
    if _is_time_to_pause(rollout):
        done = counted(finished_restarts(rollout), "node")
        return (HaltRollout(cause=Cause.PAUSED, node=None, reason=f"paused after {done}, as asked"),)
    return _looks(rollout) or _going_on(rollout) or _leaving(rollout)


def _is_time_to_pause(rollout: Rollout) -> bool:
    """As many as asked for are done, none is on its way, and there is more to do."""
    if rollout.pause_at is None or rollout.plan.shape not in TOUCHING or is_complete(rollout):
        return False
    is_reached = finished_restarts(rollout) >= rollout.pause_at
    return is_reached and not any(is_moving(rollout, progress) for progress in rollout.steps.values())


def _looks(rollout: Rollout) -> tuple[Move, ...]:
    """Doubts come before any new act, and only reading the node settles them.

    Before that the locks have to be ours (again): what an older controller has begun could still be at work.
    """
    locks = tuple(
        LookAgain(node=node, act=lock.begun)
        for node, lock in rollout.locks.items()
        if lock.state is LockState.UNSURE and lock.begun is not None
    )
    if rollout.halted is None and _are_claims_open(rollout):
        return locks
    looks = (_look_at(progress) for progress in rollout.steps.values())
    return (*locks, *(look for look in looks if look is not None))


def _look_at(progress: Progress) -> Move | None:
    if progress.state is StepState.UNCERTAIN and not progress.unreadable:
        return LookAgain(node=progress.node, act=progress.begun)
    return Diagnose(node=progress.node) if progress.undiagnosed else None


def _are_claims_open(rollout: Rollout) -> bool:
    return any(it.state is not LockState.HELD and not rollout.is_spared(node) for node, it in rollout.locks.items())


def _wanted(rollout: Rollout) -> list[str]:
    return [node for node in rollout.locks if not rollout.is_spared(node)]


def _going_on(rollout: Rollout) -> tuple[Move, ...]:
    """All locks, then all votes, then the shape's own order; a phase that is not through yields nothing of the next."""
    if _are_claims_open(rollout):
        return _claims(rollout, _wanted(rollout))
    skipped = _skips(rollout)
    if skipped:
        return skipped
    stages = _stages(rollout)
    if stages or any(progress.begun is Act.STAGE for progress in rollout.steps.values()):
        return stages
    return in_shape(rollout)


def _claims(rollout: Rollout, wanted: list[str]) -> tuple[Move, ...]:
    """The first name alone, as the arbiter: of two controllers that start together exactly one gets past it."""
    free = [node for node in wanted if rollout.locks[node].state is LockState.FREE]
    arbiter = wanted[0]
    if rollout.locks[arbiter].state is LockState.HELD:
        return tuple(ClaimLock(node=node) for node in free)
    return (ClaimLock(node=arbiter),) if arbiter in free else ()


def _skips(rollout: Rollout) -> tuple[Move, ...]:
    """A node that did not come up, and whose log does not blame the file: the budget allows for it (else: halted)."""
    for progress in rollout.steps.values():
        if progress.state is StepState.SICK:
            return (SkipStep(node=progress.node, reason=progress.note),)
    return ()


def _stages(rollout: Rollout) -> tuple[Move, ...]:
    return tuple(
        StageDocument(node=progress.node)
        for progress in rollout.steps.values()
        if progress.state is StepState.WAITING and progress.step.stages and not progress.committed
    )


def _leaving(rollout: Rollout) -> tuple[Move, ...]:
    """Nothing left to do and nothing under way: give the locks back unless a node is left between, and end."""
    if _is_under_way(rollout):
        return ()
    if keeps_locks(rollout):
        return (EndRollout(),)
    held = tuple(
        ReleaseLock(node=node)
        for node, lock in rollout.locks.items()
        if lock.state in (LockState.HELD, LockState.LEFT) and Act.RELEASE not in lock.tried
    )
    waiting = any(lock.begun is not None for lock in rollout.locks.values())
    return held or (() if waiting else (EndRollout(),))


def _is_under_way(rollout: Rollout) -> bool:
    """An unreadable node is not waited for: nothing more will be heard of it."""
    claims = any(lock.begun is Act.CLAIM for lock in rollout.locks.values())
    return claims or any(progress.begun is not None and not progress.unreadable for progress in rollout.steps.values())
