"""How is one server taken out of HAProxy, and put back? Through the runtime socket, bounded, and as often as one likes.

Of the standard library alone, for Python 3.7 and later: copy it beside haproxy-drain and haproxy-ready.
"""  # noqa: INP001 - a file to copy, no package

from __future__ import annotations

import argparse
import csv
import os
import re
import socket
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SOCKET = "/run/haproxy/admin.sock"
GLANCE = 0.2
"""Seconds between two looks at a server."""
SPARE = 5
"""Seconds before the hook's deadline at which we end by ourselves, since we know what was waited for."""


class Trouble(Exception):  # noqa: N818 - the message is what the operator reads
    """It did not work; the message says what was seen and what to do."""


class Server:
    """One server line of one backend, as the HAProxy behind this socket sees it."""

    def __init__(self, path: str, backend: str, name: str) -> None:
        for word in (backend, name):
            if not re.fullmatch(r"[A-Za-z0-9_.:-]+", word):
                raise Trouble(f"{word!r} cannot be the name of a backend or server")
        self.path, self.backend, self.name = path, backend, name

    def __str__(self) -> str:
        return f"{self.backend}/{self.name}"

    def ask(self, command: str) -> str:
        """Send one command and return the answer (HAProxy management guide, "Unix Socket commands")."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            try:
                line.connect(self.path)
                line.sendall(command.encode("ascii") + b"\n")
                return b"".join(iter(lambda: line.recv(65536), b"")).decode("utf-8", "replace").strip()
            except OSError as fault:
                raise Trouble(f"{self.path}: {fault.strerror or fault}; is HAProxy running, and may you?") from fault

    def look(self) -> dict[str, str]:
        """Return what `show stat` tells of the server."""
        rows = self.rows()
        if self.name not in rows:
            known = ", ".join(rows) or "none"
            raise Trouble(f"{self}: no such server (known: {known}); its name must be the node's in the inventory")
        return rows[self.name]

    def rows(self) -> dict[str, dict[str, str]]:
        """Return the same of all servers of the backend."""
        said = self.ask(f"show stat {self.backend} 4 -1")
        if not said.startswith("# "):
            raise Trouble(f"{self.backend}: {said or 'no answer'}")
        return {row["svname"]: row for row in csv.DictReader(said[2:].splitlines())}

    def put(self, *wishes: str) -> None:
        """Change the server, all wishes in one go; HAProxy says nothing where it did."""
        said = self.ask("; ".join(f"set server {self} {wish}" for wish in wishes))
        if said:
            raise Trouble(f"{self}: {', '.join(wishes)}: {said}; the socket needs `level admin`")

    def others_that_serve(self) -> list[str]:
        """Return the other servers that take requests."""
        return [name for name, row in self.rows().items() if name != self.name and row["status"].startswith("UP")]

    @property
    def requests(self) -> int:
        """Requests that are under way or wait for it."""
        row = self.look()
        return int(row["scur"] or 0) + int(row["qcur"] or 0)

    @property
    def status(self) -> str:
        """UP, DOWN, DRAIN, MAINT, `no check`; a fraction behind it tells of checks on the way to the other state."""
        return self.look()["status"]

    @property
    def is_checked(self) -> bool:
        """Whether it has a health check, also while maintenance pauses it (CHK_ST_ENABLED of srv_check_state)."""
        lines = self.ask(f"show servers state {self.backend}").splitlines()[1:]
        rows = csv.DictReader([lines[0][2:], *lines[1:]], delimiter=" ")
        return any(row["srv_name"] == self.name and int(row["srv_check_state"]) & 4 for row in rows)


def drain(server: Server, grace: float, end: float, *, last: bool) -> str:
    """Take the server out: no new users, after the grace nobody at all, then wait for the requests under way.

    Users stick to their node by the cookie, so draining alone never empties it: they come back with each click. Only
    maintenance moves them; a request under way is finished all the same.
    """
    status = server.status
    if not server.is_checked:
        raise Trouble(f"{server}: has no health check, so nothing would tell when it may be put back; add `check`")
    serves = not status.startswith(("DOWN", "MAINT"))
    if serves and not last and not server.others_that_serve():
        raise Trouble(f"{server}: no other server of {server.backend} is UP; put one back first, or say --last")
    if not status.startswith("MAINT"):
        server.put("state drain")
        wait(lambda: server.requests == 0, min(end, time.monotonic() + grace))
        server.put("state maint")
    if not wait(lambda: server.requests == 0, end):
        raise Trouble(f"{server}: still under way: {server.requests} (requests); no new ones come; give it more time")
    return f"{server}: out, no request under way"


def ready(server: Server, end: float) -> str:
    """Put the server back, and wait until HAProxy's own health check has found it UP.

    A server that leaves maintenance counts as UP before any check. It is told DOWN in the same breath, so that
    requests come once the checks have passed.
    """
    status = server.status
    if not server.is_checked:
        server.put("state ready")
        raise Trouble(
            f"{server}: put back, but it has no health check, so nothing tells whether it serves; add `check`"
        )
    if status.startswith("MAINT"):
        server.put("state drain", "health down", "state ready")
    else:
        server.put("state ready")
    if not wait(lambda: server.status == "UP", end):
        row = server.look()
        raise Trouble(f"{server}: put back, but {row['status']} (last check: {row['check_status']} {row['last_chk']})")
    return f"{server}: UP"


def wait(done: Callable[[], bool], end: float) -> bool:
    """Wait until it is done, or until the end (time.monotonic); tell which."""
    while not done():
        if time.monotonic() >= end:
            return False
        time.sleep(GLANCE)
    return True


def main(act: str) -> int:
    """Read the command line of one of the two scripts and do its work; return the exit code."""
    words = argparse.ArgumentParser(description={"drain": drain, "ready": ready}[act].__doc__)
    words.add_argument("node", help="the server's name, which is the node's")
    words.add_argument("--backend", default="jira")
    words.add_argument("--socket", default=SOCKET, help="(%(default)s)")
    words.add_argument("--within", type=float, default=time_left(), help="seconds in all (%(default)s)")
    if act == "drain":
        words.add_argument("--grace", type=float, default=10, help="seconds for those who are there (%(default)s)")
        words.add_argument(
            "--last", action="store_true", default=all_at_once(), help="also where no other server is UP"
        )
    said = words.parse_args()
    end = time.monotonic() + said.within
    try:
        server = Server(said.socket, said.backend, said.node)
        news = drain(server, said.grace, end, last=said.last) if act == "drain" else ready(server, end)
    except Trouble as trouble:
        sys.stderr.write(f"haproxy-{act}: {trouble}\n")
        return 1
    sys.stdout.write(f"{news}\n")
    return 0


def all_at_once() -> bool:
    """Tell whether all nodes are about to be stopped, so that there must be a last one."""
    return os.environ.get("FILESTORE_AGENT_SHAPE") == "together"


def time_left() -> float:
    """Return the seconds that the inventory gives the hook, less some to say what went wrong."""
    return max(1.0, float(os.environ.get("FILESTORE_AGENT_TIMEOUT", "60")) - SPARE)
