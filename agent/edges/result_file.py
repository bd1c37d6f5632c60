"""How does a file come to be that a task leaves beside its result? Whole or not at all, by rename."""

from __future__ import annotations

import contextlib
import os
import stat
from secrets import token_hex
from typing import TYPE_CHECKING

from agent.errors import AgentError

if TYPE_CHECKING:
    from pathlib import Path

BY_UMASK = None
FOR_EVERYONE = 0o644


def write_result(path: Path, content: bytes, *, mode: int | None = BY_UMASK) -> None:
    """Replace the file; its mode is that of any new file of this user, unless one is said.

    The temporary file lies beside it and ends in letters of its own, so that nobody who collects files by their
    ending reads it half-way.

    Raises:
        AgentError: something else than a file lies there (a link, a pipe, a device), or it cannot be written.
    """
    _require_file(path)
    temporary = path.with_name(f".{path.name[:100]}.{token_hex(4)}")
    try:
        _write(temporary, content, mode)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise AgentError(_why_not(path, error)) from error


def _require_file(path: Path) -> None:
    """A rename would replace the link or the pipe itself, which nobody means who names one (/dev/stdout)."""
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise AgentError(_why_not(path, error)) from error
    if not is_file:
        raise AgentError(
            f"{path}: not a regular file (no link is followed, no stream written to); choose another place"
        )


def _why_not(path: Path, error: OSError) -> str:
    return f"{path}: cannot be written ({error.strerror}); choose another place"


def _write(temporary: Path, content: bytes, mode: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(temporary, flags, 0o666), "wb") as file:  # noqa: PTH123 - a descriptor
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
