"""What somebody writes with Fabric in an afternoon: a connection a node, put and run, a thread pool; host keys strict.

`python -m benchmarks.plain_fabric look|push|same CARD`. Fabric trusts any host key unless told otherwise.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fabric import Config, Connection
from paramiko import RejectPolicy

from benchmarks.fleet import DOCUMENT

ABREAST = 32
DIGEST = hashlib.sha256(DOCUMENT).hexdigest()


def main(words: list[str]) -> int:
    """Do to every node what is asked."""
    act = {"look": look, "push": push, "same": same}[words[0]]
    card = json.loads(Path(words[1]).read_bytes())

    def visit(node: dict[str, str]) -> None:
        with connection(card, node) as connected:
            act(connected, f"{node['home']}/filestore-config.xml")

    with ThreadPoolExecutor(ABREAST) as pool:
        list(pool.map(visit, card["nodes"]))
    return 0


def connection(card: dict[str, str], node: dict[str, str]) -> Connection:
    """Return a connection that knows its host's key."""
    connected = Connection(
        "127.0.0.1",
        user=card["user"],
        port=node["port"],
        config=Config(lazy=True),
        connect_kwargs={"key_filename": card["key"], "allow_agent": False, "look_for_keys": False},
    )
    connected.client.load_host_keys(card["known_hosts"])
    connected.client.set_missing_host_key_policy(RejectPolicy())
    return connected


def look(connected: Connection, file: str) -> None:
    """Read the file and its facts, if it is there."""
    connected.run(f"stat -c '%a %U %G %s' {file} && cat {file}", hide=True, warn=True, in_stream=False)


def push(connected: Connection, file: str) -> None:
    """Put the document beside the file, rename it, compare."""
    connected.put(io.BytesIO(DOCUMENT), f"{file}.new")
    command = f"chmod 0640 {file}.new && sync {file}.new && mv -T {file}.new {file} && sync {file} && sha256sum {file}"
    said = connected.run(command, hide=True, in_stream=False).stdout
    if not said.startswith(DIGEST):
        raise SystemExit(f"{connected}: {said}")


def same(connected: Connection, file: str) -> None:
    """Compare, and push where it differs; in this benchmark it never does."""
    if not connected.run(f"sha256sum {file}", hide=True, in_stream=False).stdout.startswith(DIGEST):
        raise SystemExit(f"{connected}: differs")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
