"""The door to a node that is this very machine: the same letter, run by the local /bin/sh."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, cast

from agent.node.port import Lost
from agent.node.wire.letter import decode, end_mark, letter_for
from agent.node.wire.plain import printable

if TYPE_CHECKING:
    from agent.core.node import Node
    from agent.node.port import Answer, Request
    from agent.node.wire.letter import Letter

_CHUNK = 1 << 16
_GRACE = 1.0


@dataclass(slots=True)
class _Said:
    """What came back so far."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)


class ShellNode:
    """The door to a node that needs no connection; login_user as in wire.letter_for."""

    def __init__(self, node: Node, login_user: str | None = None) -> None:
        self._node = node
        self._login_user = login_user

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        return self._node.name

    @property
    def identity(self) -> str | None:
        """Nothing: this very machine proves nothing to itself."""
        return None

    def perform(self, request: Request) -> Answer:
        """Carry out one request within its deadline."""
        nonce = secrets.token_hex(16)
        try:
            letter = self.letter(request, nonce)
            said = _run(letter, end_mark(nonce))
        except (OSError, ValueError) as error:
            return Lost(reason=f"the local shell could not run the letter: {printable(str(error))}")
        answer = decode(self._node, request, nonce, bytes(said.stdout))
        complaint = printable(said.stderr.decode("utf-8", "surrogateescape").strip())
        if isinstance(answer, Lost) and complaint:
            return replace(answer, reason=f"{answer.reason}; it complained: {complaint}")
        return answer

    def letter(self, request: Request, nonce: str) -> Letter:
        """Return what is run for a request."""
        return letter_for(self._node, request, nonce, login_user=self._login_user)

    def close(self) -> None:
        """Nothing stays open between requests."""


def _run(letter: Letter, end: bytes) -> _Said:
    """Run a letter until its end has come, its output is too much, or its time is over."""
    said = _Said()
    with subprocess.Popen(  # noqa: S603 - the command is the wire's constant, for this very shell
        ["/bin/sh", "-c", letter.command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as shell:
        try:
            _talk(shell, letter, end, said)
        finally:
            _end(shell)
    return said


def _talk(shell: subprocess.Popen[bytes], letter: Letter, end: bytes, said: _Said) -> None:
    give_up_at = time.monotonic() + letter.deadline
    todo = memoryview(letter.stdin)
    with selectors.DefaultSelector() as ears:
        ears.register(_pipe(shell.stdout), selectors.EVENT_READ, said.stdout)
        ears.register(_pipe(shell.stderr), selectors.EVENT_READ, said.stderr)
        ears.register(_pipe(shell.stdin), selectors.EVENT_WRITE)
        while len(ears.get_map()) and end not in said.stdout and len(said.stdout) <= letter.cap:
            ready = ears.select(give_up_at - time.monotonic())
            if not ready and time.monotonic() >= give_up_at:
                return
            for key, _ in ready:
                if key.data is None:
                    todo = _tell(ears, key, todo)
                elif not _hear(key, letter.cap):
                    ears.unregister(key.fileobj)


def _tell(ears: selectors.BaseSelector, key: selectors.SelectorKey, todo: memoryview) -> memoryview:
    """Write what the pipe takes now, and close it behind the last byte or when nobody reads it."""
    with contextlib.suppress(BrokenPipeError):
        todo = todo[os.write(key.fd, todo[: select.PIPE_BUF]) :]
        if len(todo):
            return todo
    ears.unregister(key.fileobj)
    with contextlib.suppress(BrokenPipeError):
        cast("IO[bytes]", key.fileobj).close()
    return todo


def _hear(key: selectors.SelectorKey, cap: int) -> int:
    chunk = os.read(key.fd, _CHUNK)
    if len(key.data) <= cap:
        key.data.extend(chunk)
    return len(chunk)


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    return cast("IO[bytes]", end)


def _end(shell: subprocess.Popen[bytes]) -> None:
    """Let the shell end by itself if its letter is out; else end it and what it started in its own group."""
    for farewell in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(subprocess.TimeoutExpired):
            shell.wait(timeout=_GRACE)
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, farewell)
