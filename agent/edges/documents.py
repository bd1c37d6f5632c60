"""Documents as files on the workstation: read any file within bounds, write one whole or not at all."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from agent.edges.whole_file import FOR_EVERYONE, replace_file
from agent.errors import AgentError, InputError

if TYPE_CHECKING:
    from pathlib import Path

CAP_BYTES = 64 * 1024
"""No filestore-config.xml is larger; a real one has some hundred bytes."""


def read_document(path: Path) -> bytes:
    """Return the bytes of a file, of which at most one byte more than the cap is read.

    Raises:
        InputError: there is no such regular file, or it cannot be read.

    """
    try:
        # Not blocking: a FIFO that was named by mistake must not hang the task.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InputError(f"{path}: not a regular file; name a filestore-config.xml")
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(CAP_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name a filestore-config.xml") from error


def write_document(path: Path, content: bytes) -> None:
    """Write a file whole, by rename, making its folders.

    Raises:
        AgentError: the folder or the file cannot be written.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content, mode=FOR_EVERYONE)
    except OSError as error:
        raise AgentError(f"{path}: cannot be written ({error.strerror}); choose another folder with --out") from error
