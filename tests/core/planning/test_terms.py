"""A plan is carried out on the terms of its inventory, with the user's own words laid over them."""

from __future__ import annotations

from agent.core.planning.budget import Budget
from agent.core.planning.plan import Hook
from agent.core.planning.terms import Terms, on_terms
from tests.simulator.cluster import plan_for


def test_a_plan_takes_over_every_term_and_lets_be_what_it_is_told_to() -> None:
    drain, admit = Hook(run=("drain",)), Hook(run=("admit",))
    terms = Terms(
        budget=Budget(asked=3, count=2, told="3, but 2"),
        max_failures=1,
        accept_downtime=True,
        absent=("jira-9",),
        let_be=("stranger",),
        consults=True,
        before_stop=drain,
        after_ready=admit,
    )
    plan = on_terms(plan_for(("jira-1",)), terms)
    assert (plan.budget, plan.max_failures, plan.accept_downtime, plan.absent) == (2, 1, True, ("jira-9",))
    assert (plan.consults, plan.before_stop, plan.after_ready) == (True, drain, admit)
    assert plan.known_node_ids[-1] == ("stranger", "stranger")
