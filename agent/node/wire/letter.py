"""What travels: one request as a command with its stdin, and the node's letter back as an answer."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.node import CommandService
from agent.node.port import BRIEFLY_ANSWERED, Claim, Lost, Observe, Ok, Recall, Refused, Stage, Start, Stop
from agent.node.wire.brought import PLAN_CAP, with_brought, with_errand
from agent.node.wire.facts import Headers, observation_from
from agent.node.wire.plain import Garbled, Torn, printable
from agent.node.wire.refusals import SENTENCES, reason_for
from agent.node.wire.script import ASIDE, GUARD_ONLY, LOOK, PARTS, carried, escaped, script_of, values_of

if TYPE_CHECKING:
    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.node.port import Answer, Request

NODE_SECONDS = 60
"""After this time the node ends the step itself (with 5 more to die), so nothing of ours survives there."""
OUTPUT_CAP = 1 << 20
"""An adapter stops reading after so many bytes; an honest letter has less than a tenth of it."""
LARGEST_OUTPUT = OUTPUT_CAP + PLAN_CAP
"""The same for a letter that brings the copy of a plan."""
RUN = f"""/usr/bin/timeout -k 5 {NODE_SECONDS} /bin/sh -c 'IFS= read -r s; eval "$(printf %b "$s")"'"""
"""What a sudoers line pins: it is the same for every node and every request (agent/node/wire/sudoers)."""
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z")
_NONCE = re.compile(r"[A-Za-z0-9]{16,64}\Z")
_HEADER = re.compile(r"([a-z][a-z-]{0,23}): (.*)", re.DOTALL)
_LENGTH = re.compile(r"(none|0|[1-9][0-9]{0,6})\Z")
_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One request as it travels. The command is constant for a node; stdin holds the script, then the document.

    deadline is in seconds and covers the whole exchange on a connection that stands already; cap is after how many
    bytes an adapter stops reading.
    """

    command: str
    stdin: bytes = field(repr=False)
    deadline: float
    cap: int = OUTPUT_CAP


def letter_for(node: Node, request: Request, nonce: str, *, login_user: str | None) -> Letter:
    """Write a request for a node that we enter as login_user (None: as the file's owner).

    The nonce is at least 16 letters and digits, new for each request. Raises ValueError on a nonce, owner or path
    that could not be told apart from the words around it; the inventory lets none such through.
    """
    if not _NONCE.match(nonce) or not _USER.match(node.owner) or "\n" in node.localhome or "\0" in node.localhome:
        msg = f"{node.name}: owner, localhome or nonce cannot travel in a letter"
        raise ValueError(msg)
    sudo = "" if login_user in (None, node.owner) else f"/usr/bin/sudo -n -u {node.owner} "
    script, command = _carried(node, request, _frame(nonce), sudo)
    return Letter(
        command=f"cd / ; {command}",
        stdin=carried(script) + _document(request),
        deadline=NODE_SECONDS + 10,
        cap=LARGEST_OUTPUT if isinstance(request, Recall) else OUTPUT_CAP,
    )


def end_mark(nonce: str) -> bytes:
    """Return the bytes that end a whole letter: an adapter need not wait for the end of the stream behind them."""
    return f"\n{_frame(nonce)} end\n".encode("ascii")


def decode(node: Node, request: Request, nonce: str, stdout: bytes) -> Answer:
    """Read the node's letter out of everything that came back. Never raises: what is not exactly a letter is Lost."""
    try:
        headers, content, copy = _opened(stdout, _frame(nonce))
        observation = observation_from(node, headers, content)
        return _judged(request, headers, copy, observation)
    except Garbled as error:
        return Lost(reason=str(error), torn=isinstance(error, Torn))


def _judged(request: Request, headers: Headers, copy: bytes | None, seen: Observation) -> Answer:
    """Read the node's yes or no; a look cannot be refused, and what an errand was refused it has not brought."""
    verdict, detail = headers.only("verdict"), printable(headers.only("detail"))
    observation = with_brought(request, headers, copy, seen)
    if observation.brief and not (verdict == "ok" and isinstance(request, BRIEFLY_ANSWERED)):
        raise Garbled("the letter leaves out what was asked")
    if verdict == "ok":
        return Ok(observation=with_errand(request, headers, observation))
    if verdict not in SENTENCES or isinstance(request, Observe):
        raise Garbled(f"the verdict is not one of ours: {printable(verdict)}")
    return Refused(code=verdict, reason=reason_for(verdict, detail), observation=observation)


def _document(request: Request) -> bytes:
    """Return the bytes that travel behind the script."""
    match request:
        case Stage():
            return request.document
        case Claim():
            return request.plan_copy
    return b""


def _frame(nonce: str) -> str:
    return f"filestore-agent {nonce}"


def _carried(node: Node, request: Request, frame: str, sudo: str) -> tuple[str, str]:
    """Return the script and the command that runs it."""
    values = values_of(node, request, frame)
    if isinstance(request, Observe):
        # Whoever refuses has read nothing, and whoever has read the line has left none: it runs once.
        return script_of(PARTS[type(request)], values), f"{sudo}{RUN} || {RUN}" if sudo else RUN
    if isinstance(request, Stop | Start):
        return _service_line(node, request, values, sudo)
    return script_of(PARTS[type(request)], values), f"{sudo}{RUN}"


def _service_line(node: Node, request: Stop | Start, values: dict[str, str], sudo: str) -> tuple[str, str]:
    """A command is run by the owner; a unit is the login user's business, guarded and observed by the owner."""
    if isinstance(node.service, CommandService):
        argv = node.service.stop if isinstance(request, Stop) else node.service.start
        values |= {"argv": shlex.join(argv)}
        return script_of(PARTS[type(request)], values), f"{sudo}{RUN}"
    if not sudo:
        return script_of(PARTS[type(request)], values), RUN
    aside = {
        "guard": escaped(script_of(GUARD_ONLY, values)),
        "look": escaped(script_of(LOOK[:-1], values)),
        "as_owner": f"{sudo}{RUN}",
    }
    return script_of(ASIDE, values | aside), RUN


def _opened(stdout: bytes, frame: str) -> tuple[Headers, bytes | None, bytes | None]:
    """Take the one letter with our nonce out of the noise around it."""
    begin = re.compile(rb"^%b begin\r?\n" % re.escape(frame.encode("ascii")), re.MULTILINE)
    found = list(begin.finditer(stdout))
    if not found:
        raise Garbled(f"no letter came back{_what_came(stdout)}")
    if len(found) > 1:
        raise Garbled("two letters came back in answer to one request")
    headers, start = _headers(stdout, found[0].end())
    size, copied = _length(headers.only("length"), 99999), _length(headers.maybe("copy") or "none", PLAN_CAP)
    middle = start + (size or 0)
    stop = middle + (copied or 0)
    end = re.compile(rb"\r?\n%b end\r?(\n|\Z)" % re.escape(frame.encode("ascii")))
    if not end.match(stdout, stop):
        raise Garbled("the letter is cut or its content has another length than it says; it may have been carried out")
    return headers, None if size is None else stdout[start:middle], None if copied is None else stdout[middle:stop]


def _length(value: str, most: int) -> int | None:
    """Read how many bytes there are; None where there is nothing to have any."""
    if not _LENGTH.match(value) or (value != "none" and int(value) > most):
        raise Garbled(f"the length of the content is no length: {printable(value, 40)}")
    return None if value == "none" else int(value)


def _headers(stdout: bytes, start: int) -> tuple[Headers, int]:
    """Read header lines from start up to the blank line; returns them and where the content begins."""
    pairs: list[tuple[str, str]] = []
    while (stop := stdout.find(b"\n", start)) >= 0:
        line = stdout[start:stop].removesuffix(b"\r").decode("utf-8", "surrogateescape")
        start = stop + 1
        if not line:
            return Headers(pairs), start
        found = _HEADER.fullmatch(line)
        if not found:
            raise Garbled(f"a line of the letter is no header: {printable(line, 80)}")
        pairs.append((found[1], found[2]))
    raise Garbled("the letter is cut; it may have been carried out")


def _what_came(stdout: bytes) -> str:
    shown = printable(stdout[-_SHOWN:].decode("latin-1").strip())
    return f"; the node said: {shown}" if shown else " (the node said nothing)"
