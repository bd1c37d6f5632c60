"""Who says a line of Jira's log, how loudly, and what: the difference between a witness and a quotation.

Jira's lines begin `2026-11-22 10:00:00,123+0000 THREAD LEVEL [user and request] [logger] message`; stack traces and
further lines of a message have no such head. Threads that serve requests carry addresses and user names in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.text.printable import printable
from agent.core.text.secret_shapes import masked

if TYPE_CHECKING:
    from agent.core.diagnosis.cause import Sign

LONGEST_READ = 4000
"""Letters of a line that are looked at; what the node carries is cut shorter."""
LONGEST_SHOWN = 300
BEFORE_SIGN = 100

_HEAD = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d{3}\S{0,6} (?P<thread>.{1,400}?)"
    r" (?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s(?P<rest>.*)"
)
_LOGGER = re.compile(r"\[(?P<logger>[\w.$-]{1,200})\]\s*(?P<message>.*)")
_REQUEST = re.compile(r"(?:https?|ajp)-| url: ", re.IGNORECASE)
_STARTING = re.compile(r"(?:jira-bootstrap|main|localhost-startstop-\d+|catalina-utility-\d+)$", re.IGNORECASE)
_STARTER = re.compile(r"(?:c\.a|com\.atlassian)\.(?:\w+\.)*(?:startup|bootstrap|health|johnson)\.")
_DECORATION = " \t*|>#-"
_PREFIX = re.compile(
    r"""(?:(?:Caused\ by|Suppressed|nested\ exception\ is)\s*:\s*
      | Exception\ in\ thread\ "[^"]{0,200}"\s*
      | [\w.$]{1,200}(?:Exception|Error|Throwable):\s+
      | /\S{1,500}\ \()""",
    re.VERBOSE,
)
_DEEPEST = 8


class Voice(StrEnum):
    """Who speaks."""

    STARTUP = "startup"
    """A thread or a logger of the start itself."""
    OTHER = "other"
    """Another part of Jira, with a warning or worse."""
    BARE = "bare"
    """A line without a head: a stack trace, or more of a message whose first line was not carried."""
    QUIET = "quiet"
    """Mere information, of whatever part."""
    REQUEST = "request"
    """Work for a user, whose words can be anywhere in it: never evidence of why a start failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its voice, what it says without the head, and the whole as it may be shown."""

    voice: Voice
    message: str
    whole: str


def read(text: str) -> Line:
    """Return a line of the log, printable, credentials masked, and not longer than LONGEST_READ."""
    whole = printable(masked(_bounded(text)), limit=LONGEST_READ)
    head = _HEAD.match(whole)
    if head is None:
        return Line(voice=Voice.BARE, message=whole, whole=whole)
    spoken = _LOGGER.search(head["rest"])
    logger, message = (spoken["logger"], spoken["message"]) if spoken else ("", head["rest"])
    return Line(voice=_voice(head["thread"], head["level"], logger), message=message, whole=whole)


def _bounded(text: str) -> str:
    """Cut a line before the word that does not fit: half a credential would not be known as one."""
    return text if len(text) <= LONGEST_READ else f"{text[:LONGEST_READ].rpartition(' ')[0]}…"


def _voice(thread: str, level: str, logger: str) -> Voice:
    if _REQUEST.search(thread):
        return Voice.REQUEST
    if level not in {"WARN", "ERROR", "FATAL"}:
        return Voice.QUIET
    return Voice.STARTUP if _STARTING.match(thread.strip()) or _STARTER.match(logger) else Voice.OTHER


def bears(line: Line, sign: Sign) -> bool:
    """Tell whether a line says what the sign is about, and does not merely repeat it."""
    if not any(fragment in line.message for fragment in sign.fragments):
        return False
    is_machine = sign.context is not None and sign.context.search(line.message) is not None
    if line.voice is Voice.STARTUP or is_machine:
        return sign.pattern.search(line.message) is not None
    return any(sign.pattern.match(line.message, start) for start in _beginnings(line.message))


def _beginnings(message: str) -> list[int]:
    """Return where a message begins: at its first letter, and after each name of an exception before it."""
    starts = [len(message) - len(message.lstrip(_DECORATION))]
    for _ in range(_DEEPEST):
        prefix = _PREFIX.match(message, starts[-1])
        if prefix is None:
            break
        starts.append(prefix.end())
    return starts


def shown(line: Line, sign: Sign) -> str:
    """Return the line as it may be shown, cut around the sign where it is long."""
    found = sign.pattern.search(line.whole)
    start = max(0, found.start() - BEFORE_SIGN) if found and len(line.whole) > LONGEST_SHOWN else 0
    cut = line.whole[start : start + LONGEST_SHOWN - 2]
    return f"{'…' if start else ''}{cut}{'…' if start + len(cut) < len(line.whole) else ''}"


def shown_check(text: str) -> str:
    """Return the words of a check as they may be shown."""
    return printable(masked(text), limit=LONGEST_SHOWN)
