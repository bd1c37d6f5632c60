"""What the tests over a real OpenSSH server share: a server or the reason why not, and nodes that lead to it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from agent.core.node import Node, SshSettings
from agent.lab import sshd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.lab.sshd import Sshd


def need_sshd() -> None:
    """Skip the test where there is no sshd; fail it where everything must be there."""
    if sshd.available() is not None:
        return
    reason = "no sshd (or no ssh-keygen) on this machine; install openssh-server"
    if os.environ.get("FILESTORE_AGENT_REQUIRE") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of one test: its own HOME, ssh configuration and known_hosts."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """An environment in which nothing of whoever runs the tests is found."""
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"], "SHELL": "/bin/sh"}

    @property
    def known_hosts(self) -> Path:
        """The file that the nodes of this place name."""
        return self.folder / "known_hosts"

    def trust(self, *servers: Sshd) -> None:
        """Make the servers known."""
        self.known_hosts.write_text("".join(server.known_hosts.read_text() for server in servers))

    def configure(self, text: str) -> Path:
        """Write the ssh configuration."""
        config = self.folder / "config"
        config.write_text(text)
        return config

    def node(self, server: Sshd, *, config: str | None = None, port: int | None = None, **ssh: object) -> Node:
        """Return a node that leads to a server, with its client key unless a configuration says otherwise."""
        text = config or f"Host *\n  IdentityFile {server.client_key}\n  IdentitiesOnly yes\n"
        settings: Mapping[str, object] = {
            "user": server.user,
            "port": port or server.port,
            "config": str(self.configure(text)),
            "known_hosts": str(self.known_hosts),
            **ssh,
        }
        (self.folder / "localhome").mkdir(exist_ok=True)
        return Node(
            name="jira-1",
            cluster="example",
            address=server.host,
            localhome=str(self.folder / "localhome"),
            owner=server.user,
            group=server.user,
            ssh=SshSettings(**settings),  # type: ignore[arg-type]  # the test knows what it passes
        )


def fingerprint_of(key: Path) -> str:
    """Return what ssh-keygen, the other witness, says of a key."""
    said = subprocess.run(["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True)
    return said.stdout.split()[1]
