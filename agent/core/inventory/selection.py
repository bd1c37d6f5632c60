"""Which nodes --limit and --exclude mean: names, ranges, @tags and globs, joined by commas.

A name means the node of that name, in upper or lower case; or, where exactly one node's name begins with it as first
label, that one: jira-1 for jira-1.example.com. A glob (* and ?) is held against both.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from agent.core.inventory.nodeset import expand, split_words
from agent.core.inventory.unfit import Unfit
from agent.core.text.names import fold
from agent.core.text.shown import plainly, shown
from agent.core.text.suggest import did_you_mean
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.node import Node

MOST_SHOWN = 200
"""Letters of the folded list of nodes in a message."""


def select(nodes: tuple[Node, ...], limit: str | None, exclude: str | None) -> tuple[Node, ...]:
    """Return the nodes that are meant, in the order given.

    Args:
        nodes: all nodes of the cluster.
        limit: only these; None means all.
        exclude: not these; None means none.

    Raises:
        InputError: a word matches no node, is ambiguous or named twice, an option is empty, or nothing is left.
    """
    wanted = {node.name for node in nodes} if limit is None else _meant(nodes, limit, "--limit")
    unwanted = frozenset[str]() if exclude is None else _meant(nodes, exclude, "--exclude")
    chosen = tuple(node for node in nodes if node.name in wanted and node.name not in unwanted)
    if not chosen:
        raise InputError(f"--exclude: {shown(exclude or '')} leaves no node to work on; {_all_of(nodes)}")
    return chosen


def _meant(nodes: tuple[Node, ...], words: str, flag: str) -> frozenset[str]:
    if not words.strip():
        raise InputError(f"{flag}: it is empty; {_all_of(nodes)}")
    names = _expanded(words, flag)
    patterns = [name for name in names if _is_pattern(name)]
    found = [_named(name, nodes, flag) for name in names if not _is_pattern(name)]
    twice = next((name for at, name in enumerate(found) if name in found[:at]), None)
    if twice is not None:
        raise InputError(f"{flag}: {shown(twice)} is named twice; name each node once")
    return frozenset(found).union(*(_matching(pattern, nodes, flag) for pattern in patterns))


def _expanded(words: str, flag: str) -> list[str]:
    try:
        return [name for word in split_words(words) for name in expand(word)]
    except Unfit as reason:
        raise InputError(f"{flag}: {reason.message}; {reason.hint}") from None


def _is_pattern(name: str) -> bool:
    return name.startswith("@") or "*" in name or "?" in name


def _named(name: str, nodes: tuple[Node, ...], flag: str) -> str:
    wanted = name.casefold()
    full = [node.name for node in nodes if node.name.casefold() == wanted]
    found = full or [node.name for node in nodes if _first_label(node.name) == wanted]
    if len(found) > 1:
        raise InputError(f"{flag}: {shown(name)} could be any of {_listed(found)}; write the whole name")
    if not found:
        raise InputError(f"{flag}: there is no node {shown(name)}{_near(name, nodes)}; {_all_of(nodes)}")
    return found[0]


def _matching(pattern: str, nodes: tuple[Node, ...], flag: str) -> frozenset[str]:
    if pattern.startswith("@"):
        found = frozenset(node.name for node in nodes if pattern[1:] in node.tags)
    else:
        glob = pattern.casefold()
        found = frozenset(
            node.name
            for node in nodes
            if fnmatchcase(node.name.casefold(), glob) or fnmatchcase(_first_label(node.name), glob)
        )
    if not found:
        tags = sorted({f"@{tag}" for node in nodes for tag in node.tags})
        near = did_you_mean(pattern, tags) if pattern.startswith("@") else None
        raise InputError(
            f"{flag}: {shown(pattern)} matches no node{f' ({near})' if near else ''}; {_all_of(nodes)}"
            f"; tags: {plainly(', '.join(tags)) or 'none'}"
        )
    return found


def _first_label(name: str) -> str:
    return name.casefold().partition(".")[0]


def _near(name: str, nodes: tuple[Node, ...]) -> str:
    names = [node.name for node in nodes]
    hint = did_you_mean(name, [*names, *map(_first_label, names)])
    return f" ({hint})" if hint else ""


def _all_of(nodes: tuple[Node, ...]) -> str:
    return f"the nodes are {_listed([node.name for node in nodes])}"


def _listed(names: list[str]) -> str:
    folded = fold(names)
    return folded if len(folded) <= MOST_SHOWN else f"{folded[:MOST_SHOWN]}… ({len(names)} in all)"
