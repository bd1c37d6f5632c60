"""A whole cluster on this machine: n nodes behind SSH servers on loopback ports, and nothing left of it afterwards."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.lab import sshd
from agent.lab.guard import guarded, sweep
from agent.lab.inventory import FILESTORES, inventory_text, ssh_config_text
from agent.lab.jira import settings
from agent.lab.node import LabFault, LabNode
from agent.lab.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

ABREAST = 8
"""Servers started or stopped at a time: each waits more than it works."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LabCluster:
    """A running cluster. Its inventory is a folder with lab.yml, for `--inventory`; the cluster's name is `lab`."""

    folder: Path
    nodes: tuple[LabNode, ...]
    servers: tuple[SshServer, ...]
    client_key: Path

    @property
    def inventory(self) -> Path:
        """The folder to pass to the product as --inventory."""
        return self.folder / "inventory"

    @property
    def sharedhome(self) -> Path:
        """Where data goes that no association moves."""
        return self.folder / "shared"

    @property
    def s3(self) -> Path:
        """The folder that plays S3: one folder per bucket."""
        return self.folder / "s3"

    def node(self, name: str) -> LabNode:
        """Return the node of that name."""
        return next(node for node in self.nodes if node.name == name)

    def server(self, name: str) -> SshServer:
        """Return the SSH server of the node of that name."""
        return self.servers[self.nodes.index(self.node(name))]

    def start_jira(self) -> None:
        """Start Jira on every node and wait until all run."""
        for node in self.nodes:
            node.start_jira()
        for node in self.nodes:
            node.wait_for("RUNNING")

    def write_inventory(self, filestores: str = FILESTORES) -> Path:
        """Write inventory/lab.yml with these filestores and associations (YAML, as a user writes them)."""
        file = self.inventory / "lab.yml"
        text = inventory_text(
            self.nodes,
            ssh_config=self.folder / "ssh_config",
            known_hosts=self.folder / "known_hosts",
            filestores=filestores,
        )
        file.write_text(text, encoding="utf-8")
        return file

    def stop(self) -> None:
        """End the doors, then every Jira; what one of them does wrong hides nothing of the others."""
        with ThreadPoolExecutor(ABREAST) as pool:
            endings = [pool.submit(server.stop) for server in self.servers]
        sweep(str(self.folder))
        for ending in endings:
            ending.result()


@contextmanager
def lab_cluster(folder: Path, count: int = 3, *, serve: StartsServer | None = None) -> Iterator[LabCluster]:
    """Start the SSH servers of a cluster and write its inventory; end all of it afterwards, however it ends.

    A SIGTERM or SIGHUP meanwhile ends the caller as SystemExit does, so that its cleanup runs. Jira is not started.

    Args:
        folder: made private; everything that the lab writes lies in it. An absolute path.
        count: how many nodes; they are called jira-1 to jira-n.
        serve: how to start a server; a real sshd where the machine has one, else one in this process.
    """
    folder = folder.resolve()
    for part in (folder, folder / "inventory", folder / "shared", folder / "s3"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.chmod(0o700)
    with _ended_by_signals(), guarded(folder):
        cluster = _started(folder, count, serve or best_server())
        try:
            _write_ssh_files(cluster)
            cluster.write_inventory()
            yield cluster
        finally:
            cluster.stop()


def best_server() -> StartsServer:
    """Return how this machine starts SSH servers: real ones where it can."""
    if sshd.available():
        return sshd.start
    from agent.lab import embedded  # noqa: PLC0415 - paramiko is imported only where it serves

    return embedded.start


def _started(folder: Path, count: int, serve: StartsServer) -> LabCluster:
    """Start all servers at once; where one fails, those that came up are stopped again."""
    names = [f"jira-{number}" for number in range(1, count + 1)]
    client_key = _client_key(folder)
    with ThreadPoolExecutor(ABREAST) as pool:
        starts = [pool.submit(partial(serve, folder / name / "ssh", client_key=client_key)) for name in names]
    faults = [fault for start in starts if (fault := start.exception())]
    if faults:
        for start in starts:
            if not start.exception():
                start.result().stop()
        raise LabFault(f"lab: {len(faults)} of {count} SSH servers did not start ({faults[0]})") from faults[0]
    servers = tuple(start.result() for start in starts)
    nodes = tuple(
        _node(folder, name, server.port, port)
        for name, server, port in zip(names, servers, free_ports(count), strict=True)
    )
    return LabCluster(folder=folder, nodes=nodes, servers=servers, client_key=client_key)


def _client_key(folder: Path) -> Path:
    if sshd.available():
        return sshd.make_key(folder / "client_key")
    from agent.lab import embedded  # noqa: PLC0415 - as above

    return embedded.make_key(folder / "client_key")


def _node(folder: Path, name: str, ssh_port: int, status_port: int) -> LabNode:
    """Lay out one node's localhome, as an installed and stopped Jira leaves it."""
    home = folder / name / "home"
    home.mkdir(mode=0o750, parents=True, exist_ok=True)
    properties = f"jira.node.id = {name}\njira.shared.home = {folder / 'shared'}\n"
    (home / "cluster.properties").write_text(properties, encoding="utf-8")
    settings.write(home, status_port=status_port, s3=str(folder / "s3"))
    return LabNode(name=name, home=home, ssh_port=ssh_port, status_port=status_port)


def _write_ssh_files(cluster: LabCluster) -> None:
    known_hosts = cluster.folder / "known_hosts"
    known = "".join(server.known_hosts.read_text(encoding="ascii") for server in cluster.servers)
    known_hosts.write_text(known, encoding="ascii")
    user = Path(cluster.folder).owner()
    config = ssh_config_text(user=user, client_key=cluster.client_key, known_hosts=known_hosts)
    (cluster.folder / "ssh_config").write_text(config, encoding="utf-8")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit meanwhile; only the main thread may, elsewhere the caller must."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(TypeError):  # a handler that was not set from Python cannot be put back from it
                signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the interpreter's signature
    raise SystemExit(128 + number)
