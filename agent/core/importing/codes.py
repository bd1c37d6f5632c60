"""The stable codes of what an import finds in the sources of other tools: FS601 on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

from agent.core.finding import Finding, Severity

if TYPE_CHECKING:
    from agent.core.finding import Place


class Code(StrEnum):
    """One code per kind of fault; the meaning is what docs/import.md and `validate --explain` print."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make a code that knows its meaning."""
        made = str.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made

    UNREADABLE = ("FS601", "The source cannot be read: missing, not regular, too large, or not UTF-8 text.")
    NOT_THE_FORM = ("FS602", "The source is not in the form that was said: YAML, JSON, or lines of KEY=VALUE.")
    TWICE = ("FS603", "One thing is said twice, and readers differ in which of them they take.")
    NOT_TEXT = ("FS604", "A number, boolean, list or mapping stands where text is meant; the tool would bend it.")
    NOT_FILLED = ("FS605", "The value is a template or a reference that somebody else fills in: {{ x }}, ${X}.")
    HALF = ("FS606", "Bucket name or region alone: the tool ignores such a block without a word (a warning).")
    UNKNOWN = ("FS607", "A name that is nearly one of the tool's, which therefore ignores it (a warning).")
    SHARED = ("FS608", "Avatars and attachments share a bucket, and the settings of avatars count (a warning).")
    IN_DOUBT = ("FS609", "It cannot be told what the tool makes of it, so that nothing is guessed.")
    ELSEWHERE = ("FS610", "The settings stand at another place than the tool looks.")
    SECRET = ("FS611", "A value that would be taken looks like a credential.")
    NO_NODE = ("FS612", "A host cannot be a node of the inventory.")
    NOT_TAKEN = ("FS613", "Something that matters for the way to the nodes is not taken (a warning).")
    BARED = ("FS614", "Quotes, blanks or a comment were taken off, which not every reader does (a warning).")
    UNUSABLE = ("FS615", "A character that cannot be seen, or a value of more than 4,096 characters.")


def error(code: Code, place: Place, message: str, hint: str | None = None) -> Finding:
    """Return a finding that keeps the import from being written."""
    return Finding(rule=code.value, severity=Severity.ERROR, message=message, place=place, hint=hint)


def warning(code: Code, place: Place, message: str, hint: str | None = None) -> Finding:
    """Return a finding that a person should know of."""
    return Finding(rule=code.value, severity=Severity.WARNING, message=message, place=place, hint=hint)
