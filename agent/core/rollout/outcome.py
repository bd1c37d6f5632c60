"""How did a rollout end, in the one word that scripts read? Judged from what is known of every node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.rollout.events import Cause
from agent.core.rollout.progress import is_complete, needs_no_start
from agent.core.rollout.table import StepState
from agent.core.routing import ChangeClass
from agent.errors import Outcome

if TYPE_CHECKING:
    from agent.core.rollout.progress import Progress, Rollout

HARMLESS = frozenset({ChangeClass.NONE, ChangeClass.COSMETIC, ChangeClass.TUNING})
"""Classes of change under which old and new files send the data to the same places."""

_NEXT_TASK = {
    Cause.REFUSED: "plan",
    Cause.LOCKED: "lock",
    Cause.UNREACHABLE: "doctor",
    Cause.UNCERTAIN: "status",
}
"""The task that shows more of the trouble, where nothing has been changed yet; after any other halt: resume."""


def next_task(rollout: Rollout, cause: Cause) -> str:
    """Return what the operator will most likely want after a halt, once the cause is seen to."""
    is_begun = any(touched(progress) for progress in rollout.steps.values())
    if cause in (Cause.LOCKED, Cause.UNREACHABLE):
        return _NEXT_TASK[cause]
    return "resume" if is_begun else _NEXT_TASK.get(cause, "resume")


def next_command(rollout: Rollout, cause: Cause) -> str:
    """Return the command for next_task, for the plan's cluster alone."""
    return f"filestore-agent {next_task(rollout, cause)} --cluster {rollout.plan.cluster}"


def outcome_of(rollout: Rollout) -> Outcome:
    """Return how a rollout that has nothing left to do has ended.

    Halted (3) is only for a cluster whose every node is known and whose routing is not mixed. Where nothing was
    changed at all, the cause speaks: a node's or a guard's no is refused (7), since 7 comes before 3 where both fit.
    Who lost the nodes to another on the way is locked (6), for the same reason.
    A lock that may lie on needs a person (8), even after a rollout that did all its work.
    """
    if rollout.halted is None:
        return Outcome.PARTIAL if _lock_is_left(rollout) or not is_complete(rollout) else Outcome.OK
    cause = rollout.halted.cause
    if cause is Cause.INTERRUPTED:
        return Outcome.INTERRUPTED
    if _needs_a_person(rollout):
        return Outcome.PARTIAL
    if not any(touched(progress) for progress in rollout.steps.values()):
        return _UNTOUCHED.get(cause, Outcome.HALTED)
    if cause is Cause.UNREACHABLE or _routing_is_mixed(rollout):
        return Outcome.PARTIAL
    return Outcome.LOCKED if cause is Cause.LOCKED else Outcome.HALTED


_UNTOUCHED = {
    Cause.REFUSED: Outcome.REFUSED,
    Cause.LOCKED: Outcome.LOCKED,
    Cause.UNREACHABLE: Outcome.UNREACHABLE,
}


def touched(progress: Progress) -> bool:
    """Tell whether a node was changed at any time, even where all was put back: its file, or its process."""
    changed = progress.handled or progress.wrote or progress.receipt is not None
    return changed or progress.started or progress.down or progress.state is StepState.SICK


def _needs_a_person(rollout: Rollout) -> bool:
    """Something is unknown, or lies where it should not."""
    steps = rollout.steps.values()
    return (
        _lock_is_left(rollout)
        or any(progress.state is StepState.UNCERTAIN for progress in steps)
        or any(_holds_an_unloaded_file(rollout, progress) for progress in steps)
    )


def _lock_is_left(rollout: Rollout) -> bool:
    return any(lock.is_left for lock in rollout.locks.values())


def _holds_an_unloaded_file(rollout: Rollout, progress: Progress) -> bool:
    """The new file could not be put back and waits for an accidental restart."""
    is_loaded = progress.started or progress.ready or needs_no_start(rollout.plan, progress)
    return progress.wrote and not is_loaded


def _routing_is_mixed(rollout: Rollout) -> bool:
    """Old and new files in force side by side, under a change that moves data; what is not known counts as old."""
    if rollout.plan.change in HARMLESS:
        return False
    in_force = {_routing_in_force(progress) for progress in rollout.steps.values()}
    return len(in_force) > 1


def _routing_in_force(progress: Progress) -> str | None:
    """What has been started with the new file routes by it, ready or not; one that is down routes nowhere soon."""
    is_new = progress.started and (progress.wrote or progress.step.document is None)
    return progress.step.routing if is_new else progress.step.loaded_routing
