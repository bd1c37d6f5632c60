"""What a stand-in node answers over HTTP: /status as Atlassian describes it, REST, and one page of the lab's own."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from agent.lab.jira import rest
from agent.lab.jira.storage import TARGETS

if TYPE_CHECKING:
    from agent.lab.jira.life import Life

Page = tuple[HTTPStatus, object]
"""Code and what is said: text is HTML, anything else is JSON."""

STORE = "/lab/store/"
"""POST here with a target's name, and the node stores one object of that kind."""


class Pages(ThreadingHTTPServer):
    """The node's web server, on the loopback address only."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, life: Life) -> None:
        self.life = life
        super().__init__(("127.0.0.1", life.settings.status_port), Visit)

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name that the parent makes, which may take seconds."""
        super(ThreadingHTTPServer, self).server_bind()
        self.server_name, self.server_port = "127.0.0.1", self.life.settings.status_port


class Visit(BaseHTTPRequestHandler):
    """One request."""

    server: Pages
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self) -> None:
        """Answer the pages that only look."""
        self._answer(get(self.server.life, self.path, self.headers.get("Authorization", "")))

    def do_POST(self) -> None:
        """Answer the pages that do something; none of them takes a body."""
        self.close_connection = True
        self._answer(post(self.server.life, self.path))

    def version_string(self) -> str:
        """Name the stand-in, so that nobody takes its answers for Jira's."""
        return "filestore-agent-lab"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Keep access out of the log: it is Jira's log that is played here, not Tomcat's."""

    def _answer(self, page: Page) -> None:
        code, said = page
        kind, body = ("text/html", said) if isinstance(said, str) else ("application/json", _compact(said))
        content = body.encode("utf-8")
        self.send_response(code)
        self.send_header("Content-Type", f"{kind};charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def get(life: Life, path: str, authorization: str = "") -> Page:
    """Return a page; all of them lie under the context path (Atlassian's chart probes /status there)."""
    asked, below = path.partition("?")[0], life.settings.context_path
    if asked == f"{below}/status":
        code, state = life.state
        return code, {"state": state}
    found = rest.answer(life, asked.removeprefix(below), authorization) if asked.startswith(f"{below}/") else None
    return found or (HTTPStatus.NOT_FOUND, {})


def post(life: Life, path: str) -> Page:
    """Store one object, if the node is ready to."""
    target = path.removeprefix(f"{life.settings.context_path}{STORE}")
    if target == path or target not in TARGETS:
        return HTTPStatus.NOT_FOUND, {}
    if life.state[1] != "RUNNING":
        return HTTPStatus.SERVICE_UNAVAILABLE, {}
    stored = life.storage.keep(target)
    life.log.say("INFO", "c.a.j.storage", f"stored {stored}", thread="http-nio-exec")
    return HTTPStatus.CREATED, {"stored": str(stored)}


def _compact(said: object) -> str:
    return json.dumps(said, separators=(",", ":"))
