"""How far a plan has come, as a value: the state of each step and each lock, and what must be remembered with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, Cause
from agent.core.rollout.table import LockState, StepState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.observation import HealthCheck, Incarnation, LogMark
    from agent.core.planning.plan import Plan, Step
    from agent.core.rollout.events import RolloutHalted, RolloutStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step so far.

    begun is the act whose outcome is open (in flight, or in doubt); no act is tried twice in one direction.
    lies is the digest that should lie on the disk now. process is what ran when the node was cleared (before that, when
    the plan was made), receipt the moment of the last commit or restore by the node's clock: a process that is another
    than the first and younger than the second has read the file as it is now. log is where Jira's log ended then.
    litter: something of ours may lie beside the file; inherits: from before an interruption. wrote: our document is, or
    may be, the file; committed: and it has its receipt. down: we stopped the process and have not seen the node ready
    since. started: a start may have reached the node. handled: its file or its process was changed at any time.
    drained: the hook before the stop ran, and the one after has not. ready: seen ready as planned.
    unreadable: the node could not be read to settle a doubt, and we gave up for now. postponed: may not be stopped
    before another of this rollout is done. undiagnosed: did not come up, and its log was not looked into yet.
    check: the one of Jira's own that failed then. blamed: the log blames our document, so it is put back. serving: Jira
    served when the node was cleared.
    """

    step: Step
    lies: str
    state: StepState = StepState.WAITING
    begun: Act | None = None
    tried: frozenset[Act] = frozenset()
    process: Incarnation | None = None
    receipt: Incarnation | None = None
    log: LogMark | None = None
    streak: int = 0
    litter: bool = False
    inherits: bool = False
    wrote: bool = False
    committed: bool = False
    down: bool = False
    started: bool = False
    handled: bool = False
    drained: bool = False
    serving: bool = True
    ready: bool = False
    unreadable: bool = False
    postponed: bool = False
    undiagnosed: bool = False
    blamed: bool = False
    check: HealthCheck | None = None
    note: str = ""

    @property
    def node(self) -> str:
        """The node of the step."""
        return self.step.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock on one node so far; inherited: one of ours from before an interruption may still lie there."""

    state: LockState = LockState.FREE
    inherited: bool = False
    begun: Act | None = None
    tried: frozenset[Act] = frozenset()
    note: str = ""

    @property
    def is_left(self) -> bool:
        """Whether a lock of ours may lie there that we do not hold."""
        return self.state is LockState.LEFT or (self.inherited and self.state is LockState.FREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The first thing that went wrong: it speaks for the rollout."""

    cause: Cause
    node: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A plan and how far it has come; steps are in the plan's order, locks in the order they are claimed.

    epoch fences this rollout, 0 before it has started; holder and host conduct it since. pause_at is the
    number of done nodes to halt at.
    """

    plan: Plan
    steps: Mapping[str, Progress]
    locks: Mapping[str, Lock]
    started: RolloutStarted | None = None
    epoch: int = 0
    holder: str = ""
    host: str = ""
    trouble: Trouble | None = None
    halted: RolloutHalted | None = None
    outcome: str | None = None
    pause_at: int | None = None
    undone: bool = False

    def is_spared(self, node: str) -> bool:
        """Tell whether a node's lock may be missing: it is a bystander, was asked, and cannot be claimed.

        Its own machine may be dead, or not ours to write to; whether its health counts is asked before each stop.
        """
        lock = self.locks[node]
        spared = lock.state in (LockState.FREE, LockState.LEFT)
        return node not in self.steps and spared and Act.CLAIM in lock.tried


def begin(plan: Plan) -> Rollout:
    """Return the rollout of a plan before anything has happened."""
    names = sorted({step.node for step in plan.steps} | set(plan.bystanders))
    return Rollout(
        plan=plan,
        steps={step.node: Progress(step=step, lies=step.expected, process=step.process) for step in plan.steps},
        locks={name: Lock() for name in names},
    )


def restarts(plan: Plan, step: Step) -> bool:
    """Tell whether a step stops and starts its node under this plan."""
    return step.restart and plan.shape is not Shape.COMMIT


def must_drain(plan: Plan, progress: Progress) -> bool:
    """Tell whether the hook before the stop is due: only a node that serves can be drained."""
    return plan.before_stop is not None and progress.serving and Act.DRAIN not in progress.tried


def must_admit(plan: Plan, progress: Progress) -> bool:
    """Tell whether the hook after the node is ready is due."""
    return plan.after_ready is not None and Act.ADMIT not in progress.tried


def is_finished(plan: Plan, progress: Progress) -> bool:
    """Tell whether a step has come to its good end."""
    if restarts(plan, progress.step):
        return progress.state is StepState.DONE and not must_admit(plan, progress)
    if progress.step.document is None:
        return True
    return progress.state is StepState.COMMITTED


def is_complete(rollout: Rollout) -> bool:
    """Tell whether every step has come to its good end; locks may still be held."""
    return all(is_finished(rollout.plan, progress) for progress in rollout.steps.values())


def needs_no_start(plan: Plan, progress: Progress) -> bool:
    """Tell whether a committed file may stay though nobody restarts: the process has its meaning loaded already.

    Under a plan that restarts, that is proven of every step without a restart; a plan that only commits proves nothing.
    """
    only_commits = plan.shape is not Shape.COMMIT and not progress.step.restart
    return only_commits and progress.state is StepState.COMMITTED


def finished_restarts(rollout: Rollout) -> int:
    """Return how many nodes were restarted and are done; those that were only found so are not counted."""
    done = (it for it in rollout.steps.values() if Act.START in it.tried and is_finished(rollout.plan, it))
    return sum(restarts(rollout.plan, it.step) for it in done)


_AT_REST = frozenset(
    {StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DRAINED, StepState.FAILED, StepState.REVERTED}
)


def is_stuck(progress: Progress) -> bool:
    """Tell whether a step that waits to begin (again) has a process that was started for it and did not get ready."""
    return progress.started and progress.state in _AT_REST


def is_as_before(plan: Plan, progress: Progress) -> bool:
    """Tell whether a step has left nothing on its node that is not as it was: its file, its process, the balancer."""
    is_out = progress.drained and plan.after_ready is not None
    is_left_in_error = progress.handled and not progress.serving
    changed = progress.wrote or progress.started or progress.down or is_out or is_left_in_error
    return progress.state in _AT_REST and not changed


def has_lost_nodes(rollout: Rollout) -> bool:
    """Tell whether it has halted since a node that it held is another's now, or nobody's."""
    return rollout.halted is not None and rollout.halted.cause is Cause.LOCKED


def keeps_locks(rollout: Rollout) -> bool:
    """Tell whether a rollout that has come to rest keeps its locks: it is unfinished, and a node is not as it was.

    One that could not even claim again what it held before the interruption leaves that as it is.
    """
    if is_complete(rollout):
        return False
    inherits = any(lock.inherited for lock in rollout.locks.values())
    return inherits or not all(is_as_before(rollout.plan, progress) for progress in rollout.steps.values())
