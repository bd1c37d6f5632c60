"""How does a file come to be whole or not at all? It is written under another name beside its place, and named last."""

from __future__ import annotations

import contextlib
import os
import stat
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BY_UMASK: Final = None
FOR_EVERYONE: Final = 0o644
FOR_ME: Final = 0o600
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def is_file_or_free(path: Path) -> bool:
    """Tell whether a file, or nothing, lies there: a rename would replace a link or a pipe itself, as nobody means it.

    Raises:
        OSError: the place cannot be looked at.

    """
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def replace_file(path: Path, content: bytes, *, mode: int | None) -> None:
    """Put a file there, in the place of what is there; its mode is that of any new file unless one is said.

    Raises:
        OSError: the system refused; what was there is as it was.

    """
    with _unnamed(path, content, mode) as unnamed:
        unnamed.replace(path)


def make_file(path: Path, content: bytes, *, mode: int | None) -> None:
    """Put a file there, over nothing: a second name, since a rename would replace what came there meanwhile.

    Raises:
        FileExistsError: something lies there; it is as it was.
        OSError: the system refused.

    """
    with _unnamed(path, content, mode) as unnamed:
        path.hardlink_to(unnamed)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk.

    Raises:
        OSError: it failed.

    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _unnamed(path: Path, content: bytes, mode: int | None) -> Iterator[Path]:
    """Give the whole file under a name of its own, which goes in the end, whatever ends us, an interrupt too.

    The name ends in other letters than the file's, so that nobody who collects files by their ending reads it half-way.
    """
    unnamed = path.with_name(f".{path.name[:40]}.{token_hex(4)}")
    try:
        _write(unnamed, content, mode)
        yield unnamed
    finally:
        with contextlib.suppress(OSError):
            unnamed.unlink(missing_ok=True)


def _write(unnamed: Path, content: bytes, mode: int | None) -> None:
    """Where a mode is said nobody else may read before it is given."""
    descriptor = os.open(unnamed, _MAKE, 0o666 if mode is None else FOR_ME)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(content)
        file.flush()
        if mode is not None:
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)
