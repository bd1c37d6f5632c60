"""Which nodes of an inventory with faults can be looked at all the same: those whose own way is written without one.

What only documents and rollouts need (filestores, associations, waivers, patience) is not read here at all. What leads
to a node and says which folder is looked at must be sound to the letter; nothing is guessed in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.inventory.agreement import disagreements
from agent.core.inventory.alone import alone, besides, without
from agent.core.inventory.fault import is_news, place_of
from agent.core.inventory.model_faults import read_model
from agent.core.inventory.node_agreement import SSH_PORT
from agent.core.inventory.nodeset import MOST_NAMES, count, hosts
from agent.core.inventory.resolve import resolve_nodes
from agent.core.inventory.unfit import Unfit
from agent.core.inventory.written import dotted
from agent.core.text.names import natural
from agent.core.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.finding import Place
    from agent.core.inventory.fault import Fault
    from agent.core.inventory.model import Inventory
    from agent.core.inventory.written import Written
    from agent.core.node import Node

_TELL_THE_STATE: Final = frozenset({"status", "service"})
"""Without these keys the defaults would speak of another port or unit, and so perhaps of another Jira."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An entry of nodes, or one of its nodes, that cannot be trusted: the names it stands for (none: unknown), and why.

    reason names the key at fault; place is where it was written.
    """

    key: str
    names: tuple[str, ...]
    reason: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """The nodes that can be trusted, in natural order, and what was left out.

    stateless names the nodes of which it cannot be said whether Jira runs, since where to ask is not known.
    """

    nodes: tuple[Node, ...]
    left_out: tuple[LeftOut, ...] = ()
    stateless: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry that is whole, and whether what tells the state of its nodes is."""

    key: str
    place: Place
    nodes: tuple[Node, ...]
    tells_state: bool


def salvage(written: Written, cluster: str) -> Salvage:
    """Return the nodes of a cluster that are whole in what it takes to reach them and to look at them.

    Args:
        written: what stands in the cluster's file, laid over defaults.yml.
        cluster: the cluster's name, which every node carries.
    """
    keys = tuple(written.entries("nodes"))
    judged = [_judged(written, key, cluster) for key in _within_bounds(keys)]
    beyond = [_beyond_bounds(written, key) for key in keys[len(judged) :]]
    faulty = [it for it in judged if isinstance(it, LeftOut)] + beyond
    whole = [it for it in judged if isinstance(it, _Entry)]
    nodes, doubled = _each_once(whole, frozenset(name.casefold() for it in faulty for name in it.names))
    return Salvage(
        nodes=tuple(sorted(nodes, key=lambda node: natural(node.name))),
        left_out=(*faulty, *doubled),
        stateless=frozenset(node.name for it in whole if not it.tells_state for node in it.nodes),
    )


def _within_bounds(keys: Iterable[str]) -> Iterator[str]:
    """Give the entries up to the one that would make the cluster larger than any may be."""
    room = MOST_NAMES
    for key in keys:
        room -= _count(key)
        if room < 0:
            return
        yield key


def _count(key: str) -> int:
    try:
        return count(key)
    except Unfit:
        return 1


def _beyond_bounds(written: Written, key: str) -> LeftOut:
    reason = f"with {shown(key)} the cluster has more than {MOST_NAMES:,} nodes"
    return LeftOut(key=key, names=(), reason=reason, place=written.nearest(("nodes", key)).place)


def _judged(written: Written, key: str, cluster: str) -> _Entry | LeftOut:
    """Hold the entry alone against the model; what can be left out is, where a fault lies in it."""
    tree = alone(written, key)
    inventory, faults = _read(tree)
    loose = [path for path in besides(key) if any(fault.path[: len(path)] == path for fault in faults)]
    if loose:
        for path in loose:
            tree = without(tree, path)
        inventory, faults = _read(tree)
    if inventory is None or faults:
        return _left_out(tree, key, faults)
    return _Entry(
        key=key,
        place=tree.nearest(("nodes", key)).place,
        nodes=resolve_nodes(inventory, cluster),
        tells_state=all(path[-1] not in _TELL_THE_STATE for path in loose),
    )


def _read(tree: Written) -> tuple[Inventory | None, list[Fault]]:
    inventory, faults = read_model(tree)
    return inventory, [fault for fault in (*faults, *disagreements(tree)) if fault.severity is Severity.ERROR]


def _left_out(tree: Written, key: str, faults: list[Fault]) -> LeftOut:
    """Give the entry's own fault before one that it shares with others."""
    fault = min(faults, key=lambda it: it.path[:1] != ("nodes",))
    said = fault.message if is_news(fault, tree) else "the value cannot be taken as it is written"
    reason = f"{dotted(fault.path)}: {said}"
    return LeftOut(key=key, names=_names_of(key), reason=reason, place=place_of(fault, tree))


def _names_of(key: str) -> tuple[str, ...]:
    try:
        return hosts(key)
    except Unfit:
        return ()


def _each_once(whole: Iterable[_Entry], doubted: frozenset[str]) -> tuple[list[Node], list[LeftOut]]:
    """Return each node and each address once: of two nodes at one address the first is kept.

    doubted holds the names that a faulty entry speaks of as well, which is told already.
    """
    by_name: dict[str, list[tuple[_Entry, Node]]] = {}
    for entry in whole:
        for node in entry.nodes:
            by_name.setdefault(node.name.casefold(), []).append((entry, node))
    seats: dict[tuple[str, int], str] = {}
    nodes: list[Node] = []
    left_out: list[LeftOut] = []
    for name, found in by_name.items():
        entry, node = found[0]
        first = seats.setdefault((node.address.casefold(), node.ssh.port or SSH_PORT), node.name)
        if name in doubted:
            continue
        if any(_way(other) != _way(node) for _, other in found):
            left_out.append(_without_node(entry, node, "it is named more than once, and differs"))
        elif first != node.name:
            left_out.append(_without_node(entry, node, f"it has the same address and port as {shown(first)}"))
        else:
            nodes.append(node)
    return nodes, left_out


def _way(node: Node) -> tuple[object, ...]:
    return (node.address, node.localhome, node.owner, node.ssh, node.status, node.service)


def _without_node(entry: _Entry, node: Node, reason: str) -> LeftOut:
    return LeftOut(key=entry.key, names=(node.name,), reason=f"{node.name}: {reason}", place=entry.place)
