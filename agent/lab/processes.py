"""Which processes of the lab are left, found by a phrase of their command line, and their end."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def all_with(phrase: str) -> tuple[int, ...]:
    """Return the processes whose command line holds the phrase; every word of it is followed by one blank.

    A phrase and not a word, since sshd rewrites its own command line into one. This process itself is never meant.
    """
    wanted = os.fsencode(phrase)
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return tuple(number for number in numbers if number != os.getpid() and wanted in _command_line_of(number))


def end_all_with(phrase: str, patience: float) -> None:
    """Kill them until none is left, also those that others of them start meanwhile; patience is in seconds."""
    give_up = time.monotonic() + patience
    while (left := all_with(phrase)) and time.monotonic() < give_up:
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _command_line_of(pid: int) -> bytes:
    """Return the command line; a process that has ended, or is a zombie, has none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""
