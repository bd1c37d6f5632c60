"""One machine of a cluster, resolved: all that is needed to reach it and to look after its file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEndpoint:
    """Jira's status page, as seen from the node itself; the address is never the balancer's."""

    scheme: str = "http"
    address: str = "127.0.0.1"
    port: int = 8080
    context_path: str = ""

    @property
    def url(self) -> str:
        """The page's address, with an IPv6 address in brackets (Atlassian: /status lies under the context path)."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.context_path}/status"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemdService:
    """Jira as a unit, started and stopped by the login user: sudo -n /usr/bin/systemctl --no-block stop|start UNIT."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandService:
    """Jira started and stopped by two commands, run as the file's owner."""

    start: tuple[str, ...]
    stop: tuple[str, ...]


Service = SystemdService | CommandService


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSettings:
    """How to dial: jumps in OpenSSH's order (me -> a -> b -> node); None leaves the choice to the ssh configuration."""

    user: str | None = None
    port: int | None = None
    jump: tuple[str, ...] = ()
    config: str | None = None
    known_hosts: str = "~/.ssh/known_hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node, resolved from the inventory: cluster policy with the node's own overrides laid over it."""

    name: str
    cluster: str
    address: str
    localhome: str
    owner: str = "jira"
    group: str = "jira"
    mode: str = "0640"
    ssh: SshSettings = field(default_factory=SshSettings)
    status: StatusEndpoint = field(default_factory=StatusEndpoint)
    service: Service = field(default_factory=lambda: SystemdService(unit="jira"))
    tags: frozenset[str] = frozenset()
