"""How is a journal written? Begun with its plan beside it, or taken up again where a process before us left it."""

from __future__ import annotations

import contextlib
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from agent.core.planning.plan_json import encode
from agent.core.rollout.events import (
    MoveStarted,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
)
from agent.core.rollout.events_json import to_json
from agent.edges.journal.holding import hold
from agent.edges.journal.lines import FORMAT, sealed_line, told_by
from agent.edges.journal.places import (
    LIMIT,
    content_behind,
    content_of,
    journal_path,
    made,
    name,
    plan_path,
    prepare,
    require_private,
    taken_up,
    told_as_journal_errors,
    unnamed_for,
)
from agent.edges.journal.sequence import EPOCH, SEQUENCE, next_number
from agent.edges.whole_file import sync_folder
from agent.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event

ANNOUNCEMENTS = (RolloutStarted, RolloutResumed, RolloutUndone, MoveStarted, RolloutHalted, RolloutEnded)


class Journal:
    """An open journal; append is called from one thread only.

    past and torn are what it held when it was taken up: the events, and the torn line that was cut off.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.past: tuple[Event, ...] = ()
        self.torn: bytes | None = None
        self._descriptor = descriptor
        self._lines = 0
        self._size = 0
        self._is_broken = False

    @classmethod
    def create(cls, folder: Path, plan: Plan, *, epoch: int = 0) -> Self:
        """Begin the journal of a plan in a folder that only this user may enter; it is made where it is missing.

        It gets its name when its first line and the plan beside it are on the disk, so that no crash leaves half a
        beginning. Where the beginning fails, nothing is left behind. epoch is the highest that any node has seen so
        far: by it can be told later whether somebody has come since, also where not one event was written.

        Raises:
            JournalError: the folder or a file cannot be made, or is not safe to keep a journal in.
        """
        path = journal_path(folder, plan.id)
        content = _encoded(path, plan)
        with ExitStack() as undo, told_as_journal_errors(path):
            prepare(folder)
            number = next_number(folder)
            unnamed = unnamed_for(path)
            journal = cls(path, made(unnamed))
            undo.callback(_remove, unnamed)
            undo.callback(journal.close)
            hold(journal._descriptor, path)
            journal._write({"format": FORMAT, "plan": plan.id, "cluster": plan.cluster, SEQUENCE: number, EPOCH: epoch})
            journal._sync()
            _lay(plan_path(path), content, undo)
            name(unnamed, path)
            undo.callback(_remove, path)
            sync_folder(folder)
            undo.pop_all()
        return journal

    @classmethod
    def reopen(cls, folder: Path, plan_id: str) -> Self:
        """Take a journal up again, to go on with its plan; a torn last line is cut off, and told by torn.

        Raises:
            JournalError: there is none, a running process holds it, anything else in it is damaged, or it cannot be
                written.
        """
        path = journal_path(folder, plan_id)
        with ExitStack() as undo, told_as_journal_errors(path):
            with contextlib.suppress(FileNotFoundError):
                require_private(folder)
            journal = cls(path, taken_up(path))
            undo.callback(journal.close)
            hold(journal._descriptor, path)
            journal._take_up()
            undo.pop_all()
        return journal

    def append(self, event: Event) -> None:
        """Write an event down; what announces something is on the disk when this returns.

        Raises:
            JournalError: it could not be written, now or before, or would make the journal larger than can be read;
                nothing may be done that depends on it.
        """
        self._write(to_json(event))
        if isinstance(event, ANNOUNCEMENTS):
            self._sync()

    def abandon(self) -> None:
        """Remove a journal that no event was written to, and its plan: what was never begun leaves no trace."""
        if self._lines <= 1:
            _remove(self.path)
            _remove(plan_path(self.path))

    def close(self) -> None:
        """Close the file, which lets go of it; may be called twice."""
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

    def _take_up(self) -> None:
        content = content_behind(self._descriptor, self.path, LIMIT)
        told = told_by(self.path, content)
        self.past, self.torn, self._lines = told.events, told.torn, 1 + len(told.events)
        self._size = len(content) - len(told.torn or b"")
        if told.torn:
            os.ftruncate(self._descriptor, self._size)
        self._sync()

    def _write(self, body: dict[str, object]) -> None:
        """What follows half a line would be damaged with it, so nothing follows."""
        self._require_sound()
        line = sealed_line({"number": self._lines, **body})
        with self._breaking():
            self._require_room(line)
            written = os.write(self._descriptor, line)
            if written != len(line):
                raise JournalError(f"{self.path}: no room for the next line; nothing more is done; make room")
        self._lines += 1
        self._size += written

    def _require_room(self, line: bytes) -> None:
        """What nobody would read again is not written."""
        if self._size + len(line) > LIMIT:
            raise JournalError(
                f"{self.path}: full ({self._size} bytes; no journal is read beyond {LIMIT}); nothing more is done;"
                " to go on by what the nodes know, move this file and its .plan.json to another folder, then resume"
            )

    def _sync(self) -> None:
        """A failed fsync is not tried again: the system may have dropped the bytes and would report success."""
        with self._breaking():
            os.fsync(self._descriptor)

    def _require_sound(self) -> None:
        if self._is_broken:
            raise JournalError(
                f"{self.path}: it could not be written before; nothing more is done; look at this folder"
            )

    @contextlib.contextmanager
    def _breaking(self) -> Iterator[None]:
        try:
            with told_as_journal_errors(self.path):
                yield
        except JournalError:
            self._is_broken = True
            raise


def _encoded(path: Path, plan: Plan) -> bytes:
    try:
        return encode(plan)
    except ValueError as fault:
        raise JournalError(f"{path}: the plan cannot be kept ({fault}); choose fewer nodes with --limit") from fault


def _lay(path: Path, content: bytes, undo: ExitStack) -> None:
    """Make a file of these bytes and bring it to the disk; one that a crash has left there is as good."""
    with contextlib.suppress(JournalError):
        if content_of(path, len(content)) == content:
            return
    unnamed = unnamed_for(path)
    descriptor = made(unnamed)
    undo.callback(_remove, unnamed)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    name(unnamed, path)
    undo.callback(_remove, path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
