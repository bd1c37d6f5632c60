"""The door to a node over SSH: connects at the first request, keeps one connection, ends every request in an answer."""

from __future__ import annotations

import os
import secrets
import threading
import time
from contextlib import nullcontext, suppress
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING, Self

from agent.errors import InputError
from agent.node.dial import known_hosts
from agent.node.dial.route import consultation_of, resolve
from agent.node.port import Lost, Unreachable
from agent.node.ssh.algorithms import KINDS
from agent.node.ssh.line import Line, NoLine, connect, connect_by_command, printable
from agent.node.wire.letter import LARGEST_OUTPUT, OUTPUT_CAP, decode, end_mark, letter_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from agent.core.node import Node
    from agent.node.dial.directives import Consult
    from agent.node.dial.known_hosts import KnownHosts
    from agent.node.dial.route import Hop, Route
    from agent.node.port import Answer, Request
    from agent.node.ssh.session import Session

CONNECT_SECONDS = 15.0
"""For one hop, from the look-up of its name until it has let us in; waiting for one's turn is not counted."""
TURNS = 8
"""Connections that are being made through one jump host at a time; sshd drops the eleventh (MaxStartups 10:30:100)."""
ATTEMPTS = 3
PAUSE = 0.2
"""Seconds, doubled and jittered, before a server that was too busy to speak is asked again."""


class Lines:
    """What the nodes of one task share: the connections to jump hosts, the known_hosts files, the ssh configuration.

    Close it after the ports that it gave out; closing it ends them too if they go through a jump host.
    """

    def __init__(self, environment: Mapping[str, str], *, connect_timeout: float = CONNECT_SECONDS) -> None:
        self._environment = environment
        self._timeout = connect_timeout
        self._lock = threading.Lock()
        self._jumps: dict[tuple[Hop, ...], _SharedJump] = {}
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._known: dict[tuple[Path, ...], KnownHosts] = {}
        self._consults: dict[str | None, Consult] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()

    def port(self, node: Node) -> SshNode:
        """Return the port to a node; nothing is looked up or connected before its first request."""
        return SshNode(node, environment=self._environment, lines=self)

    def close(self) -> None:
        """End the connections to the jump hosts, the farthest first; never raises, and may be called twice."""
        with self._lock:
            jumps = sorted(self._jumps.items(), key=lambda item: -len(item[0]))
            self._jumps.clear()
        for _, jump in jumps:
            jump.close()

    def route_to(self, node: Node) -> Route:
        """Resolve a node; what the configuration said of a name is remembered. Raises InputError."""
        config = node.ssh.config
        if config not in self._consults:
            self._consults[config] = consultation_of(node, self._environment)
        return resolve(node, environment=self._environment, consult=self._consults[config])

    def open(self, route: Route) -> Session:
        """Connect to a route's node and log in; raises NoLine with the hop, the phase and the reason."""
        through = self._through(route.jumps)
        with self._turn(route):
            return self._dial(route.node, through)

    def _through(self, jumps: tuple[Hop, ...]) -> Session | None:
        """Return the connection to the last of some jump hosts, shared with every other node behind it."""
        if not jumps:
            return None
        before = self._through(jumps[:-1])
        with self._lock:
            shared = self._jumps.setdefault(jumps, _SharedJump())
        try:
            return shared.session(lambda: self._dial_jump(jumps[-1], before))
        except NoLine as fault:
            raise NoLine(f"jump host {jumps[-1].name}: {fault}") from fault

    def _dial_jump(self, hop: Hop, through: Session | None) -> Session:
        session = self._dial(hop, through)
        session.carry_others()
        return session

    def _turn(self, route: Route) -> AbstractContextManager[object]:
        """Wait for one's turn where the connection goes through somebody; straight ones need none."""
        first = route.hops[0]
        if not route.jumps and first.proxy_command is None:
            return nullcontext()
        key = str(first) if route.jumps else "ProxyCommand"
        with self._lock:
            return self._turns.setdefault(key, threading.BoundedSemaphore(TURNS))

    def _dial(self, hop: Hop, through: Session | None) -> Session:
        """Connect to one hop; only a server that was too busy to speak is tried again (MaxStartups)."""
        from agent.node.ssh.session import ClosedEarly  # noqa: PLC0415 - paramiko, only once a connection is made

        end = time.monotonic() + self._timeout
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._knock(hop, through, end)
            except ClosedEarly as fault:
                pause = PAUSE * 2**attempt * (0.5 + secrets.randbelow(1000) / 1000)
                if attempt == ATTEMPTS or time.monotonic() + pause > end:
                    raise NoLine(f"{fault}; tried {attempt} times") from fault
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def _knock(self, hop: Hop, through: Session | None, end: float) -> Session:
        from agent.node.ssh.login import offers_for  # noqa: PLC0415 - as in _dial
        from agent.node.ssh.session import Session  # noqa: PLC0415 - as in _dial

        known = self._known_hosts(hop.known_hosts)
        name = hop.known_as.lower() if hop.known_as else known_hosts.known_as(hop.host, hop.port)
        kinds, scan = _kinds(known, name, tuple(KINDS)), _scan(hop, through)

        def refusal_of(kind: str, blob: bytes) -> str | None:
            return known_hosts.judge(known, name, kind, blob, scan=scan).reason or None

        def no_such_kind() -> str | None:
            return known_hosts.no_such_kind(known, name, scan=scan)

        line = self._line_to(hop, through, end)
        session = Session(
            line,
            kinds=kinds,
            refusal_of=refusal_of,
            no_such_kind=no_such_kind,
            cap=OUTPUT_CAP,
            window=LARGEST_OUTPUT,
        )
        try:
            session.shake_hands(end)
            session.log_in(hop.user, offers_for(hop), end)
        except BaseException as fault:
            session.close()
            line.close()
            if isinstance(fault, NoLine) and line.complaint:
                raise type(fault)(f"{fault} (the ProxyCommand said: {line.complaint})") from fault
            raise
        return session

    def _line_to(self, hop: Hop, through: Session | None, end: float) -> Line:
        if through is not None:
            return through.line_to(hop.host, hop.port, end)
        if hop.proxy_command is not None:
            return connect_by_command(hop.proxy_command, self._environment)
        return connect(hop.host, hop.port, end=end)

    def _known_hosts(self, files: tuple[Path, ...]) -> KnownHosts:
        with self._lock:
            if files not in self._known:
                self._known[files] = known_hosts.read(files)
            return self._known[files]


class _SharedJump:
    """One jump host: whoever comes first connects, and those who wait meanwhile share what came of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._attempts = 0
        self._failure = ""

    def session(self, dial: Callable[[], Session]) -> Session:
        """Return the connection, made where there is none that lives; raises NoLine."""
        seen = self._attempts
        with self._lock:
            if self._session is not None and self._session.is_active():
                return self._session
            if self._attempts != seen and self._failure:
                raise NoLine(self._failure)
            self._attempts += 1
            try:
                self._session = dial()
            except NoLine as fault:
                self._failure = str(fault)
                raise
            self._failure = ""
            return self._session

    def close(self) -> None:
        """End the connection."""
        if self._session is not None:
            _close_quietly(self._session)


class SshNode:
    """A node reached over SSH: one connection, one channel and one round trip per request."""

    def __init__(
        self,
        node: Node,
        *,
        environment: Mapping[str, str] | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        lines: Lines | None = None,
    ) -> None:
        """Take a node.

        Args:
            node: resolved; nothing of it is looked up before the first request.
            environment: for HOME, PATH, SSH_AUTH_SOCK and SHELL; the process's own where None is given.
            connect_timeout: seconds for each hop.
            lines: shared with other nodes; its environment and timeout count then. Own ones where None is given.
        """
        self._node = node
        self._lines = lines or Lines(environment or os.environ, connect_timeout=connect_timeout)
        self._own = None if lines else self._lines
        self._trouble = ""
        self._identity: str | None = None
        self._route: Route | None = None
        self._session: Session | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        return self._node.name

    @property
    def identity(self) -> str | None:
        """The node's own host key as ssh prints it, that of the last connection; None before the first."""
        return self._identity

    def perform(self, request: Request) -> Answer:
        """Carry out one request within its deadline; every fault becomes an answer."""
        with self._one_at_a_time:
            kept = self._session is not None and self._session.is_active()
            answer = self._perform(request)
            if answer is None and kept:
                # the kept connection took no more commands, and this one has not been started: a new one may
                answer = self._perform(request)
            return answer or Unreachable(reason=self._trouble)

    def close(self) -> None:
        """Give the connection back, from any thread; a request under way ends as Lost."""
        if self._session is not None:
            _close_quietly(self._session)
        if self._own is not None:
            self._own.close()

    def _perform(self, request: Request) -> Answer | None:
        """Return the answer, or None where the server took no command on this connection."""
        nonce = secrets.token_hex(16)
        try:
            session, user = self._connected()
            letter = letter_for(self._node, request, nonce, login_user=user)
        except (NoLine, InputError) as fault:
            return Unreachable(reason=str(fault))
        except Exception as fault:  # noqa: BLE001 - the libraries raise of every family; nothing has been sent yet
            return Unreachable(reason=f"connect: unexpected fault ({_named(fault)})")
        from agent.node.ssh.session import NotStarted  # noqa: PLC0415 - paramiko, loaded by now

        try:
            reply = session.ask(
                letter.command,
                letter.stdin,
                is_whole=_whole(end_mark(nonce)),
                end=time.monotonic() + letter.deadline,
                cap=letter.cap,
            )
        except NotStarted as fault:
            self._trouble = f"session: the server takes no command ({fault}); see MaxSessions and ForceCommand there"
            _close_quietly(session)
            return None
        except Exception as fault:  # noqa: BLE001 - as above, but the request may have been sent
            _close_quietly(session)
            return Lost(reason=f"unexpected fault while it was under way ({_named(fault)})")
        if reply.lost is not None:
            return Lost(reason=reply.lost)
        return _explained(decode(self._node, request, nonce, reply.stdout), reply.stderr)

    def _connected(self) -> tuple[Session, str]:
        """Return a living connection and the user it is for; raises NoLine or InputError."""
        if self._route is None:
            self._route = self._lines.route_to(self._node)
        if self._session is None or not self._session.is_active():
            self._session = self._lines.open(self._route)
            self._identity = known_hosts.fingerprint(self._session.proved)
        return self._session, self._route.node.user


def _kinds(known: KnownHosts, name: str, supported: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of host key to ask for, or raise NoLine where no key of any kind could be trusted."""
    refusal = known_hosts.authority_only(known, name)
    if refusal is not None:
        raise NoLine(f"host key: {refusal.reason}")
    kinds = known_hosts.kinds_for(known, name)
    usable = tuple(kind for kind in supported if kind in kinds)
    if kinds and not usable:
        raise NoLine(f"host key: {name} is known by {', '.join(kinds)} alone, which is not supported; add another key")
    # an unknown host is asked all the same: its fingerprint is what the operator needs next
    return usable or supported


def _scan(hop: Hop, through: Session | None) -> str:
    """Return the command that prints a server's keys, and what whoever pastes it has to know."""
    notes = [f"its name in the line is {hop.known_as.lower()}"] if hop.known_as else []
    if through is not None or hop.proxy_command is not None:
        notes.append("on a machine that reaches it directly")
    return f"ssh-keyscan -p {hop.port} {quote(hop.host)}" + (f" ({', '.join(notes)})" if notes else "")


def _whole(mark: bytes) -> Callable[[bytearray], bool]:
    """Return what tells whether a letter's end has come, wherever the pieces were cut and however lines end."""
    stem, reach = mark.rstrip(b"\n"), 64 * 1024

    def is_whole(said: bytearray) -> bool:
        at = said.find(stem, max(0, len(said) - reach))
        return at >= 0 and said[at + len(stem) :].startswith((b"\n", b"\r\n"))

    return is_whole


def _explained(answer: Answer, stderr: bytes) -> Answer:
    """Add to a garbled answer what the node complained of: sudo and the shell say there what kept them."""
    complaint = printable(stderr.decode("utf-8", "replace"))
    if isinstance(answer, Lost) and complaint:
        return replace(answer, reason=f"{answer.reason}; it complained: {complaint}")
    return answer


def _named(fault: BaseException) -> str:
    return printable(f"{type(fault).__name__}: {fault}")


def _close_quietly(session: Session) -> None:
    with suppress(Exception):
        session.close()
