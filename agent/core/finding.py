"""One fault of the user's files: what is wrong, where, how bad, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; only errors make the input invalid."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where in a file; line and column count from 1, and None means that nobody can tell."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Write the place the way editors and terminals make it clickable."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: a stable rule code, a severity, a sentence, a place, and the fix where one is known.

    waived is the reason for which it does not count; the message repeats it.
    """

    rule: str
    severity: Severity
    message: str
    place: Place
    hint: str | None = None
    cluster: str | None = None
    waived: str | None = None


def errors_among(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that make the input invalid."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
