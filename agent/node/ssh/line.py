"""The byte stream to one hop: a socket of our own, tuned and bounded, or a ProxyCommand, or a channel of a jump."""

from __future__ import annotations

import errno
import ipaddress
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK = 64 * 1024
SEND_PATIENCE = 20.0
"""Seconds that a peer may take nothing from us, where the work in hand sets no earlier end."""
USER_TIMEOUT = 20_000
"""Milliseconds that sent bytes may stay unacknowledged before the kernel gives the connection up (tcp(7))."""
KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPALIVE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}
"""Seconds, seconds (its name on a Mac), seconds, probes: a silent peer is noticed after half a minute."""


class NoLine(Exception):  # noqa: N818 - says what there is, as the family in agent/errors.py does
    """No connection came about; the message names the phase and the reason, and nothing was sent."""


class Stream(Protocol):
    """What bytes can be sent over and taken from: a socket, or a channel through a jump host."""

    def send(self, data: bytes, /) -> int:
        """Hand some bytes over; return how many were taken."""
        ...

    def recv(self, size: int, /) -> bytes:
        """Wait for some bytes; nothing means the end."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Line:
    """A stream as the SSH library wants it, with what it lacks: an end in time, one segment for many packets.

    end is the moment (time.monotonic) at which sending gives up; receiving is ended by close(), from any thread.
    allowance is how many bytes the peer may still send us; None is without limit. complaint is what the program
    behind the line said, where there is one and the line is closed.
    """

    def __init__(self, stream: Stream, *, on_close: Callable[[], None] | None = None) -> None:
        self.end: float | None = None
        self.allowance: int | None = None
        self.complaint = ""
        self._closed = False
        self._stream = stream
        self._on_close = on_close
        self._received = b""
        self._held: list[bytes] | None = None
        self._sending = threading.Lock()
        self._closing = threading.Lock()
        self._quick = _quick_acknowledgements(stream)

    def settimeout(self, _seconds: float | None) -> None:
        """Do nothing: there is one end in time for the whole of a request, and it is not the library's to set."""

    def recv(self, size: int) -> bytes:
        """Return some bytes, waiting for them; the library asks for few at a time, the kernel is asked for many."""
        if not self._received:
            self._received = self._take()
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def send(self, data: bytes) -> int:
        """Send all the bytes, or keep them back while the line is held."""
        with self._sending:
            if self._held is not None:
                self._held.append(data)
            else:
                self._send_all(data)
        return len(data)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep back what is sent within, and let it go as one; packets of one request then share a segment."""
        with self._sending:
            self._held = []
        try:
            yield
        finally:
            with self._sending:
                kept, self._held = self._held, None
                self._send_all(b"".join(kept))

    def close(self) -> None:
        """End the stream and whoever waits on it; never raises, and may be called twice and from any thread."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if isinstance(self._stream, socket.socket):
            # a thread that waits in recv() is woken by this, not by close()
            with suppress(OSError):
                self._stream.shutdown(socket.SHUT_RDWR)
        with suppress(Exception):
            self._stream.close()
        if self._on_close is not None:
            with suppress(Exception):
                self._on_close()

    def _take(self) -> bytes:
        taken = self._stream.recv(CHUNK)
        self._quick()
        if self.allowance is not None:
            self.allowance -= len(taken)
            if self.allowance < 0:
                # with a number, as the library takes every fault of a socket apart
                raise ConnectionAbortedError(errno.ECONNABORTED, "the peer sends more than an answer can be long")
        return taken

    def _send_all(self, data: bytes) -> None:
        end = self.end or time.monotonic() + SEND_PATIENCE
        left = memoryview(data)
        while left:
            left = left[self._send_some(left, end) :]

    def _send_some(self, data: memoryview, end: float) -> int:
        if not isinstance(self._stream, socket.socket):
            return self._stream.send(data.tobytes())
        try:
            return self._stream.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            _wait_writable(self._stream, end)
            return 0


def _wait_writable(stream: socket.socket, end: float) -> None:
    poll = select.poll()
    poll.register(stream, select.POLLOUT)
    if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
        raise TimeoutError("the peer takes no more bytes")


def _quick_acknowledgements(stream: Stream) -> Callable[[], None]:
    """Return what is to be called after each read: Linux forgets TCP_QUICKACK (tcp(7)), and waits 40 ms without it."""
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is None or not isinstance(stream, socket.socket) or stream.family == socket.AF_UNIX:
        return lambda: None

    def quicken() -> None:
        with suppress(OSError):
            stream.setsockopt(socket.IPPROTO_TCP, option, 1)

    return quicken


def connect(host: str, port: int, *, end: float) -> Line:
    """Connect straight to a host, trying each of its addresses.

    Raises:
        NoLine: no address answered before the end (time.monotonic).
    """
    refusals = []
    addresses = _look_up(host, port, end)
    for left, (family, _, _, _, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        stream = socket.socket(family, socket.SOCK_STREAM)
        try:
            _tune(stream)
            # a silent address leaves the others their share of the time
            stream.settimeout(max(0.01, (end - time.monotonic()) / left))
            stream.connect(address)
        except OSError as fault:
            stream.close()
            why = "no answer" if isinstance(fault, TimeoutError) else (fault.strerror or str(fault))
            refusals.append(f"{address[0]} port {port}: {why}")
        else:
            stream.settimeout(None)
            return Line(stream)
    raise NoLine(f"connect: {'; '.join(refusals) or 'no address'}")


def _look_up(host: str, port: int, end: float) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    """Return the addresses of a host; the resolver knows no time limit, so a name is looked up beside us."""
    found: list[tuple[int, int, int, str, tuple[str, int]]] = []
    trouble = ["no answer from the resolver"]

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))  # type: ignore[arg-type]  # stub: bytes
        except (OSError, UnicodeError) as fault:
            trouble[0] = getattr(fault, "strerror", None) or str(fault)

    if _is_literal(host):
        ask()
    else:
        asking = threading.Thread(target=ask, daemon=True, name=f"look up {host}")
        asking.start()
        asking.join(max(0.0, end - time.monotonic()))
    if not found:
        raise NoLine(f"name look-up: {host}: {trouble[0]}")
    return list(found)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _tune(stream: socket.socket) -> None:
    """Set what makes small messages quick and dead peers known; a system that lacks an option goes without it."""
    wanted = [(socket.IPPROTO_TCP, "TCP_NODELAY", 1), (socket.SOL_SOCKET, "SO_KEEPALIVE", 1)]
    wanted += [(socket.IPPROTO_TCP, name, value) for name, value in KEEPALIVE.items()]
    if sys.platform == "linux":
        wanted.append((socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", USER_TIMEOUT))
    for level, name, value in wanted:
        option = getattr(socket, name, None)
        if option is not None:
            with suppress(OSError):
                stream.setsockopt(level, option, value)


def connect_by_command(command: str, environment: Mapping[str, str]) -> Line:
    """Connect by a ProxyCommand, run as ssh runs it: exec'ed by the user's shell, its stdin and stdout the stream.

    It gets no terminal, so that it can ask for nothing, and is ended with all its family when the line is closed.

    Raises:
        NoLine: the shell could not be started.
    """
    ours, theirs = socket.socketpair()
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the line
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command; each name put into it passed the grammar
            [_shell(environment), "-c", f"exec {command}"],
            env=dict(environment),
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=complaints,
            start_new_session=True,
        )
    except OSError as fault:
        ours.close()
        complaints.close()
        raise NoLine(f"ProxyCommand: cannot be started ({fault.strerror})") from fault
    finally:
        theirs.close()
    return CommandLine(ours, process, complaints)


class CommandLine(Line):
    """A line through a ProxyCommand; knows what the command complained of."""

    def __init__(self, stream: socket.socket, process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
        super().__init__(stream, on_close=self._end)
        self._process = process
        self._complaints = complaints

    def _end(self) -> None:
        """End the command: politely, then not; a process group that has left is no trouble."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.05)
        self.complaint = self._read_complaint()
        self._complaints.close()
        for sign, patience in ((signal.SIGTERM, 0.5), (signal.SIGKILL, None)):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                return

    def _read_complaint(self) -> str:
        self._complaints.seek(0)
        return printable(self._complaints.read(300).decode("utf-8", "replace"))


def _shell(environment: Mapping[str, str]) -> str:
    wanted = environment.get("SHELL", "")
    return wanted if wanted.startswith("/") and shutil.which(wanted) else "/bin/sh"


def printable(text: str, limit: int = 160) -> str:
    """Return what a stranger said as one printable line of bounded length."""
    return "".join(letter if " " <= letter <= "~" else " " for letter in text[:limit]).strip()
