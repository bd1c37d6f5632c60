"""The keys of the inventory that says what was found: what was there before, with filestores and associations anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.core.adopting.yaml_text import yaml_text
from agent.core.inventory.nodeset import hosts
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.core.adopting.joining import Joined

ANEW = ("nodes", "filestores", "associations")
_COMMENT = 500
"""Letters of one line of the head; a user's words stand there, and a node's."""


def shaped(base: Mapping[str, object], found: Joined) -> dict[str, object]:
    """Return the inventory's keys in their order: those of the base, but for what was found anew."""
    nodes = base["nodes"]
    entries = _entries(nodes if isinstance(nodes, Mapping) else {}, found)
    anew: dict[str, object] = {
        "nodes": entries,
        "filestores": dict(found.filestores),
        "associations": dict(found.associations),
    }
    before = {key: base[key] for key in ("jira", "ssh") if key in base}
    after = {key: value for key, value in base.items() if key not in before and key not in ANEW}
    return {**before, **anew, **after}


def written(keys: Mapping[str, object], head: Iterable[str]) -> bytes:
    """Return the inventory as the bytes of a file, under a head of comments."""
    comments = "".join(f"# {printable(line, limit=_COMMENT)}".rstrip() + "\n" for line in head)
    return f"{comments}\n{yaml_text(keys)}".encode("utf-8", "backslashreplace")


def _entries(nodes: Mapping[str, object], found: Joined) -> dict[str, object]:
    """Each entry as it was, or in parts where its nodes have different tunings."""
    entries: dict[str, object] = {}
    for key, value in nodes.items():
        form = {name: it for name, it in value.items() if name != "filestores"} if isinstance(value, Mapping) else {}
        entries |= _parts(key, form, found)
    return entries


def _parts(key: str, form: Mapping[str, object], found: Joined) -> dict[str, object]:
    names = hosts(key)
    tunings: dict[str, tuple[Mapping[str, object], list[str]]] = {}
    for name in names:
        own = found.overrides.get(name, {})
        tunings.setdefault(repr(own), (own, []))[1].append(name)
    if len(tunings) == 1:
        return {key: _entry(form, found.overrides.get(names[0], {}))}
    address = form.get("address")
    if isinstance(address, str):
        at = dict(zip(names, hosts(address), strict=True))
        return {it: _entry({**form, "address": at[it]}, found.overrides.get(it, {})) for it in names}
    return {word: _entry(form, own) for own, among in tunings.values() for word in words_of(among)}


def _entry(form: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    return {**form, "filestores": own} if own else dict(form)


def words_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return one word for all of the names, where it stands for exactly them; else each."""
    word = fold(names)
    return (word,) if "," not in word and set(hosts(word)) == set(names) else tuple(names)
