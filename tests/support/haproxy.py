"""A real HAProxy on loopback, configured as the example is, and visitors who write down what they lost."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.lab.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLE = Path(__file__).parents[2] / "examples" / "haproxy"
PATIENCE = 20.0
CHECKS = "check inter 100ms fall 2 rise 2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A running HAProxy and the two scripts, which speak to its runtime socket."""

    port: int
    socket: Path

    def words(self, act: str, *more: str) -> list[str]:
        """Return the command line of a script, as an inventory would have it before the node's name."""
        return [str(EXAMPLE / f"haproxy-{act}"), "--socket", str(self.socket), *more]

    def script(self, act: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        return subprocess.run(
            [sys.executable, "-B", *self.words(act, *more)],
            check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def status(self, server: str) -> str:
        """Return what HAProxy says of a server, read with other eyes than the scripts'."""
        found = re.search(rf"^jira,{re.escape(server)},(?:[^,]*,){{15}}([^,]*),", self.ask("show stat"), re.MULTILINE)
        return found[1] if found else ""

    def ask(self, command: str) -> str:
        """Send one command to the runtime socket."""
        code = (
            "import socket, sys\n"
            "line = socket.socket(socket.AF_UNIX)\n"
            "line.connect(sys.argv[1])\n"
            "line.sendall(sys.argv[2].encode() + b'\\n')\n"
            "sys.stdout.write(b''.join(iter(lambda: line.recv(65536), b'')).decode())\n"
        )
        words = [sys.executable, "-c", code, str(self.socket), command]
        return subprocess.run(words, check=False, capture_output=True, text=True, timeout=20).stdout

    def wait_for(self, server: str, status: str) -> None:
        """Wait until HAProxy says so of a server."""
        give_up = time.monotonic() + PATIENCE
        while self.status(server) != status:
            assert time.monotonic() < give_up, f"{server} is {self.status(server)}, not {status}"
            time.sleep(0.05)


@contextmanager
def balancer(servers: Mapping[str, int], *, checks: str = CHECKS, level: str = "admin") -> Iterator[Balancer]:
    """Start HAProxy with the example's configuration before these servers (name and loopback port), all of them UP."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="haproxy-") as folder:  # a socket's path has at most 107 bytes
        running = Balancer(port=port, socket=Path(folder) / "admin.sock")
        config = Path(folder) / "haproxy.cfg"
        config.write_text(_configuration(running, servers, checks, level), encoding="utf-8")
        process = subprocess.Popen(
            ["haproxy", "-db", "-f", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            for name in servers:
                running.wait_for(name, "UP" if checks else "no check")
            yield running
        finally:
            process.kill()
            process.wait()


def _configuration(running: Balancer, servers: Mapping[str, int], checks: str, level: str) -> str:
    """Return the example's configuration with this machine's socket, ports and servers, and nothing else changed."""
    text = (EXAMPLE / "haproxy.cfg").read_text(encoding="utf-8")
    lines = "".join(f"  server {name} 127.0.0.1:{port} cookie {name}\n" for name, port in servers.items())
    text, count = re.subn(r"(?:^  server .*\n)+", lines, text, flags=re.MULTILINE)
    assert count == 1
    for was, now in (
        ("/run/haproxy/admin.sock mode 660 level admin", f"{running.socket} mode 600 level {level}"),
        ("bind :8080", f"bind 127.0.0.1:{running.port}"),
        ("check inter 5s fall 3 rise 2", checks or "weight 1"),
    ):
        assert was in text
        text = text.replace(was, now)
    return text


@dataclass(slots=True, kw_only=True)
class Visitors:
    """People at work: each asks for a page over and over, the faithful ones with the cookie that they were given."""

    port: int
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def at_work(self, faithful: int = 3, fresh: int = 1) -> Iterator[Visitors]:
        """Let them work while the block runs."""
        kinds = [self._faithful] * faithful + [self._fresh] * fresh
        threads = [threading.Thread(target=kind, daemon=True) for kind in kinds]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join(PATIENCE)

    def _faithful(self) -> None:
        """Keep connection and cookie, as a browser does."""
        cookie = ""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not self._over.wait(0.02):
            cookie = self._visit(line, cookie) or cookie
        line.close()

    def _fresh(self) -> None:
        """Come anew each time."""
        while not self._over.wait(0.02):
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            self._visit(line, "")
            line.close()

    def _visit(self, line: http.client.HTTPConnection, cookie: str) -> str:
        """Ask once and note what came; return the cookie that came with it."""
        try:
            line.request("GET", "/status", headers={"Cookie": cookie} if cookie else {})
            answer = line.getresponse()
            body = answer.read().decode()
        except (OSError, http.client.HTTPException) as fault:
            with suppress(OSError):
                line.close()
            self._note(repr(fault))
            return ""
        self._note("" if answer.status == 200 and '"RUNNING"' in body else f"{answer.status} {body[:60]}")
        return (answer.getheader("Set-Cookie") or "").partition(";")[0]

    def _note(self, trouble: str) -> None:
        with self._counting:
            self.answered += not trouble
            if trouble:
                self.lost.append(trouble)
