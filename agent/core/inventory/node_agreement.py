"""What the nodes of one inventory must agree on: each name and address once, and not all down together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.core.finding import Severity
from agent.core.inventory.fault import Fault, unfit, unfit_key
from agent.core.inventory.nodeset import MOST_NAMES, count, expand, hosts
from agent.core.inventory.unfit import Unfit
from agent.core.inventory.written import Kind
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.finding import Place
    from agent.core.inventory.written import KeyPath, Written

SSH_PORT = 22
MOST_PATTERNS = 64
"""Of a canary's list; the model refuses a longer one, and expanding it would take long."""


def node_faults(written: Written) -> tuple[Fault, ...]:
    """Return every fault of the node names and addresses, and of what is counted against their number."""
    nodes = written.at(("nodes",))
    if nodes is None or not isinstance(nodes.content, Mapping):
        return ()
    keys, faults, overflow = _expanded(tuple(nodes.content))
    if overflow is not None:
        return (*faults, overflow)
    counted = () if faults else _count_faults(written, tuple(name for names in keys.values() for name in names))
    return (*faults, *_same_names(nodes, keys), *_address_faults(nodes, keys), *counted)


def _expanded(patterns: tuple[str, ...]) -> tuple[dict[str, tuple[str, ...]], list[Fault], Fault | None]:
    """Expand the keys; stop, with the fault that says so, where there are more names than a cluster may have."""
    keys: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    room = MOST_NAMES
    for key in patterns:
        try:
            keys[key] = hosts(key)
        except Unfit as reason:
            faults.append(unfit_key(("nodes", key), reason))
            continue
        room -= len(keys[key])
        if room < 0:
            message = f"with {shown(key)} the cluster has more than {MOST_NAMES:,} nodes"
            return keys, faults, Fault(rule=Rule.RANGE, path=("nodes", key), message=message, on_key=True)
    return keys, faults, None


def _same_names(nodes: Written, keys: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for key, names in keys.items():
        twice = next((name for name in names if first.setdefault(name.casefold(), key) != key), None)
        if twice is not None:
            where = _place_of_key(nodes, first[twice.casefold()])
            message = f"the node {shown(twice)} is named at {where} already"
            yield Fault(
                rule=Rule.SAME_NODE, path=("nodes", key), message=message, hint="name each node once", on_key=True
            )


def _address_faults(nodes: Written, keys: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    taken: dict[tuple[str, int], tuple[str, str]] = {}
    for key, names in keys.items():
        addresses = _addresses_of(nodes, key, names)
        if isinstance(addresses, Fault):
            yield addresses
            continue
        for name, address in zip(names, addresses, strict=True):
            seat = (address.casefold(), _port_of(nodes, key))
            other, other_key = taken.setdefault(seat, (name, key))
            if other.casefold() != name.casefold():
                where = _place_of_key(nodes, other_key)
                message = f"{shown(name)} has the same address and port as {shown(other)} at {where}"
                yield Fault(
                    rule=Rule.SAME_ADDRESS, path=("nodes", key), message=message, hint="one machine is one node"
                )
                break


def _addresses_of(nodes: Written, key: str, names: tuple[str, ...]) -> tuple[str, ...] | Fault:
    pattern, path = nodes.words(key, "address"), ("nodes", key, "address")
    if pattern is None or not pattern.strip():
        return names
    try:
        found = count(pattern)
        if found == len(names):
            return hosts(pattern)
    except Unfit as reason:
        return unfit(path, reason)
    message = f"{found:,} addresses for {len(names):,} nodes"
    hint = "write one address for one node, or a range of addresses as long as the range of nodes"
    return Fault(rule=Rule.RANGE, path=path, message=message, hint=hint)


def _port_of(nodes: Written, key: str) -> int:
    port = nodes.at((key, "port"))
    return port.content if port is not None and port.kind is Kind.NUMBER and isinstance(port.content, int) else SSH_PORT


def _place_of_key(nodes: Written, key: str) -> Place:
    written = nodes.nearest((key,))
    return written.key_place or written.place


def _count_faults(written: Written, names: tuple[str, ...]) -> Iterator[Fault]:
    if not names:
        message, hint = "the cluster has no nodes", "write a line like jira-1.example.com: {}"
        yield Fault(rule=Rule.NO_NODES, path=("nodes",), message=message, hint=hint)
        return
    if len(names) == 1:
        message, hint = f"{shown(names[0])} is the only node", "each restart of it is a downtime of Jira"
        yield Fault(rule=Rule.ONE_NODE, path=("nodes",), message=message, hint=hint, severity=Severity.WARNING)
    yield from _budget_faults(written, len(names))
    yield from _canary_faults(written, names)


def _budget_faults(written: Written, count: int) -> Iterator[Fault]:
    path: KeyPath = ("rollout", "max-unavailable")
    budget = written.at(path)
    if budget is None or budget.kind is not Kind.NUMBER or not isinstance(budget.content, int):
        return
    if budget.content >= count and budget.content > 1:
        message = f"{budget.content} nodes may be down, and the cluster has {count}"
        yield Fault(rule=Rule.BUDGET, path=path, message=message, hint=f"write at most {max(count - 1, 1)}")


def _canary_faults(written: Written, names: tuple[str, ...]) -> Iterator[Fault]:
    path: KeyPath = ("rollout", "canary")
    canary = written.at(path)
    known = {name.casefold() for name in names}
    patterns = canary.content if canary is not None and isinstance(canary.content, tuple) else ()
    for at, item in enumerate(patterns[:MOST_PATTERNS]):
        try:
            chosen = expand(item.content) if isinstance(item.content, str) else ()
        except Unfit as reason:
            yield unfit((*path, at), reason)
            continue
        stranger = next((name for name in chosen if name.casefold() not in known), None)
        if stranger is not None:
            message = f"{shown(stranger)} is not a node of this cluster"
            yield Fault(rule=Rule.BUDGET, path=(*path, at), message=message, hint=did_you_mean(stranger, names))
