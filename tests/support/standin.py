"""A process that holds a localhome as Jira does: the lock on .jira-home.lock, and a status page. No Jira otherwise."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
from pathlib import Path

PAGE = b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"state":"RUNNING"}'


def start(home: Path, port: int) -> None:
    """Lock the home and serve until ended."""
    lock = (home / ".jira-home.lock").open("w")
    fcntl.lockf(lock, fcntl.LOCK_EX)
    listener = socket.create_server(("127.0.0.1", port))
    pid = home / "standin.new"
    pid.write_text(str(os.getpid()))
    pid.rename(home / "standin.pid")
    while True:
        visitor, _ = listener.accept()
        with visitor:
            asked = b""
            while b"\r\n\r\n" not in asked and (more := visitor.recv(4096)):
                asked += more
            visitor.sendall(PAGE)


def stop(home: Path) -> None:
    """End the process that holds the home, if there is one."""
    pid = home / "standin.pid"
    if pid.exists():
        number = int(pid.read_text())
        pid.unlink()
        os.kill(number, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        stop(Path(sys.argv[2]))
