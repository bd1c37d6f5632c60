"""What may be done now in the order that the plan's shape asks for: all at once, in step, or turn by turn?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.moves import (
    AdmitNode,
    AskClearance,
    AwaitReady,
    AwaitStopped,
    CommitDocument,
    DrainNode,
    StartNode,
    StopNode,
)
from agent.core.rollout.progress import finished_restarts, is_finished, must_admit, must_drain, restarts
from agent.core.rollout.table import StepState

if TYPE_CHECKING:
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Progress, Rollout

RESTING = frozenset({StepState.WAITING, StepState.STAGED, StepState.SKIPPED, StepState.SICK, StepState.FAILED})
"""States of a node that is not on its way through a restart."""


def in_shape(rollout: Rollout) -> tuple[Move, ...]:
    """Return the moves of a rollout that holds all its locks and votes."""
    unfinished = [
        progress
        for progress in rollout.steps.values()
        if not is_finished(rollout.plan, progress) and progress.state is not StepState.SKIPPED
    ]
    match rollout.plan.shape:
        case Shape.COMMIT:
            return _moves_of(rollout, unfinished)
        case Shape.TOGETHER:
            return _in_step(rollout, unfinished)
        case _:
            return _turn_by_turn(rollout, unfinished)


def is_moving(rollout: Rollout, progress: Progress) -> bool:
    """Tell whether a node is on its way: it has been cleared for its restart, and has not come to the end of it."""
    if not restarts(rollout.plan, progress.step) or is_finished(rollout.plan, progress):
        return False
    return progress.begun is not None or progress.state not in RESTING


def clearance_of(rollout: Rollout, progress: Progress) -> AskClearance:
    """Return the question whether a node may be stopped; where all go down together, nobody else's health counts."""
    taken = tuple(it.node for it in rollout.steps.values() if it.node != progress.node and is_moving(rollout, it))
    if rollout.plan.shape is Shape.TOGETHER:
        return AskClearance(node=progress.node, others=())
    return AskClearance(
        node=progress.node, others=tuple(name for name in rollout.locks if name != progress.node), taken=taken
    )


def wait_for_ready(rollout: Rollout, node: str) -> AwaitReady:
    """Return the wait for a node, witnessed by all that are not on their way themselves, where Jira is to be asked."""
    if not rollout.plan.consults:
        return AwaitReady(node=node)
    others = (name for name in rollout.locks if name != node)
    steps = rollout.steps
    still = (name for name in others if name not in steps or not is_moving(rollout, steps[name]))
    return AwaitReady(node=node, witnesses=tuple(still))


def service_is_busy(rollout: Rollout) -> bool:
    """Stops and starts go one at a time; one whose node cannot be read any more is not waited for."""
    return any(
        progress.begun in (Act.STOP, Act.START) and not progress.unreadable for progress in rollout.steps.values()
    )


def _turn_by_turn(rollout: Rollout, unfinished: list[Progress]) -> tuple[Move, ...]:
    """Within a turn as many nodes as the budget allows; nobody begins before the turn before is through.

    Whoever is on its way goes on, of whatever turn: after an interruption it may be a later one.
    """
    moving: list[Progress] = []
    resting: list[Progress] = []
    for progress in unfinished:
        (moving if is_moving(rollout, progress) else resting).append(progress)
    turn = min((_turn_of(progress) for progress in resting), default=0)
    company = [progress for progress in resting if _turn_of(progress) == turn]
    if any(progress.step.turn < turn for progress in moving):
        company = []
    moves = [*_moves_of(rollout, moving), *_moves_of(rollout, _not_restarting(rollout, company))]
    service = [move for move in moves if isinstance(move, StopNode | StartNode)]
    others = [move for move in moves if not isinstance(move, StopNode | StartNode)]
    calm = [] if service_is_busy(rollout) else service[:1]
    return (*others, *calm, *_next_in_line(rollout, company, moving))


def _turn_of(progress: Progress) -> int:
    """One that was found to serve nobody counts against all others, so it comes before every turn."""
    return progress.step.turn if progress.serving and not progress.down else _BEFORE_ALL


def _not_restarting(rollout: Rollout, company: list[Progress]) -> list[Progress]:
    return [progress for progress in company if not restarts(rollout.plan, progress.step)]


def _next_in_line(rollout: Rollout, company: list[Progress], moving: list[Progress]) -> tuple[Move, ...]:
    """One question at a time, for the first that rests (one that is down before it, since it counts against the rest).

    Nobody is asked for who would come after a pause.
    """
    if any(progress.state in _AT_THE_DOOR for progress in moving):
        return ()
    is_pause_due = rollout.pause_at is not None and finished_restarts(rollout) + len(moving) >= rollout.pause_at
    resting = [it for it in company if restarts(rollout.plan, it.step) and it.begun is None and it.state in _UNBEGUN]
    if is_pause_due or not resting or len(moving) >= max(1, rollout.plan.budget):
        return ()
    if moving and any(progress.postponed for progress in resting):
        return ()
    return (clearance_of(rollout, min(resting, key=lambda progress: not progress.down)),)


_BEFORE_ALL = -1
_UNBEGUN = frozenset({StepState.WAITING, StepState.STAGED})
_AT_THE_DOOR = frozenset({StepState.CLEARED, StepState.DRAINING, StepState.DRAINED})
"""At most one node is on its way out at a time, so that two cannot wait for each other."""


def _in_step(rollout: Rollout, unfinished: list[Progress]) -> tuple[Move, ...]:
    """Nobody enters a phase before all have left the one before it."""
    phases = [_phase(rollout, progress) for progress in unfinished]
    company = [one for one, phase in zip(unfinished, phases, strict=True) if phase == min(phases)]
    moves = _moves_of(rollout, company)
    if moves and isinstance(moves[0], StopNode | StartNode):
        return () if service_is_busy(rollout) else moves[:1]
    return moves


_PHASES = {
    StepState.WAITING: 0,
    StepState.STAGED: 0,
    StepState.CLEARED: 2,
    StepState.DRAINING: 1,
    StepState.DRAINED: 1,
    StepState.STOPPING: 3,
    StepState.STOPPED: 4,
    StepState.COMMITTING: 4,
    StepState.COMMITTED: 5,
    StepState.STARTING: 5,
    StepState.WARMING: 6,
    StepState.DONE: 7,
    StepState.ADMITTING: 7,
}
"""The phases of a restart of all together: cleared, drained, told to stop, gone, committed, told to start, ready."""
LAST_PHASE = 8
"""Of a node that nothing more is done to."""


def _phase(rollout: Rollout, progress: Progress) -> int:
    """A step without a restart commits with the others; one without a document has nothing to commit."""
    if not restarts(rollout.plan, progress.step):
        return _PHASES[StepState.COMMITTING]
    if progress.state is StepState.CLEARED and must_drain(rollout.plan, progress):
        return _PHASES[StepState.DRAINING]
    if progress.begun is Act.STOP:
        return _PHASES[StepState.CLEARED]
    if progress.state is StepState.STOPPED and _has_its_file(progress):
        return _PHASES[StepState.STARTING]
    return _PHASES.get(progress.state, LAST_PHASE)


def _has_its_file(progress: Progress) -> bool:
    return progress.step.document is None or progress.committed


def _moves_of(rollout: Rollout, several: list[Progress]) -> tuple[Move, ...]:
    moves = (move_of(rollout, progress) for progress in several if progress.begun is None)
    return tuple(move for move in moves if move is not None)


def move_of(rollout: Rollout, progress: Progress) -> Move | None:
    """Return the next move of one step on its way forward, all others left aside."""
    if progress.postponed:
        return None
    if restarts(rollout.plan, progress.step):
        return _towards_the_stop(rollout, progress) or _after_the_stop(rollout, progress)
    is_due = progress.step.document is not None and progress.state in _UNBEGUN
    return CommitDocument(node=progress.node) if is_due else None


def _towards_the_stop(rollout: Rollout, progress: Progress) -> Move | None:
    match progress.state:
        case StepState.WAITING | StepState.STAGED | StepState.DRAINED:
            return clearance_of(rollout, progress)
        case StepState.CLEARED if must_drain(rollout.plan, progress):
            return DrainNode(node=progress.node)
        case StepState.CLEARED:
            return StopNode(node=progress.node)
        case StepState.STOPPING:
            return AwaitStopped(node=progress.node)
        case _:
            return None


def _after_the_stop(rollout: Rollout, progress: Progress) -> Move | None:
    match progress.state:
        case StepState.STOPPED if not _has_its_file(progress):
            return CommitDocument(node=progress.node)
        case StepState.STOPPED | StepState.COMMITTED:
            return StartNode(node=progress.node)
        case StepState.WARMING:
            return wait_for_ready(rollout, progress.node)
        case StepState.DONE if must_admit(rollout.plan, progress):
            return AdmitNode(node=progress.node)
        case _:
            return None
