"""Where is it written down what a rollout does? One file of JSON lines for each rollout, durable before each act.

The format (version 1): the first line names the format, the plan and the cluster; each line after it is one event.
A line is a checksum (sha256, 64 hex digits), a blank, and the JSON that it covers; the number in the JSON counts the
lines from 0, so that a line taken out or put in twice is found. The documents themselves are not in it.

What announces an act, a halt or an end is brought to the disk (fsync) before append returns. Outcomes are handed to
the system, which survives the death of this program, and reach the disk with the next announcement: after a power cut
an act without its outcome is uncertain and is looked at first, so nothing is taken for true that was not.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
from typing import TYPE_CHECKING, Final, NoReturn

from agent.core.rollout.events import MoveStarted, RolloutEnded, RolloutHalted, RolloutStarted
from agent.core.rollout.events_json import from_json, to_json
from agent.core.text.printable import printable
from agent.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event

FORMAT: Final = 1
ANNOUNCEMENTS = (RolloutStarted, MoveStarted, RolloutHalted, RolloutEnded)
LIMIT: Final = 64 * 1024 * 1024
"""Bytes; a rollout of a thousand nodes writes less than a hundredth of it."""
_LINE = re.compile(rb"(?P<checksum>[0-9a-f]{64}) (?P<body>\{.*\})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Journal:
    """An open journal; append is called from one thread only."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._lines = 0

    @classmethod
    def create(cls, folder: Path, plan: Plan) -> Self:
        """Begin the journal of a plan in a folder that only this user may enter; it is made where it is missing.

        Raises:
            JournalError: the folder or the file cannot be made, or is not safe to keep a journal in.
        """
        if not _NAME.fullmatch(plan.id):
            raise JournalError(f"journal: the plan's name {printable(plan.id)!r} cannot be the name of a file")
        path = folder / f"{plan.id}.jsonl"
        try:
            _prepare(folder)
            journal = cls(path, _created(path))
        except OSError as fault:
            raise JournalError(_sentence(path, fault)) from fault
        try:
            journal._write({"format": FORMAT, "plan": plan.id, "cluster": plan.cluster})
            journal._sync(folder)
        except JournalError:
            journal.close()
            raise
        return journal

    def append(self, event: Event) -> None:
        """Write an event down; what announces something is on the disk when this returns.

        Raises:
            JournalError: it could not be written; nothing may be done that depends on it.
        """
        self._write(to_json(event))
        if isinstance(event, ANNOUNCEMENTS):
            self._sync()

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, body: dict[str, object]) -> None:
        line = _sealed({"number": self._lines, **body})
        try:
            written = os.write(self._descriptor, line)
        except OSError as fault:
            raise JournalError(_sentence(self.path, fault)) from fault
        if written != len(line):
            raise JournalError(f"{self.path}: no room for the next line; nothing more is done; make room, then go on")
        self._lines += 1

    def _sync(self, folder: Path | None = None) -> None:
        """A failed fsync is not tried again: the system may have dropped the bytes and would report success."""
        try:
            os.fsync(self._descriptor)
            if folder is not None:
                _sync_folder(folder)
        except OSError as fault:
            raise JournalError(_sentence(self.path, fault)) from fault


def read(path: Path) -> tuple[tuple[Event, ...], bytes | None]:
    """Return the events of a journal, and the torn line at its end (what a crash cut short), or None.

    Raises:
        JournalError: anything else is wrong, with the line; or the format is newer than this program.
    """
    lines = _content(path).split(b"\n")
    torn = lines.pop() or None
    if not lines:
        raise JournalError(f"{path}: an empty journal; nothing is known from it; run `filestore-agent status`")
    bodies = [_opened(path, number, line) for number, line in enumerate(lines)]
    _require_format(path, bodies[0])
    return tuple(_event(path, number, body) for number, body in enumerate(bodies[1:], start=1)), torn


def _prepare(folder: Path) -> None:
    """The folder must be this user's alone: others could otherwise write a past that we would believe."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _sync_folder(folder.parent)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise JournalError(f"{folder}: not a folder (links are not followed); move it away or choose another")
    if facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o077:
        raise JournalError(f"{folder}: others may enter this folder; run: chmod 700 {folder}")


def _created(path: Path) -> int:
    """Make the file itself, so that nobody can have laid one, or a link, there for us."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise JournalError(f"{path}: there is a journal of this plan already; plan again to go on") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sealed(body: dict[str, object]) -> bytes:
    text = json.dumps(body, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(text).hexdigest().encode("ascii") + b" " + text + b"\n"


def _content(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise JournalError(f"{path}: not a regular file, so not a journal")
            content = file.read(LIMIT + 1)
    except OSError as fault:
        raise JournalError(_sentence(path, fault)) from fault
    if len(content) > LIMIT:
        raise JournalError(f"{path}: larger than any journal ({LIMIT} bytes)")
    return content


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


def _require_format(path: Path, header: dict[str, object]) -> None:
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


def _event(path: Path, number: int, body: dict[str, object]) -> Event:
    try:
        return from_json(body)
    except ValueError as fault:
        _damaged(path, number, printable(str(fault), limit=200))


def _damaged(path: Path, number: int, what: str) -> NoReturn:
    raise JournalError(
        f"{path}:{number + 1}: {what}; the journal is damaged and nothing is concluded from it; "
        "`filestore-agent status` shows the nodes as they are"
    )


def _sentence(path: Path, fault: OSError) -> str:
    return (
        f"{path}: {fault.strerror or type(fault).__name__}; without a journal nothing more is done; look at this folder"
    )
