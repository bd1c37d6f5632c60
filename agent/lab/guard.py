"""Ends what a lab has left running when its owner is gone, even one that was killed and could clean up nothing.

The owner holds the write end of a pipe for as long as it lives; the guard, a process of its own, waits for its end.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run by path, isolated

from agent.lab.processes import all_with, end_all_with

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 20.0
"""Seconds for the last process to end after it was killed."""


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Watch over the processes of a folder: they end with this block, or with this process, whichever ends first."""
    command = [sys.executable, "-I", "-S", __file__, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as guard:  # noqa: S603 - our own words
        try:
            yield
        finally:
            guard.communicate()


def sweep(folder: str) -> None:
    """End every stand-in whose home lies in the folder, and every sshd whose settings do."""
    for phrase in _phrases(folder):
        end_all_with(phrase, PATIENCE)


def in_use(folder: str) -> bool:
    """Whether a lab has this folder now; its guard tells, even where nothing else runs."""
    return any(all_with(phrase) for phrase in (*_phrases(folder), f"{__file__} {folder} "))


def _phrases(folder: str) -> tuple[str, str]:
    """Return what the command lines of a lab's processes hold."""
    return f"-Djira.home={folder}/", f"-f {folder}/"


if __name__ == "__main__":
    sys.stdin.buffer.read()
    sweep(sys.argv[1])
