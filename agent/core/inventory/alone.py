"""What is the smallest inventory that has one entry of nodes: the way to them, and nothing that only others need.

What an unknown key may have been meant for is not passed over: it stays, so that the model refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.core.inventory.model_faults import form_at, keys_of
from agent.core.inventory.written import Kind, Written
from agent.core.text.suggest import closest

if TYPE_CHECKING:
    from agent.core.inventory.written import KeyPath

_OUTERMOST: Final = ("jira", "ssh", "nodes")
_JIRA: Final = ("localhome", "owner")
_SSH: Final = ("user", "port", "jump", "config", "known-hosts")
_NODE: Final = ("address", "port", "user", "localhome")
"""The keys that decide which folder of which machine is looked at, and as whom."""
_JIRA_BESIDES: Final = ("sharedhome", "group", "mode", "status", "service")
_NODE_BESIDES: Final = ("status", "service", "tags")
_ANY_VERSION: Final = "1.0.0"
"""The model wants one; looking needs none."""


def besides(key: str) -> tuple[KeyPath, ...]:
    """Return the paths that are taken where they are sound, and can be left out where they are not."""
    return (*(("jira", it) for it in _JIRA_BESIDES), *(("nodes", key, it) for it in _NODE_BESIDES))


def alone(written: Written, key: str) -> Written:
    """Return the inventory of this one entry; what it says itself stands in the place of what all have in common."""
    entry = _entry(written, key)
    own = entry.entries()
    jira = _kept(written, ("jira",), (*_JIRA, *_JIRA_BESIDES)) | {"version": _any_version(written)}
    jira |= {"localhome": own["localhome"]} if "localhome" in own else {}
    ssh = {name: value for name, value in _kept(written, ("ssh",), _SSH).items() if name not in own}
    blocks = {"jira": _refilled(written, "jira", jira), "ssh": _refilled(written, "ssh", ssh)}
    documents = {"filestores": _mapping(written, {}), "associations": _mapping(written, {})}
    nodes = {"nodes": _mapping(written, {key: entry})}
    return _mapping(written, _kept(written, (), _OUTERMOST) | blocks | nodes | documents)


def without(written: Written, path: KeyPath) -> Written:
    """Return a tree without the value at a path that is there, or would be in a mapping that is there."""
    name, rest = path[0], path[1:]
    entries = written.entries().items()
    kept = {key: without(value, rest) if key == name else value for key, value in entries if rest or key != name}
    return replace(written, content=kept)


def _entry(written: Written, key: str) -> Written:
    """Return what stands under one key of nodes, without what only documents need."""
    entry = written.nearest(("nodes", key))
    if entry.kind is Kind.NOTHING and not _has_slipped_out(written):
        return replace(entry, kind=Kind.MAPPING, content={})
    if not isinstance(entry.content, Mapping):
        return entry
    return replace(entry, content=_kept(written, ("nodes", key), (*_NODE, *_NODE_BESIDES)))


def _has_slipped_out(written: Written) -> bool:
    """Tell whether keys of a node stand among the nodes: an empty entry has lost its own then, by its indentation."""
    return not frozenset(keys_of(form_at(("nodes", "")))).isdisjoint(written.entries("nodes"))


def _kept(written: Written, path: tuple[str, ...], wanted: tuple[str, ...]) -> dict[str, Written]:
    """Return the keys that are wanted, and the unknown ones that may be meant for one of them."""
    beside = written.entries(*path)
    known = keys_of(form_at(path))
    return {
        name: value
        for name, value in beside.items()
        if name in wanted or (name not in known and _may_mean_one(name, beside, known, wanted))
    }


def _may_mean_one(name: str, beside: Mapping[str, Written], known: list[str], wanted: tuple[str, ...]) -> bool:
    """Tell whether an unknown key is near to a wanted one, and the same file does not write that one as well."""
    meant = closest(name, known)
    if meant is None or meant not in wanted or meant in {*_JIRA_BESIDES, *_NODE_BESIDES}:
        return False
    return meant not in beside or beside[meant].place.file != beside[name].place.file


def _refilled(written: Written, name: str, content: Mapping[str, Written]) -> Written:
    """Return a block with other content; one that is no mapping stays as it is, for the model to refuse."""
    block = written.child(name)
    if block is None:
        return _mapping(written, content)
    return replace(block, content=content) if isinstance(block.content, Mapping) else block


def _mapping(near: Written, content: Mapping[str, Written]) -> Written:
    return Written(kind=Kind.MAPPING, place=near.place, content=content)


def _any_version(near: Written) -> Written:
    return Written(kind=Kind.TEXT, place=near.place, text=_ANY_VERSION, content=_ANY_VERSION)
