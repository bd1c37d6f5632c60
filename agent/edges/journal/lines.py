"""What does the content of a journal say? Each line is checked, and only the last one may be torn."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from agent.core.rollout.events_json import from_json
from agent.core.text.printable import printable
from agent.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.rollout.events import Event

FORMAT: Final = 1
_LINE = re.compile(rb"(?P<checksum>[0-9a-f]{64}) (?P<body>\{.*\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a journal holds: its events, and the torn line at its end (what a crash cut short), or None."""

    events: tuple[Event, ...]
    torn: bytes | None


def sealed_line(body: dict[str, object]) -> bytes:
    """Return a line of a journal, with its checksum and its end."""
    text = json.dumps(body, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(text).hexdigest().encode("ascii") + b" " + text + b"\n"


def told_by(path: Path, content: bytes) -> Told:
    """Return what the content of the journal at this path says.

    Raises:
        JournalError: anything but the last line is damaged, the format is newer, or it is another plan's journal.
    """
    lines = content.split(b"\n")
    torn = lines.pop() or None
    if not lines:
        raise JournalError(f"{path}: an empty journal; nothing is known from it; run `filestore-agent status`")
    bodies = [_opened(path, number, line) for number, line in enumerate(lines)]
    _require_ours(path, bodies[0])
    events = tuple(event_in(path, number, body) for number, body in enumerate(bodies[1:], start=1))
    return Told(events=events, torn=torn)


def line_in(path: Path, number: int, line: bytes) -> Event:
    """Return the event of one line.

    Raises:
        JournalError: the line is damaged.
    """
    return event_in(path, number, _opened(path, number, line))


def event_in(path: Path, number: int, body: dict[str, object]) -> Event:
    """Return the event that stands in a line.

    Raises:
        JournalError: there is no such event.
    """
    try:
        return from_json(body)
    except ValueError as fault:
        _damaged(path, number, printable(str(fault), limit=200))


def _opened(path: Path, number: int, line: bytes) -> dict[str, object]:
    """Return what a line covers, if its checksum and its number are right."""
    match = _LINE.fullmatch(line)
    if match is None:
        _damaged(path, number, "not a line of a journal")
    if hashlib.sha256(match["body"]).hexdigest() != match["checksum"].decode("ascii"):
        _damaged(path, number, "its checksum does not fit")
    try:
        body = json.loads(match["body"], parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _damaged(path, number, "not JSON")
    if not isinstance(body, dict) or type(body.get("number")) is not int or body.pop("number") != number:
        _damaged(path, number, "a line before it is missing, or it stands here twice")
    return body


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _require_ours(path: Path, header: dict[str, object]) -> None:
    found = header.get("format")
    if type(found) is not int:
        _damaged(path, 0, "it does not name the format")
    if found > FORMAT:
        raise JournalError(
            f"{path}: written in format {found} by a newer filestore-agent, this one reads up to {FORMAT}; "
            "use the version that began the rollout"
        )
    if found != FORMAT:
        _damaged(path, 0, f"there is no format {found}")
    if header.get("plan") != path.stem:
        _damaged(path, 0, "it is the journal of another plan than the file is named after")


def _damaged(path: Path, number: int, what: str) -> NoReturn:
    raise JournalError(
        f"{path}:{number + 1}: {what}; the journal is damaged and nothing is concluded from it; "
        "`filestore-agent status` shows the nodes as they are"
    )
