"""Whose turn it is to start its index: one node at a time since Jira 9.1, by a lock in the database.

Here it is a file in the shared home. Documented (https://confluence.atlassian.com/jirakb/failed-getting-index-on-start-1141970837.html):
the name, that a node holds it for its whole index start, and that a killed holder blocks the others until the lock
expires, after 5 minutes by default. That a node takes its own old lock over at once is a guess.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "com.atlassian.jira.start.index.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexLock:
    """The lock as one node sees it; expiry is in seconds after its holder last renewed it."""

    memory: Path
    node_id: str
    expiry: float

    def take(self, now: float) -> str | None:
        """Take the lock, or return who has it. Moments are seconds since the epoch."""
        with self._alone():
            holder = self._holder(now)
            if holder not in {None, self.node_id}:
                return holder
            self._file.write_text(self.node_id, encoding="utf-8")
            os.utime(self._file, (now, now))
            return None

    def renew(self, now: float) -> None:
        """Say that the holder lives, if the lock is still its own."""
        with suppress(FileNotFoundError):
            if self._read() == self.node_id:
                os.utime(self._file, (now, now))

    def release(self) -> None:
        """Give the lock back, if it is this node's."""
        with self._alone():
            if self._read() == self.node_id:
                self._file.unlink()

    def _holder(self, now: float) -> str | None:
        holder = self._read()
        if holder is None or now > self._file.stat().st_mtime + self.expiry:
            return None
        return holder

    def _read(self) -> str | None:
        try:
            return self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    @property
    def _file(self) -> Path:
        return self.memory / NAME

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other nodes off the file; the kernel lets go where this process is killed."""
        self.memory.mkdir(parents=True, exist_ok=True)
        with (self.memory / f"{NAME}.turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield
