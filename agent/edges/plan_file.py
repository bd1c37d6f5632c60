"""Where does a saved plan lie? In one file of the user's choice: written whole or not at all, read with suspicion."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from agent.core.planning.saved_json import CAP, decode, encode
from agent.core.text.printable import printable
from agent.edges.whole_file import FOR_ME, is_file_or_free, replace_file, sync_folder
from agent.errors import AgentError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.planning.binding import SavedPlan

_NO_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS})
"""What is wrong with the place that was named, and not with this machine."""


def write_plan(path: Path, saved: SavedPlan) -> None:
    """Write the plan for this user alone, by rename; an earlier plan at that place is replaced.

    Raises:
        InputError: something else than a file lies at that place, or the plan is larger than any reader takes.
        InputError: there is no such folder, or this user may not write there.
        AgentError: the file cannot be written; what was there is as it was.
    """
    try:
        content = encode(saved)
    except ValueError as fault:
        raise InputError(f"{path}: the plan cannot be saved ({fault}); carry it out without a file") from fault
    try:
        if not is_file_or_free(path):
            raise InputError(f"{path}: not a regular file (links are not followed); choose another place with --out")
        replace_file(path, content, mode=FOR_ME)
        sync_folder(path.parent)
    except OSError as fault:
        kind = InputError if fault.errno in _NO_PLACE else AgentError
        raise kind(f"{path}: cannot be written ({fault.strerror}); choose another place with --out") from fault


def read_plan_file(path: Path) -> SavedPlan:
    """Return the plan that was saved in a file.

    Raises:
        InputError: there is no such file, others may write to it, or it is not a plan as it was saved.
    """
    try:
        content = _content(path)
    except OSError as fault:
        why = "a link (links are not followed)" if fault.errno == errno.ELOOP else fault.strerror
        raise InputError(f"{path}: {why}; name a file that `plan --out` has written") from fault
    try:
        return decode(content)
    except ValueError as fault:
        reason = printable(str(fault), limit=200)
        raise InputError(f"{path}: not a saved plan that can be used ({reason}); plan again with --out") from fault


def _content(path: Path) -> bytes:
    """At most one byte more than the cap is read; not blocking, so that a FIFO cannot hang the task."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(f"{path}: not a regular file; name a file that `plan --out` has written")
        if stat.S_IMODE(facts.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
            raise InputError(f"{path}: others may write to this file; look at it, then run: chmod go-w {path}")
        return file.read(CAP + 1)
