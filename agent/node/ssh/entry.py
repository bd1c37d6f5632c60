"""The dialogue by which a server lets us in: public keys only (RFC 4252, 7), never a password or a question."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from paramiko import Message
from paramiko.common import (
    MSG_SERVICE_ACCEPT,
    MSG_USERAUTH_BANNER,
    MSG_USERAUTH_FAILURE,
    MSG_USERAUTH_PK_OK,
    MSG_USERAUTH_SUCCESS,
    cMSG_SERVICE_REQUEST,
    cMSG_USERAUTH_REQUEST,
)

from agent.node.ssh.line import NoLine, printable
from agent.node.ssh.login import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.node.ssh.login import Offer
    from agent.node.ssh.session import Session


class Entry:
    """One login; stands in the transport as its auth_handler, which calls what the table below names."""

    def __init__(self, session: Session, user: str, end: float) -> None:
        self._session = session
        self._user = user
        self._end = end
        self._answered = threading.Event()
        self._answer: int | None = None
        self._inside = False
        self._further: tuple[str, ...] = ()
        self._partly = False
        self._greeted = False
        self._handler_table: dict[int, Callable[[Message], None]] = {
            MSG_SERVICE_ACCEPT: self._pass_over,
            MSG_USERAUTH_BANNER: self._pass_over,
            MSG_USERAUTH_PK_OK: self._wanted,
            MSG_USERAUTH_SUCCESS: self._let_in,
            MSG_USERAUTH_FAILURE: self._refused,
        }

    def is_authenticated(self) -> bool:
        """Whether the server has let us in; the transport asks."""
        return self._inside

    def abort(self) -> None:
        """Wake whoever waits: the transport calls this when the connection has ended."""
        self._answered.set()

    def enter(self, offer: Offer, *, ask_first: bool) -> bool:
        """Offer one key; False where the server does not take it.

        Raises:
            NoLine: there is no point in offering another: time is up, the connection ended, keys are not enough.
            AgentTrouble: the agent would not sign.
        """
        algorithm = self._algorithm_for(offer)
        if ask_first and not self._send(self._request(offer, algorithm)):
            return False
        body = self._request(offer, algorithm, signed=True)
        signed = Message()
        signed.add_string(self._session.session_id or b"")
        signed.add_bytes(body.asbytes())
        body.add_string(offer.sign(signed.asbytes(), algorithm.removesuffix(CERTIFICATE)))
        return self._send(body) and self._inside

    def _request(self, offer: Offer, algorithm: str, *, signed: bool = False) -> Message:
        message = Message()
        message.add_byte(cMSG_USERAUTH_REQUEST)
        message.add_string(self._user)
        message.add_string("ssh-connection")
        message.add_string("publickey")
        message.add_boolean(signed)
        message.add_string(algorithm)
        message.add_string(offer.blob)
        return message

    def _algorithm_for(self, offer: Offer) -> str:
        """Return the algorithm to sign with: the key's kind, and for RSA the SHA-2 that the server takes (RFC 8332)."""
        kind = offer.kind.removesuffix(CERTIFICATE)
        if kind != "ssh-rsa":
            return offer.kind
        taken = self._session.server_extensions.get("server-sig-algs", b"").decode("ascii", "replace").split(",")
        chosen = "rsa-sha2-256" if "rsa-sha2-256" in taken and "rsa-sha2-512" not in taken else "rsa-sha2-512"
        return chosen + offer.kind[len(kind) :]

    def _send(self, message: Message) -> bool:
        """Send a request and tell whether the key is taken; the first travels with the request for the service."""
        self._answered.clear()
        self._answer = None
        messages = (message,) if self._greeted else (_greeting(), message)
        self._greeted = True
        try:
            self._session.send_together(*messages)
        except (OSError, EOFError) as fault:
            raise NoLine(f"login: the connection broke{self._session.last_words}") from fault
        answer = self._wait()
        if self._partly or (answer == MSG_USERAUTH_FAILURE and "publickey" not in self._further):
            methods = ", ".join(self._further) or "nothing"
            raise NoLine(f"login: a key is not enough for {self._user}: the server wants {methods}")
        return answer != MSG_USERAUTH_FAILURE

    def _wait(self) -> int:
        if not self._answered.wait(max(0.0, self._end - time.monotonic())):
            raise NoLine("login: the server says nothing (in time)")
        if self._answer is None:
            raise NoLine(f"login: the server closed the connection{self._session.last_words}")
        return self._answer

    def _pass_over(self, _message: Message) -> None:
        """Read past it: what a server says before the login is nobody's to see."""

    def _wanted(self, _message: Message) -> None:
        self._settle(MSG_USERAUTH_PK_OK)

    def _let_in(self, _message: Message) -> None:
        self._inside = True
        self._session.authenticated = True
        self._settle(MSG_USERAUTH_SUCCESS)

    def _refused(self, message: Message) -> None:
        self._further = tuple(printable(method, 40) for method in message.get_list()[:8])
        self._partly = message.get_boolean()
        self._settle(MSG_USERAUTH_FAILURE)

    def _settle(self, answer: int) -> None:
        self._answer = answer
        self._answered.set()


def _greeting() -> Message:
    message = Message()
    message.add_byte(cMSG_SERVICE_REQUEST)
    message.add_string("ssh-userauth")
    return message
