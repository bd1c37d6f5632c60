"""How many nodes serve while a turn of a plan is under way, at the worst? A calculation on states, not a promise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.planning.plan import Shape

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """One turn: of so many nodes, so many are stopped at a time, and at least so many serve meanwhile."""

    turn: int
    nodes: tuple[str, ...]
    of: int
    stopped: int
    serving: int

    @property
    def sentence(self) -> str:
        """Say it as an operator reads it."""
        if not self.stopped:
            return f"{self.serving} of {self.of} serve, as before"
        if not self.serving:
            return f"none of {self.of} serves meanwhile"
        if self.stopped == 1:
            return f"{self.serving} of {self.of} serve while one restarts"
        return f"at most {self.of - self.serving} of {self.of} down, at least {self.serving} serve"


def capacities(plan: Plan, judgements: tuple[Judgement, ...]) -> tuple[Capacity, ...]:
    """Return the capacity during each turn; each turn is taken to have brought its nodes up before the next begins.

    The judgements are those of all nodes of the cluster, left-out ones included: whoever does not run counts as down.
    """
    down = {it.node.name for it in judgements if it.state is not State.RUNNING}.union(plan.absent)
    everyone = len({it.node.name for it in judgements}.union(plan.absent))
    found = []
    for turn in sorted({step.turn for step in plan.steps}):
        steps = [step for step in plan.steps if step.turn == turn]
        stopped = _at_once(plan, steps, len(down))
        found.append(
            Capacity(
                turn=turn,
                nodes=tuple(step.node for step in steps),
                of=everyone,
                stopped=stopped,
                serving=max(0, everyone - len(down) - stopped),
            )
        )
        down -= {step.node for step in steps if step.restart}
    return tuple(found)


def _at_once(plan: Plan, steps: list[Step], down: int) -> int:
    """How many nodes that serve are stopped at the same time."""
    stopped = sum(step.restart and step.running for step in steps)
    return stopped if plan.shape is Shape.TOGETHER else min(stopped, max(1, plan.budget - down))
