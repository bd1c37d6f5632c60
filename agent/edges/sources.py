"""What does a file of another tool hold? Its bytes as text, within bounds: a regular file, or what is piped in."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING, Any, Final

from agent.core.finding import Place
from agent.core.importing.codes import Code, error
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from agent.core.finding import Finding

STDIN: Final = "-"
STDIN_SHOWN: Final = "(stdin)"
MOST_BYTES: Final = 1024 * 1024
"""Of a file that a person writes; Atlassian's own values.yaml has 50 KiB."""
MOST_BYTES_OF_PROGRAMS: Final = 16 * 1024 * 1024
"""Of what a program prints: a host of Ansible may bring some KiB of variables."""


def shown_as(path: str) -> str:
    """Return what findings call a source."""
    return STDIN_SHOWN if path == STDIN else printable(path, limit=500)


def read_source(path: str, *, limit: int = MOST_BYTES) -> bytes | Finding:
    """Return the bytes of a file, or those that are piped in; a Finding says why not."""
    try:
        content = _piped(limit) if path == STDIN else _content_of(path, limit)
    except (OSError, ValueError) as reason:
        why = str(getattr(reason, "strerror", None) or reason)
        return error(Code.UNREADABLE, Place(file=shown_as(path)), f"it cannot be read: {printable(why, limit=200)}")
    if path == STDIN and not content.removeprefix(b"\xef\xbb\xbf").strip():
        hint = "did the command before it fail? Let it print to the terminal once"
        return error(Code.UNREADABLE, Place(file=shown_as(path)), "nothing came through the pipe", hint)
    if len(content) > limit:
        message = f"it is larger than {limit // 1024:,} KiB"
        return error(Code.UNREADABLE, Place(file=shown_as(path)), message, "name the file that was meant")
    return content


def as_text(content: bytes, path: str) -> str | Finding:
    """Return UTF-8 text without a byte order mark; a Finding names the first byte that is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        place = Place(file=shown_as(path), line=content.count(b"\n", 0, reason.start) + 1)
        message = f"byte 0x{content[reason.start]:02x} at offset {reason.start} is not UTF-8"
        return error(Code.UNREADABLE, place, message, "save it as UTF-8")


def as_json(text: str, path: str) -> tuple[Any, Finding | None]:
    """Return what JSON stands for, each key once; a Finding says where it is none. No line of it is shown."""
    place = Place(file=shown_as(path))
    try:
        return json.loads(text, object_pairs_hook=_each_key_once), None
    except json.JSONDecodeError as reason:
        at = Place(file=place.file, line=reason.lineno, column=reason.colno)
        return None, error(Code.NOT_THE_FORM, at, f"this is not JSON: {reason.msg}")
    except RecursionError:
        return None, error(Code.NOT_THE_FORM, place, "it is nested too deep")
    except ValueError as reason:
        twice = isinstance(reason, _TwiceError)
        message = "a key stands twice in one mapping" if twice else "it holds a number of too many digits"
        return None, error(Code.TWICE if twice else Code.NOT_THE_FORM, place, message)


class _TwiceError(ValueError):
    """A key stands twice in one object."""


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _TwiceError
    return made


def _piped(limit: int) -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise ValueError("nothing is piped in, and the keyboard is not read")
    return sys.stdin.buffer.read(limit + 1)


def _content_of(path: str, limit: int) -> bytes:
    """Not blocking: a FIFO that was named by mistake must not hang the task."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file; pipe it in, and name it -")
        return file.read(limit + 1)
