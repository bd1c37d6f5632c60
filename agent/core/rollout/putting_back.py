"""What is still to be done after a halt? Bring every node to rest, and take no capacity away that the cause did not.

Its earlier file and serving again where we had stopped it, nothing left beside the file, back in the balancer. What has
been started with the new file is waited for and never stopped again, unless its log blames that very file: then the
node is stopped, gets its earlier file back, and is started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.rollout.events import Act
from agent.core.rollout.in_shape import clearance_of, service_is_busy, wait_for_ready
from agent.core.rollout.moves import (
    AdmitNode,
    AwaitStopped,
    DiscardStaged,
    RestoreDocument,
    StartNode,
    StopNode,
)
from agent.core.rollout.progress import is_stuck, must_admit, needs_no_start
from agent.core.rollout.table import LockState, StepState

if TYPE_CHECKING:
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress, Rollout

RESTORABLE = frozenset(
    {
        StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.STOPPED,
        StepState.COMMITTED, StepState.FAILED, StepState.SICK,
    }
)  # fmt: skip
"""States in which the earlier file may be put back, where the new one waits for a start that has not happened."""
STARTABLE = frozenset(
    {StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.STOPPED, StepState.FAILED, StepState.REVERTED}
)
"""States of a node that we stopped and whose file is the earlier one (or needed no change)."""
LITTERED = frozenset(
    {
        StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.FAILED, StepState.SICK,
        StepState.REVERTED,
    }
)  # fmt: skip
"""States in which what was staged may be removed: nothing else is under way on the node."""
ADMISSIBLE = frozenset(
    {
        StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.FAILED, StepState.REVERTED,
    }
)  # fmt: skip
"""States of a node that was drained and serves on with what it had."""


def putting_back(rollout: Rollout) -> tuple[Move, ...]:
    """Return what may be done now of bringing the nodes of a halted rollout to rest; stops and starts one at a time.

    Nothing is done, nor waited for, on a node whose lock could not be had.
    """
    ours = (it for it in rollout.steps.values() if rollout.locks[it.node].state is LockState.HELD)
    found = (_move_back(rollout, progress) for progress in ours if progress.begun is None)
    moves = [move for move in found if move is not None]
    service = [move for move in moves if isinstance(move, StartNode | StopNode)]
    others = [move for move in moves if not isinstance(move, StartNode | StopNode)]
    return (*others, *([] if service_is_busy(rollout) else service[:1]))


def _move_back(rollout: Rollout, progress: Progress) -> Move | None:
    node, state = progress.node, progress.state
    if state is StepState.STOPPING:
        return AwaitStopped(node=node)
    if state is StepState.WARMING:
        return wait_for_ready(rollout, node)
    if progress.blamed and progress.started and Act.STOP not in progress.tried:
        return _stop_the_blamed(rollout, progress)
    return _settle(rollout, progress)


def _stop_the_blamed(rollout: Rollout, progress: Progress) -> Move | None:
    """A node that our file keeps from starting serves nobody; that this is so is asked right before the stop."""
    if progress.state in (StepState.SICK, StepState.STAGED):
        return clearance_of(rollout, progress)
    return StopNode(node=progress.node) if progress.state is StepState.CLEARED else None


def _settle(rollout: Rollout, progress: Progress) -> Move | None:
    node, state, tried = progress.node, progress.state, progress.tried
    if state in RESTORABLE and _may_restore(rollout, progress):
        return RestoreDocument(node=node)
    if state in STARTABLE and progress.down and not progress.wrote and Act.START not in tried:
        return StartNode(node=node)
    if state in LITTERED and progress.litter and not is_stuck(progress) and Act.DISCARD not in tried:
        return DiscardStaged(node=node)
    if _is_to_be_admitted(rollout, progress):
        return AdmitNode(node=node)
    return None


def _may_restore(rollout: Rollout, progress: Progress) -> bool:
    """Only where the new file waits for a start that has not happened."""
    waits = progress.wrote and not progress.started and not needs_no_start(rollout.plan, progress)
    return waits and Act.RESTORE not in progress.tried


def _is_to_be_admitted(rollout: Rollout, progress: Progress) -> bool:
    """What was drained and serves is put back into the balancer, ready with the new file or as it was."""
    if progress.down or not must_admit(rollout.plan, progress):
        return False
    if progress.state is StepState.DONE:
        return True
    return progress.drained and progress.serving and progress.state in ADMISSIBLE
