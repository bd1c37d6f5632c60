"""What could be seen on the nodes at any moment of a test: the least number that served, and every file that lay there.

A thread looks all the time, so that a breach shows that lasts no longer than a moment.
"""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.lab.node import LabNode

PAUSE = 0.02
"""Seconds between two looks at all files."""
PAGES_EVERY = 0.1
"""Seconds between two looks at all status pages."""
PATIENCE = 30.0


@dataclass(slots=True, kw_only=True)
class Watch:
    """What was seen so far; idle names, for each number of nodes that did not serve at once, who they were first."""

    nodes: Sequence[LabNode]
    files: dict[str, set[bytes | None]] = field(default_factory=dict)
    idle: dict[int, tuple[str, ...]] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    """Who was the first not to serve."""
    looks: int = 0
    faults: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def most_idle(self) -> int:
        """Return how many nodes did not serve at the worst moment."""
        assert not self.faults, self.faults
        assert self.looks, "nobody has looked"
        return max(self.idle)

    @property
    def all_files(self) -> set[bytes | None]:
        """Return everything that lay on any node at any moment."""
        assert not self.faults, self.faults
        return set().union(*self.files.values())

    def go_on(self) -> None:
        """Look until told to stop."""
        due = 0.0
        try:
            while not self._over.wait(PAUSE):
                self._look_at_files()
                if time.monotonic() >= due:
                    self._look_at_pages()
                    due = time.monotonic() + PAGES_EVERY
        except Exception as fault:  # noqa: BLE001 - whatever ends the watch is told where its findings are read
            self.faults.append(repr(fault))

    def _look_at_files(self) -> None:
        for node in self.nodes:
            try:
                content: bytes | None = node.file.read_bytes()
            except FileNotFoundError:
                content = None
            self.files.setdefault(node.name, set()).add(content)

    def _look_at_pages(self) -> None:
        """Ask who does not serve once more: only those who still do not were idle at one and the same moment.

        On a busy machine a round takes so long that one node comes up and the next is stopped in the midst of it.
        """
        suspects = [node for node in self.nodes if not _serves(node)]
        idle = tuple(node.name for node in suspects if not _serves(node))
        self.idle.setdefault(len(idle), idle)
        self.first = self.first or idle
        self.looks += 1

    def end(self) -> None:
        """Stop looking."""
        self._over.set()


def _serves(node: LabNode) -> bool:
    """A node that ends in the middle of its answer does not serve."""
    try:
        return node.state == "RUNNING"
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def watching(nodes: Sequence[LabNode]) -> Iterator[Watch]:
    """Watch these nodes while the block runs."""
    watch = Watch(nodes=nodes)
    thread = threading.Thread(target=watch.go_on, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join(PATIENCE)
