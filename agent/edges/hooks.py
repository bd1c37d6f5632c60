"""How does a hook run on this machine? Its words without a shell, in a session of its own, and with an end in time.

A receiver of news is run the same way; it alone finds something on its standard input, and need not read it.
"""

from __future__ import annotations

import errno
import os
import select
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from agent.core.rollout.hook_words import Said, variables
from agent.core.rollout.hooks import HookEnd
from agent.core.text.printable import printable

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from agent.core.rollout.hooks import HookCall

GRACE = 5.0
"""Seconds between the TERM and the KILL for a hook that is late."""
HURRIED_GRACE = 0.2
"""The same where we were told to stop ourselves."""
GLANCE = 0.05
"""Seconds between two looks whether the hook has ended, while somebody still holds its output."""
_CHUNK = 64 * 1024
_AFTERWARDS = 16
"""Chunks that are read once the hook has ended: more than a pipe holds (1 MiB, pipe(7))."""


def run_hook(
    call: HookCall, environment: Mapping[str, str], *, told: bytes = b"", stop: threading.Event | None = None
) -> HookEnd:
    """Run a hook whose words are filled, to its end or its deadline; any thread may call this, and nothing raises.

    A Ctrl-C at the terminal does not reach it. What it leaves running in the background is not waited for, and is not
    heard any more. told is what it finds on its standard input; once stop is set, its deadline has come.
    """
    began = time.monotonic()
    try:
        process = _started(call, environment, subprocess.PIPE if told else subprocess.DEVNULL)
    except (OSError, ValueError) as fault:
        return HookEnd(code=None, reason=_why_not(call.hook.run[0], fault, environment))
    run = _Run(process, told, stop)
    try:
        in_time = run.listen(began + call.hook.timeout, run.has_ended)
        if not in_time:
            run.end()
        run.hear_the_rest()
    finally:
        run.let_go()
    late = None if in_time else f"it did not end within {call.hook.timeout:g} s, and was ended"
    return _ended(process.returncode, late, run.said, time.monotonic() - began)


def _started(call: HookCall, environment: Mapping[str, str], stdin: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the user's own command, as words
        call.hook.run,
        env={**environment, **variables(call)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class _Run:
    """A hook under way. Its output is read without waiting for its end, which a child of the hook may put off."""

    def __init__(self, process: subprocess.Popen[bytes], told: bytes, stop: threading.Event | None) -> None:
        self.said = Said()
        self._process = process
        self._stop = stop
        self._untold = memoryview(told)
        if process.stdin:
            os.set_blocking(process.stdin.fileno(), False)
        self._pipe = cast("IO[bytes]", process.stdout)
        self._closed = False
        self._ear = select.poll()
        self._ear.register(self._pipe, select.POLLIN)
        os.set_blocking(self._pipe.fileno(), False)

    def has_ended(self) -> bool:
        """Tell whether the hook itself has ended."""
        return self._process.poll() is not None

    def listen(self, end: float, over: Callable[[], bool]) -> bool:
        """Listen until it is over, or until the end (time.monotonic); tell whether it is over."""
        while not over():
            left = end - time.monotonic()
            if left <= 0 or (self._stop and self._stop.is_set()):
                return False
            self._tell()
            self._listen_for(min(left, GLANCE))
        return True

    def end(self) -> None:
        """End the hook with all its group: politely, then not; whoever was told to stop does not stay for long."""
        grace = HURRIED_GRACE if self._stop and self._stop.is_set() else GRACE
        self._stop = None
        self._signal(signal.SIGTERM)
        if not self.listen(time.monotonic() + grace, lambda: self._closed and self.has_ended()):
            self._signal(signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)

    def hear_the_rest(self) -> None:
        """Take what the pipe still holds, and no more than that."""
        for _ in range(_AFTERWARDS):
            if self._closed or not self._hear():
                return

    def let_go(self) -> None:
        """Close our end; nobody who still holds the other one is waited for."""
        self._pipe.close()
        self._say_no_more()

    def _tell(self) -> None:
        """Write what the pipe takes now; a hook that does not read it, or has had enough, is none the worse for it."""
        ear = self._process.stdin
        if ear is None or ear.closed:
            return
        try:
            self._untold = self._untold[os.write(ear.fileno(), self._untold[:_CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:
            self._untold = memoryview(b"")
        if not self._untold:
            self._say_no_more()

    def _say_no_more(self) -> None:
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()

    def _listen_for(self, seconds: float) -> None:
        if not self._closed:
            if self._ear.poll(seconds * 1000):
                self._hear()
            return
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def _hear(self) -> bool:
        """Take what is there now; tell whether that was anything."""
        try:
            piece = os.read(self._pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        self._closed = not piece
        self.said = self.said.and_then(piece)
        return bool(piece)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _ended(code: int | None, late: str | None, said: Said, seconds: float) -> HookEnd:
    if late is not None or code is None:
        return HookEnd(code=None, output=said.text, seconds=seconds, reason=late or "its end was not seen")
    if code < 0:
        return HookEnd(code=None, output=said.text, seconds=seconds, reason=f"it was ended by {_signal_name(-code)}")
    return HookEnd(code=code, output=said.text, seconds=seconds, reason=f"exit code {code}" if code else "")


def _signal_name(number: int) -> str:
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def _why_not(program: str, fault: Exception, environment: Mapping[str, str]) -> str:
    """Say why a program did not start: the system has one word for a missing program and a missing interpreter."""
    name = printable(program, limit=200)
    number = getattr(fault, "errno", None)
    if number == errno.ENOENT:
        if shutil.which(program, path=environment.get("PATH")):
            return f"{name}: its interpreter is missing; see its first line"
        return f"{name}: not found; write its whole path, or put it on the PATH"
    if number == errno.EACCES:
        return f"{name}: not executable (permission denied); chmod +x it"
    if number == errno.ENOEXEC:
        return f"{name}: not a program that this machine can run; begin a script with a line like #!/bin/sh"
    return f"{name}: not started ({printable(str(fault), limit=200)})"
