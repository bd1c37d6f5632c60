"""Who writes a journal right now? Whoever holds the lock on its file; the system drops it when that process ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agent.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAUSES: Final = (0.0, 0.01, 0.03, 0.1)
"""Seconds before each try: whoever only asks whether a journal is live holds it for an instant as well."""
_LOCKS: Final = Path("/proc/locks")


def hold(descriptor: int, path: Path) -> None:
    """Hold a journal until its descriptor is closed.

    Raises:
        JournalError: another process holds it, or the file system knows no locks.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        except OSError as fault:
            raise JournalError(
                f"{path}: the file system keeps no locks ({fault.strerror}); "
                "let XDG_STATE_HOME name a folder on a local disk"
            ) from fault
        return
    raise JournalError(f"{path}: is being written by a running filestore-agent{_process(descriptor)}; let it end first")


def is_live(path: Path) -> bool:
    """Tell whether a running process holds the journal; one that is not there, or not to be opened, is held by none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _process(descriptor: int) -> str:
    try:
        facts = os.fstat(descriptor)
        found = _holder(_LOCKS.read_text(encoding="ascii").splitlines(), facts)
    except (OSError, ValueError):
        return ""
    return f" (process {found})" if found else ""


def _holder(locks: Iterable[str], facts: os.stat_result) -> str | None:
    """Lines read `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`; device numbers are hexadecimal (proc(5))."""
    file = f"{os.major(facts.st_dev):02x}:{os.minor(facts.st_dev):02x}:{facts.st_ino}"
    words = (line.split() for line in locks)
    kept = (it for it in words if it[1:2] == ["FLOCK"] and it[5:6] == [file])
    return next((it[4] for it in kept if it[4].isdigit() and it[4] != "0"), None)
