"""On which terms is a plan carried out: how many may be down, what runs around a restart, who is not spoken to?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.planning.budget import Budget
    from agent.core.planning.plan import Hook, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The inventory's policy with the user's words laid over it.

    absent names nodes that are not asked and count as down; let_be holds what Jira calls members of the cluster that
    no step is about, and that do not speak against it.
    """

    budget: Budget
    max_failures: int = 0
    accept_downtime: bool = False
    absent: tuple[str, ...] = ()
    let_be: tuple[str, ...] = ()
    consults: bool = False
    before_stop: Hook | None = None
    after_ready: Hook | None = None


def on_terms(plan: Plan, terms: Terms) -> Plan:
    """Return the plan on these terms."""
    return replace(
        plan,
        budget=terms.budget.count,
        max_failures=terms.max_failures,
        accept_downtime=terms.accept_downtime,
        absent=terms.absent,
        known_node_ids=plan.known_node_ids + tuple((node_id, node_id) for node_id in terms.let_be),
        consults=terms.consults,
        before_stop=terms.before_stop,
        after_ready=terms.after_ready,
    )
