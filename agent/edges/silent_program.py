"""What does a program print that nobody watches? Its output within bounds of time and size; its complaints to nobody.

No shell, no terminal, nothing to read. What it writes to stderr may hold a secret, so that it is not even kept.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHUNK: Final = 65_536


class Fault(StrEnum):
    """Why there is no output to go by."""

    NOT_STARTED = "not started"
    NOT_ENDED = "not ended"
    TOO_MUCH = "too much"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A fault, and what is known of it."""

    what: Fault
    fact: str


def run_silently(
    argv: Sequence[str], environment: Mapping[str, str], *, seconds: float, most_bytes: int
) -> bytes | Failure:
    """Return what a program has printed that ended well; one that is not waited for is killed with its children."""
    give_up_at = time.monotonic() + seconds
    try:
        program = subprocess.Popen(  # noqa: S603 - words that the user chose, and no shell
            argv,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "these are no words of a command"
        return Failure(what=Fault.NOT_STARTED, fact=f"it cannot be run ({reason.lower()})")
    with program:
        try:
            return _outcome(program, give_up_at, seconds, most_bytes)
        finally:
            _kill(program)


def _outcome(program: subprocess.Popen[bytes], give_up_at: float, seconds: float, most_bytes: int) -> bytes | Failure:
    content = _read(program, give_up_at, most_bytes)
    if content is not None and len(content) > most_bytes:
        return Failure(what=Fault.TOO_MUCH, fact=f"it printed more than {most_bytes:,} bytes")
    if content is None or not _ends(program, give_up_at):
        return Failure(what=Fault.NOT_ENDED, fact=f"it had not ended after {seconds:g} s")
    if program.returncode:
        return Failure(what=Fault.FAILED, fact=f"it failed (status {program.returncode})")
    return content


def _read(program: subprocess.Popen[bytes], give_up_at: float, most_bytes: int) -> bytes | None:
    """Read to the end, or one chunk past the limit; None where the time was over first."""
    chunks, length, pipe = list[bytes](), 0, cast("IO[bytes]", program.stdout)
    with selectors.DefaultSelector() as ears:
        ears.register(pipe, selectors.EVENT_READ)
        while length <= most_bytes:
            if not ears.select(max(give_up_at - time.monotonic(), 0)):
                return None
            chunk = os.read(pipe.fileno(), _CHUNK)
            if not chunk:
                break
            chunks.append(chunk)
            length += len(chunk)
    return b"".join(chunks)


def _ends(program: subprocess.Popen[bytes], give_up_at: float) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(max(give_up_at - time.monotonic(), 0))
    return program.returncode is not None


def _kill(program: subprocess.Popen[bytes]) -> None:
    """End it and what it started in its own session; nobody has its number while it is not asked after."""
    if program.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(program.pid, signal.SIGKILL)
