"""What may be done now? All that `next_moves` returns may be done at the same time; what must wait is not in it.

Order of the questions: is there trouble (then halt), is anything in doubt (then look), is there work (going on, or
putting back once halted), is anything still held (then release), and then the end. An act that is under way shows as
`begun` and gives no move, so nothing is ever asked for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.moves import (
    AskClearance,
    AwaitReady,
    AwaitStopped,
    ClaimLock,
    CommitDocument,
    DiscardStaged,
    EndRollout,
    HaltRollout,
    LookAgain,
    ReleaseLock,
    RestoreDocument,
    StageDocument,
    StartNode,
    StopNode,
)
from agent.core.rollout.progress import is_finished, restarts
from agent.core.rollout.table import LockState, StepState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress, Rollout, Trouble

LITTERED = frozenset({StepState.STAGED, StepState.CLEARED, StepState.FAILED, StepState.SICK, StepState.REVERTED})
"""States in which what was staged may be removed: nothing else is under way on the node."""
STARTABLE = frozenset({StepState.STOPPED, StepState.FAILED, StepState.REVERTED})
"""States of a node that we stopped and whose file is the earlier one (or needed no change)."""


def next_moves(rollout: Rollout) -> tuple[Move, ...]:
    """Return what may be done now; empty before the start, after the end, and while all there is is under way."""
    if rollout.started is None or rollout.outcome is not None:
        return ()
    if rollout.trouble is not None and rollout.halted is None:
        return (_halt(rollout.trouble),)
    if rollout.halted is not None:
        return _looks(rollout) + _putting_back(rollout) or _leaving(rollout)
    return _looks(rollout) or _going_on(rollout) or _leaving(rollout)


def _halt(trouble: Trouble) -> HaltRollout:
    return HaltRollout(cause=trouble.cause, node=trouble.node, reason=trouble.reason)


def _looks(rollout: Rollout) -> tuple[Move, ...]:
    """Doubts come before any new act, and only reading the node settles them."""
    locks = [
        LookAgain(node=node, act=lock.begun)
        for node, lock in rollout.locks.items()
        if lock.state is LockState.UNSURE and lock.begun is not None
    ]
    steps = [
        LookAgain(node=progress.node, act=progress.begun)
        for progress in rollout.steps.values()
        if progress.state is StepState.UNCERTAIN and progress.begun is not None and not progress.unreadable
    ]
    return (*locks, *steps)


def _going_on(rollout: Rollout) -> tuple[Move, ...]:
    """All locks, then all votes, then the shape's own order; a phase that is not through yields nothing of the next."""
    wanted = [node for node in rollout.locks if not rollout.is_spared(node)]
    if any(rollout.locks[node].state is not LockState.HELD for node in wanted):
        return _claims(rollout, wanted)
    stages = _stages(rollout)
    if stages or any(progress.begun is Act.STAGE for progress in rollout.steps.values()):
        return stages
    return _in_shape(rollout)


def _claims(rollout: Rollout, wanted: list[str]) -> tuple[Move, ...]:
    """The first name alone, as the arbiter: of two controllers that start together exactly one gets past it."""
    free = [node for node in wanted if rollout.locks[node].state is LockState.FREE]
    arbiter = wanted[0]
    if rollout.locks[arbiter].state is LockState.HELD:
        return tuple(ClaimLock(node=node) for node in free)
    return (ClaimLock(node=arbiter),) if arbiter in free else ()


def _stages(rollout: Rollout) -> tuple[Move, ...]:
    return tuple(
        StageDocument(node=progress.node)
        for progress in rollout.steps.values()
        if progress.state is StepState.WAITING and progress.step.document is not None
    )


def _in_shape(rollout: Rollout) -> tuple[Move, ...]:
    unfinished = [progress for progress in rollout.steps.values() if not is_finished(rollout.plan, progress)]
    match rollout.plan.shape:
        case Shape.COMMIT:
            return _moves_of(rollout, unfinished)
        case Shape.TOGETHER:
            return _in_step(rollout, unfinished)
        case _:
            return _moves_of(rollout, unfinished[:1])


def _in_step(rollout: Rollout, unfinished: list[Progress]) -> tuple[Move, ...]:
    """Nobody enters a phase before all have left the one before it."""
    phases = [_phase(rollout, progress) for progress in unfinished]
    company = [one for one, phase in zip(unfinished, phases, strict=True) if phase == min(phases)]
    moves = _moves_of(rollout, company)
    if moves and isinstance(moves[0], StopNode | StartNode):
        return () if _service_is_busy(rollout) else moves[:1]
    return moves


PHASES = {
    StepState.WAITING: 0,
    StepState.STAGED: 0,
    StepState.CLEARED: 1,
    StepState.STOPPING: 2,
    StepState.STOPPED: 3,
    StepState.COMMITTING: 3,
    StepState.COMMITTED: 4,
    StepState.STARTING: 4,
    StepState.WARMING: 5,
}
"""The phases of a restart of all together: cleared, told to stop, gone, committed, told to start, ready."""


def _phase(rollout: Rollout, progress: Progress) -> int:
    """A step without a restart commits with the others; one without a document has nothing to commit."""
    if not restarts(rollout.plan, progress.step):
        return PHASES[StepState.COMMITTING]
    if progress.begun is Act.STOP:
        return PHASES[StepState.CLEARED]
    if progress.state is StepState.STOPPED and progress.step.document is None:
        return PHASES[StepState.STARTING]
    return PHASES[progress.state]


def _moves_of(rollout: Rollout, several: list[Progress]) -> tuple[Move, ...]:
    moves = (_move_of(rollout, progress) for progress in several if progress.begun is None)
    return tuple(move for move in moves if move is not None)


def _move_of(rollout: Rollout, progress: Progress) -> Move | None:
    """The next move of one step, all others left aside."""
    node = progress.node
    match progress.state:
        case StepState.WAITING | StepState.STAGED if restarts(rollout.plan, progress.step):
            return AskClearance(node=node, others=_others(rollout, node))
        case StepState.STAGED:
            return CommitDocument(node=node)
        case StepState.STOPPED if progress.step.document is not None:
            return CommitDocument(node=node)
        case state:
            return FOLLOWING[state](node=node) if state in FOLLOWING else None


FOLLOWING: Mapping[StepState, type[StopNode | AwaitStopped | StartNode | AwaitReady]] = {
    StepState.CLEARED: StopNode,
    StepState.STOPPING: AwaitStopped,
    StepState.STOPPED: StartNode,
    StepState.COMMITTED: StartNode,
    StepState.WARMING: AwaitReady,
}
"""What follows these states whatever the plan's shape; the others are under way, at an end, or in doubt."""


def _others(rollout: Rollout, node: str) -> tuple[str, ...]:
    """Whose health counts before a node is stopped: where all go down together, nobody's."""
    if rollout.plan.shape is Shape.TOGETHER:
        return ()
    return tuple(name for name in rollout.locks if name != node)


def _putting_back(rollout: Rollout) -> tuple[Move, ...]:
    """Bring every node to rest: its earlier file, serving again where we had stopped it, nothing left beside it.

    What was stopped and not committed is started as it was: a halt must not take more capacity away than its cause
    did. What has been started with the new file is waited for, never stopped again.
    """
    moves = [_move_back(progress) for progress in rollout.steps.values() if progress.begun is None]
    starts = [move for move in moves if isinstance(move, StartNode)]
    others = [move for move in moves if move is not None and not isinstance(move, StartNode)]
    return (*others, *([] if _service_is_busy(rollout) else starts[:1]))


def _move_back(progress: Progress) -> Move | None:
    node = progress.node
    match progress.state:
        case StepState.STOPPING:
            return AwaitStopped(node=node)
        case StepState.WARMING:
            return AwaitReady(node=node)
        case StepState.COMMITTED | StepState.SICK if _may_restore(progress):
            return RestoreDocument(node=node)
        case state if state in STARTABLE and progress.down and Act.START not in progress.tried:
            return StartNode(node=node)
        case state if state in LITTERED and progress.litter and Act.DISCARD not in progress.tried:
            return DiscardStaged(node=node)
        case _:
            return None


def _may_restore(progress: Progress) -> bool:
    """Only where the new file waits for a start that has not happened."""
    return progress.wrote and not progress.started and Act.RESTORE not in progress.tried


def _service_is_busy(rollout: Rollout) -> bool:
    """Stops and starts go one at a time; one whose node cannot be read any more is not waited for."""
    return any(
        progress.begun in (Act.STOP, Act.START) and not progress.unreadable for progress in rollout.steps.values()
    )


def _leaving(rollout: Rollout) -> tuple[Move, ...]:
    """Nothing left to do and nothing under way: give the locks back, and end when the last is answered for."""
    if _is_under_way(rollout):
        return ()
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
