"""What is one reason not to do a plan, and what do the guards that find it look at?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.core.planning.budget import Budget
    from agent.core.planning.plan import Plan, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason not to do a plan: a stable word, the sentence, and the flags of which any one overrides it.

    No flags: nothing overrides it, the cause has to go.
    """

    code: str
    sentence: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the guards look at: the verdicts on all nodes of the cluster, and the plan that was made from them."""

    judgements: tuple[Judgement, ...]
    plan: Plan
    budget: Budget
    selected: frozenset[str] | None

    def is_chosen(self, judgement: Judgement) -> bool:
        """Tell whether a node was meant to take part."""
        return self.selected is None or judgement.node.name in self.selected

    @property
    def restarts(self) -> bool:
        """Whether the plan restarts anything."""
        return any(step.restart for step in self.plan.steps)

    @property
    def pairs(self) -> tuple[tuple[Step, Judgement], ...]:
        """Each step with the verdict that it was made from."""
        verdicts = {judgement.node.name: judgement for judgement in self.judgements}
        return tuple((step, verdicts[step.node]) for step in self.plan.steps)

    @property
    def observed(self) -> tuple[tuple[Step, Judgement, Observation], ...]:
        """The same with the observation, which every node of a step has."""
        return tuple((step, it, it.observation) for step, it in self.pairs if it.observation is not None)
