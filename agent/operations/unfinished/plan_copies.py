"""What is the plan of a rollout, by the copies that its controller has left on the nodes? All must say the same.

A node is not believed more than it has to be: it may have been altered, and what it says is done on all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.document import digest_of
from agent.core.planning.plan_json import decode
from agent.core.text.names import counted, fold
from agent.core.text.printable import printable
from agent.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan

ELSEWHERE: Final = "go on where it was begun, or free the nodes with `lock --release`"


def copied(cluster: str, plan_id: str, seen: Mapping[str, Observation]) -> tuple[Plan, int]:
    """Return the plan that every node holds which it has locked and which has a whole copy, and how many those are.

    Raises:
        Refused: there is no copy, one of them cannot be used, or they differ.

    """
    holding = {name: seen[name] for name, plan in holding_plans(seen).items() if plan == plan_id}
    copies = {name: it.plan_copy for name, it in holding.items() if it.plan_copy}
    if not copies:
        raise Refused(
            f"{cluster}: the rollout {plan_id} holds {fold(holding)}, and its plan is neither on this workstation nor"
            f" on a node that answers; {ELSEWHERE}"
        )
    _require_alike(cluster, plan_id, copies)
    return _read(cluster, plan_id, copies), len(copies)


def holding_plans(seen: Mapping[str, Observation]) -> dict[str, str]:
    """Return the plan that holds each node that is held: its lock's, or the one that puts that back.

    A plan that puts another one back takes its locks over, and its copy lies there before its lock does.
    """
    plans = {copy: _plan_in(copy) for copy in {it.plan_copy for it in seen.values() if it.plan_copy}}
    found: dict[str, str] = {}
    for name, it in seen.items():
        if it.lock is not None:
            plan = plans.get(it.plan_copy or b"")
            is_undoing = plan is not None and plan.undoes == it.lock.plan
            found[name] = plan.id if plan is not None and is_undoing else it.lock.plan
    return found


def _plan_in(copy: bytes) -> Plan | None:
    try:
        return decode(copy)
    except ValueError:
        return None


def few_copies(count: int, seen: Mapping[str, Observation]) -> str | None:
    """Return of how many nodes that answer how many have a copy, where that is not most of them; None where it is.

    What most nodes hold alike, no single one has made up; whom the plan itself speaks of does not count, since that
    would be made up as well.
    """
    is_few = count > 0 and 2 * count <= len(seen)
    return f"{count} of {counted(len(seen), 'node')} that answer" if is_few else None


def _require_alike(cluster: str, plan_id: str, copies: Mapping[str, bytes]) -> None:
    alike: dict[bytes, list[str]] = {}
    for name, copy in copies.items():
        alike.setdefault(copy, []).append(name)
    if len(alike) > 1:
        told = "; ".join(f"{fold(names)}: {digest_of(copy)[:14]}" for copy, names in alike.items())
        raise Refused(
            f"{cluster}: the copies of the plan {plan_id} on the nodes differ ({told}), so none is believed;"
            f" {ELSEWHERE}"
        )


def _read(cluster: str, plan_id: str, copies: Mapping[str, bytes]) -> Plan:
    try:
        plan = decode(next(iter(copies.values())))
    except ValueError as fault:
        reason = printable(str(fault), limit=200)
        raise Refused(
            f"{cluster}: the copy of the plan {plan_id} on {fold(copies)} cannot be used ({reason}); {ELSEWHERE}"
        ) from None
    if (plan.id, plan.cluster) != (plan_id, cluster):
        found = printable(f"{plan.id} of {plan.cluster}")
        raise Refused(
            f"{cluster}: the copy of the plan {plan_id} on {fold(copies)} is that of another ({found}); {ELSEWHERE}"
        )
    return plan
