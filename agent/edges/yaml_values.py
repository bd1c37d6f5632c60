"""The text of a YAML file of another tool as values that know their places: anchors, aliases and merges allowed.

As yaml_source, only the event stream of PyYAML's pure parser is used, and nothing is constructed from tags. An alias
is the very value that it names, never a copy, so that no nesting of aliases grows; one that names what it stands in is
refused. Other than an inventory's, these values are not judged here: most of them are none of our business.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from agent.core.finding import Finding, Place
from agent.core.importing.codes import Code, error
from agent.core.importing.told import MOST_LETTERS
from agent.core.inventory.written import Kind, Written
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DEPTH: Final = 64
MOST_VALUES: Final = 60_000
_PREFIX: Final = "tag:yaml.org,2002:"
_KINDS: Final = {
    f"{_PREFIX}str": Kind.TEXT,
    f"{_PREFIX}bool": Kind.BOOLEAN,
    f"{_PREFIX}null": Kind.NOTHING,
    f"{_PREFIX}timestamp": Kind.DATE,
    f"{_PREFIX}int": Kind.NUMBER,
    f"{_PREFIX}float": Kind.ODD_NUMBER,
    f"{_PREFIX}value": Kind.TEXT,
}
_PLAIN_TAGS: Final = {None, f"{_PREFIX}str", f"{_PREFIX}map", f"{_PREFIX}seq", "!"}

Path = tuple[str, ...]


class _Stop(Exception):  # noqa: N818 - ends the reading of one file; never leaves this module
    """The rest of the file is not worth reading."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a file holds: its one value (None where there is none), what keeps it from being read, keys said twice."""

    root: Written | None
    findings: tuple[Finding, ...] = ()
    doubled: tuple[tuple[Path, Finding], ...] = ()


def read_values(text: str, file: str) -> Values:
    """Return what a text holds, bounded by the caller; no exceptions, whatever it is."""
    reader = _Reader(file)
    try:
        return reader.document(text)
    except _Stop as stop:
        return Values(root=None, findings=(stop.finding,))
    except yaml.YAMLError as reason:
        return Values(root=None, findings=(_syntax(reason, file),))


@dataclass(slots=True)
class _Reader:
    """One file while it is read: its anchors so far, and how much there was."""

    file: str
    anchors: dict[str, Written] = field(default_factory=dict)
    doubled: list[tuple[Path, Finding]] = field(default_factory=list)
    _loader: Any = field(init=False)  # PyYAML's own methods carry no types
    _values: int = 0

    def document(self, text: str) -> Values:
        self._loader = yaml.SafeLoader(text)
        try:
            self._loader.get_event()
            if self._loader.check_event(yaml.StreamEndEvent):
                return Values(root=None)
            self._loader.get_event()
            root = self._value((), None)
            self._loader.get_event()
            self._refuse_second_document()
        finally:
            self._loader.dispose()
        return Values(root=root, doubled=tuple(self.doubled))

    def _refuse_second_document(self) -> None:
        if not self._loader.check_event(yaml.StreamEndEvent):
            place = self._place(self._loader.peek_event().start_mark)
            raise _Stop(error(Code.NOT_THE_FORM, place, "a second document begins here", "give one document alone"))

    def _value(self, path: Path, key_place: Place | None) -> Written:
        event = self._loader.get_event()
        place = self._place(event.start_mark)
        self._count(path, place)
        if isinstance(event, yaml.AliasEvent):
            named = self.anchors.get(str(event.anchor))
            return replace(named, key_place=key_place) if named else self._refused(place, key_place)
        if isinstance(event, yaml.ScalarEvent):
            written = self._scalar(event, place, key_place)
        elif isinstance(event, yaml.SequenceStartEvent):
            items = tuple(self._items(path))
            written = Written(kind=Kind.LIST, place=place, key_place=key_place, content=items)
        else:
            written = Written(kind=Kind.MAPPING, place=place, key_place=key_place, content=self._mapping(path))
        if event.tag not in _PLAIN_TAGS:
            written = self._refused(place, key_place)
        if event.anchor is not None:
            self.anchors[event.anchor] = written
        return written

    def _count(self, path: Path, place: Place, values: int = 1) -> None:
        self._values += values
        if len(path) > MOST_DEPTH:
            raise _Stop(error(Code.NOT_THE_FORM, place, f"the values are nested more than {MOST_DEPTH} deep"))
        if self._values > MOST_VALUES:
            raise _Stop(error(Code.NOT_THE_FORM, place, f"the file holds more than {MOST_VALUES:,} values"))

    def _items(self, path: Path) -> Iterator[Written]:
        while not self._loader.check_event(yaml.SequenceEndEvent):
            yield self._value((*path, "[]"), None)
        self._loader.get_event()

    def _mapping(self, path: Path) -> dict[str, Written]:
        entries: dict[str, Written] = {}
        merged: list[Written] = []
        while not self._loader.check_event(yaml.MappingEndEvent):
            key, place, merges = self._key(path)
            value = self._value((*path, key), place)
            if merges:
                merged += value.content if isinstance(value.content, tuple) else (value,)
            elif key in entries:
                self.doubled.append(((*path, key), _twice(key, entries[key], place)))
                entries[key] = value
            else:
                entries[key] = value
        self._loader.get_event()
        return self._with_merged(entries, merged)

    def _with_merged(self, entries: dict[str, Written], merged: list[Written]) -> dict[str, Written]:
        """What is written goes before what is merged, and the earlier of the merged before the later (YAML, merge)."""
        for source in merged:
            if isinstance(source.content, dict):
                self._count((), source.place, len(source.content))
                entries = {**source.content, **entries}
        return entries

    def _key(self, path: Path) -> tuple[str, Place, bool]:
        """A key counts as it is written; one that is no scalar is kept under a name that nobody looks for."""
        event = self._loader.peek_event()
        place = self._place(event.start_mark)
        if not isinstance(event, yaml.ScalarEvent):
            self._value((*path, "?"), None)
            return "?", place, False
        self._loader.get_event()
        self._count(path, place)
        merges = bool(event.implicit[0]) and event.tag is None and event.value == "<<"
        return event.value[:MOST_LETTERS], place, merges

    def _scalar(self, event: yaml.ScalarEvent, place: Place, key_place: Place | None) -> Written:
        tag = event.tag or str(self._loader.resolve(yaml.ScalarNode, event.value, event.implicit))
        kind = _KINDS.get(tag, Kind.TEXT)
        content = event.value if kind is Kind.TEXT else None
        return Written(kind=kind, place=place, key_place=key_place, text=event.value, content=content)

    def _refused(self, place: Place, key_place: Place | None) -> Written:
        return Written(kind=Kind.REFUSED, place=place, key_place=key_place)

    def _place(self, mark: yaml.Mark) -> Place:
        return Place(file=self.file, line=mark.line + 1, column=mark.column + 1)


def _twice(key: str, first: Written, place: Place) -> Finding:
    line = first.key_place.line if first.key_place else "?"
    message = f"the key {shown(key)} is written twice: on line {line} and on line {place.line}"
    return error(Code.TWICE, place, message, "keep one of them")


def _syntax(reason: yaml.YAMLError, file: str) -> Finding:
    mark = getattr(reason, "problem_mark", None) or getattr(reason, "context_mark", None)
    problem = getattr(reason, "problem", None) or getattr(reason, "context", None) or "the text cannot be read"
    place = Place(file=file) if mark is None else Place(file=file, line=mark.line + 1, column=mark.column + 1)
    return error(Code.NOT_THE_FORM, place, f"this is not YAML: {plainly(str(problem))}")
