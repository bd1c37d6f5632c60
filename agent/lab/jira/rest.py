"""Four of Jira's REST pages, as far as a stand-in can fill them: who is in the cluster, health, index, upgrade.

Documented: paths and fields (https://developer.atlassian.com/server/jira-servicedesk/rest/v1004/api-group-cluster,
https://mrrefactoring.github.io/jira.js/api/functions/server.getAllNodes.html), and 401 without admin rights. Guessed:
what `build` of the upgrade holds, the form of times, the page that comes with 401, and that a node which is not RUNNING
answers 503. While it rebuilds its index it answers here, so that progress can be seen; a real one may not.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from agent.lab.jira import checks
from agent.lab.jira.members import build_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.lab.jira.life import Life

BEARER = "Bearer "
ANSWERING = frozenset({"RUNNING", "MAINTENANCE"})
UNAUTHORIZED = "<html><head><title>Unauthorized (401)</title></head><body><h1>Unauthorized (401)</h1></body></html>"
UNAVAILABLE = "<html><head><title>Service Unavailable (503)</title></head><body>Jira is not ready.</body></html>"
OPERATIONS = 5000
"""The id of the last operation in every replication queue."""


def answer(life: Life, path: str, authorization: str) -> tuple[HTTPStatus, object] | None:
    """Return a REST page, its refusal as HTML, or None where there is no such page."""
    page = PAGES.get(path.rstrip("/"))
    if page is None:
        return None
    if life.state[1] not in ANSWERING:
        return HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE
    if not _may_enter(life, authorization):
        return HTTPStatus.UNAUTHORIZED, UNAUTHORIZED
    return HTTPStatus.OK, page(life)


def members(life: Life) -> list[dict[str, object]]:
    """List all nodes that the cluster knows."""
    return life.members.listed(life.clock(), life.settings.heartbeat_tolerance_seconds)


def health(life: Life) -> dict[str, object]:
    """Return the instance health checks."""
    return {"statuses": checks.statuses(life)}


def index_summary(life: Life) -> dict[str, object]:
    """Return how far this node's index is."""
    now = life.clock()
    behind = life.index.missing(now)
    return {
        "nodeId": life.node_id,
        "reportTime": _moment(now),
        "issueIndex": {
            "indexReadable": not life.index.rebuilding,
            "countInDatabase": life.settings.issues,
            "countInIndex": life.settings.issues - behind,
            "lastUpdatedInDatabase": _moment(life.begun),
            "lastUpdatedInIndex": _moment(life.begun),
        },
        "replicationQueues": {
            str(member["nodeId"]): _queue(behind, life.begun)
            for member in members(life)
            if member["nodeId"] != life.node_id and member["state"] == "ACTIVE"
        },
    }


def upgrade(life: Life) -> dict[str, object]:
    """Return where the cluster is in a zero-downtime upgrade."""
    version = life.settings.version
    return {
        "state": life.members.upgrade_state(),
        "build": {"buildNumber": build_number(version), "version": version},
    }


PAGES: dict[str, Callable[[Life], object]] = {
    "/rest/api/2/cluster/nodes": members,
    "/rest/troubleshooting/1.0/check": health,
    "/rest/api/2/index/summary": index_summary,
    "/rest/api/2/cluster/zdu/state": upgrade,
}


def _may_enter(life: Life, authorization: str) -> bool:
    """Whether the visitor shows the token; it is read each time, so that it can be changed under a running node."""
    try:
        token = Path(life.settings.token_file).read_text(encoding="ascii").strip()
    except OSError:  # none was set up, which reads as the folder "."
        return False
    return bool(token) and authorization == f"{BEARER}{token}"


def _queue(behind: int, moment: float) -> dict[str, object]:
    return {
        "lastConsumedOperation": {"id": OPERATIONS - behind, "replicationTime": _moment(moment)},
        "lastOperationInQueue": {"id": OPERATIONS, "replicationTime": _moment(moment)},
        "queueSize": behind,
    }


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}+0000"
