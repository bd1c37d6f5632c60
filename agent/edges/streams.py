"""What becomes of a result when a standard stream is closed, full or no longer read: the verdict does not suffer."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING

from agent.core.text.printable import printable

if TYPE_CHECKING:
    from typing import TextIO


def usable(stream: TextIO | None) -> TextIO:
    """Return the stream, or one into nothing where the caller has closed it (`>&-` leaves Python without one)."""
    return StringIO() if stream is None else stream


def encodable(text: str, stream: TextIO) -> str:
    """Return the text as this stream can carry it: a C locale gets question marks, never a traceback."""
    encoding = stream.encoding or "ascii"
    return text.encode(encoding, "replace").decode(encoding)


def complain(text: str) -> None:
    """Write one printable line to stderr; where nobody can read it, the exit code has to say it alone."""
    stream = usable(sys.stderr)
    try:
        stream.write(f"{encodable(printable(text), stream)}\n")
        stream.flush()
    except OSError:
        mute(stream)


def mute(stream: TextIO) -> None:
    """Let a broken stream lead to nowhere, since the interpreter would flush it again at its exit, and complain."""
    with suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)


def flush_stdout() -> str | None:
    """Hand the last of stdout over; return why it cannot be written, or None. A reader that has left is no fault."""
    stream = usable(sys.stdout)
    try:
        stream.flush()
    except BrokenPipeError:
        mute(stream)
    except OSError as error:
        mute(stream)
        return error.strerror or type(error).__name__
    return None
