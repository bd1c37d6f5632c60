"""Which text a file's bytes hold, or why they are no text that an XML parser may be shown."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place
from agent.core.rules import xml
from agent.core.text.shown import named, plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.rules.registry import Rule

MOST_BYTES: Final = 64 * 1024
"""No file beyond this size is read; a real one has some hundred bytes."""

XML_SPACE: Final = " \t\r\n"

_OTHER_ENCODINGS: Final = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0", b"\0\0\0<")
"""How UTF-16 and UTF-32 begin, with a byte order mark and without (XML 1.0, appendix F)."""

_SAVE_AND_STATE: Final = "re-save the file as UTF-8, and state that or nothing"
_DECLARATION: Final = re.compile(r"<\?xml[ \t\r\n](.*?)\?>", re.DOTALL)
_STATED: Final = re.compile(r"(version|encoding)[ \t\r\n]*=[ \t\r\n]*([\"'])(.*?)\2", re.DOTALL)
_PROLOGUE: Final = re.compile(r"(?>[ \t\r\n]+|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_NEVER_LEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SOMETIMES_LEGAL: Final = re.compile(r"[\x7f-\x9f]|&#(?:x([0-9a-fA-F]{1,9})|([0-9]{1,9}));")
_FIRST_PRINTABLE: Final = 0x20


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A file's text, and the way from an offset to a place."""

    file: str
    text: str = field(repr=False)
    line_ends: tuple[int, ...] = field(repr=False)

    def place(self, offset: int) -> Place:
        """Return the line and the column of a character, both from 1."""
        line = bisect_left(self.line_ends, offset)
        return Place(file=self.file, line=line + 1, column=offset - (self.line_ends[line - 1] if line else -1))


def read_text(content: bytes, *, file: str) -> Text | Finding:
    """Decode a file's bytes, or say why they are not the text of one."""
    start = Place(file=file, line=1, column=1)
    if len(content) > MOST_BYTES:
        return fault_of(
            xml.TOO_LARGE,
            Place(file=file),
            f"the file has more than {MOST_BYTES} bytes; no filestore configuration is so large",
            "look whether this is the right file",
        )
    if content.startswith(_OTHER_ENCODINGS):
        return fault_of(xml.WRONG_ENCODING, start, "the file is in UTF-16 or UTF-32", "re-save the file as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _undecodable(content, error.start, file)
    if not text.strip():
        return fault_of(
            xml.EMPTY_FILE,
            start,
            f"{xml.CANNOT_PARSE}: the file is empty; Jira would not start",
            "write the file, with empty elements if nothing is to go to S3, or remove it from the node",
        )
    return Text(file=file, text=text, line_ends=tuple(match.start() for match in re.finditer("\n", text)))


def faults_of_text(source: Text) -> Iterator[Finding]:
    """Yield what is wrong before any parsing: declaration, document type, characters."""
    yield from _faults_of_declaration(source)
    prologue = _PROLOGUE.match(source.text)
    after = prologue.end() if prologue else 0
    if source.text.startswith("<!DOCTYPE", after):
        yield fault_of(
            xml.DOCTYPE, source.place(after), "the file has a DOCTYPE", "remove it; no filestore configuration has one"
        )
    yield from _faults_of_characters(source)


def fault_of(rule: Rule, place: Place, message: str, hint: str | None = None) -> Finding:
    """Say that a rule is broken at a place of a file."""
    return Finding(rule=rule.code, severity=rule.severity, message=message, place=place, hint=hint)


def _undecodable(content: bytes, offset: int, file: str) -> Finding:
    line = content.count(b"\n", 0, offset) + 1
    column = len(content[content.rfind(b"\n", 0, offset) + 1 : offset].decode("utf-8", "replace")) + 1
    place, what = Place(file=file, line=line, column=column), f"byte {offset} (0x{content[offset]:02x}) is not UTF-8"
    if other := _other_encoding(content):
        # a parser may well know it: nothing is said of what Jira would do
        return fault_of(xml.WRONG_ENCODING, place, f"{_declared(other)}: {what}", _SAVE_AND_STATE)
    return fault_of(
        xml.NOT_WELL_FORMED,
        place,
        f"{xml.CANNOT_PARSE}: {what}; Jira would not start",
        "re-save the file as UTF-8",
    )


def _other_encoding(content: bytes) -> str | None:
    """Return the encoding other than UTF-8 that a file declares, read as what all such encodings have in common."""
    stated = _statements_in(content.decode("latin-1"))
    return next((one[3] for one in stated if one[1] == "encoding" and one[3].upper() != "UTF-8"), None)


def _declared(encoding: str) -> str:
    return f"the declaration says that the file is in {shown(encoding)}"


def _statements_in(text: str) -> Iterator[re.Match[str]]:
    """Yield what the declaration states, where there is one: each a name [1] and its value [3]."""
    declaration = _DECLARATION.match(text)
    return _STATED.finditer(text, *declaration.span(1)) if declaration else iter(())


def _faults_of_declaration(source: Text) -> Iterator[Finding]:
    """The version and the encoding that the declaration states, where it states them."""
    for stated in _statements_in(source.text):
        name, value, place = stated[1], stated[3], source.place(stated.start())
        if name == "version" and value not in ("1.0", "1.1"):
            yield fault_of(
                xml.WRONG_VERSION,
                place,
                f"{xml.CANNOT_PARSE}: there is no XML version {shown(value)}; Jira would not start",
                'write <?xml version="1.1" ?>',
            )
        if name == "encoding" and value.upper() != "UTF-8":
            yield fault_of(xml.WRONG_ENCODING, place, _declared(value), _SAVE_AND_STATE)


def _faults_of_characters(source: Text) -> Iterator[Finding]:
    """The first of each kind: controls that no parser accepts, and those that some do."""
    if never := _NEVER_LEGAL.search(source.text):
        yield fault_of(
            xml.NOT_WELL_FORMED,
            source.place(never.start()),
            f"{xml.CANNOT_PARSE}: there is a control character ({named(never[0])}); Jira would not start",
            "delete it",
        )
    sometimes = (match for match in _SOMETIMES_LEGAL.finditer(source.text) if _stands_for_control(match))
    if first := next(sometimes, None):
        yield fault_of(
            xml.CONTROL_CHARACTER,
            source.place(first.start()),
            f"there is a control character ({plainly(first[0])}), which not every parser accepts",
            "delete it",
        )


def _stands_for_control(match: re.Match[str]) -> bool:
    """The character itself, or a reference to one; references to tabs and line feeds change attributes unseen."""
    if match[0][0] != "&":
        return True
    value = int(match[1], 16) if match[1] else int(match[2])
    return value < _FIRST_PRINTABLE or 0x7F <= value <= 0x9F or 0xD800 <= value <= 0xDFFF or value in (0xFFFE, 0xFFFF)  # noqa: PLR2004 - code points are their own names
