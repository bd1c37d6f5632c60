"""Where do a journal and its plan lie, and are they safe there? Links are never followed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from agent.core.text.printable import printable
from agent.edges.journal.lines import told_by
from agent.edges.whole_file import sync_folder
from agent.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.rollout.events import Event

LIMIT: Final = 64 * 1024 * 1024
"""Bytes; a rollout of a thousand nodes writes less than a hundredth of it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""What a file system without hard links says."""
_GO_ON = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def is_plan_name(text: str) -> bool:
    """Tell whether a plan of this name could have a journal; a name may come from a node, and lead elsewhere."""
    return _NAME.fullmatch(text) is not None


def journal_path(folder: Path, plan: str) -> Path:
    """Return where the journal of a plan lies.

    Raises:
        JournalError: the name cannot be the name of a file.
    """
    if not is_plan_name(plan):
        raise JournalError(f"journal: the plan's name {printable(plan)!r} cannot be the name of a file")
    return folder / f"{plan}.jsonl"


def plan_path(journal: Path) -> Path:
    """Return where the plan of a journal lies."""
    return journal.with_suffix(".plan.json")


def read(path: Path) -> tuple[tuple[Event, ...], bytes | None]:
    """Return the events of a journal, and the torn line at its end (what a crash cut short), or None.

    Raises:
        JournalError: anything else is wrong, with the line; or the format is newer than this program.
    """
    told = told_by(path, content_of(path, LIMIT))
    return told.events, told.torn


def content_of(path: Path, limit: int) -> bytes:
    """Return the bytes of a file, which must be a regular one.

    Raises:
        JournalError: it is not, cannot be read, or is larger than limit bytes.
    """
    with told_as_journal_errors(path):
        descriptor = os.open(path, _READ)
        with os.fdopen(descriptor, "rb") as file:
            return content_behind(file.fileno(), path, limit)


def content_behind(descriptor: int, path: Path, limit: int) -> bytes:
    """As content_of, of a file that is open already and stands at its beginning."""
    with told_as_journal_errors(path):
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise JournalError(f"{path}: not a regular file, so not a journal")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    if len(content) > limit:
        raise JournalError(f"{path}: larger than any journal ({limit} bytes)")
    return content


def prepare(folder: Path) -> None:
    """Make the folder where it is missing, for this user alone.

    Raises:
        JournalError: others may enter it.
        OSError: it cannot be made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
    require_private(folder)


def require_private(folder: Path) -> None:
    """The folder must be this user's alone: others could otherwise write a past that we would believe.

    Raises:
        JournalError: it is not.
        OSError: it is not there, or may not be looked at.
    """
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise JournalError(f"{folder}: not a folder (links are not followed); move it away or choose another")
    if facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o077:
        raise JournalError(f"{folder}: others may enter this folder; run: chmod 700 {folder}")


def made(path: Path) -> int:
    """Make a file itself, so that nobody can have laid one, or a link, there for us; return its descriptor.

    Raises:
        OSError: it cannot be made.
    """
    return os.open(path, _MAKE, 0o600)


def unnamed_for(path: Path) -> Path:
    """Return where a file lies that is to become the one at this path, and is looked at by nobody before."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def name(unnamed: Path, path: Path) -> None:
    """Give a file that is whole its name, in the place of no other.

    Raises:
        JournalError: something lies there already.
        OSError: the system refused.
    """
    try:
        os.link(unnamed, path)
    except OSError as fault:
        if fault.errno not in _NO_LINKS and not isinstance(fault, FileExistsError):
            raise
        if os.path.lexists(path):
            raise JournalError(f"{path}: there is a journal of this plan already; plan again to go on") from None
        unnamed.rename(path)
    else:
        unnamed.unlink()


def taken_up(path: Path) -> int:
    """Open a journal for going on; return its descriptor.

    Raises:
        JournalError: there is none.
        OSError: it cannot be opened.
    """
    try:
        return os.open(path, _GO_ON)
    except FileNotFoundError:
        raise JournalError(f"{path}: there is no journal of this plan; look with `filestore-agent history`") from None


@contextmanager
def told_as_journal_errors(path: Path) -> Iterator[None]:
    """Turn what the system complains of into a JournalError about this path."""
    try:
        yield
    except OSError as fault:
        said = fault.strerror or type(fault).__name__
        raise JournalError(f"{path}: {said}; without a journal nothing more is done; look at this folder") from fault
