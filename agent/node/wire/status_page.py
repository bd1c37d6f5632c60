"""What a raw answer of Jira's status page says: HTTP code and state, or why there is none."""

from __future__ import annotations

import base64
import binascii
import json
import re

from agent.core.observation import StatusPage
from agent.node.wire.plain import Garbled, printable

STATES = ("RUNNING", "STARTING", "STOPPING", "FIRST_RUN", "MAINTENANCE", "ERROR")
"""Atlassian, "Jira node status": what the page can say."""
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_ESCAPE = re.compile(r"\\([nr\\])")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def page_of(value: str) -> StatusPage:
    """Read the header that carries the page; raises Garbled where it is not written as it must be."""
    way, _, text = value.partition(" ")
    match way:
        case "none":
            return StatusPage(reason="the node has neither curl nor bash to ask the status page with")
        case "refused":
            return StatusPage(refused=True, reason="nobody listens on the status port")
        case "silent":
            return _without_answer(text)
        case "text":
            return _answered(_ESCAPE.sub(_unescaped, text).encode("utf-8", "surrogateescape"))
        case "base64":
            return _answered(_decoded(text))
    raise Garbled(f"the status page is not written as it must be: {printable(value, 60)}")


def _answered(raw: bytes) -> StatusPage:
    answer = _STATUS_LINE.match(raw)
    if answer is not None:
        return _state_of(int(answer[1]), raw)
    return _without_answer(raw.decode("latin-1").strip())


def _without_answer(said: str) -> StatusPage:
    """Nobody listening is a fact of its own; curl has the kernel's words for it, or newer ones of its own."""
    if "Connection refused" in said or "Couldn't connect to server" in said:
        return StatusPage(refused=True, reason="nobody listens on the status port")
    return StatusPage(reason=f"no HTTP answer: {printable(said, 120)}" if said else "no answer within 5 s")


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r", "\\": "\\"}[found[1]]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbled("the status page did not come back whole") from error


def _state_of(code: int, raw: bytes) -> StatusPage:
    _, *rest = _END_OF_HEADERS.split(raw, maxsplit=1)
    if not rest:
        return StatusPage(code=code, reason="the answer of the status page is cut")
    try:
        page = json.loads(rest[0].decode("utf-8"), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        return StatusPage(code=code, reason="the status page is not the JSON that Jira writes")
    state = page.get("state") if isinstance(page, dict) else None
    if not isinstance(state, str) or state not in STATES:
        return StatusPage(code=code, reason=f"the status page names no state that Jira has: {printable(str(page), 80)}")
    return StatusPage(code=code, state=state)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name comes twice")
    return dict(pairs)
