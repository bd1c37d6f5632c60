"""The text of one YAML file as values that know their places: the small, safe part of YAML that the inventory needs.

Only the event stream of PyYAML's pure parser is used (its C parser crashes the interpreter on deep nesting), and
nothing is constructed from tags. Aliases, anchors, merge keys, tags, duplicate keys, several documents, deep nesting
and too many values are findings; the values they concern count as refused, and reading goes on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from agent.core.finding import Finding, Place, Severity
from agent.core.inventory.written import Kind, Written
from agent.core.rules.inventory_codes import Rule
from agent.core.text.secret_shapes import secret_in
from agent.core.text.shown import invisible_in, named, plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DEPTH = 32
MOST_VALUES = 60_000
MOST_DIGITS = 18
MOST_LETTERS = 4_096
"""Of one key or value; a path that an operating system takes is shorter."""
MOST_FINDINGS = 5_000
"""A file with more faults than this is not an inventory; what follows is not read."""

_KINDS = {
    "tag:yaml.org,2002:str": Kind.TEXT,
    "tag:yaml.org,2002:bool": Kind.BOOLEAN,
    "tag:yaml.org,2002:null": Kind.NOTHING,
    "tag:yaml.org,2002:timestamp": Kind.DATE,
    "tag:yaml.org,2002:int": Kind.ODD_NUMBER,
    "tag:yaml.org,2002:float": Kind.ODD_NUMBER,
    "tag:yaml.org,2002:value": Kind.TEXT,
}
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN_NUMBER = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 does not allow in a stream, section 5.1."""


class _Stop(Exception):  # noqa: N818 - ends the reading of one file; never leaves this module
    """The rest of the file is not worth reading; a finding says why."""


def read_yaml(content: bytes, file: str) -> tuple[Written | None, tuple[Finding, ...]]:
    """Return the mapping that a file holds, or None where it cannot be told; and every finding.

    Args:
        content: the bytes of the file, bounded by the caller.
        file: the file's name as findings show it.
    """
    source = _Source(file)
    text = source.decoded(content)
    if text is None:
        return None, tuple(source.findings)
    root: Written | None = None
    try:
        root = source.document(text)
    except _Stop:
        pass
    except yaml.YAMLError as reason:
        source.report_syntax(reason)
    return root, tuple(source.findings)


@dataclass(slots=True)
class _Source:
    """One file while it is read: its events, and the findings so far."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    _loader: Any = field(init=False)  # PyYAML's own methods carry no types
    _values: int = 0

    def decoded(self, content: bytes) -> str | None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as reason:
            before = content[: reason.start].decode("utf-8", "replace")
            what = f"byte 0x{content[reason.start]:02x} at offset {reason.start} is not UTF-8"
            self._report(Rule.NOT_UTF8, self._place_in(before), what, "save the file as UTF-8")
            return None
        stranger = _FORBIDDEN.search(text)
        if stranger is not None:
            message = f"the file holds {named(stranger[0])}, which YAML does not allow"
            self._report(
                Rule.NOT_UTF8, self._place_in(text[: stranger.start()]), message, "save it as plain UTF-8 text"
            )
            return None
        return text

    def document(self, text: str) -> Written | None:
        """Read the one document of the file, and insist that it is a mapping."""
        self._loader = yaml.SafeLoader(text)
        try:
            self._loader.get_event()
            if self._loader.check_event(yaml.StreamEndEvent):
                self._refuse_root(Place(file=self.file, line=1, column=1), "the inventory is empty")
                return None
            self._loader.get_event()
            root = self._value(0, None)
            self._loader.get_event()
            self._refuse_second_document()
        finally:
            self._loader.dispose()
        if root.kind is Kind.MAPPING:
            return root
        if root.kind is Kind.NOTHING:
            self._refuse_root(root.place, "the inventory is empty")
        elif root.kind is not Kind.REFUSED:
            self._refuse_root(root.place, "the outermost value must be a mapping: lines such as jira: and nodes:")
        return None

    def report_syntax(self, reason: yaml.YAMLError) -> None:
        mark = getattr(reason, "problem_mark", None) or getattr(reason, "context_mark", None)
        problem = getattr(reason, "problem", None) or getattr(reason, "context", None) or "the text cannot be read"
        message = f"this is not YAML: {plainly(str(problem))}"
        hint = _hint_for(str(problem))
        self._report(Rule.SYNTAX, Place(file=self.file) if mark is None else self._place(mark), message, hint)

    def _refuse_second_document(self) -> None:
        if self._loader.check_event(yaml.StreamEndEvent):
            return
        event = self._loader.peek_event()
        hint = "write one cluster per file, and remove the ---"
        self._report(Rule.SEVERAL_DOCUMENTS, self._place(event.start_mark), "a second document begins here", hint)

    def _refuse_root(self, place: Place, message: str) -> None:
        self._report(Rule.NOT_A_MAPPING, place, message, "begin with a copy of example.yml")

    def _value(self, depth: int, key_place: Place | None) -> Written:
        event = self._loader.get_event()
        place = self._place(event.start_mark)
        self._count(depth, place)
        if isinstance(event, yaml.AliasEvent):
            self._report(Rule.ALIAS, place, f"*{plainly(event.anchor or '')} is an alias", "write the value out")
            return Written(kind=Kind.REFUSED, place=place, key_place=key_place)
        is_refused = self._refuse_decoration(event, place)
        if isinstance(event, yaml.ScalarEvent):
            written = self._scalar(event, place, key_place)
        elif isinstance(event, yaml.SequenceStartEvent):
            items = tuple(self._items(depth))
            written = Written(kind=Kind.LIST, place=place, key_place=key_place, content=items)
        else:
            written = Written(kind=Kind.MAPPING, place=place, key_place=key_place, content=self._mapping(depth))
        return Written(kind=Kind.REFUSED, place=place, key_place=key_place) if is_refused else written

    def _count(self, depth: int, place: Place) -> None:
        self._values += 1
        if depth > MOST_DEPTH:
            self._report(Rule.TOO_MUCH, place, f"the values are nested more than {MOST_DEPTH} deep", None)
            raise _Stop
        if self._values > MOST_VALUES or len(self.findings) > MOST_FINDINGS:
            self._report(Rule.TOO_MUCH, place, "the file holds too many values or faults; the rest is not read", None)
            raise _Stop

    def _refuse_decoration(self, event: yaml.NodeEvent, place: Place) -> bool:
        """Refuse an anchor or a tag; the value behind a tag is not judged, the one behind an anchor is."""
        if event.anchor is not None:
            self._report(
                Rule.ALIAS, place, f"&{plainly(event.anchor)} is an anchor", "write values out where they are used"
            )
        tag = getattr(event, "tag", None)
        if tag is None:
            return False
        short = plainly(tag.replace("tag:yaml.org,2002:", "!!"))
        self._report(
            Rule.TAG, place, f"the tag {short} is not part of the format", "write plain text; quote it if needed"
        )
        return True

    def _items(self, depth: int) -> Iterator[Written]:
        while not self._loader.check_event(yaml.SequenceEndEvent):
            yield self._value(depth + 1, None)
        self._loader.get_event()

    def _mapping(self, depth: int) -> dict[str, Written]:
        entries: dict[str, Written] = {}
        while not self._loader.check_event(yaml.MappingEndEvent):
            key, place = self._key(depth)
            value = self._value(depth + 1, place)
            if key is None:
                continue
            first = entries.setdefault(key, value)
            if first is not value:
                line = first.key_place.line if first.key_place else "?"
                message = f"the key {shown(key)} is written twice: on line {line} and on line {place.line}"
                self._report(Rule.DUPLICATE_KEY, place, message, "keep one of them")
                entries[key] = Written(kind=Kind.REFUSED, place=first.place, key_place=first.key_place)
        self._loader.get_event()
        return entries

    def _key(self, depth: int) -> tuple[str | None, Place]:
        """Read a key; its text counts as it is written, so that on: and 10: are keys like any other."""
        event = self._loader.peek_event()
        place = self._place(event.start_mark)
        if not isinstance(event, yaml.ScalarEvent):
            self._value(depth + 1, None)
            if not isinstance(event, yaml.AliasEvent):
                self._report(
                    Rule.KEY_NOT_TEXT, place, "a list or mapping stands where a key is meant", "quote it if it is text"
                )
            return None, place
        self._loader.get_event()
        self._count(depth, place)
        is_refused = self._refuse_decoration(event, place)
        if event.implicit[0] and self._tag_of(event) == _MERGE:
            self._report(Rule.ALIAS, place, "<< is a merge key", "write the keys out, or put them into defaults.yml")
            return None, place
        if not event.value.strip():
            self._report(Rule.KEY_NOT_TEXT, place, "the key is empty", None)
            return None, place
        is_refused = self._refuse_content(event.value, place, "the key") or is_refused
        return None if is_refused else event.value, place

    def _scalar(self, event: yaml.ScalarEvent, place: Place, key_place: Place | None) -> Written:
        text = event.value
        if self._refuse_content(text, place, "the value"):
            return Written(kind=Kind.REFUSED, place=place, key_place=key_place)
        kind = _KINDS.get(self._tag_of(event), Kind.TEXT)
        content: str | int | bool | None = text if kind is Kind.TEXT else None
        if kind is Kind.ODD_NUMBER and _PLAIN_NUMBER.fullmatch(text):
            kind, content = Kind.NUMBER, int(text)
        elif kind is Kind.BOOLEAN:
            content = text.casefold() in {"yes", "true", "on"}
        return Written(kind=kind, place=place, key_place=key_place, text=text, content=content)

    def _tag_of(self, event: yaml.ScalarEvent) -> str:
        if event.tag is not None:
            return "tag:yaml.org,2002:str"
        return str(self._loader.resolve(yaml.ScalarNode, event.value, event.implicit))

    def _refuse_content(self, text: str, place: Place, what: str) -> bool:
        if len(text) > MOST_LETTERS:
            message = f"{what} has {len(text):,} characters"
            self._report(Rule.TOO_MUCH, place, message, f"at most {MOST_LETTERS:,} are read")
            return True
        stranger = invisible_in(text)
        if stranger is not None:
            message = f"{what} {shown(text)} holds {named(stranger)}, which cannot be seen"
            hint = "write it on one line" if stranger == "\n" else "remove it"
            self._report(Rule.INVISIBLE, place, message, hint)
            return True
        secret = secret_in(text)
        if secret is not None:
            message = f"{what} {shown(text)} looks like {secret}"
            hint = "refer to it as env:NAME, file:PATH or command:WORDS, and replace what has been written here"
            self._report(Rule.SECRET, place, message, hint)
            return True
        return False

    def _place(self, mark: yaml.Mark) -> Place:
        return Place(file=self.file, line=mark.line + 1, column=mark.column + 1)

    def _place_in(self, before: str) -> Place:
        lines = re.split(r"\r\n|\r|\n", before)
        return Place(file=self.file, line=len(lines), column=len(lines[-1]) + 1)

    def _report(self, rule: Rule, place: Place, message: str, hint: str | None) -> None:
        finding = Finding(rule=rule.value, severity=Severity.ERROR, message=message, place=place, hint=hint)
        self.findings.append(finding)


def _hint_for(problem: str) -> str | None:
    if "'\\t'" in problem:
        return "indent with spaces, not tabs"
    return 'quote a name with brackets inside braces: {"jira-[1-3]": {}}' if "but got '['" in problem else None
