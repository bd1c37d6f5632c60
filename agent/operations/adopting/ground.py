"""What an adoption starts from: nodes that flags name, or an inventory of which nodes and ssh settings are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.core.adopting.shaping import written
from agent.core.finding import Place, errors_among
from agent.core.inventory.cluster_name import WAY, is_cluster_name
from agent.core.inventory.documentation_names import documentation_address
from agent.core.inventory.nodeset import split_words
from agent.core.inventory.resolve import resolve_nodes
from agent.core.inventory.selection import select
from agent.core.inventory.unfit import Unfit
from agent.core.text.names import fold
from agent.core.text.shown import shown
from agent.edges.loader import DEFAULTS, estate_with, read_estate
from agent.errors import InputError
from agent.operations.inputs.clusters import trusted_nodes

if TYPE_CHECKING:
    from agent.core.node import Node
    from agent.operations.inputs.trusting import Trusted
    from agent.operations.world import Choice

HOME: Final = "/var/atlassian/application-data/jira"
"""Where the vendor's installer and image put it."""
ANY_VERSION: Final = "1.0.0"
"""The form wants one; looking at a node needs none."""
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
        name=_name(wish, found.name),
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
    name = _name(wish, None)
    keys = _keys(pattern, wish.settings)
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


def _name(wish: Wish, known: str | None) -> str:
    """A cluster is called as its file is, so that the two cannot differ."""
    stem = wish.out.stem if wish.out else None
    if wish.name and stem and wish.name != stem:
        raise InputError(f"--name {wish.name}: the cluster's name is that of its file, and --out says {stem}")
    name = stem or wish.name or known
    if name is None:
        raise InputError("--nodes: say --out FILE as well (its name is the cluster's), or --name NAME to see it only")
    if name == DEFAULTS or not is_cluster_name(name):
        raise InputError(f"{'--out' if stem else '--name'}: {shown(name)} cannot be the name of a cluster; {WAY}")
    return name


def _keys(pattern: str, settings: Mapping[str, str]) -> dict[str, object]:
    """The inventory that the flags amount to, without a file's content: enough to reach the nodes."""
    owner = settings.get("owner", "jira")
    jira: dict[str, object] = {
        "version": settings.get("jira-version", ANY_VERSION),
        "localhome": settings.get("localhome", HOME),
        "owner": owner,
    }
    status = _some(port=_number(settings, "status-port"), **{"context-path": settings.get("context-path")})
    jira |= _some(status=status or None, service={"systemd": settings["unit"]} if "unit" in settings else None)
    ssh = _some(
        user=settings.get("ssh-user"),
        port=_number(settings, "ssh-port"),
        jump=_list(settings.get("jump")),
        config=settings.get("ssh-config"),
        **{"known-hosts": settings.get("known-hosts")},
    )
    nodes: dict[str, object] = {word: {} for word in _words(pattern)}
    return {"jira": jira, **_some(ssh=ssh or None), "nodes": nodes, "filestores": {}, "associations": {}}


def _words(pattern: str) -> tuple[str, ...]:
    try:
        return split_words(pattern)
    except Unfit as reason:
        raise InputError(f"--nodes: {reason.message}; {reason.hint}") from None


def _some(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def _list(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word.strip() for word in text.split(","))


def _number(settings: Mapping[str, str], name: str) -> int | None:
    text = settings.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:  # noqa: PLR2004 - a port
        raise InputError(f"--{name} {text}: a port, from 1 to 65535")
    return int(text)
