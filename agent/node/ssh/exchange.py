"""One command on one channel: the messages that start it, what comes back, and when there is no more to wait for."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paramiko import Message
from paramiko.common import (
    cMSG_CHANNEL_CLOSE,
    cMSG_CHANNEL_DATA,
    cMSG_CHANNEL_EOF,
    cMSG_CHANNEL_OPEN,
    cMSG_CHANNEL_REQUEST,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PACKET = 32 * 1024 - 1024
"""Bytes of stdin in one packet; every server takes packets of 32 KiB (RFC 4253, 6.1)."""
STDERR_KEPT = 4 * 1024
"""Bytes of stderr that are kept; the rest is read and dropped, so that it cannot block the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from one command. lost tells why there is no whole answer; None means that it ended by itself."""

    stdout: bytes
    stderr: bytes
    lost: str | None = None


class Exchange:
    """A channel for one command. The reading thread feeds it, the thread that asked waits for it.

    It stands in the transport's table of channels; the methods with an underscore are those that the transport calls.
    What a command may say is bounded by the window, which is opened once and never again. begun tells whether any
    byte that starts the command may have left, asked_for whether the channel has been asked for.
    """

    def __init__(self, number: int, window: int) -> None:
        self.number = number
        self.refusal: str | None = None
        self.begun = False
        self.asked_for = False
        self._widest = window
        self._cap = window
        self._remote: int | None = None
        self._window = 0
        self._opened = False
        self._ended = False
        self._broken: str | None = None
        self._heard = 0
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._is_whole: Callable[[bytearray], bool] = lambda _said: False
        self._complete = False
        self._changed = threading.Condition()

    # -- what is sent ----------------------------------------------------------------------------------------------

    def opening(self) -> Message:
        """Ask for a channel (RFC 4254, 5.1)."""
        self.asked_for = True
        message = _message(cMSG_CHANNEL_OPEN)
        message.add_string("session")
        message.add_int(self.number)
        message.add_int(self._widest + STDERR_KEPT)
        message.add_int(PACKET)
        return message

    def presume(self, remote: int) -> None:
        """Take for granted which number the server will give the channel."""
        self._remote = remote

    def everything(self, command: str, stdin: bytes) -> tuple[Message, ...]:
        """Start the command and give it the whole of its stdin."""
        parts = [stdin[at : at + PACKET] for at in range(0, len(stdin), PACKET)]
        return (self.execution(command), *(self.data(part) for part in parts), self.eof())

    def execution(self, command: str) -> Message:
        """Start the command (RFC 4254, 6.5); no terminal, no forwarded agent, no environment is asked for."""
        message = self._to_remote(cMSG_CHANNEL_REQUEST)
        message.add_string("exec")
        message.add_boolean(True)  # noqa: FBT003 - the protocol's "want reply"
        message.add_string(command)
        return message

    def data(self, part: bytes) -> Message:
        """Give the command some of its stdin."""
        message = self._to_remote(cMSG_CHANNEL_DATA)
        message.add_string(part)
        return message

    def eof(self) -> Message:
        """End the command's stdin."""
        return self._to_remote(cMSG_CHANNEL_EOF)

    def closing(self) -> Message:
        """Let the channel go."""
        return self._to_remote(cMSG_CHANNEL_CLOSE)

    def _to_remote(self, kind: bytes) -> Message:
        message = _message(kind)
        message.add_int(self._remote or 0)
        return message

    # -- what is waited for ----------------------------------------------------------------------------------------

    def expect(self, is_whole: Callable[[bytearray], bool], cap: int) -> None:
        """Set what tells that everything has been said (asked after each piece, on the reading thread), and the cap."""
        self._cap = cap
        self._is_whole = is_whole

    def wait_open(self, end: float) -> bool:
        """Wait until the server has given the channel; False where it has not."""
        return self._wait(lambda: self._opened or self._over, end) and self._opened and not self._over

    def wait_window(self, end: float) -> bool:
        """Wait until some stdin may be sent; False where there is no more point in it."""
        return self._wait(lambda: self._window > 0 or self._over, end) and not self._over

    def take_window(self, stdin: bytes) -> tuple[bytes, bytes]:
        """Split stdin into what may be sent now and what is left."""
        with self._changed:
            size = min(len(stdin), self._window, PACKET)
            self._window -= size
        return stdin[:size], stdin[size:]

    def result(self, end: float) -> Reply:
        """Wait for the whole answer, or for the reason why there is none."""
        seconds = max(0.0, end - time.monotonic())
        in_time = self._wait(lambda: self._over, end)
        return self.given_up(None if in_time else f"no answer within {seconds:.0f} s")

    def given_up(self, reason: str | None) -> Reply:
        """Return what has been heard so far, with the reason why that is not all, unless it is."""
        with self._changed:
            if self._complete:
                lost = None
            elif self._heard > self._cap:
                lost = f"it sent more than {self._cap} bytes"
            else:
                lost = self._broken or reason
            return Reply(stdout=bytes(self._stdout), stderr=bytes(self._stderr), lost=lost)

    @property
    def _over(self) -> bool:
        finished = self._complete or self._ended or self._heard > self._cap
        return finished or self._broken is not None or self.refusal is not None

    def _wait(self, condition: Callable[[], bool], end: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, max(0.0, end - time.monotonic()))

    # -- what the reading thread brings ----------------------------------------------------------------------------

    def refuse(self, reason: str) -> None:
        """Note that the server gives no channel, or does not run the command."""
        with self._changed:
            self.refusal = reason
            self._changed.notify_all()

    def _set_remote_channel(self, remote: int, window: int, _packet: int) -> None:
        with self._changed:
            if self._remote not in (None, remote):
                self._broken = "the server numbers its channels in an unknown way"
            self._remote = remote
            self._window += window
            self._opened = True
            self._changed.notify_all()

    def _window_adjust(self, message: Message) -> None:
        with self._changed:
            self._window += message.get_int()
            self._changed.notify_all()

    def _feed(self, message: Message) -> None:
        piece = message.get_binary()
        with self._changed:
            self._heard += len(piece)
            self._stdout += piece
            self._complete = self._complete or self._is_whole(self._stdout)
            self._changed.notify_all()

    def _feed_extended(self, message: Message) -> None:
        message.get_int()
        piece = message.get_binary()
        with self._changed:
            self._heard += len(piece)
            self._stderr += piece[: STDERR_KEPT - len(self._stderr)]
            self._changed.notify_all()

    def _handle_request(self, _message: Message) -> None:
        """Pass over the exit status: only the letter tells how a request ended."""

    def _request_success(self, _message: Message) -> None:
        """Pass over: the answer itself will tell."""

    def _request_failed(self, _message: Message) -> None:
        self.refuse("it does not run commands for this user")

    def _handle_eof(self, _message: Message) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _handle_close(self, message: Message) -> None:
        self._handle_eof(message)

    def _unlink(self) -> None:
        with self._changed:
            self._broken = self._broken or "the connection broke"
            self._changed.notify_all()


def _message(kind: bytes) -> Message:
    message = Message()
    message.add_byte(kind)
    return message
