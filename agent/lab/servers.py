"""What the lab needs of an SSH server, and how this machine starts one: a real sshd where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agent.lab import sshd

if TYPE_CHECKING:
    from pathlib import Path


class SshServer(Protocol):
    """What the lab needs of an SSH server, a real one (lab.sshd) or one in this process (lab.embedded)."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...

    @property
    def known_hosts(self) -> Path:
        """The file with the one line by which clients know it."""
        ...

    def stop(self) -> None:
        """End it; may be called twice."""
        ...


class StartsServer(Protocol):
    """How a server is started: lab.sshd.start or lab.embedded.start."""

    def __call__(self, folder: Path, *, client_key: Path) -> SshServer:
        """Start a server that keeps all it needs in the folder and lets the owner of this key in."""
        ...


def best_server() -> StartsServer:
    """Return how this machine starts SSH servers: real ones where it can."""
    if sshd.available():
        return sshd.start
    from agent.lab import embedded  # noqa: PLC0415 - paramiko is imported only where it serves

    return embedded.start


def make_client_key(path: Path) -> Path:
    """Return the key by which the lab's one user logs in, made unless it is there."""
    if sshd.available():
        return sshd.make_key(path)
    from agent.lab import embedded  # noqa: PLC0415 - as above

    return embedded.make_key(path)
