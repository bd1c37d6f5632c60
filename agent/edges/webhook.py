"""How does a webhook get its news? By one POST over HTTP(S) that ends in time, whatever the other side does.

The address is a secret: no message here holds any part of it, nor what an error says of itself, which may. Certificates
are verified. Redirects are not followed: where the news goes is said by the address alone. The proxies of the
environment are honoured as curl does it: https_proxy, all_proxy and no_proxy in small or capital letters, http_proxy in
small ones only, since a CGI program's caller can set the other. An answer is read up to its status, and no further.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from agent.core.remembering.receivers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GLANCE: Final = 0.05
"""Seconds between two looks whether we are to stop."""
_AGAIN: Final = frozenset({408, 429})
"""Of the answers that blame the sender, those that may be another one later."""
_CERTIFICATES: Final = {
    10: "has expired",
    18: "is signed by itself",
    19: "is signed by an authority that is not known here",
    20: "is signed by an authority that is not known here",
    62: "is for another name",
    64: "is for another address",
}
"""OpenSSL's verification errors (X509_verify_cert_error_string); its own words may hold the host's name."""

_LATE: Final = "it did not answer in time"
_NO_ADDRESS: Final = "what its reference stands for, or the address of its proxy, is not an address"
"""As is found out when it is used: in a host, %3A and the like are read no sooner."""
_FAULTS: Final[Mapping[type[Exception], str]] = {
    ssl.SSLError: "it does not speak TLS as it should",
    socket.gaierror: "its name, or its proxy's, cannot be resolved",
    TimeoutError: _LATE,
    http.client.InvalidURL: _NO_ADDRESS,
    http.client.HTTPException: "its answer is not HTTP",
}


def post(
    address: str, content: bytes, *, seconds: float, environment: Mapping[str, str], stop: threading.Event
) -> Refusal | None:
    """Post JSON to an address within so many seconds, all told; None where the answer was 2xx. Never raises.

    What hangs where nobody can end it, as a look-up of a name may, is left to a thread that ends with this program.
    """
    fault = _unfit(address)
    if fault:
        return Refusal(reason=fault, again=False)
    exchange = _Exchange(address, content, seconds, environment)
    threading.Thread(target=exchange.run, daemon=True).start()
    give_up_at = time.monotonic() + seconds
    while not exchange.over.wait(GLANCE):
        if stop.is_set() or time.monotonic() >= give_up_at:
            exchange.break_off()
            return Refusal(reason=_LATE, again=True)
    return exchange.refusal


def _unfit(address: str) -> str | None:
    """Say what is wrong with an address, which is one word of printable ASCII."""
    try:
        parts = urllib.parse.urlsplit(address)
        _ = parts.port
    except ValueError:
        return "what its reference stands for is not an address"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "what its reference stands for is not an address that begins with https:// or http://"
    if parts.username is not None or parts.password is not None:
        return "its address has a user name or password in it, which is not sent; name an address that needs none"
    return None


class _Exchange:
    """One request and its answer, in a thread of its own; whoever waits for it can break it off."""

    def __init__(self, address: str, content: bytes, seconds: float, environment: Mapping[str, str]) -> None:
        self.over = threading.Event()
        self.refusal: Refusal | None = None
        self._address = address
        self._content = content
        self._seconds = seconds
        self._environment = environment
        self._line: socket.socket | None = None
        self._turn = threading.Lock()
        self._is_off = False

    def run(self) -> None:
        """Ask, and keep what came of it."""
        try:
            self.refusal = self._ask()
        except Exception as fault:  # noqa: BLE001 - a receiver may answer anything, and breaks nothing of ours
            self.refusal = Refusal(reason=_why(fault), again=not isinstance(fault, http.client.InvalidURL))
        finally:
            self._let_go()
            self.over.set()

    def break_off(self) -> None:
        """End the exchange wherever it stands: whoever reads or writes on its line gets an error."""
        with self._turn, suppress(OSError):
            self._is_off = True
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)

    def hold(self, line: socket.socket) -> None:
        """Keep a second handle of a line: the first one changes hands when TLS begins on it."""
        with self._turn:
            if self._is_off:
                raise TimeoutError
            if self._line is None:
                self._line = line.dup()

    def _let_go(self) -> None:
        with self._turn:
            if self._line is not None:
                self._line.close()
            self._line, self._is_off = None, True

    def _ask(self) -> Refusal | None:
        headers = {"Content-Type": "application/json", "User-Agent": "filestore-agent"}
        request = urllib.request.Request(self._address, self._content, headers, method="POST")  # noqa: S310 - see _unfit
        try:
            with self._opener().open(request, timeout=self._seconds):
                return None
        except urllib.error.HTTPError as answer:
            with answer:
                return _refused(answer.code)

    def _opener(self) -> urllib.request.OpenerDirector:
        """Only what speaks HTTP is in it: no files, no FTP, no redirects, no passwords of other places."""
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(_proxies(self._address, self._environment)),
            _Door(self.hold),
            _SecureDoor(self.hold),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            opener.add_handler(handler)
        return opener


class _Line(http.client.HTTPConnection):
    """A connection that shows its line to whoever may have to break it off, as soon as there is one."""

    def __init__(self, hold: Callable[[socket.socket], None], *words: Any, **settings: Any) -> None:
        self._hold = hold
        self._line: Any = None
        super().__init__(*words, **settings)

    @property
    def sock(self) -> Any:
        return self._line

    @sock.setter
    def sock(self, line: Any) -> None:
        self._line = line
        if line is not None:
            self._hold(line)


class _SecureLine(_Line, http.client.HTTPSConnection):
    pass


class _Door(urllib.request.HTTPHandler):
    """urllib's own handler, with lines of ours."""

    def __init__(self, hold: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._hold = hold

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(partial(_Line, self._hold), req)


class _SecureDoor(urllib.request.HTTPSHandler):
    def __init__(self, hold: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._hold = hold

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(partial(_SecureLine, self._hold), req, context=ssl.create_default_context())


def _proxies(address: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the proxy for an address, by its scheme; none where no_proxy names its host."""
    parts = urllib.parse.urlsplit(address)
    exempt = _said(environment, "no_proxy", "NO_PROXY")
    if _is_exempt(parts.hostname or "", exempt):
        return {}
    own = ("http_proxy",) if parts.scheme == "http" else ("https_proxy", "HTTPS_PROXY")
    proxy = _said(environment, *own, "all_proxy", "ALL_PROXY")
    return {parts.scheme: proxy if "://" in proxy else f"http://{proxy}"} if proxy else {}


def _is_exempt(host: str, exempt: str) -> bool:
    """Tell whether a host is one of the names, or below one of them; * stands for all."""
    names = [name.strip().lstrip(".").lower() for name in exempt.split(",")]
    return any(name and (name in {"*", host} or host.endswith(f".{name}")) for name in names)


def _said(environment: Mapping[str, str], *names: str) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _refused(code: int) -> Refusal:
    if HTTPStatus.MULTIPLE_CHOICES <= code < HTTPStatus.BAD_REQUEST:
        reason = f"it answered {code}, a redirect, and those are not followed; refer to where it leads"
        return Refusal(reason=reason, again=False)
    by_sender = HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR
    return Refusal(reason=f"it answered {code}", again=not by_sender or code in _AGAIN)


def _why(fault: Exception) -> str:
    """Say what went wrong, by its kind alone."""
    cause = fault.reason if isinstance(fault, urllib.error.URLError) else fault
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate {_CERTIFICATES.get(cause.verify_code, 'is not trusted')}"
    for kind, words in _FAULTS.items():
        if isinstance(cause, kind):
            return words
    if isinstance(cause, OSError):
        why = os.strerror(cause.errno).lower() if cause.errno else "refused"
        return f"no connection to it, or to its proxy ({why})"
    return f"it could not be asked ({type(cause).__name__})"
