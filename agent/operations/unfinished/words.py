"""What is known of an unfinished rollout before anything is looked at? For the one who is to say yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.difference import difference
from agent.core.report import Line, Tone
from agent.core.rollout.progress import is_finished
from agent.core.text.names import counted, fold
from agent.core.text.printable import printable
from agent.operations.rollout.earlier import brought_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.document import Document
    from agent.core.planning.plan import Plan
    from agent.core.rollout.progress import Rollout
    from agent.core.routing import ChangeClass
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.unfinished.choosing import Unfinished


def told(found: Unfinished, cluster: ClusterInput, change: ChangeClass) -> tuple[Line, ...]:
    """Return which rollout it is, who holds the nodes, how far it has come, and what has changed here since.

    The class of a plan that only nodes tell of is not believed: change is what it comes to now.
    """
    plan = found.plan
    change = change if found.from_nodes else plan.change
    what = f"the rollout {plan.id} ({plan.shape}, {change}, at most {counted(plan.budget, 'node')} down at once)"
    return (
        Line(text=f"{plan.cluster}: {what}", tone=Tone.TITLE),
        *_holders(found),
        Line(text=f"  {_known_from(found)}"),
        *_differing(found, cluster),
    )


def brings_another(plan: Plan, declared: Mapping[str, Document]) -> frozenset[str]:
    """Return the nodes that a plan brings another document to than the inventory has now."""
    return frozenset(
        name for name, document in brought_by(plan).items() if declared[name].canonical != document.canonical
    )


def _holders(found: Unfinished) -> Iterator[Line]:
    for holder in dict.fromkeys((lock.holder, lock.host, lock.epoch) for lock in found.holders.values()):
        held = fold(name for name, lock in found.holders.items() if (lock.holder, lock.host, lock.epoch) == holder)
        yield Line(text=f"  {held}: held by {printable(holder[0])}@{printable(holder[1])} (epoch {holder[2]})")
    if not found.holders:
        yield Line(text="  nobody holds its nodes now", tone=Tone.CARE)


def _known_from(found: Unfinished) -> str:
    so_far = found.so_far
    if so_far is not None:
        return _progress(so_far)
    return f"its journal is not on this workstation; its plan is known from {counted(found.from_nodes, 'node')}"


def _progress(so_far: Rollout) -> str:
    done = [node for node, it in so_far.steps.items() if is_finished(so_far.plan, it)]
    rest: dict[str, list[str]] = {}
    for node, it in so_far.steps.items():
        if node not in done:
            rest.setdefault(str(it.state), []).append(node)
    states = ", ".join(f"{fold(nodes)} {state}" for state, nodes in rest.items())
    halted = f"; halted: {so_far.halted.reason}" if so_far.halted else "; broken off" if so_far.outcome is None else ""
    return f"{len(done)} of {counted(len(so_far.steps), 'node')} done; by its journal: {states or 'all done'}{halted}"


def _differing(found: Unfinished, cluster: ClusterInput) -> Iterator[Line]:
    """The plan counts; that the inventory says something else by now is told, with the difference once."""
    plan, names = found.plan, {node.name for node in cluster.nodes}
    new = sorted(names - {step.node for step in plan.steps} - {*plan.bystanders, *plan.absent})
    if new:
        yield Line(text=f"  {fold(new)}: in the inventory, and not in this plan: left aside", tone=Tone.CARE)
    other = brings_another(plan, cluster.documents)
    if not other or plan.undoes is not None:
        return
    brought, first = brought_by(plan), min(other)
    yield Line(text=f"  {fold(other)}: the plan brings another document than the inventory has now:", tone=Tone.CARE)
    for change in difference(cluster.documents[first].config, brought[first].config):
        yield Line(text=f"    {change}", tone=Tone.CARE)
