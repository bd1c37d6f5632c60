"""Jira's REST pages: read where they are as documented, and otherwise a sentence instead, whatever came."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.observation import HealthCheck, IndexSummary, Member, RestView
from agent.node.port import Page
from agent.node.wire.plain import Garbled
from agent.node.wire.rest_pages import MOST_CHECKS, PAGE_CAP, only, rest_view_in, view_of

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
MEMBERS: Any = [
    {
        "nodeId": "node-1",
        "state": "ACTIVE",
        "alive": True,
        "ip": "192.0.2.11",
        "cacheListenerPort": 40001,
        "lastStateChangeTimestamp": 1700000000000,
        "nodeBuildNumber": 10030004,
        "nodeVersion": "10.3.4",
    },
    {"nodeId": "node-2", "state": "OFFLINE", "alive": False},
]
CHECK: Any = {
    "id": 7,
    "completeKey": "com.atlassian.jira.plugins.x:y",
    "name": "Backup Filestore",
    "description": "Checks that ...",
    "isHealthy": False,
    "healthy": False,
    "failureReason": "Unable to write to backup storage",
    "application": "JIRA",
    "time": 1700000000000,
    "severity": "critical",
    "documentation": "https://example.com",
    "tag": "x",
}
CHECKS: Any = {"statuses": [CHECK, {**CHECK, "name": "Lucene", "failureReason": ""}]}
INDEX: Any = {
    "nodeId": "node-1",
    "reportTime": "2026-01-01T00:00:00.000Z",
    "issueIndex": {
        "indexReadable": True,
        "countInDatabase": 120,
        "countInIndex": 118,
        "lastUpdatedInDatabase": "2026-01-01T00:00:00.000Z",
        "lastUpdatedInIndex": "2026-01-01T00:00:00.000Z",
    },
    "replicationQueues": {
        "node-2": {"lastConsumedOperation": {"id": 1}, "lastOperationInQueue": {"id": 4}, "queueSize": 3},
        "node-3": {"queueSize": 4},
    },
}
UPGRADE: Any = {"state": "STABLE", "build": {"buildNumber": 1, "version": "10.3.4"}}
PAGES = {Page.MEMBERS: MEMBERS, Page.CHECKS: CHECKS, Page.INDEX: INDEX, Page.UPGRADE: UPGRADE}
GOOD = RestView(
    members=(
        Member(node_id="node-1", state="ACTIVE", alive=True, version="10.3.4"),
        Member(node_id="node-2", state="OFFLINE", alive=False),
    ),
    checks=(HealthCheck(name="Backup Filestore", healthy=False, reason="Unable to write to backup storage"),),
    index=IndexSummary(node_id="node-1", readable=True, in_database=120, in_index=118, queued=7),
    upgrade="STABLE",
)


def answer(page: object, code: int = 200) -> bytes:
    return HEAD.replace(b"200 OK", f"{code} x".encode()) + json.dumps(page).encode()


def read(page: Page, raw: bytes | str) -> RestView:
    """Read one page; it is there or a fault names it, and all is printable."""
    view = view_of({page: raw})
    found = [value for value in (view.members, view.checks, view.index, view.upgrade) if value is not None]
    assert len(found) + len(view.faults) == 1, view
    assert all(fault.startswith(f"{page}: ") and len(fault) < 200 for fault in view.faults), view.faults
    shown = "".join((*view.faults, repr(view)))
    assert shown.isascii()
    assert shown.isprintable()
    assert only(view, {page}) == view
    return view


def fault_of(page: Page, raw: bytes | str) -> str:
    view = read(page, raw)
    assert view.faults, view
    return view.faults[0].removeprefix(f"{page}: ")


def changed(page: object, path: tuple[str | int, ...], value: object = ...) -> object:
    """Return a page with the value at a path replaced, or taken out."""
    new: Any = copy.deepcopy(page)
    place = new
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return new


# What is documented


def test_pages_as_documented_are_read_whatever_else_they_hold() -> None:
    assert view_of({page: answer(value) for page, value in PAGES.items()}) == GOOD


def test_a_page_that_is_not_to_be_had_takes_no_other_with_it() -> None:
    view = view_of({Page.MEMBERS: answer(MEMBERS), Page.INDEX: b"", Page.UPGRADE: answer(UPGRADE)})
    assert (view.members, view.upgrade, view.index) == (GOOD.members, "STABLE", None)
    assert view.faults == ("index: no HTTP answer (the connection failed, or 5 s were over)",)


def test_only_checks_of_filestores_are_kept_however_they_are_spelled() -> None:
    names = ["Avatar filestore", "ATTACHMENTS FILESTORE", "File store", "Lucene", "filestores"]
    view = read(Page.CHECKS, answer({"statuses": [{"name": name, "healthy": True} for name in names]}))
    assert view.checks == tuple(
        HealthCheck(name=name, healthy=True) for name in ("Avatar filestore", "ATTACHMENTS FILESTORE", "filestores")
    )


@pytest.mark.parametrize("keys", [("isHealthy",), ("healthy",), ("isHealthy", "healthy")])
@pytest.mark.parametrize("healthy", [True, False])
def test_either_spelling_of_healthy_counts(keys: tuple[str, ...], healthy: bool) -> None:  # noqa: FBT001 - parametrized
    check = {"name": "Backup Filestore", "failureReason": None} | dict.fromkeys(keys, healthy)
    assert read(Page.CHECKS, answer({"statuses": [check]})).checks == (
        HealthCheck(name="Backup Filestore", healthy=healthy),
    )


def test_no_check_of_a_filestore_is_another_thing_than_no_page() -> None:
    assert read(Page.CHECKS, answer({"statuses": []})).checks == ()


def test_five_thousand_checks_are_read_for_the_few_that_matter() -> None:
    others = [{"name": f"c{n}", "healthy": 1} for n in range(5000)]
    assert read(Page.CHECKS, answer({"statuses": [*others, CHECK]})).checks == GOOD.checks
    many = [{"name": f"Filestore {n}", "healthy": True} for n in range(MOST_CHECKS + 1)]
    assert "51 checks of filestores" in fault_of(Page.CHECKS, answer({"statuses": many}))


@pytest.mark.parametrize("odd", [None, 10, "", "ten", "10.3.4\n", "10.3.4 (beta)", ["10.3.4"], "1" * 200])
def test_a_version_that_is_none_takes_nothing_from_the_list(odd: object) -> None:
    view = read(Page.MEMBERS, answer(changed(MEMBERS, (0, "nodeVersion"), odd)))
    assert view.members is not None
    assert [(it.node_id, it.version) for it in view.members] == [("node-1", None), ("node-2", None)]


def test_an_index_without_queues_or_name_is_read() -> None:
    page = changed(changed(INDEX, ("replicationQueues",), {}), ("nodeId",))
    assert read(Page.INDEX, answer(page)).index == IndexSummary(
        node_id=None, readable=True, in_database=120, in_index=118, queued=0
    )


def test_text_of_the_page_is_cut_and_made_printable() -> None:
    name = "Filestore \x1b]52;c;aGk=\x07 \u202e \ud800 \U0001f600 \x9b " + "x" * 5000
    page = {"statuses": [{"name": name, "healthy": False, "failureReason": f"\n{name}"}]}
    (check,) = read(Page.CHECKS, answer(page)).checks or ()
    assert check.name.startswith("Filestore \\x1b]52;c;aGk=\\x07 \\xe2\\x80\\xae \\ud800 \\xf0")
    assert (len(check.name), len(check.reason)) == (80, 300)


# HTTP


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (401, "the token was not accepted (HTTP 401)"),
        (403, "the token's user may not see it; it must be an administrator of Jira (HTTP 403)"),
        (404, "this Jira has no such page (HTTP 404)"),
        (405, "this Jira says that it is not Data Center (HTTP 405)"),
        (503, "Jira is not ready to answer it (HTTP 503)"),
        (302, "Jira sent us elsewhere, where the token is not carried (HTTP 302)"),
        (500, "Jira gave no page (HTTP 500)"),
        (204, "Jira gave no page (HTTP 204)"),
        (201, "Jira gave no page (HTTP 201)"),
    ],
)
@pytest.mark.parametrize("page", list(Page))
def test_another_code_than_200_is_no_page_whatever_the_body_says(page: Page, code: int, why: str) -> None:
    assert fault_of(page, answer(PAGES[page], code)) == why


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no HTTP answer"),
        (b"SSH-2.0-OpenSSH\r\n", "no HTTP answer"),
        (b"HTTP/1.1 2000 OK\r\n\r\n{}", "no HTTP answer"),
        (b"HTTP/1.1 200", "no HTTP answer"),
        (b"HTTP/1.1 200 OK\r\n", "cut before the page begins"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", "cut before the page begins"),
        (HEAD, "not JSON, or it is cut"),
        (HEAD + b" \n<!DOCTYPE html><title>Log in</title>", "an HTML page came, such as a login form"),
        (HEAD + b"\xef\xbb\xbf[]", "not JSON"),
        (HEAD + "[]".encode("utf-16"), "not JSON"),
        (HEAD + b"\xff", "not JSON"),
        (HEAD + b"\x1f\x8b\x08\x00", "not JSON"),
        (HEAD + b"1c\r\n[]\r\n0\r\n\r\n", "not JSON"),
        (HEAD + b"[] []", "not JSON"),
        (HEAD + b"[NaN]", "NaN, which is not JSON"),
        (HEAD + b"-Infinity", "-Infinity, which is not JSON"),
        (HEAD + b"9" * 5000, "not JSON"),
        (HEAD + b"[" * 100_000, "not JSON"),
        (HEAD + b'{"a":' * 50_000, "not JSON"),
        (HEAD + b'{"a":1,"a":1}', "a name twice"),
        (HEAD + b'{"b":{"a":1,"a":1}}', "a name twice"),
        ((HEAD + b"[]" + b" " * PAGE_CAP)[:PAGE_CAP], "262,144 bytes or more"),
        ((HEAD[:-2] + b"X: y\r\n" * 50_000)[:PAGE_CAP], "262,144 bytes or more"),
    ],
)
@pytest.mark.parametrize("page", list(Page))
def test_what_is_not_one_whole_json_page_is_told(page: Page, raw: bytes, why: str) -> None:
    assert why in fault_of(page, raw)


@pytest.mark.parametrize("page", list(Page))
def test_a_page_cut_anywhere_is_no_page(page: Page) -> None:
    whole = answer(PAGES[page])
    for length in range(len(whole)):
        assert fault_of(page, whole[:length])


# Shapes


@pytest.mark.parametrize("value", [[], {}, "RUNNING", None, 7, True, [[]], [{}], {"statuses": [[]]}, {"state": ["X"]}])
@pytest.mark.parametrize("page", list(Page))
def test_json_of_another_shape_is_no_page(page: Page, value: object) -> None:
    assert fault_of(page, answer(value))


@pytest.mark.parametrize(
    ("page", "path", "value", "why"),
    [
        (Page.MEMBERS, (1, "alive"), "false", "alive is not true or false"),
        (Page.MEMBERS, (1, "alive"), 0, "alive is not true or false"),
        (Page.MEMBERS, (0, "alive"), ..., "alive is not true or false"),
        (Page.MEMBERS, (0, "state"), None, "state is not a text"),
        (Page.MEMBERS, (0, "nodeId"), 7, "nodeId is not a text"),
        (Page.MEMBERS, (0, "nodeId"), " ", "nodeId is not a text"),
        (Page.MEMBERS, (0, "nodeId"), ..., "nodeId is not a text"),
        (Page.MEMBERS, (0, "nodeId"), "node-2", "lists a node twice"),
        (Page.CHECKS, ("statuses", 0, "isHealthy"), "false", "isHealthy is not true or false"),
        (Page.CHECKS, ("statuses", 0, "isHealthy"), True, "the check Backup Filestore says both healthy and not"),
        (Page.CHECKS, ("statuses", 0, "healthy"), None, "healthy is not true or false"),
        (Page.CHECKS, ("statuses", 0, "name"), ..., "name is not a text"),
        (Page.CHECKS, ("statuses", 1, "name"), 7, "name is not a text"),
        (Page.CHECKS, ("statuses", 0, "failureReason"), ["x"], "failureReason is not a text"),
        (Page.CHECKS, ("statuses", 0, "failureReason"), False, "failureReason is not a text"),
        (Page.CHECKS, ("statuses",), {}, "statuses is not a list"),
        (Page.CHECKS, ("statuses",), ..., "statuses is not a list"),
        (Page.INDEX, ("nodeId",), 7, "nodeId is not a text"),
        (Page.INDEX, ("issueIndex",), ..., "issueIndex is not an object"),
        (Page.INDEX, ("issueIndex", "indexReadable"), "true", "indexReadable is not true or false"),
        (Page.INDEX, ("issueIndex", "countInIndex"), True, "countInIndex is not a count"),
        (Page.INDEX, ("issueIndex", "countInIndex"), -1, "countInIndex is not a count"),
        (Page.INDEX, ("issueIndex", "countInIndex"), 1.0, "countInIndex is not a count"),
        (Page.INDEX, ("issueIndex", "countInIndex"), 10**15, "countInIndex is not a count"),
        (Page.INDEX, ("issueIndex", "countInIndex"), 10**4000, "countInIndex is not a count"),
        (Page.INDEX, ("issueIndex", "countInDatabase"), "1", "countInDatabase is not a count"),
        (Page.INDEX, ("replicationQueues",), ..., "replicationQueues is not an object"),
        (Page.INDEX, ("replicationQueues",), [], "replicationQueues is not an object"),
        (Page.INDEX, ("replicationQueues", "node-2"), 3, "a replication queue is not an object"),
        (Page.INDEX, ("replicationQueues", "node-2", "queueSize"), ..., "queueSize is not a count"),
        (Page.UPGRADE, ("state",), "stable", "state is no word that Jira has: stable"),
        (Page.UPGRADE, ("state",), "STABLE\n", "state is no word that Jira has: STABLE\\x0a"),
        (Page.UPGRADE, ("state",), "\x1b[2J" * 500, "state is no word that Jira has: \\x1b[2J"),
        (Page.UPGRADE, ("state",), ..., "state is not a text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_by_its_key(
    page: Page, path: tuple[str | int, ...], value: object, why: str
) -> None:
    assert why in fault_of(page, answer(changed(PAGES[page], path, value)))


def test_a_check_that_does_not_say_how_it_is_is_told_by_its_name() -> None:
    page = {"statuses": [{"name": "Backup Filestore", "isHealthY": True}]}
    assert fault_of(Page.CHECKS, answer(page)) == "the check Backup Filestore says neither healthy nor not"


# Headers


def header(page: str, raw: bytes) -> str:
    return f"{page} raw {base64.b64encode(raw).decode()}"


def test_the_headers_of_a_letter_are_the_view_and_without_one_nothing_was_asked() -> None:
    assert rest_view_in([header(page, answer(value)) for page, value in PAGES.items()]) == GOOD
    assert rest_view_in([]) is None


def test_a_page_that_was_not_asked_says_why() -> None:
    view = rest_view_in(["members no-tool", "checks no-process", "index no-room", "upgrade raw "])
    assert view is not None
    assert [fault.split(",")[0] for fault in view.faults] == [
        "members: not asked",
        "checks: not asked",
        "index: not asked",
        "upgrade: no HTTP answer (the connection failed",
    ]
    assert "whoever took its port would get the token" in view.faults[1]


@pytest.mark.parametrize(
    "values",
    [
        [""],
        ["members"],
        ["members raw"],
        ["moon raw "],
        ["MEMBERS raw "],
        ["members raw @@@"],
        ["members raw YQ=="[:-1]],
        ["members raw YQ== YQ=="],
        ["members raw \u00e9"],
        ["members no-tool x"],
        ["members no-idea"],
        ["members no-tool", "members raw "],
        ["members raw ", "members raw "],
    ],
)
def test_a_header_that_breaks_its_grammar_is_garbled(values: list[str]) -> None:
    with pytest.raises(Garbled):
        rest_view_in(values)


def test_a_view_can_be_narrowed_to_some_pages_with_their_faults() -> None:
    view = RestView(members=GOOD.members, upgrade="STABLE", faults=("checks: no", "index: no"))
    assert only(view, {Page.MEMBERS, Page.INDEX}) == RestView(members=GOOD.members, faults=("index: no",))
    assert only(GOOD, set(Page)) == GOOD
    assert only(GOOD, set()) == RestView()


# Anything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["nodeId", "state", "alive", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
STEPS: list[tuple[Page, tuple[str | int, ...]]] = [
    *((Page.MEMBERS, path) for path in ((0,), (0, "nodeId"), (0, "state"), (0, "alive"))),
    *((Page.CHECKS, path) for path in (("statuses",), ("statuses", 0), ("statuses", 0, "name"))),
    *((Page.CHECKS, ("statuses", 0, key)) for key in ("failureReason", "healthy", "isHealthy")),
    *((Page.INDEX, path) for path in (("nodeId",), ("issueIndex", "countInIndex"), ("replicationQueues", "node-2"))),
    (Page.UPGRADE, ("state",)),
]


@given(st.sampled_from(list(Page)), st.binary(max_size=600), st.booleans())
def test_any_bytes_are_a_page_or_a_fault(page: Page, raw: bytes, framed: bool) -> None:  # noqa: FBT001 - drawn
    read(page, HEAD + raw if framed else raw)


@given(st.sampled_from(STEPS), JSON)
def test_any_value_in_any_place_is_a_page_or_a_fault(step: tuple[Page, tuple[str | int, ...]], value: object) -> None:
    page, path = step
    read(page, answer(changed(PAGES[page], path, value)))


@given(st.sampled_from(list(Page)), st.binary(max_size=6), st.integers(0, 2000), st.integers(0, 6))
def test_a_page_with_bytes_put_in_or_taken_out_is_a_page_or_a_fault(
    page: Page, junk: bytes, place: int, removed: int
) -> None:
    whole = answer(PAGES[page])
    read(page, whole[:place] + junk + whole[place + removed :])


@given(st.lists(st.text(max_size=60) | st.sampled_from(["members raw ", "checks no-tool", "index raw YQ=="])))
def test_any_headers_are_a_view_or_garbled(values: list[str]) -> None:
    try:
        view = rest_view_in(values)
    except Garbled as fault:
        assert str(fault).isprintable()  # noqa: PT017 - either outcome is right
    else:
        assert (view is None) == (not values)
