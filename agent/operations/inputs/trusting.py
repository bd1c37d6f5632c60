"""Which nodes of one cluster can be looked at, sound or not as its files are, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.core.finding import errors_among
from agent.core.inventory.documentation_names import documentation_address, with_address
from agent.core.inventory.resolve import resolve_nodes
from agent.core.inventory.salvage import LeftOut, Salvage, salvage
from agent.core.inventory.selection import select
from agent.core.node import Node
from agent.core.rules.inventory_codes import Rule
from agent.edges.loader import DEFAULTS
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.finding import Finding
    from agent.core.inventory.estate import Estate
    from agent.operations.world import Choice

_NOTHING_READ: Final = frozenset({Rule.UNREADABLE_FILE, Rule.NOT_UTF8, Rule.SYNTAX, Rule.NOT_A_MAPPING, Rule.TOO_MUCH})
"""Faults after which nothing of a file is known."""
_DEFAULTS_FILES: Final = (f"/{DEFAULTS}.yml", f"/{DEFAULTS}.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """One cluster as far as it can be trusted: the selected nodes, those left out of them, and every finding.

    not_meant names the nodes that --limit and --exclude leave. stateless names nodes of which it is not known where to
    ask whether Jira runs. lacks_defaults tells that defaults.yml could not be read: the built-in ones stand in for it.
    """

    name: str
    nodes: tuple[Node, ...]
    left_out: tuple[LeftOut, ...]
    not_meant: tuple[str, ...]
    stateless: frozenset[str]
    findings: tuple[Finding, ...]
    lacks_defaults: bool


def trusted(name: str, estate: Estate, choice: Choice, findings: tuple[Finding, ...]) -> Trusted:
    """Return what can be trusted of one cluster, as far as --limit and --exclude mean it.

    Raises:
        InputError: no node can be, with the reason and all findings; or an option names no node.
    """
    if name in estate.unread:
        raise InputError(_unread(name, findings), findings)
    found = _without_examples(name, estate, _salvaged(name, estate))
    if not found.nodes:
        raise InputError(_none_left(name, found), findings)
    standing_in = tuple(_standing_in(name, it) for left_out in found.left_out for it in left_out.names)
    everyone = tuple({node.name: node for node in (*found.nodes, *standing_in)}.values())
    meant = {node.name for node in select(everyone, choice.limit, choice.exclude)}
    nodes = tuple(node for node in found.nodes if node.name in meant)
    left_out = _among(meant, found.left_out)
    if not nodes:
        raise InputError(_none_left(name, replace(found, left_out=left_out)), findings)
    return Trusted(
        name=name,
        nodes=nodes,
        left_out=left_out,
        not_meant=tuple(node.name for node in everyone if node.name not in meant),
        stateless=found.stateless,
        findings=findings,
        lacks_defaults=any(_is_of_unread_defaults(finding) for finding in findings),
    )


def _is_of_unread_defaults(finding: Finding) -> bool:
    return finding.rule in _NOTHING_READ and finding.place.file.endswith(_DEFAULTS_FILES)


def _salvaged(name: str, estate: Estate) -> Salvage:
    """A cluster without a fault of its own is taken whole, whatever is wrong elsewhere."""
    if name in estate.clusters:
        return Salvage(nodes=resolve_nodes(estate.clusters[name], name))
    return salvage(estate.places[name], name)


def _without_examples(name: str, estate: Estate, found: Salvage) -> Salvage:
    """Leave out the nodes whose address only stands for one in documentation."""
    examples = tuple(
        LeftOut(
            key=node.name,
            names=(node.name,),
            reason=f"{with_address(node)} is a name for documentation; there is no such machine",
            place=estate.place_on_node(name, node.name, ()),
        )
        for node in found.nodes
        if documentation_address(node)
    )
    nodes = tuple(node for node in found.nodes if not documentation_address(node))
    return replace(found, nodes=nodes, left_out=(*found.left_out, *examples))


def _standing_in(cluster: str, name: str) -> Node:
    """Only to be selected: --limit and --exclude may name a node that cannot be looked at."""
    return Node(name=name, cluster=cluster, address=name, localhome="")


def _among(meant: set[str], left_out: tuple[LeftOut, ...]) -> tuple[LeftOut, ...]:
    """Return what was left out of the nodes that are meant; an entry that names none may mean any."""
    kept = (replace(it, names=tuple(name for name in it.names if name in meant)) for it in left_out)
    return tuple(now for now, before in zip(kept, left_out, strict=True) if now.names or not before.names)


def _unread(name: str, findings: tuple[Finding, ...]) -> str:
    """A file that cannot be read to its end says nothing for certain: a later line may have meant another node."""
    fault = next((it for it in errors_among(findings) if it.cluster == name), None)
    why = f"{fault.place}: {fault.message}" if fault else "its file holds nothing that can be read"
    return (
        f"{name}: none of its nodes can be told, so nothing was connected ({why}); correct that line; or lay a"
        f" {name}.yml with no more than jira.localhome, ssh and nodes into another folder, which is enough for this"
        " task, and name it with --inventory"
    )


def _none_left(name: str, found: Salvage) -> str:
    reasons = tuple(dict.fromkeys(f"{it.place}: {it.reason}" for it in found.left_out))
    more = f"; and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    why = f"{reasons[0]}{more}" if reasons else "its file names no nodes"
    return f"{name}: no node can be looked at, so nothing was connected ({why}); correct the lines that are named"
