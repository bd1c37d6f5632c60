"""Which secret a reference of the inventory stands for: read when it is needed, and shown to nobody.

No message here holds more than the reference. No error is raised from another one either: those of decoders and of
subprocess carry what they were given.
"""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING, Final

from agent.core.text.printable import printable
from agent.edges.silent_program import Fault, run_silently
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES: Final = 4 * 1024
COMMAND_SECONDS: Final = 10.0
_WAYS: Final = {
    Fault.NOT_STARTED: "check the command",
    Fault.NOT_ENDED: "run it by hand; it must ask nothing",
    Fault.FAILED: "run it by hand and see what it says",
}
_OTHERS: Final = 0o077
_PLAIN: Final = range(0x21, 0x7F)


def resolve(reference: str, environment: Mapping[str, str]) -> str:
    """Return the secret behind env:NAME, file:PATH or command:WORDS: one line of printable ASCII, at most 4 KiB.

    Raises:
        InputError: there is none, it is not such a line, its file is open to others, or its command fails.

    """
    kind, _, rest = reference.partition(":")
    match kind:
        case "env" if rest:
            return _line(reference, _from_environment(reference, rest, environment))
        case "file" if rest:
            return _line(reference, _from_file(reference, rest, environment))
        case "command" if rest.strip():
            return _line(reference, _from_command(reference, rest, environment))
    # Without the text: it may be the secret itself.
    raise InputError("the reference to the secret is not one; write env:NAME, file:PATH or command:WORDS")


def _line(reference: str, content: bytes) -> str:
    """Return the one line; a line feed at its end belongs to the file, not to the secret."""
    if len(content) > MOST_BYTES:
        raise _too_large(reference)
    line = content.removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise _no(reference, "what it stands for is empty", "put the secret there")
    if b"\n" in line or b"\r" in line:
        raise _no(reference, "what it stands for has several lines", "leave the secret alone there, on one line")
    if not all(byte in _PLAIN for byte in line):
        raise _no(reference, "what it stands for holds blanks or more than printable ASCII", "write the secret alone")
    return line.decode("ascii")


def _from_environment(reference: str, name: str, environment: Mapping[str, str]) -> bytes:
    value = environment.get(name)
    if value is None:
        raise _no(reference, "the variable is not set", "export it for this task")
    return value.encode("utf-8", "surrogateescape")


def _from_file(reference: str, path: str, environment: Mapping[str, str]) -> bytes:
    """Read a regular file that only its owner may read; opening a named pipe without waiting for its writer."""
    try:
        descriptor = os.open(_at_home(path, environment), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "this is no path"
        raise _no(reference, f"it cannot be read ({reason.lower()})", "check the path and who may read it") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise _no(reference, "it is not a regular file", "name a file that holds the secret alone")
        if facts.st_mode & _OTHERS:
            mode = f"{stat.S_IMODE(facts.st_mode):04o}"
            raise _no(reference, f"others may get at it (mode {mode})", "chmod 600 it, and change the secret")
        return os.read(descriptor, MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def _at_home(path: str, environment: Mapping[str, str]) -> str:
    home = environment.get("HOME", "")
    return home + path[1:] if home and path.startswith("~/") else path


def _from_command(reference: str, words: str, environment: Mapping[str, str]) -> bytes:
    """Run the words, without a shell, a terminal or anything to read; what they complain of may hold the secret."""
    try:
        argv = shlex.split(words)
    except ValueError:
        raise _no(reference, "its quotes do not close", "write the command as a shell would read it") from None
    printed = run_silently(argv, environment, seconds=COMMAND_SECONDS, most_bytes=MOST_BYTES)
    if isinstance(printed, bytes):
        return printed
    if printed.what is Fault.TOO_MUCH:
        raise _too_large(reference)
    raise _no(reference, printed.fact, _WAYS[printed.what])


def _too_large(reference: str) -> InputError:
    return _no(reference, f"what it stands for is larger than {MOST_BYTES} bytes", "check that it is the right one")


def _no(reference: str, fact: str, what_next: str) -> InputError:
    return InputError(f"{printable(reference, limit=200)}: {fact}; {what_next}")
