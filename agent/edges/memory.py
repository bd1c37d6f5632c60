"""Where does the memory of drift checks lie? One small file for each cluster, read with suspicion, replaced whole.

A memory is worth having and not worth failing for: whatever is wrong with it becomes a note, and no exception. A
damaged file is put aside by the next writer; one of a newer program is left alone. A lock file beside it (flock) makes
reading and writing one act, and another one keeps two checks from telling the same news; the system drops both when
their process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.remembering.memory import Memory
from agent.core.remembering.memory_json import LIMIT, NewerFormatError, decode, encode
from agent.core.text.printable import printable
from agent.edges.whole_file import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE: Final = 2.0
"""Seconds that are waited for another check to have written its memory, which takes it milliseconds."""
_GLANCE: Final = 0.01
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """The memory before and after, and in note what was wrong.

    kept is False where it could not be written; busy where that was for another check, which held it too long.
    """

    before: Memory
    after: Memory
    kept: bool
    busy: bool = False
    note: str | None = None


class _Unfit(Exception):  # noqa: N818 - never leaves this file
    """Why the memory cannot be used, in words."""


class _Damaged(_Unfit):
    """The file is there and is no memory of ours; it may be put aside."""


def known_clusters(folder: Path) -> tuple[str, ...]:
    """Return the clusters that have a memory in this folder; none where it cannot be read."""
    try:
        _require_private(folder)
        names = [entry.name for entry in folder.iterdir()]
    except (OSError, _Unfit):
        return ()
    stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return tuple(sorted(stem for stem in stems if _NAME.fullmatch(stem)))


def read(folder: Path, cluster: str) -> tuple[Memory, str | None]:
    """Return what is remembered of a cluster, and what was wrong with it; changes nothing, and never raises."""
    try:
        return _read(folder, cluster), None
    except (_Unfit, OSError) as fault:
        return Memory(cluster=cluster), _told(_path(folder, cluster), fault)


def update(folder: Path, cluster: str, change: Callable[[Memory], Memory]) -> Updated:
    """Read, change and write the memory of a cluster with nobody in between; never raises for what is wrong with it.

    Where it cannot be written the change is made to what could be read, and lasts no longer than this task.
    """
    try:
        _prepare(folder)
        with _holding(folder, cluster, "lock", PATIENCE):
            before, note = _read_to_write(folder, cluster)
            after = change(before)
            _replace(_path(folder, cluster), encode(after))
    except (_Unfit, OSError, ValueError) as fault:
        before, _ = read(folder, cluster)
        note = f"{_told(_path(folder, cluster), fault)}; nothing is remembered of this check"
        busy = isinstance(fault, BlockingIOError)
        return Updated(before=before, after=change(before), kept=False, busy=busy, note=note)
    return Updated(before=before, after=after, kept=True, note=note)


@contextmanager
def telling(folder: Path, cluster: str) -> Iterator[bool]:
    """Be the only check that tells its news of a cluster; False where another one does so right now.

    Where no lock can be had at all, it is better told twice than never: True.
    """
    with contextlib.ExitStack() as stack:
        alone = True
        try:
            stack.enter_context(_holding(folder, cluster, "telling", 0.0))
        except BlockingIOError:
            alone = False
        except (OSError, _Unfit):
            pass
        yield alone


def _path(folder: Path, cluster: str) -> Path:
    return folder / f"{cluster}.json"


def _read(folder: Path, cluster: str) -> Memory:
    """Return the memory; none yet is an empty one."""
    _require_name(cluster)
    try:
        _require_private(folder)
        content = _content(_path(folder, cluster))
    except FileNotFoundError:
        return Memory(cluster=cluster)
    try:
        return decode(content, cluster)
    except NewerFormatError as fault:
        raise _Unfit(f"{fault}; it is left alone") from None
    except ValueError as fault:
        raise _Damaged(f"damaged ({printable(str(fault), limit=200)})") from None


def _read_to_write(folder: Path, cluster: str) -> tuple[Memory, str | None]:
    """Return the memory; what is damaged is put aside for whoever wants to look, in the place of what was before."""
    path = _path(folder, cluster)
    try:
        return _read(folder, cluster), None
    except _Damaged as fault:
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        return Memory(cluster=cluster), f"{path}: {fault}; it lies in {aside} now, and the memory begins anew"


def _content(path: Path) -> bytes:
    descriptor = os.open(path, _READ)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise _Unfit("not a regular file; move it away")
        if facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) & 0o022:
            raise _Unfit("others may write to this file; look at it, then move it away")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(LIMIT + 1)
    finally:
        os.close(descriptor)


def _require_name(cluster: str) -> None:
    if not _NAME.fullmatch(cluster):
        raise _Unfit(f"{printable(cluster, limit=60)!r} cannot be the name of a file")


def _prepare(folder: Path) -> None:
    """Make the folder where it is missing, for this user alone."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _require_private(folder)


def _require_private(folder: Path) -> None:
    """Others could otherwise write a past that we would believe."""
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        raise _Unfit(f"{folder} is not a folder (links are not followed); move it away")
    if facts.st_uid != os.geteuid():
        raise _Unfit(f"{folder} belongs to another user; move it away, or let XDG_STATE_HOME name another place")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        raise _Unfit(f"others may enter {folder}; run: chmod 700 {folder}")


@contextmanager
def _holding(folder: Path, cluster: str, purpose: str, patience: float) -> Iterator[None]:
    """Hold a lock file of a cluster; BlockingIOError where somebody else does for longer than the patience."""
    _require_name(cluster)
    descriptor = os.open(folder / f"{cluster}.{purpose}", _LOCK, 0o600)
    try:
        _lock(descriptor, time.monotonic() + patience)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, give_up_at: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                raise
        time.sleep(_GLANCE)


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads meanwhile, and whatever ends us meanwhile, leaves the old file or the new one.

    What a writer before us has left half written is removed: whoever holds the lock is alone with that name.
    """
    unnamed = path.with_name(f".{path.name}.new")
    unnamed.unlink(missing_ok=True)
    try:
        with open(os.open(unnamed, _MAKE, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unnamed.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unnamed.unlink()
        raise
    sync_folder(path.parent)


def _told(path: Path, fault: Exception) -> str:
    if isinstance(fault, BlockingIOError):
        return f"{path}: another check holds the memory"
    if isinstance(fault, OSError):
        return f"{path}: {'a link (links are not followed)' if fault.errno == errno.ELOOP else fault.strerror}"
    return f"{path}: {fault}"
