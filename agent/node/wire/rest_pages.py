"""What Jira's REST pages say: each is read exactly as documented, or not at all, and then a sentence says why.

The shapes are those of Atlassian's REST reference ("cluster", "index/summary") and of the knowledge-base page "How to
retrieve health check results using REST API".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.observation import HealthCheck, IndexSummary, Member, RestView
from agent.node.port import Page
from agent.node.wire.plain import Garbled, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import NoReturn

PAGE_CAP = 1 << 18
"""The node stops reading a page after so many bytes, the head of the answer included."""
MOST_CHECKS = 50
"""Jira has one check for each kind of data; of a page with so many nothing is believed."""
_SUBJECT = "filestore"
_STATUS_LINE = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_UPGRADE_STATE = re.compile(r"[A-Z][A-Z_]{0,39}\Z")
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}(-[A-Za-z0-9.-]{1,30})?\Z", re.ASCII)
_MOST_DIGITS = 15
_OK = 200
_PAGES = frozenset(page.value for page in Page)
_CODES = {
    "401": "the token was not accepted",
    "403": "the token's user may not see it; it must be an administrator of Jira",
    "404": "this Jira has no such page",
    "405": "this Jira says that it is not Data Center",
    "503": "Jira is not ready to answer it",
}
_UNASKED = {
    "no-tool": "not asked, since the node has no curl to ask with (nor, for plain http, bash)",
    "no-process": "not asked, since Jira's process was not found there, and whoever took its port would get the token",
    "no-room": "not asked, since the pages before it were too long",
}


class _Doubt(Exception):  # noqa: N818 - it never leaves this file, where it becomes one of the view's faults
    """The page is not what is documented; the text says what is wrong with it."""


def rest_view_in(values: list[str]) -> RestView | None:
    """Read the headers that carry the pages; raises Garbled where one breaks its grammar, None where none came."""
    told = dict(_told(value) for value in values)
    if len(told) != len(values):
        raise Garbled("a page came twice")
    return view_of(told) if told else None


def view_of(answers: Mapping[Page, bytes | str]) -> RestView:
    """Read raw HTTP answers, head and body, or the reasons why there are none; no bytes are too strange for it."""
    view, faults = RestView(), []
    for page, answer in answers.items():
        try:
            view = _READERS[page](view, _json_in(answer))
        except _Doubt as doubt:
            faults.append(f"{page}: {doubt}")
    return replace(view, faults=tuple(faults))


def only(view: RestView, pages: Collection[Page]) -> RestView:
    """Return what a view says of these pages."""
    return RestView(
        members=view.members if Page.MEMBERS in pages else None,
        checks=view.checks if Page.CHECKS in pages else None,
        index=view.index if Page.INDEX in pages else None,
        upgrade=view.upgrade if Page.UPGRADE in pages else None,
        faults=tuple(fault for fault in view.faults if fault.partition(":")[0] in pages),
    )


def _told(value: str) -> tuple[Page, bytes | str]:
    """Read one header: the page's name, and its answer or the word for why it was not asked."""
    match value.split(" "):
        case [page, "raw", text] if page in _PAGES:
            return Page(page), _decoded(text)
        case [page, word] if page in _PAGES and word in _UNASKED:
            return Page(page), _UNASKED[word]
    raise Garbled(f"a page is not written as it must be: {printable(value, 60)}")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbled("a page did not come back whole") from error


def _json_in(raw: bytes | str) -> object:
    """Return the JSON value of an answer with the code 200."""
    if isinstance(raw, str):
        raise _Doubt(raw)
    line = _STATUS_LINE.match(raw)
    if line is None:
        raise _Doubt("no HTTP answer (the connection failed, or 5 s were over)")
    if int(line[1]) != _OK:
        raise _Doubt(_reason(line[1].decode("ascii")))
    if len(raw) >= PAGE_CAP:
        raise _Doubt(f"the page has {PAGE_CAP:,} bytes or more, which Jira's never has")
    _, *body = _END_OF_HEAD.split(raw, maxsplit=1)
    if not body:
        raise _Doubt("the answer is cut before the page begins")
    if body[0].lstrip().startswith(b"<"):
        raise _Doubt("an HTML page came, such as a login form, where JSON is documented")
    return _json_value(body[0])


def _reason(code: str) -> str:
    if code.startswith("3"):
        return f"Jira sent us elsewhere, where the token is not carried (HTTP {code})"
    return f"{_CODES.get(code, 'Jira gave no page')} (HTTP {code})"


def _json_value(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except _Doubt:
        raise
    except (ValueError, RecursionError) as error:
        raise _Doubt("the page is not JSON, or it is cut") from error


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise _Doubt("the page has a name twice in one object")
    return dict(pairs)


def _no_constant(word: str) -> NoReturn:
    raise _Doubt(f"the page holds {word}, which is not JSON")


def _members(view: RestView, page: object) -> RestView:
    members = tuple(_member(entry) for entry in _list(page, "the page"))
    if not members:
        raise _Doubt("the page lists no node, not even the one that answers")
    if len({member.node_id for member in members}) != len(members):
        raise _Doubt("the page lists a node twice")
    return replace(view, members=members)


def _member(entry: object) -> Member:
    member = _object(entry, "a node")
    return Member(
        node_id=_text(member, "nodeId", cap=120),
        state=_text(member, "state", cap=40),
        alive=_flag(member, "alive"),
        version=_version(member.get("nodeVersion")),
    )


def _version(value: object) -> str | None:
    """Whether a rollout may go on hangs on the other three; of a version that is none, nothing is said."""
    return value if isinstance(value, str) and _VERSION.match(value) else None


def _checks(view: RestView, page: object) -> RestView:
    """Keep what is about filestores: the names of these checks are not documented but for "Backup Filestore"."""
    entries = [_object(entry, "a check") for entry in _list(_object(page, "the page").get("statuses"), "statuses")]
    ours = [entry for entry in entries if _SUBJECT in _text(entry, "name").casefold()]
    if len(ours) > MOST_CHECKS:
        raise _Doubt(f"the page has {len(ours):,} checks of filestores, which Jira's never has")
    return replace(view, checks=tuple(_check(entry) for entry in ours))


def _check(check: dict[str, object]) -> HealthCheck:
    said = {_flag(check, key) for key in ("isHealthy", "healthy") if key in check}
    if len(said) != 1:
        fault = "says both healthy and not" if said else "says neither healthy nor not"
        raise _Doubt(f"the check {_text(check, 'name')} {fault}")
    reason = "" if check.get("failureReason") in (None, "") else _text(check, "failureReason", cap=300)
    return HealthCheck(name=_text(check, "name"), healthy=said.pop(), reason=reason)


def _index(view: RestView, page: object) -> RestView:
    summary = _object(page, "the page")
    issues = _object(summary.get("issueIndex"), "issueIndex")
    queues = _object(summary.get("replicationQueues"), "replicationQueues")
    index = IndexSummary(
        node_id=_text(summary, "nodeId", cap=120) if summary.get("nodeId") is not None else None,
        readable=_flag(issues, "indexReadable"),
        in_database=_count(issues, "countInDatabase"),
        in_index=_count(issues, "countInIndex"),
        queued=sum(_count(_object(queue, "a replication queue"), "queueSize") for queue in queues.values()),
    )
    return replace(view, index=index)


def _upgrade(view: RestView, page: object) -> RestView:
    state = _text(_object(page, "the page"), "state")
    if not _UPGRADE_STATE.match(state):
        raise _Doubt(f"state is no word that Jira has: {state}")
    return replace(view, upgrade=state)


_READERS: dict[Page, Callable[[RestView, object], RestView]] = {
    Page.MEMBERS: _members,
    Page.CHECKS: _checks,
    Page.INDEX: _index,
    Page.UPGRADE: _upgrade,
}


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise _Doubt(f"{what} is not a list")
    return value


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _Doubt(f"{what} is not an object")
    return value


def _text(found: dict[str, object], key: str, *, cap: int = 80) -> str:
    """Return a text as it may be shown; JSON can hold halves of surrogate pairs, which no encoding takes."""
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _Doubt(f"{key} is not a text")
    return printable(value.encode("utf-8", "backslashreplace").decode("utf-8"), cap)


def _flag(found: dict[str, object], key: str) -> bool:
    value = found.get(key)
    if not isinstance(value, bool):
        raise _Doubt(f"{key} is not true or false")
    return value


def _count(found: dict[str, object], key: str) -> int:
    value = found.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**_MOST_DIGITS:
        raise _Doubt(f"{key} is not a count")
    return value
