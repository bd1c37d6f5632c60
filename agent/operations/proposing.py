"""From verdicts to a proposal: a plan, and all that speaks against it, as this user with these flags would see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.inventory.resolve import allowed_down, patience
from agent.core.planning.guards import Objection, objections
from agent.core.planning.make_plan import make_plan

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Shape
    from agent.operations.inputs import ClusterInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan with all that a person needs to say yes or no to it."""

    cluster: ClusterInput
    judgements: tuple[Judgement, ...]
    plan: Plan
    objections: tuple[Objection, ...]
    said: frozenset[str]


def propose(
    cluster: ClusterInput, judgements: tuple[Judgement, ...], *, shape: Shape, said: frozenset[str]
) -> Proposal:
    """Return the plan that brings the selected nodes to their documents, and what speaks against it."""
    selected = frozenset(node.name for node in cluster.selected)
    made = make_plan(
        within_reach(cluster, judgements),
        cluster=cluster.name,
        plan_id=new_plan_id(),
        shape=shape,
        documents=cluster.documents,
        patience=patience(cluster.inventory),
        selected=selected,
        canary=canary(cluster),
    )
    return weigh(cluster, judgements, made, said=said)


def weigh(cluster: ClusterInput, judgements: tuple[Judgement, ...], made: Plan, *, said: frozenset[str]) -> Proposal:
    """Put a plan beside what speaks against it."""
    against = objections(
        judgements,
        made,
        max_unavailable=allowed_down(cluster.inventory, len(cluster.nodes)),
        selected=frozenset(node.name for node in cluster.selected),
        said=said,
    )
    hooks = tuple(objection for objection in _hooks_not_run(cluster, made) if not said.intersection(objection.flags))
    return Proposal(cluster=cluster, judgements=judgements, plan=made, objections=(*against, *hooks), said=said)


def within_reach(cluster: ClusterInput, judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Return the verdicts on the nodes that a plan may speak to; those left out by --exclude are only counted."""
    watched = {node.name for node in cluster.watched}
    return tuple(judgement for judgement in judgements if judgement.node.name in watched)


def canary(cluster: ClusterInput) -> int | tuple[str, ...]:
    """Return how many healthy nodes go first, or which."""
    chosen = cluster.inventory.rollout.canary
    return chosen if isinstance(chosen, int) else tuple(chosen)


def new_plan_id() -> str:
    """Return a name that no other plan has, short enough to be read out."""
    return secrets.token_hex(4)


def _hooks_not_run(cluster: ClusterInput, made: Plan) -> tuple[Objection, ...]:
    """A drain hook that is configured and not run would be worse than none: the balancer would not be told."""
    drain = cluster.inventory.rollout.drain
    if not (drain.before_stop or drain.after_ready) or not any(step.restart for step in made.steps):
        return ()
    sentence = (
        f"{cluster.name}: the inventory has drain hooks, which this version does not run; take the nodes out by hand"
    )
    return (Objection(code="drain-hooks", sentence=sentence, flags=("--skip-hooks",)),)
