"""What does the cluster itself say of its nodes, where Jira is asked? Every node's list counts; the worst word wins.

Healthy is ACTIVE and alive (Atlassian, GET /rest/api/2/cluster/nodes). After a restart `alive` lags behind, since the
heartbeat comes once a minute: that is waited for and is no failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.observation import Member, Observation
    from agent.core.planning.plan import Plan

ACTIVE: Final = "ACTIVE"


def members_in(looks: Iterable[Observation]) -> Iterator[Member]:
    """Return all that any of these nodes lists."""
    for look in looks:
        yield from (look.rest.members or ()) if look.rest else ()


def unlisted(plan: Plan, looks: Iterable[Observation]) -> tuple[str, ...]:
    """Return the ids of members that no node of the plan is known by; empty while not all nodes' ids are known."""
    known = {node_id for _, node_id in plan.known_node_ids}
    return tuple(dict.fromkeys(it.node_id for it in members_in(looks) if it.node_id not in known)) if known else ()


def unwell(plan: Plan, looks: Iterable[Observation]) -> dict[str, str]:
    """Return which nodes of the plan a list calls not healthy, and how it puts it."""
    names = {node_id: name for name, node_id in plan.known_node_ids}
    return {names[it.node_id]: _words(it) for it in members_in(looks) if it.node_id in names and not _is_healthy(it)}


def fault_of_membership(node_id: str, look: Observation) -> str | None:
    """Return what is missing before another node sees this one as it should be."""
    if look.rest is None or look.rest.members is None:
        told = look.rest.faults[0] if look.rest and look.rest.faults else "it was not told"
        return f"another node's list of the cluster cannot be read: {told}"
    mine = [member for member in look.rest.members if member.node_id == node_id]
    if not mine:
        return f"another node does not list {node_id} in the cluster yet"
    sick = next((member for member in mine if not _is_healthy(member)), None)
    return None if sick is None else f"another node sees it {_words(sick)} (its heartbeat may lag)"


def _is_healthy(member: Member) -> bool:
    return member.state == ACTIVE and member.alive


def _words(member: Member) -> str:
    return f"{member.state}{'' if member.alive else ' and not alive'} in the cluster's list"
