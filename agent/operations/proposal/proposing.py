"""From verdicts to a proposal: a plan, and all that speaks against it, as this user with these flags would see it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.inventory.resolve import drain_hooks, patience
from agent.core.planning.budget import Budget, budget_of
from agent.core.planning.guards import Objection, objections, standing_after
from agent.core.planning.make_plan import make_plan
from agent.core.planning.members import stand_ins, strangers
from agent.core.planning.terms import Terms, on_terms
from agent.operations.proposal.policy import Policy, looked_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Shape
    from agent.operations.inputs.clusters import ClusterInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan with all that a person needs to say yes or no to it.

    objections still stand; overridden would, without a flag that was said. forecast holds lines for people, ready made.
    task names the command that does the plan, where its shape does not tell; words are its own besides the flags.
    """

    cluster: ClusterInput
    judgements: tuple[Judgement, ...]
    plan: Plan
    objections: tuple[Objection, ...]
    said: frozenset[str]
    budget: Budget
    policy: Policy = field(default_factory=Policy)
    overridden: tuple[Objection, ...] = ()
    task: str = ""
    words: tuple[str, ...] = ()
    forecast: tuple[str, ...] = ()


def propose(
    cluster: ClusterInput,
    judgements: tuple[Judgement, ...],
    *,
    shape: Shape,
    said: frozenset[str],
    policy: Policy | None = None,
) -> Proposal:
    """Return the plan that brings the selected nodes to their documents, and what speaks against it."""
    made = make_plan(
        within_reach(cluster, judgements),
        cluster=cluster.name,
        plan_id=new_plan_id(),
        shape=shape,
        documents=cluster.documents,
        patience=patience(cluster.inventory),
        selected=frozenset(node.name for node in cluster.selected),
        canary=canary(cluster, policy),
    )
    return weigh(cluster, judgements, made, said=said, policy=policy)


def propose_restart(
    cluster: ClusterInput,
    judgements: tuple[Judgement, ...],
    *,
    make: Callable[..., Plan],
    said: frozenset[str],
    policy: Policy | None = None,
) -> Proposal:
    """Return the plan that restarts nodes, and what speaks against it; make is one of the two of core/make_plan."""
    made = make(
        within_reach(cluster, judgements),
        cluster=cluster.name,
        plan_id=new_plan_id(),
        patience=patience(cluster.inventory),
        selected=frozenset(node.name for node in cluster.selected),
        canary=canary(cluster, policy),
    )
    return weigh(cluster, judgements, made, said=said, policy=policy)


def weigh(
    cluster: ClusterInput,
    judgements: tuple[Judgement, ...],
    made: Plan,
    *,
    said: frozenset[str],
    policy: Policy | None = None,
) -> Proposal:
    """Put a plan on this cluster's terms, and beside what speaks against it."""
    policy = policy or Policy()
    said = said | policy.said
    terms = _terms(cluster, judgements, said, policy)
    plan = on_terms(made, terms)
    selected = frozenset(node.name for node in cluster.selected)
    found = objections(judgements, plan, budget=terms.budget, selected=selected)
    against = standing_after(found, said)
    return Proposal(
        cluster=cluster,
        judgements=judgements,
        plan=plan,
        objections=against,
        said=said,
        budget=terms.budget,
        policy=policy,
        overridden=tuple(objection for objection in found if objection not in against),
    )


def within_reach(cluster: ClusterInput, judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Return the verdicts on the nodes that a plan may speak to; those left out by --exclude are only counted."""
    watched = {node.name for node in cluster.watched}
    return tuple(judgement for judgement in judgements if judgement.node.name in watched)


def canary(cluster: ClusterInput, policy: Policy | None = None) -> int | tuple[str, ...]:
    """Return how many healthy nodes go first, or which: by the command line, else by the inventory.

    Raises:
        InputError: a name on the command line is no node of the cluster.

    """
    chosen = looked_up(policy, cluster.nodes).canary if policy is not None else None
    if chosen is None:
        chosen = cluster.inventory.rollout.canary
    if isinstance(chosen, int):
        return chosen
    wanted = {name.casefold() for name in chosen}
    return tuple(node.name for node in cluster.nodes if node.name.casefold() in wanted)


def consults(cluster: ClusterInput, policy: Policy | None = None) -> bool:
    """Tell whether Jira's own pages are asked as well: the inventory has a token, and nobody said to leave it."""
    return cluster.inventory.jira.rest is not None and not (policy is not None and policy.without_rest)


def new_plan_id() -> str:
    """Return a name that no other plan has, short enough to be read out."""
    return secrets.token_hex(4)


def _terms(cluster: ClusterInput, judgements: tuple[Judgement, ...], said: frozenset[str], policy: Policy) -> Terms:
    """The inventory's policy, with the user's own words before it."""
    rollout = cluster.inventory.rollout
    before_stop, after_ready = (None, None) if "--skip-hooks" in said else drain_hooks(cluster.inventory)
    absent, let_be = _not_spoken_to(cluster, judgements, said)
    return Terms(
        budget=budget_of(
            policy.max_unavailable or rollout.max_unavailable,
            nodes=len(cluster.nodes),
            version=cluster.inventory.jira.version,
            serving=0 if "--accept-downtime" in said else 1,
        ),
        max_failures=rollout.max_failures,
        accept_downtime="--accept-downtime" in said,
        absent=absent,
        let_be=let_be,
        consults=consults(cluster, policy),
        before_stop=before_stop,
        after_ready=after_ready,
    )


def _not_spoken_to(
    cluster: ClusterInput, judgements: tuple[Judgement, ...], said: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who counts as down unasked, and which members of the cluster are accepted though no node is known to be them."""
    watched = {node.name for node in cluster.watched}
    left_out = tuple(node.name for node in cluster.nodes if node.name not in watched)
    foreign = strangers(judgements) if "--allow-partial" in said else ()
    dead = tuple(member.node_id for member in foreign if not member.alive)
    alive = tuple(member.node_id for member in foreign if member.alive)
    return left_out + dead, (*alive, *(member.node_id for member in stand_ins(judgements)))
