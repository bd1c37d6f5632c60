"""A value of a user's file that remembers where and how it was written, so that every fault can name its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.text.shown import plainly

if TYPE_CHECKING:
    from agent.core.finding import Place

KeyPath = tuple[str | int, ...]
"""The keys from the root to a value; list positions count from 0."""


class Kind(StrEnum):
    """What a value is, in the words of messages; YAML decides it by the look of unquoted text."""

    MAPPING = "a mapping"
    LIST = "a list"
    TEXT = "text"
    NUMBER = "a number"
    ODD_NUMBER = "a number in another notation"
    BOOLEAN = "a boolean"
    DATE = "a date"
    NOTHING = "empty"
    REFUSED = "refused already"
    """A finding speaks of it already; no other should."""


class Misfit:
    """Stands for a value that no key of the inventory takes; what it is stands in the Written it came from."""


MISFIT = Misfit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One value: its kind, its content by kind, the scalar as written, its place and that of its key."""

    kind: Kind
    place: Place
    key_place: Place | None = None
    text: str = ""
    content: Mapping[str, Written] | tuple[Written, ...] | str | int | bool | None = None

    def at(self, path: KeyPath) -> Written | None:
        """Return the value at a path below this one, or None."""
        found: Written | None = self
        for step in path:
            found = None if found is None else found.child(step)
        return found

    def nearest(self, path: KeyPath) -> Written:
        """Return the value at a path, or the nearest one above it that was written."""
        found = self
        for step in path:
            below = found.child(step)
            if below is None:
                break
            found = below
        return found

    def child(self, step: str | int) -> Written | None:
        """Return the value under one key or list position, or None."""
        if isinstance(self.content, Mapping):
            return self.content.get(step) if isinstance(step, str) else None
        if isinstance(self.content, tuple) and isinstance(step, int) and 0 <= step < len(self.content):
            return self.content[step]
        return None

    def entries(self, *path: str) -> Mapping[str, Written]:
        """Return the keys and values of the mapping at a path; none where there is no mapping."""
        found = self.at(path)
        return found.content if found is not None and isinstance(found.content, Mapping) else {}

    def words(self, *path: str) -> str | None:
        """Return the text at a path, or None where there is no text."""
        found = self.at(path)
        return found.content if found is not None and isinstance(found.content, str) else None

    def plain(self) -> object:
        """Return the value without its places: dict, tuple, str, int, bool, None, or MISFIT."""
        if isinstance(self.content, Mapping):
            return {key: value.plain() for key, value in self.content.items()}
        if isinstance(self.content, tuple):
            return tuple(value.plain() for value in self.content)
        if self.kind in {Kind.ODD_NUMBER, Kind.DATE, Kind.REFUSED}:
            return MISFIT
        return self.content


def lay_over(below: Written, above: Written) -> Written:
    """Return `above` with what it leaves open taken from `below`: mappings merge, anything else is replaced."""
    if not (isinstance(below.content, Mapping) and isinstance(above.content, Mapping)):
        return above
    merged = dict(below.content)
    for key, value in above.content.items():
        merged[key] = lay_over(merged[key], value) if key in merged else value
    return Written(kind=Kind.MAPPING, place=above.place, key_place=above.key_place, content=merged)


def dotted(path: KeyPath) -> str:
    """Return a path as messages name it: filestores.backupBucket.region, ssh.jump[0]."""
    word = ""
    for step in path:
        word += f"[{step}]" if isinstance(step, int) else f".{plainly(step)}" if word else plainly(step)
    return word
