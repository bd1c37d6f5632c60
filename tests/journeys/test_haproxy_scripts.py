"""The example's two scripts against a real HAProxy: who is let in when, what they wait for, and what they say."""

from __future__ import annotations

import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

import pytest

from tests.support.haproxy import Balancer, balancer
from tests.support.need import needs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = needs("haproxy", "haproxy")


class Pages(ThreadingHTTPServer):
    """A server that is up or not at a word, and counts its visitors; /slow takes as long as the test wants."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.state = "RUNNING"
        self.visits = 0
        self.slow = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Visit(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        pages = cast("Pages", self.server)
        if self.path != "/status":
            pages.visits += 1
        if self.path == "/slow":
            pages.slow.wait(20)
        body = f'{{"state":"{pages.state}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two servers and the balancer before them."""

    one: Pages = field(default_factory=Pages)
    two: Pages = field(default_factory=Pages)

    @contextmanager
    def behind(self, **checks: str) -> Iterator[Balancer]:
        try:
            with balancer({"jira-1": self.one.port, "jira-2": self.two.port}, **checks) as running:
                yield running
        finally:
            for pages in (self.one, self.two):
                pages.slow.set()
                pages.shutdown()
                pages.server_close()


@pytest.fixture
def pair() -> Pair:
    return Pair()


def visit(running: Balancer, path: str = "/", cookie: str = "") -> tuple[int, str]:
    """Ask for a page, as somebody who was given this cookie; return the code and the cookie that came."""
    line = http.client.HTTPConnection("127.0.0.1", running.port, timeout=20)
    line.request("GET", path, headers={"Cookie": f"JIRAROUTE={cookie}"} if cookie else {})
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def until_busy(pair: Pair) -> None:
    """Wait until the first server has a visitor."""
    give_up = time.monotonic() + 10
    while not pair.one.visits and time.monotonic() < give_up:
        time.sleep(0.01)


def test_a_drained_servers_faithful_users_go_elsewhere_and_the_request_under_way_is_finished(pair: Pair) -> None:
    with pair.behind() as running, ThreadPoolExecutor(2) as pool:
        slow = pool.submit(visit, running, "/slow", "jira-1")
        until_busy(pair)
        drained = pool.submit(running.script, "drain", "--grace", "0.3", "jira-1")
        running.wait_for("jira-1", "MAINT")
        assert visit(running, "/", "jira-1") == (200, "JIRAROUTE=jira-2")
        assert not drained.done()
        pair.one.slow.set()
        assert slow.result(20)[0] == 200
        assert drained.result(20).returncode == 0
        assert drained.result().stdout == "jira/jira-1: out, no request under way\n"
        assert pair.one.visits == 1


def test_in_the_grace_the_faithful_still_reach_their_server_and_nobody_new_does(pair: Pair) -> None:
    with pair.behind() as running, ThreadPoolExecutor(2) as pool:
        slow = pool.submit(visit, running, "/slow", "jira-1")
        until_busy(pair)
        drained = pool.submit(running.script, "drain", "--grace", "3", "jira-1")
        running.wait_for("jira-1", "DRAIN")
        assert {visit(running)[1] for _ in range(6)} == {"JIRAROUTE=jira-2"}
        assert visit(running, "/", "jira-1")[0] == 200
        assert pair.one.visits == 2
        pair.one.slow.set()
        assert slow.result(20)[0] == 200
        assert drained.result(20).returncode == 0


def test_a_request_that_takes_too_long_is_told_in_time_and_the_server_can_be_put_back(pair: Pair) -> None:
    with pair.behind() as running, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(visit, running, "/slow", "jira-1")
        until_busy(pair)
        began = time.monotonic()
        done = running.script("drain", "--grace", "0.2", "--within", "1", "jira-1")
        assert time.monotonic() - began < 5
        assert done.returncode == 1
        assert done.stderr == (
            "haproxy-drain: jira/jira-1: still under way: 1 (requests); no new ones come; give it more time\n"
        )
        assert running.script("ready", "jira-1").stdout == "jira/jira-1: UP\n"
        pair.one.slow.set()
        assert slow.result(20)[0] == 200


def test_both_scripts_may_run_again(pair: Pair) -> None:
    with pair.behind() as running:
        for _ in range(2):
            assert running.script("drain", "--grace", "0", "jira-1").returncode == 0
            assert running.status("jira-1") == "MAINT"
        for _ in range(2):
            assert running.script("ready", "jira-1").stdout == "jira/jira-1: UP\n"
            assert running.status("jira-1") == "UP"


def test_a_server_that_was_only_half_taken_out_is_put_back_at_once(pair: Pair) -> None:
    with pair.behind() as running:
        running.ask("set server jira/jira-1 state drain")
        assert running.script("ready", "jira-1").stdout == "jira/jira-1: UP\n"


def test_a_server_put_back_gets_no_request_before_its_check_has_passed(pair: Pair) -> None:
    with pair.behind(checks="check inter 1s fall 2 rise 1") as running, ThreadPoolExecutor(1) as pool:
        running.script("drain", "--grace", "0", "jira-1")
        pair.one.state = "STARTING"
        admitted = pool.submit(running.script, "ready", "--within", "10", "jira-1")
        began = time.monotonic()
        while time.monotonic() < began + 1.5:
            assert visit(running, "/", "jira-1")[0] == 200
        early = pair.one.visits
        assert early <= 1  # three changes in one line are not quite one instant
        assert running.status("jira-1") == "DOWN"
        pair.one.state = "RUNNING"
        assert admitted.result(20).stdout == "jira/jira-1: UP\n"
        assert visit(running, "/", "jira-1")[0] == 200
        assert pair.one.visits == early + 1


def test_a_server_whose_check_does_not_pass_is_told_with_the_check(pair: Pair) -> None:
    with pair.behind() as running:
        running.script("drain", "--grace", "0", "jira-1")
        pair.one.state = "STARTING"
        done = running.script("ready", "--within", "1", "jira-1")
        assert done.returncode == 1
        assert done.stderr.startswith("haproxy-ready: jira/jira-1: put back, but DOWN (last check: L7RSP ")


def test_the_last_server_that_is_up_is_not_taken_out_unless_that_is_said(pair: Pair) -> None:
    with pair.behind() as running:
        running.script("drain", "--grace", "0", "jira-2")
        done = running.script("drain", "--grace", "0", "jira-1")
        assert done.returncode == 1
        assert "no other server of jira is UP" in done.stderr
        assert running.status("jira-1") == "UP"
        assert running.script("drain", "--grace", "0", "--last", "jira-1").returncode == 0


def test_where_all_are_stopped_together_the_last_one_may_be_taken_out(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILESTORE_AGENT_SHAPE", "together")
    with pair.behind() as running:
        for server in ("jira-2", "jira-1"):
            assert running.script("drain", "--grace", "0", server).returncode == 0


def test_a_server_without_a_check_is_not_taken_out(pair: Pair) -> None:
    with pair.behind(checks="") as running:
        done = running.script("drain", "jira-1")
        assert done.returncode == 1
        assert "has no health check" in done.stderr
        assert running.status("jira-1") == "no check"
        running.ask("set server jira/jira-1 state maint")
        done = running.script("ready", "jira-1")
        assert done.returncode == 1
        assert "put back, but it has no health check" in done.stderr
        assert running.status("jira-1") == "no check"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("jira-9",), "jira/jira-9: no such server (known: jira-1, jira-2); its name must be the node's"),
        (("--backend", "wiki", "jira-1"), "wiki: No such proxy."),
        (("jira-1; disable server jira/jira-2",), "cannot be the name of a backend or server"),
        (("--socket", "/no/such.sock", "jira-1"), "/no/such.sock: No such file or directory; is HAProxy running"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_reason(pair: Pair, words: tuple[str, ...], said: str) -> None:
    with pair.behind() as running:
        for act in ("drain", "ready"):
            done = running.script(act, *words)
            assert done.returncode == 1
            assert said in done.stderr
            assert "Traceback" not in done.stderr
        assert running.status("jira-2") == "UP"


def test_a_socket_that_may_only_look_is_told(pair: Pair) -> None:
    with pair.behind(level="operator") as running:
        done = running.script("drain", "--grace", "0", "jira-1")
        assert done.returncode == 1
        assert done.stderr == (
            "haproxy-drain: jira/jira-1: state drain: Permission denied; the socket needs `level admin`\n"
        )
