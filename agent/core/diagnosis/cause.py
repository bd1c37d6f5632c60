"""What a known cause is: how it shows in a log, what it does to a start, and what people should know and do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.rules.registry import Evidence as Footing

if TYPE_CHECKING:
    from re import Pattern

VERIFIED, INFERRED = Footing.VERIFIED, Footing.INFERRED


class Effect(StrEnum):
    """What a cause does to a node; how much a line is worth depends on whether that is what is seen."""

    FILE = "the file stops the start"
    """One of the three faults on which Jira refuses to start."""
    STOPS = "stops a start"
    SHORTAGE = "stops a start, and troubles a node that runs"
    WAITS = "holds a start up"
    STORE = "does not stop a start by itself"
    """Connectivity and permissions (Atlassian, "Storing backups in Amazon S3")."""
    SYMPTOM = "follows from another cause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One wording. fragments are looked for on the node, case and all; pattern decides here.

    Text that Jira merely repeats can hold any wording, so it counts only where a message begins, after the names of
    exceptions, or where the start-up itself speaks. context: a line that holds this too is a machine's, and counts
    wherever in it the wording stands.
    """

    fragments: tuple[str, ...]
    pattern: Pattern[str]
    context: Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One row of the table. suspects_file: with a file that has just changed, it is likelier that the file says wrong.

    settled: a later line with this says that the cause is over. quiet: Jira tells it as mere information. detail finds
    the one word of the line that is worth repeating in the hint, after says.
    """

    code: str
    effect: Effect
    sentence: str
    hint: str
    next: str
    source: str
    footing: Footing
    signs: tuple[Sign, ...] = ()
    suspects_file: bool = False
    quiet: bool = False
    settled: Pattern[str] | None = None
    detail: Pattern[str] | None = None
    says: str = ""


def sign(*fragments: str, pattern: str = "", context: Pattern[str] | None = None) -> Sign:
    """Return a sign; without a pattern it is any of its fragments, in any case."""
    wording = pattern or "|".join(map(re.escape, fragments))
    return Sign(fragments=fragments, pattern=re.compile(wording, re.IGNORECASE), context=context)
