"""The floor: bare paramiko with the right socket and algorithms, sending the product's letters and judging nothing.

`python -m benchmarks.floor look|push CARD`. One connection a node, one channel a letter, 32 nodes at a time.
"""

from __future__ import annotations

import grp
import json
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko

from benchmarks.letters import LOOKS, PUSHES, letters

ABREAST = 32
FAST = {
    "kex": ["mlkem768x25519-sha256", "curve25519-sha256@libssh.org", "curve25519-sha256"],
    "ciphers": ["aes128-gcm@openssh.com"],
    "digests": ["hmac-sha2-256"],
    "key_types": ["ssh-ed25519"],
}
"""Cheapest first (measured): what both ends of a benchmark offer."""


def main(words: list[str]) -> int:
    """Do to every node what is asked; the first answer that is not whole ends the run."""
    requests = {"look": LOOKS, "push": PUSHES}[words[0]]
    card = json.loads(Path(words[1]).read_bytes())
    hosts = paramiko.HostKeys(card["known_hosts"])
    key = paramiko.Ed25519Key.from_private_key_file(card["key"])
    group = grp.getgrgid(os.getgid()).gr_name

    def visit(node: dict[str, object]) -> None:
        asked = letters(requests, str(node["name"]), str(node["home"]), card["user"], group)
        port = int(str(node["port"]))
        transport = _connected(port, card["user"], key, hosts)
        try:
            for command, stdin, mark in asked:
                _ask(transport, command, stdin, mark)
        finally:
            transport.close()

    with ThreadPoolExecutor(ABREAST) as pool:
        list(pool.map(visit, card["nodes"]))
    return 0


def _connected(port: int, user: str, key: paramiko.PKey, hosts: paramiko.HostKeys) -> paramiko.Transport:
    transport = paramiko.Transport(_QuickSocket(port))
    options = transport.get_security_options()
    for name, wanted in FAST.items():
        offered = getattr(options, name)
        setattr(options, name, tuple(word for word in wanted if word in offered) or offered)
    transport.start_client(timeout=30)
    if not hosts.check(f"[127.0.0.1]:{port}", transport.get_remote_server_key()):
        raise SystemExit(f"port {port}: unknown host key")
    transport.auth_publickey(user, key)
    return transport


def _ask(transport: paramiko.Transport, command: str, stdin: bytes, mark: bytes) -> None:
    channel = transport.open_session(timeout=30)
    channel.settimeout(30)
    channel.exec_command(command)
    channel.sendall(stdin)
    channel.shutdown_write()
    said = b""
    while mark not in said:
        block = channel.recv(1 << 16)
        if not block:
            raise SystemExit(f"no whole answer: {said[-300:]!r}")
        said += block
    channel.close()


class _QuickSocket(socket.socket):
    """A socket that delays neither what it sends nor what it acknowledges (tcp(7): that is not sticky)."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connect(("127.0.0.1", port))

    def recv(self, size: int, flags: int = 0) -> bytes:
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().recv(size, flags)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
