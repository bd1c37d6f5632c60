"""Does a plan that only nodes have brought take more liberties than the inventory here would give it? Then it is a no.

Whoever can write on one node could otherwise have all the others stopped, by a plan that is well-formed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.inventory.resolve import drain_hooks, patience
from agent.core.planning.budget import budget_of
from agent.core.text.names import fold
from agent.core.text.printable import printable
from agent.errors import Refused
from agent.operations.unfinished.plan_copies import ELSEWHERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.planning.plan import Hook, Plan
    from agent.operations.inputs.clusters import ClusterInput


def require_bounds_of(cluster: ClusterInput, plan: Plan) -> None:
    """Insist that a plan which nodes brought has the inventory's hooks, and allows itself no more than the inventory.

    Raises:
        Refused: it has others, or allows itself more.

    """
    different = "; ".join(
        (*_hooks(cluster, plan), *_counts(cluster, plan), *_waits(cluster, plan), *_files(cluster, plan))
    )
    if different:
        raise Refused(
            f"{cluster.name}: the plan {plan.id}, as the nodes have it, is not as this inventory would have it"
            f" ({different}); commands are not taken from nodes, nor is more than the inventory allows: {ELSEWHERE}"
        )


def _hooks(cluster: ClusterInput, plan: Plan) -> Iterator[str]:
    """Each in its own place, and one that is missing as well: a node that is not drained is stopped under its users."""
    before_stop, after_ready = drain_hooks(cluster.inventory)
    pairs = (("before-stop", plan.before_stop, before_stop), ("after-ready", plan.after_ready, after_ready))
    yield from (f"{name}: {_told(has)}, here {_told(ours)}" for name, has, ours in pairs if has != ours)


def _told(hook: Hook | None) -> str:
    if hook is None:
        return "none"
    return printable(f"{' '.join(hook.run)} on {hook.on} within {hook.timeout:g}s", limit=200)


def _counts(cluster: ClusterInput, plan: Plan) -> Iterator[str]:
    rollout, jira = cluster.inventory.rollout, cluster.inventory.jira
    serving = 0 if plan.accept_downtime else 1
    budget = budget_of(rollout.max_unavailable, nodes=len(cluster.nodes), version=jira.version, serving=serving).count
    if plan.budget > budget:
        yield f"max-unavailable: {plan.budget}, here {budget}"
    if plan.max_failures > rollout.max_failures:
        yield f"max-failures: {plan.max_failures}, here {rollout.max_failures}"
    if jira.rest is not None and not plan.consults:
        yield "jira.rest: not asked, here it is"


def _waits(cluster: ClusterInput, plan: Plan) -> Iterator[str]:
    """Longer waits and fewer looks are more than is allowed; it is free to be stricter."""
    has, ours = plan.patience, patience(cluster.inventory)
    for name in ("ready_timeout", "stop_timeout", "appear_timeout", "return_timeout"):
        if getattr(has, name) > getattr(ours, name):
            yield f"{name.replace('_', '-')}: {getattr(has, name):g}s, here {getattr(ours, name):g}s"
    if has.ready_streak < ours.ready_streak:
        yield f"ready-streak: {has.ready_streak}, here {ours.ready_streak}"
    if has.ready_interval < ours.ready_interval:
        yield f"ready-interval: {has.ready_interval:g}s, here {ours.ready_interval:g}s"


def _files(cluster: ClusterInput, plan: Plan) -> Iterator[str]:
    nodes = {node.name: (node.owner, node.group, node.mode) for node in cluster.nodes}
    staged = (step for step in plan.steps if step.stages)
    other = [step.node for step in staged if (step.owner, step.group, step.mode) != nodes[step.node]]
    if other:
        yield f"owner, group, mode: others for {fold(other)}"
