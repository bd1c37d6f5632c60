"""What an adoption starts from: nodes that flags name, or an inventory of which nodes and ssh settings are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.core.adopting.shaping import written
from agent.core.finding import Place, errors_among
from agent.core.inventory.documentation_names import documentation_address
from agent.core.inventory.resolve import resolve_nodes
from agent.core.inventory.selection import select
from agent.core.text.names import fold
from agent.edges.loader import estate_with, read_estate
from agent.errors import InputError
from agent.operations.describing import UNNAMED, cluster_name, described, described_nodes, require_fit
from agent.operations.inputs.clusters import trusted_nodes

if TYPE_CHECKING:
    from agent.core.node import Node
    from agent.operations.inputs.trusting import Trusted
    from agent.operations.world import Choice

_FLAGS: Final = "the flags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user said, by flag: settings holds those that describe nodes of which no inventory tells yet."""

    nodes: str | None = None
    name: str | None = None
    out: Path | None = None
    like: str | None = None
    said: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The cluster's name, the keys to keep, the nodes to look at, the names of those that are not looked at.

    is_new tells that the keys come from flags, so that the nodes may add what they know of themselves.
    """

    name: str
    keys: Mapping[str, object]
    nodes: tuple[Node, ...]
    left_out: tuple[str, ...]
    is_new: bool


def ground_of(choice: Choice, wish: Wish) -> Ground:
    """Return what the choice and the flags say.

    Raises:
        InputError: they contradict each other, are not sound, or lead to no node; nothing was connected.

    """
    if wish.nodes is None:
        return _from_inventory(choice, wish)
    return _from_flags(choice, wish, wish.nodes)


def _from_inventory(choice: Choice, wish: Wish) -> Ground:
    if wish.settings:
        flags = ", ".join(f"--{name}" for name in wish.settings)
        raise InputError(f"{flags}: the inventory says that; without one, name the machines with --nodes")
    if not choice.inventory.is_dir():
        raise InputError(f"{choice.inventory}: there is no inventory yet; name the machines with --nodes")
    found = trusted_nodes(choice)
    if found.left_out:
        raise InputError(_untrusted(found), found.findings)
    keys = read_estate(choice.inventory).places[found.name].plain()
    return Ground(
        name=cluster_name(wish.out, wish.name) or found.name,
        keys=keys if isinstance(keys, Mapping) else {},
        nodes=found.nodes,
        left_out=found.not_meant,
        is_new=False,
    )


def _untrusted(found: Trusted) -> str:
    reasons = "; ".join(dict.fromkeys(f"{it.place}: {it.reason}" for it in found.left_out))
    return f"{found.name}: not every node can be told, so nothing was connected ({reasons}); correct the lines"


def _from_flags(choice: Choice, wish: Wish, pattern: str) -> Ground:
    if choice.inventory_flag or choice.clusters:
        raise InputError("--nodes names the machines itself; leave --inventory and --cluster out")
    name = cluster_name(wish.out, wish.name) or UNNAMED
    require_fit(wish.settings)
    keys = described(described_nodes(pattern), wish.settings)
    estate = estate_with(written(keys, ()), Path(f"{name}.yml"), folder=None)
    if name not in estate.clusters:
        findings = tuple(replace(it, place=Place(file=_FLAGS)) for it in errors_among(estate.findings))
        raise InputError("--nodes: these flags make no inventory; nothing was connected", findings)
    nodes = resolve_nodes(estate.clusters[name], name)
    _refuse_examples(nodes)
    chosen = select(nodes, choice.limit, choice.exclude)
    names = {node.name for node in chosen}
    return Ground(
        name=name,
        keys=keys,
        nodes=chosen,
        left_out=tuple(node.name for node in nodes if node.name not in names),
        is_new=True,
    )


def _refuse_examples(nodes: tuple[Node, ...]) -> None:
    examples = [node.name for node in nodes if documentation_address(node)]
    if examples:
        raise InputError(
            f"--nodes {fold(examples)}: names for documentation, there are no such machines; name your own"
        )
