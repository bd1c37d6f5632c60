"""What a look brought beside the facts: the plan's copy, the lines of Jira's log; each only where it was asked for."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.observation import LogExcerpt
from agent.node.port import Errand, ProbeStores, ReadLog, Recall
from agent.node.wire.bucket_said import brought_by
from agent.node.wire.grammar import yes
from agent.node.wire.plain import Garbled, printable
from agent.node.wire.stores import view_in

if TYPE_CHECKING:
    from agent.core.observation import Observation
    from agent.node.port import Request
    from agent.node.wire.facts import Headers

PLAN_CAP = 4 << 20
"""A plan for two hundred nodes, each with a document of its own, has less."""
LINES_AT_AN_END = 60
"""So many of the first lines that bear a sign are carried, and so many of the last."""
LINE_CAP = 500
"""Bytes of one line."""
SCAN_CAP = 8 << 20
"""Bytes of the log that are searched: half of them from the mark on, half of them up to the end."""
TAIL = 256 << 10
"""Bytes of the log's last part, which is what is searched where there is no mark."""
_NUMBERED = re.compile(rb"([1-9][0-9]{0,7}):(.*)\Z", re.DOTALL)
_PLAN = ".filestore-agent/plan"


def with_brought(request: Request, headers: Headers, copy: bytes | None, observation: Observation) -> Observation:
    """Add what was asked for; raises Garbled where it is missing, or something is there that was not asked for."""
    if isinstance(request, Recall) != (headers.maybe("copy") is not None):
        raise Garbled("the letter brings a plan that was not asked for, or leaves it out")
    if isinstance(request, ReadLog) != (headers.maybe("whole") is not None):
        raise Garbled("the letter brings lines of the log that were not asked for, or leaves them out")
    if headers.every("store") and not isinstance(request, ProbeStores):
        raise Garbled("the letter tells of buckets, which nobody asked for")
    match request:
        case ProbeStores() if headers.only("verdict") == "ok":
            return replace(observation, stores=view_in(request, headers))
        case Recall():
            return replace(observation, plan_copy=_checked(headers, copy))
        case ReadLog():
            return replace(observation, excerpt=_excerpt(headers))
    return observation


def with_errand(request: Request, headers: Headers, observation: Observation) -> Observation:
    """Add what an errand for a backup brought; raises Garbled where it is missing or is not as it must be."""
    brought = brought_by(request, headers) if isinstance(request, Errand) else None
    return observation if brought is None else replace(observation, brought=brought)


def excerpt_of(first: list[tuple[int, str]], last: list[tuple[int, str]], *, whole: bool) -> LogExcerpt:
    """Join the first lines and the last, each with its place; one line more of the first shows whether they meet."""
    met = len(first) <= LINES_AT_AN_END or not last or last[0][0] <= first[-1][0]
    lines = dict(first if met else first[:LINES_AT_AN_END]) | dict(last)
    return LogExcerpt(lines=tuple(lines[place] for place in sorted(lines)), whole=whole and met)


def shown_line(line: bytes) -> str:
    """Cut a line of the log and make it printable."""
    return printable(line[:LINE_CAP].decode("utf-8", "surrogateescape"), LINE_CAP)


def _checked(headers: Headers, copy: bytes | None) -> bytes | None:
    """Return the plan's copy if its bytes have the digest that the node took of them."""
    if copy is not None and f"{digest_of(copy)[7:]}  {_PLAN}" not in headers.every("sum"):
        raise Garbled("the plan's bytes and the digest that the node took of them differ; it may be changing just now")
    return copy


def _excerpt(headers: Headers) -> LogExcerpt:
    first, last = headers.maybe("first"), headers.maybe("last")
    if (first is None) != (last is None):
        raise Garbled("the letter brings one end of the log's lines and leaves out the other")
    return excerpt_of(
        _lines(first or "", LINES_AT_AN_END + 1),
        _lines(last or "", LINES_AT_AN_END),
        whole=yes(headers.only("whole")),
    )


def _lines(packed: str, most: int) -> list[tuple[int, str]]:
    """Read numbered lines that travelled as base64."""
    try:
        raw = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbled("the log's lines are not the base64 that they must be") from error
    found = [_NUMBERED.match(line) for line in raw.removesuffix(b"\n").split(b"\n")] if raw else []
    lines = [(int(line[1]), shown_line(line[2])) for line in found if line]
    if len(lines) != len(found) or len(lines) > most or any(one[0] >= next_[0] for one, next_ in pairwise(lines)):
        raise Garbled("the log's lines are not numbered as they must be")
    return lines
