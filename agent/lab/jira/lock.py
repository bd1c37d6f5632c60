"""Who uses a localhome: the process that holds the POSIX lock on .jira-home.lock, as the JVM does."""

from __future__ import annotations

import fcntl
import os
import struct

LOCK_NAME = ".jira-home.lock"
FLOCK = "hhqqi4x"
"""struct flock of 64-bit Linux: type, whence, start, length, pid (fcntl(2))."""


def take(home: str) -> int | None:
    """Lock the home for the life of this process; None where another process has it.

    The descriptor must stay open and the file must not be opened again here: closing any descriptor of it gives a POSIX
    lock away (fcntl(2)).
    """
    descriptor = _open(home)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # POSIX allows EACCES as well as EAGAIN
        os.close(descriptor)
        return None
    return descriptor


def holder_of(home: str) -> int | None:
    """Return the process id of the holder, asked from the kernel: no pid file that could be stale."""
    try:
        descriptor = os.open(os.path.join(home, LOCK_NAME), os.O_RDWR)  # noqa: PTH118 - pathlib doubles the start-up time
    except FileNotFoundError:
        return None
    try:
        question = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = struct.unpack(FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    finally:
        os.close(descriptor)
    return None if answer[0] == fcntl.F_UNLCK else int(answer[4])


def _open(home: str) -> int:
    path = os.path.join(home, LOCK_NAME)  # noqa: PTH118 - as above
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
