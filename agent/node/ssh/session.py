"""One authenticated SSH connection and the commands run on it: paramiko's transport with its traps taken out."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from paramiko import Message, SSHException, Transport
from paramiko.common import (
    MSG_CHANNEL_CLOSE,
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_CHANNEL_FAILURE,
    MSG_CHANNEL_OPEN_FAILURE,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_SUCCESS,
    MSG_CHANNEL_WINDOW_ADJUST,
)
from paramiko.kex_curve25519 import KexCurve25519
from paramiko.packet import Packetizer
from paramiko.ssh_exception import IncompatiblePeer

from agent.node.ssh.algorithms import CIPHERS, KEY_EXCHANGES, KINDS, MACS
from agent.node.ssh.entry import Entry
from agent.node.ssh.exchange import Exchange
from agent.node.ssh.line import SEND_PATIENCE, Line, NoLine, printable
from agent.node.ssh.login import AgentTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.node.ssh.exchange import Reply
    from agent.node.ssh.login import Offers

HANDSHAKE_ALLOWANCE = 256 * 1024
"""Bytes a server may send before it has let us in; an honest one sends about 4 KiB."""
IDLE_ALLOWANCE = 256 * 1024
"""Bytes a server may send between two requests: keepalives, and what a closed channel still had under way."""
PRESUMED_WINDOW = 2 << 20
"""Bytes of stdin that an OpenSSH server takes before it has said how many (session.c, CHAN_SES_WINDOW_DEFAULT)."""


_KEY_EXCHANGES = {**vars(Transport)["_kex_info"], "curve25519-sha256": KexCurve25519}
"""Paramiko's, and with them the name that RFC 8731 has for curve25519-sha256@libssh.org."""

_NO_SUCH_KIND = "no acceptable host key"
"""What paramiko says, and nobody else: the server's words never come as this kind of fault."""


class NotStarted(Exception):  # noqa: N818 - says what there is, as the family in agent/errors.py does
    """The server let us in but did not take the command: nothing happened, and a new connection may help."""


class NothingSent(EOFError):  # noqa: N818 - as NotStarted
    """The connection had ended before anything of a message left."""


class HostKeyRefused(SSHException):
    """The server's key is not one that we trust; the message is the whole reason."""


class ClosedEarly(NoLine):
    """The server closed the connection before it spoke: too many were knocking (sshd_config(5), MaxStartups)."""


class _Packetizer(Packetizer):
    """Paramiko's, without its timer thread: it would hold the process up for 15 s after a broken handshake."""

    def start_handshake(self, timeout: float) -> None:
        """Do nothing: the connection has one end in time, set by its owner."""


class Session(Transport):
    """A client's connection, from the first byte to the last.

    Every wait has an end in time, enforced by closing the line; the reading thread sleeps in the kernel until there
    is something to read, and ends with the line. Nothing that a server says is logged or printed.
    """

    active: bool
    server_extensions: dict[str, bytes]
    _handler_table: dict[int, Callable[[Message], None]]
    _channels: Any
    """These four are paramiko's; its type stubs do not know them."""

    _kex_info: ClassVar = _KEY_EXCHANGES
    _preferred_kex = tuple(filter(_KEY_EXCHANGES.__contains__, KEY_EXCHANGES))
    _preferred_ciphers = CIPHERS
    _preferred_macs = MACS

    def __init__(
        self,
        line: Line,
        *,
        kinds: tuple[str, ...],
        refusal_of: Callable[[str, bytes], str | None],
        cap: int,
        window: int | None = None,
        no_such_kind: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Take a line.

        Args:
            line: connected; the session closes it.
            kinds: of host keys, which the server is asked for.
            refusal_of: says why a shown key (kind, bytes) is not to be trusted, or None.
            cap: the bytes of one answer that are taken, where a request says nothing else.
            window: the most that any request may say there; the cap where None is given.
            no_such_kind: says why a server that has no key of these kinds is not to be trusted, or None where that is
                no fault of its key, since all kinds are asked for.
        """
        _keep_quiet()
        super().__init__(line, packetizer_class=_Packetizer)  # type: ignore[arg-type]  # a Line is what it needs of a socket
        self._line = line
        self._refusal_of = refusal_of
        self._no_such_kind = no_such_kind
        self._host_key_algorithms = tuple(name for kind in kinds for name in KINDS.get(kind, ()))
        self._handler_table[MSG_CHANNEL_OPEN_FAILURE] = self._channel_refused
        self._cap = cap
        self._window = window or cap
        self._asked = 0
        self._spare: Exchange | None = None
        self._spares_work = True
        self.farewell = ""
        self.proved = b""
        """The host key that the server has shown, that is trusted, and that it has signed with."""
        line.allowance = HANDSHAKE_ALLOWANCE

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """Only what known_hosts has for this host: another key could not be trusted anyway."""
        return self._host_key_algorithms

    def _log(self, level: int, msg: object, *args: object) -> None:
        """Log nothing: it would be the server's text, and the formatting is a good part of the client's work."""

    def _verify_key(self, host_key: bytes, sig: bytes) -> None:
        refusal = self._refusal_of(Message(host_key).get_text(), host_key)
        if refusal is not None:
            raise HostKeyRefused(refusal)
        super()._verify_key(host_key, sig)  # type: ignore[misc]  # not in the stubs
        self.proved = host_key

    def _parse_disconnect(self, m: Message) -> None:
        m.get_int()
        self.farewell = printable(m.get_binary().decode("utf-8", "replace"))

    def _channel_refused(self, m: Message) -> None:
        channel: Any = self._channels.get(m.get_int())
        if isinstance(channel, Exchange):
            m.get_int()
            channel.refuse(printable(m.get_binary().decode("utf-8", "replace")) or "no reason given")
        else:
            m.rewind()
            self._parse_channel_open_failure(m)  # type: ignore[attr-defined]  # not in the stubs

    # -- the way in ------------------------------------------------------------------------------------------------

    def shake_hands(self, end: float) -> None:
        """Exchange keys and check the server's; raises NoLine with the phase and the reason."""
        self._line.end = end
        done = threading.Event()
        self.start_client(event=done)
        in_time = done.wait(max(0.0, end - time.monotonic()))
        if in_time and self.active and self.initial_kex_done:
            return
        spoken = bool(self.remote_version)
        phase = "key exchange" if spoken else "banner"
        fault = self.get_exception()
        self.close()
        if isinstance(fault, HostKeyRefused):
            raise NoLine(f"host key: {fault}")
        if isinstance(fault, IncompatiblePeer):
            if _NO_SUCH_KIND in str(fault) and (refusal := self._no_such_kind()):
                raise NoLine(f"host key: {refusal}")
            raise NoLine(f"key exchange: nothing in common that is strong enough ({printable(str(fault))})")
        if not in_time:
            raise NoLine(f"{phase}: the server says nothing (in time)")
        if not spoken and _is_hanging_up(fault):
            raise ClosedEarly(f"banner: the server closed the connection before it spoke{self.last_words}")
        raise NoLine(f"{phase}: {_words_of(fault)}{self.last_words}")

    def log_in(self, user: str, offers: Offers, end: float) -> None:
        """Prove who we are, by keys alone; raises NoLine with what was offered and why the rest was not."""
        self._line.end = end
        self._line.allowance = HANDSHAKE_ALLOWANCE
        notes = f" ({'; '.join(offers.notes)})" if offers.notes else ""
        if not offers.keys:
            raise NoLine(
                f"login: no key to offer for {user}{notes}; name one by IdentityFile, or load it into the agent"
            )
        entry = Entry(self, user, end)
        self.auth_handler = entry  # type: ignore[assignment]  # the part of it that the transport uses
        trouble = []
        for offer in offers.keys:
            try:
                if entry.enter(offer, ask_first=offer.asks_a_person and len(offers.keys) > 1):
                    self._rest()
                    return
            except AgentTrouble as fault:
                trouble.append(str(fault))
        offered = ", ".join(offer.label for offer in offers.keys)
        more = f"; {'; '.join(trouble)}" if trouble else ""
        raise NoLine(
            f"login: {user} was refused with {offered}{more}{notes}; check the user, and the key on the server"
        )

    @property
    def last_words(self) -> str:
        """What the server said in closing, in brackets and printable; often nothing."""
        return f" ({self.farewell})" if self.farewell else ""

    # -- a command -------------------------------------------------------------------------------------------------

    def ask(
        self,
        command: str,
        stdin: bytes,
        *,
        is_whole: Callable[[bytearray], bool],
        end: float,
        cap: int | None = None,
    ) -> Reply:
        """Run one command with some stdin and return what it said, at the latest at the end (time.monotonic).

        Of an answer longer than the cap (the session's own where None is given) nothing is taken.

        An OpenSSH server gets channel, command and stdin in one go: its first channel is number 0, and by the time
        it reads the stdin it has opened a window of 2 MiB for the command (session.c, CHAN_SES_WINDOW_DEFAULT). Any
        other server is waited for at each step, and so is this one where the stdin is longer than that.

        Raises:
            NotStarted: the server took no channel or no command; nothing happened.
        """
        self._line.end = end
        cap = min(cap or self._cap, self._window)
        self._line.allowance = cap + IDLE_ALLOWANCE
        exchange, self._spare = self._spare or self._new_exchange(), None
        exchange.expect(is_whole, cap)
        try:
            self._start(exchange, command, stdin, end)
            reply = exchange.result(end)
        except (OSError, EOFError, SSHException) as fault:
            if not exchange.begun:
                raise NotStarted(f"the connection broke: {_words_of(self.get_exception() or fault)}") from fault
            reply = exchange.given_up(_words_of(fault))
        if exchange.refusal is not None:
            raise NotStarted(exchange.refusal)
        self._tidy(exchange, reply)
        return reply

    def _start(self, exchange: Exchange, command: str, stdin: bytes, end: float) -> None:
        """Start the command, taking no step that the server has not allowed or is not known to allow."""
        presumed = self._is_openssh and len(stdin) <= PRESUMED_WINDOW
        if self._asked == 0 and presumed:
            exchange.presume(0)
            self._begin(exchange, exchange.opening(), *exchange.everything(command, stdin))
            return
        if not exchange.asked_for:
            self.send_together(exchange.opening())
        if not exchange.wait_open(end):
            raise NotStarted(exchange.refusal or "it opened no channel in time")
        if presumed:
            self._begin(exchange, *exchange.everything(command, stdin))
            return
        self._begin(exchange, exchange.execution(command))
        left = stdin
        while left and exchange.wait_window(end):
            part, left = exchange.take_window(left)
            self.send_together(exchange.data(part))
        if not left:
            self.send_together(exchange.eof())

    def _begin(self, exchange: Exchange, *messages: Message) -> None:
        """Send what starts the command; from the first byte on, nobody can say any more that it has not begun."""
        exchange.begun = True
        try:
            self.send_together(*messages)
        except NothingSent:
            exchange.begun = False
            raise

    @property
    def _is_openssh(self) -> bool:
        return self.remote_version.startswith("SSH-2.0-OpenSSH_")

    def _tidy(self, exchange: Exchange, reply: Reply) -> None:
        """Close the channel; where the answer was lost, nothing on this connection is trusted any more."""
        self._asked += 1
        if reply.lost is not None:
            self.close()
            return
        self._rest()
        messages = [exchange.closing()]
        if self._asked > 1:
            # who asks twice asks again: the next channel is opened ahead, and saves that request a turn
            self._spare = self._new_exchange()
            messages.append(self._spare.opening())
        try:
            self.send_together(*messages)
        except (OSError, EOFError, SSHException):
            self.close()

    def _new_exchange(self) -> Exchange:
        with self.lock:
            number = self._next_channel()  # type: ignore[attr-defined]  # not in the stubs
            exchange = Exchange(number, self._window)
            self._channels.put(number, exchange)
            self.channels_seen[number] = True
        return exchange

    def _rest(self) -> None:
        """Go back to what holds between two requests."""
        self._line.end = None
        self._line.allowance = IDLE_ALLOWANCE

    # -- a way for others ------------------------------------------------------------------------------------------

    def carry_others(self) -> None:
        """Become the way to other servers: what they send has its limits on their own lines."""
        self._line.allowance = None

    def line_to(self, host: str, port: int, end: float) -> Line:
        """Return a line to a server behind this one; raises NoLine where this one will not connect."""
        try:
            channel = self.open_channel(
                "direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=max(0.01, end - time.monotonic())
            )
        except (OSError, EOFError, SSHException) as fault:
            raise NoLine(f"connect: the jump host gives no way to {host} port {port} ({_words_of(fault)})") from fault
        channel.settimeout(SEND_PATIENCE)
        return Line(channel)

    # -- under all of it -------------------------------------------------------------------------------------------

    def send_together(self, *messages: Message) -> None:
        """Send some messages as one segment, none of them in the middle of a new key exchange.

        Raises NothingSent where not one byte has left; any other fault leaves open how much has.
        """
        end = self._line.end or time.monotonic() + SEND_PATIENCE
        while self.active:
            if not self.clear_to_send.wait(max(0.0, end - time.monotonic())):
                raise NothingSent("new keys were not agreed upon in time")
            with self.clear_to_send_lock:
                if self.clear_to_send.is_set():
                    with self._line.held():
                        for message in messages:
                            self._send_message(message)  # type: ignore[attr-defined]  # not in the stubs
                    return
        raise NothingSent("the connection has ended")

    def _hand_over(name: str) -> Callable[[Any, Message], None]:  # type: ignore[misc]  # noqa: N805 - used in the class body alone
        return lambda channel, message: getattr(channel, name)(message)

    _channel_handler_table: ClassVar = {
        MSG_CHANNEL_SUCCESS: _hand_over("_request_success"),
        MSG_CHANNEL_FAILURE: _hand_over("_request_failed"),
        MSG_CHANNEL_DATA: _hand_over("_feed"),
        MSG_CHANNEL_EXTENDED_DATA: _hand_over("_feed_extended"),
        MSG_CHANNEL_WINDOW_ADJUST: _hand_over("_window_adjust"),
        MSG_CHANNEL_REQUEST: _hand_over("_handle_request"),
        MSG_CHANNEL_EOF: _hand_over("_handle_eof"),
        MSG_CHANNEL_CLOSE: _hand_over("_handle_close"),
    }
    """Paramiko's table names its own channel's functions; ours may be either kind of channel."""


def _words_of(fault: BaseException | None) -> str:
    """Return a fault as words: some of the library's have none of their own."""
    if fault is None:
        return "the connection broke"
    if isinstance(fault, EOFError) and not str(fault):
        return "the server closed the connection"
    text = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return printable(text) or type(fault).__name__


def _is_hanging_up(fault: BaseException | None) -> bool:
    """Whether the server closed the connection, and did not speak something else; the library wraps the one fault."""
    behind = fault.__context__ if isinstance(fault, SSHException) else fault
    return isinstance(behind, EOFError | ConnectionResetError | BrokenPipeError)


def _keep_quiet() -> None:
    """Keep what the library logs, the server's own words among it, off everybody's terminal."""
    logger = logging.getLogger("paramiko")
    if logger.propagate:
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
