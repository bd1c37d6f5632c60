"""How far a plan has come, as a value: the state of each step and each lock, and what must be remembered with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.table import LockState, StepState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.planning.plan import Plan, Step
    from agent.core.rollout.events import Cause, Incarnation, RolloutHalted, RolloutStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step so far.

    begun is the act whose outcome is open (in flight, or in doubt); no act is tried twice.
    process is what ran when the node was cleared, receipt the moment of the last commit or restore by the node's
    clock: a process that is another than the first and younger than the second has read the file as it is now.
    litter: something of ours may lie beside the file. wrote: our document is, or may be, the file. down: we stopped
    the process and have not seen the node ready since. started: a start may have reached the node.
    unreadable: the node could not be read to settle a doubt, and we gave up for now.
    """

    step: Step
    state: StepState = StepState.WAITING
    begun: Act | None = None
    tried: frozenset[Act] = frozenset()
    process: Incarnation | None = None
    receipt: Incarnation | None = None
    streak: int = 0
    litter: bool = False
    wrote: bool = False
    down: bool = False
    started: bool = False
    unreadable: bool = False
    note: str = ""

    @property
    def node(self) -> str:
        """The node of the step."""
        return self.step.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The lock on one node so far."""

    state: LockState = LockState.FREE
    begun: Act | None = None
    tried: frozenset[Act] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The first thing that went wrong: it speaks for the rollout."""

    cause: Cause
    node: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A plan and how far it has come; steps are in the plan's order, locks in the order they are claimed."""

    plan: Plan
    steps: Mapping[str, Progress]
    locks: Mapping[str, Lock]
    started: RolloutStarted | None = None
    trouble: Trouble | None = None
    halted: RolloutHalted | None = None
    outcome: str | None = None

    def is_spared(self, node: str) -> bool:
        """Tell whether a node's lock may be missing: it is a bystander, was asked, and cannot be claimed.

        Its own machine may be dead, or not ours to write to; whether its health counts is asked before each stop.
        """
        lock = self.locks[node]
        spared = lock.state in (LockState.FREE, LockState.LEFT)
        return node not in self.steps and spared and Act.CLAIM in lock.tried

    @property
    def epoch(self) -> int:
        """The epoch that fences this rollout; 0 before it has started."""
        return self.started.epoch if self.started else 0


def begin(plan: Plan) -> Rollout:
    """Return the rollout of a plan before anything has happened."""
    names = sorted({step.node for step in plan.steps} | set(plan.bystanders))
    return Rollout(
        plan=plan,
        steps={step.node: Progress(step=step) for step in plan.steps},
        locks={name: Lock() for name in names},
    )


def restarts(plan: Plan, step: Step) -> bool:
    """Tell whether a step stops and starts its node under this plan."""
    return step.restart and plan.shape is not Shape.COMMIT


def is_finished(plan: Plan, progress: Progress) -> bool:
    """Tell whether a step has come to its good end."""
    if restarts(plan, progress.step):
        return progress.state is StepState.DONE
    if progress.step.document is None:
        return True
    return progress.state is StepState.COMMITTED


def is_complete(rollout: Rollout) -> bool:
    """Tell whether every step has come to its good end; locks may still be held."""
    return all(is_finished(rollout.plan, progress) for progress in rollout.steps.values())
