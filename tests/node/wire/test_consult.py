"""A consultation by the shells of this machine: Jira alone is shown the token, and its pages come back as they are."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import json
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node.port import Consult, Observe, Ok, Page
from agent.node.shell import ShellNode
from agent.node.ssh.adapter import SshNode
from agent.node.wire.letter import NODE_SECONDS, OUTPUT_CAP, letter_for
from agent.node.wire.rest_pages import PAGE_CAP
from agent.node.wire.script import PARTS, script_of
from tests.node.wire.test_rest_pages import CHECKS, GOOD, INDEX, MEMBERS, UPGRADE
from tests.support.hands import folder_node
from tests.support.letters import AlteredNode
from tests.support.need import needs
from tests.support.shell_words import commands_in
from tests.support.ssh import Place, need_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.node import Node
    from agent.core.observation import RestView
    from agent.node.port import NodePort

ME = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name
TOKEN = "Nzg2NTk4NDk5MTY4:vXo0bJ+kQ"  # noqa: S105 - it opens nothing
ALL_SIGNS = "".join(chr(code) for code in range(0x21, 0x7F))
TROUBLE = ALL_SIGNS + "\\\"'\\\\ \\n\\t %s%%d $(id) `id` ${HOME} #;&|<>\\0101\\"
PATHS = {
    "/rest/api/2/cluster/nodes": MEMBERS,
    "/rest/troubleshooting/1.0/check/": CHECKS,
    "/rest/api/2/index/summary": INDEX,
    "/rest/api/2/cluster/zdu/state": UPGRADE,
}
OLDER_CHECKS = "/rest/supportHealthCheck/1.0/check/"
EVERY = frozenset(Page)
WITHOUT_CURL = {"command -v curl": "command -v no-curl"}
TOOLS = [pytest.param({}, id="curl"), pytest.param(WITHOUT_CURL, id="bash")]


@dataclass(slots=True)
class Jira:
    """What a node's Jira answers, and what it was asked: path and headers of each request but those for /status."""

    pages: dict[str, bytes]
    port: int = 0
    address: str = "127.0.0.1"
    delay: float = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def answer(self, path: str, headers: dict[str, str]) -> bytes:
        if path.endswith("/status"):
            return said('{"state":"RUNNING"}')
        self.asked.append((path, headers))
        time.sleep(self.delay)
        return self.pages.get(path, b"HTTP/1.1 404 Not Found\r\n\r\n{}")


def said(body: str, code: int = 200, *lines: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {code} x", "Content-Type: application/json", *lines))
    return f"{head}\r\n{body}".encode()


@contextlib.contextmanager
def serving(jira: Jira, tls: ssl.SSLContext | None = None) -> Iterator[Jira]:
    """Serve on a loopback port until the block ends."""

    class Visit(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            with contextlib.suppress(OSError):
                self.wfile.write(jira.answer(self.path, dict(self.headers.items())))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in jira.address else socket.AF_INET

        def server_bind(self) -> None:
            self.socket.bind(self.server_address)
            self.server_name, self.server_port = jira.address, self.socket.getsockname()[1]

        def handle_error(self, *_: object) -> None:
            pass

    with Server((jira.address, 0), Visit) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        jira.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield jira
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def jira() -> Iterator[Jira]:
    with serving(Jira(pages={path: said(json.dumps(page)) for path, page in PATHS.items()})) as jira:
        yield jira


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Give a localhome that is held as Jira holds it: by the lock on its lock file."""
    home = tmp_path / 'it\'s a $(id) "home" * \\n'
    home.mkdir(mode=0o750)
    with (home / ".jira-home.lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        yield home


def node_for(home: Path, jira: Jira, **status: str) -> Node:
    node = folder_node(home, owner=ME, group=MY_GROUP)
    return replace(node, status=replace(node.status, port=jira.port, address=jira.address, **status))


def view_from(port: NodePort, pages: frozenset[Page] = EVERY, token: str = TOKEN) -> RestView:
    answer = port.perform(Consult(pages=pages, token=token))
    assert isinstance(answer, Ok), answer
    assert answer.observation.rest is not None
    return answer.observation.rest


def own_script() -> str:
    """Return what a consultation does beyond a look."""
    return script_of(PARTS[Consult][-1:], {})


# What comes back


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("tools", TOOLS)
def test_a_consultation_brings_the_pages_and_what_any_look_brings(
    home: Path, jira: Jira, tools: dict[str, str], shell: str
) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not on this machine")
    (home / "filestore-config.xml").write_bytes(b"<x/>")
    answer = AlteredNode(node_for(home, jira), script=tools, interpreter=path).perform(
        Consult(pages=EVERY, token=TOKEN)
    )
    assert isinstance(answer, Ok), answer
    seen = answer.observation
    assert seen.rest == GOOD
    assert (seen.file.content, seen.status.state, seen.process.pid) == (b"<x/>", "RUNNING", os.getpid())
    assert jira.paths == [*PATHS][:1] + [*PATHS][3:] + [*PATHS][2:3] + [*PATHS][1:2]


@pytest.mark.parametrize("page", list(Page))
def test_only_the_pages_that_are_wanted_are_asked(home: Path, jira: Jira, page: Page) -> None:
    view = view_from(ShellNode(node_for(home, jira)), frozenset({page}))
    assert len(jira.asked) == 1
    found = [name for name in ("members", "checks", "index", "upgrade") if getattr(view, name) is not None]
    assert (found, view.faults) == ([page.value], ())


def test_without_a_page_nobody_is_asked_and_a_look_asks_nobody(home: Path, jira: Jira) -> None:
    port = ShellNode(node_for(home, jira))
    for request in (Consult(pages=frozenset(), token=TOKEN), Observe()):
        answer = port.perform(request)
        assert isinstance(answer, Ok)
        assert answer.observation.rest is None
    assert jira.asked == []


@pytest.mark.parametrize("tools", TOOLS)
def test_the_pages_lie_under_the_context_path(home: Path, jira: Jira, tools: dict[str, str]) -> None:
    jira.pages = {f"/my/jira{path}": page for path, page in jira.pages.items()}
    assert view_from(AlteredNode(node_for(home, jira, context_path="/my/jira"), script=tools)) == GOOD


@pytest.mark.parametrize("tools", TOOLS)
def test_an_older_jira_is_asked_for_its_checks_where_it_has_them(home: Path, jira: Jira, tools: dict[str, str]) -> None:
    jira.pages[OLDER_CHECKS] = jira.pages.pop("/rest/troubleshooting/1.0/check/")
    assert view_from(AlteredNode(node_for(home, jira), script=tools)) == GOOD
    del jira.pages[OLDER_CHECKS]
    view = view_from(AlteredNode(node_for(home, jira), script=tools))
    assert view.faults == ("checks: this Jira has no such page (HTTP 404)",)
    assert jira.paths.count(OLDER_CHECKS) == 2


@pytest.mark.parametrize("code", [401, 403, 405, 500, 503])
def test_another_answer_than_404_is_no_reason_to_look_elsewhere(home: Path, jira: Jira, code: int) -> None:
    jira.pages = {path: said("404", code) for path in jira.pages}
    view = view_from(ShellNode(node_for(home, jira)))
    assert [f"HTTP {code}" in fault for fault in view.faults] == [True] * 4
    assert OLDER_CHECKS not in jira.paths


@pytest.mark.parametrize("tools", TOOLS)
def test_a_page_without_end_is_left_after_its_cap_and_the_letter_comes_whole(
    home: Path, jira: Jira, tools: dict[str, str]
) -> None:
    jira.pages = {path: said(" " * 3_000_000) for path in jira.pages}
    view = view_from(AlteredNode(node_for(home, jira), script=tools))
    too_long = "not asked, since the pages before it were too long"
    assert view.faults == (
        "members: the page has 262,144 bytes or more, which Jira's never has",
        *(f"{page}: {too_long}" for page in ("upgrade", "index", "checks")),
    )


def test_the_longest_letter_stays_below_what_an_adapter_reads() -> None:
    script = own_script()
    room, least, cap = (
        int(re.findall(pattern, script)[0]) for pattern in (r"room=(\d+)", r"-lt (\d+) ]", r"head -c (\d+)")
    )
    assert cap == PAGE_CAP
    assert least >= -(-cap // 3) * 4
    assert room + 65536 + 4096 * 70 < OUTPUT_CAP


@pytest.mark.parametrize("tools", TOOLS)
def test_a_jira_that_does_not_answer_costs_its_seconds_and_the_letter_comes_whole(
    home: Path, jira: Jira, tools: dict[str, str]
) -> None:
    jira.delay = 1.5
    script = {**tools, "--max-time 5 -H": "--max-time 0.3 -H", "| timeout -k 1 5 bash": "| timeout -k 1 0.3 bash"}
    began = time.monotonic()
    view = view_from(AlteredNode(node_for(home, jira), script=script))
    assert [fault.partition(": ")[2] for fault in view.faults] == [
        "no HTTP answer (the connection failed, or 5 s were over)"
    ] * 4
    assert time.monotonic() - began < 5


def test_all_that_can_take_time_takes_less_than_a_request_may() -> None:
    script = own_script()
    most = max(map(int, re.findall(r"--max-time (\d+)", script) + re.findall(r"timeout -k 1 (\d+)", script)))
    requests = len(re.findall(r"\bget /rest", script))
    assert (most, requests) == (5, 5)
    assert requests * (most + 1) + 15 < NODE_SECONDS


# The token


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("tools", TOOLS)
def test_any_token_arrives_sign_by_sign(home: Path, jira: Jira, tools: dict[str, str], shell: str) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not on this machine")
    assert view_from(AlteredNode(node_for(home, jira), script=tools, interpreter=path), token=TROUBLE) == GOOD
    assert [headers["Authorization"] for _, headers in jira.asked] == [f"Bearer {TROUBLE}"] * 4


@pytest.mark.parametrize("token", ["", "a\nb", "a\r\nX: y", "a\0", "a\x1b", "\u00e9", "\udcff", "a\x7f"])
def test_a_token_that_could_end_its_line_does_not_travel_and_is_not_told(home: Path, jira: Jira, token: str) -> None:
    node = node_for(home, jira)
    with pytest.raises(ValueError, match="not one line of printable ASCII") as refused:
        letter_for(node, Consult(pages=EVERY, token=token), "0" * 32, login_user=None)
    assert not token or repr(token)[1:-1] not in repr(refused.value)
    assert not isinstance(ShellNode(node).perform(Consult(pages=EVERY, token=token)), Ok)
    assert jira.asked == []


BENT = ("token=old", "quoted_token=old", "s=old", "tool=rm", "raw=x", "room=x", "site=x", "pages=x")
EXPORTING = (*BENT, "SHELLOPTS=allexport")


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("tools", TOOLS)
@pytest.mark.parametrize("bent", [BENT, EXPORTING], ids=["names", "all"])
def test_no_argument_and_no_environment_of_a_process_holds_the_token(
    home: Path, jira: Jira, tools: dict[str, str], shell: str, bent: tuple[str, ...]
) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not on this machine")
    jira.delay = 0.2
    mark = f"MARK={home.parent}"
    port = AlteredNode(node_for(home, jira), script=tools, interpreter=path, around=("env", mark, *bent))
    with watching(mark) as seen:
        assert view_from(port) == GOOD
    assert len(jira.asked) == 4
    asking = b"\0-K\0-\0http://" if not tools else b"/dev/tcp/"
    assert any(asking in text for text in seen), "nobody was caught asking"
    assert not [text for text in seen if TOKEN.encode() in text]


@pytest.mark.parametrize("tools", TOOLS)
def test_the_token_goes_to_no_other_host(home: Path, jira: Jira, tools: dict[str, str], tmp_path: Path) -> None:
    with serving(Jira(pages={})) as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.port}"
        jira.pages = {path: said("[]", 302, f"Location: {there}/x") for path in jira.pages}
        (tmp_path / ".curlrc").write_text(f'location\nproxy = "{there}"\nurl = "{there}/y"\n')
        around = ("env", f"HOME={tmp_path}", f"http_proxy={there}", f"ALL_PROXY={there}", f"CURL_HOME={tmp_path}")
        view = view_from(AlteredNode(node_for(home, jira), script=tools, around=around))
    assert elsewhere.asked == []
    assert len(jira.asked) == 4
    assert all("sent us elsewhere" in fault for fault in view.faults)


def test_where_no_jira_runs_whoever_listens_on_its_port_is_not_shown_the_token(home: Path, jira: Jira) -> None:
    (home / ".jira-home.lock").unlink()
    view = view_from(ShellNode(node_for(home, jira)))
    assert jira.asked == []
    assert ["Jira's process was not found" in fault for fault in view.faults] == [True] * 4


@pytest.mark.parametrize(
    "script",
    [
        WITHOUT_CURL
        | {"command -v bash >/dev/null; then\ntool=bash": "command -v no-bash >/dev/null; then\ntool=bash"},
        {"command -v printf": "command -v /usr/bin/printf"},
    ],
    ids=["neither curl nor bash", "printf is a program"],
)
def test_without_a_way_that_hides_the_token_nobody_is_asked(home: Path, jira: Jira, script: dict[str, str]) -> None:
    view = view_from(AlteredNode(node_for(home, jira), script=script))
    assert jira.asked == []
    assert ["no curl to ask with" in fault for fault in view.faults] == [True] * 4


def test_neither_the_request_nor_its_letter_shows_the_token(home: Path, jira: Jira) -> None:
    request = Consult(pages=EVERY, token=TOKEN)
    letter = letter_for(node_for(home, jira), request, "0" * 32, login_user="ops")
    assert TOKEN in letter.stdin.decode()
    assert TOKEN not in repr(request) + repr(letter) + letter.command


# Other addresses


@pytest.mark.parametrize("tools", TOOLS)
def test_a_jira_on_an_ipv6_address_is_asked_by_a_host_name_that_http_allows(home: Path, tools: dict[str, str]) -> None:
    pages = {path: said(json.dumps(page)) for path, page in PATHS.items()}
    try:
        with serving(Jira(pages=pages, address="::1")) as jira:
            view = view_from(AlteredNode(node_for(home, jira), script=tools))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    assert view == GOOD
    assert {headers["Host"] for _, headers in jira.asked} == {f"[::1]:{jira.port}"}


@needs("openssl", "openssl")
def test_a_jira_behind_tls_is_asked_by_curl_alone(home: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=jira.example.com"]
    subprocess.run([*making, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    pages = {path: said(json.dumps(page)) for path, page in PATHS.items()}
    with serving(Jira(pages=pages), tls) as jira:
        node = node_for(home, jira, scheme="https")
        assert view_from(ShellNode(node)) == GOOD
        assert "no curl" in view_from(AlteredNode(node, script=WITHOUT_CURL)).faults[0]


# A look it stays


def test_a_consultation_calls_nothing_that_changes_anything() -> None:
    def words(request: type[Consult | Observe]) -> set[str]:
        script = script_of(PARTS[request], {})
        return commands_in(script) - set(re.findall(r"^(\w+)\(\)", script, re.MULTILINE))

    assert words(Consult) - words(Observe) <= {"cat", "for", "shift"}


def test_a_consultation_writes_to_nothing_but_its_output_and_the_port() -> None:
    script = re.sub(r"\$\(\(.*?\)\)", "", script_of(PARTS[Consult], {}))
    targets = set(re.findall(r"\d*(?:>>|<>|>\||>)\s*([^\s;)]+)", script))
    assert targets == {"/dev/null", "&1", "&4", '"/dev/tcp/$1/$2"'}
    assert "<<" not in script, "a here-document may be a file"


@needs("strace", "strace")
@pytest.mark.parametrize("tools", TOOLS)
def test_a_consultation_opens_no_file_for_writing(
    home: Path, jira: Jira, tmp_path: Path, tools: dict[str, str]
) -> None:
    trace = tmp_path / "trace"
    around = ("strace", "-f", "-s", "9999", "-o", str(trace), "-e", "trace=%file,%process")
    assert view_from(AlteredNode(node_for(home, jira), script=tools, around=around)) == GOOD
    calls = trace.read_text()
    assert "execve" in calls
    assert TOKEN not in calls
    assert not re.findall(r"\b(?:rename|unlink|mkdir|link|symlink|chmod|fchmod|chown|truncate|mknod|utime)\w*\(", calls)
    opened = re.findall(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]*)", [^)\n]*(?:O_WRONLY|O_RDWR|O_CREAT)', calls)
    assert set(opened) <= {"/dev/null", "/dev/tty"}


# Over a real server


@pytest.mark.sshd
def test_a_consultation_over_ssh_is_the_same(home: Path, jira: Jira, tmp_path: Path) -> None:
    need_sshd()
    server = sshd.start(tmp_path / "sshd")
    place = Place(folder=tmp_path)
    place.trust(server)
    node = replace(node_for(home, jira), address=server.host, ssh=place.node(server).ssh)
    port = SshNode(node, environment=place.environment)
    try:
        jira.delay = 0.2
        with watching(f"HOME={pwd.getpwuid(os.getuid()).pw_dir}") as seen:
            assert view_from(port, token=TROUBLE) == GOOD
        jira.pages = {path: said(" " * 3_000_000) for path in jira.pages}
        assert len(view_from(port).faults) == 4
    finally:
        port.close()
        server.stop()
    assert not [text for text in seen if TROUBLE.encode() in text]
    assert TROUBLE not in server.log


# What others on the node may see


@contextlib.contextmanager
def watching(mark: str) -> Iterator[set[bytes]]:
    """Collect, as fast as may be, arguments and environments of the processes with this mark in their environment."""
    seen: set[bytes] = set()
    enough = threading.Event()

    def watch() -> None:
        while not enough.is_set():
            for number in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - names, not paths
                environment = read_quietly(f"/proc/{number}/environ")
                if mark.encode() in environment:
                    seen.update((environment, read_quietly(f"/proc/{number}/cmdline")))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        enough.set()
        thread.join()


def read_quietly(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
