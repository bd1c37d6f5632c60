"""What speaks against doing a plan: each objection with what was seen, what to do, and the flag that overrides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning import capacity_guards, cluster_guards, node_guards, partial_guards
from agent.core.planning.objection import Case, Objection

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.core.planning.budget import Budget
    from agent.core.planning.plan import Plan

__all__ = ["Objection", "objections"]

_GUARDS = (
    node_guards.nodes_of_another,
    partial_guards.silent_nodes,
    node_guards.names_of_one_machine,
    node_guards.names_of_one_jira_node,
    cluster_guards.pages_of_another,
    node_guards.places_that_cannot_be_replaced,
    node_guards.nodes_that_cannot_be_served,
    cluster_guards.unknown_members,
    cluster_guards.nodes_outside_the_cluster,
    cluster_guards.upgrades_under_way,
    cluster_guards.pages_refused,
    partial_guards.nodes_left_behind,
    partial_guards.restarts_into_a_wrong_file,
    partial_guards.routing_without_a_way,
    capacity_guards.states_unknown,
    capacity_guards.nodes_on_their_way,
    capacity_guards.budgets_that_spare_nobody,
    capacity_guards.too_few_running,
)


def objections(
    judgements: tuple[Judgement, ...], plan: Plan, *, budget: Budget, selected: frozenset[str] | None = None
) -> tuple[Objection, ...]:
    """Return all that speaks against a plan made from these judgements, whatever flags may override it.

    The plan is on its terms (core/planning/terms) with this budget; selected as for make_plan.
    """
    case = Case(judgements=judgements, plan=plan, budget=budget, selected=selected)
    return tuple(objection for guard in _GUARDS for objection in guard(case))


def standing_after(found: tuple[Objection, ...], said: frozenset[str]) -> tuple[Objection, ...]:
    """Return the objections that still stand when these flags have been said."""
    return tuple(objection for objection in found if not said.intersection(objection.flags))
