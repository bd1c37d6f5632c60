"""A whole cluster on this machine: n nodes behind SSH servers on loopback ports, and nothing left of it afterwards."""

from __future__ import annotations

import secrets
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.lab.guard import guarded, sweep
from agent.lab.inventory import FILESTORES, ROLLOUT, inventory_text, ssh_config_text
from agent.lab.jira import settings
from agent.lab.jira.members import FOR_GOOD, Members, memory_in
from agent.lab.node import LabFault, LabNode
from agent.lab.ports import free_ports
from agent.lab.servers import best_server, make_client_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from agent.lab.servers import SshServer, StartsServer

ABREAST = 8
"""Servers started or stopped at a time: each waits more than it works."""


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

    @property
    def token_file(self) -> Path:
        """The file with the token that Jira's REST pages take; who writes another one into it changes the token."""
        return token_file_in(self.folder)

    @property
    def token(self) -> str:
        """The token itself."""
        return self.token_file.read_text(encoding="ascii").strip()

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

    def behave(self, **habits: object) -> None:
        """Change how every node's stand-in behaves from its next start on."""
        for node in self.nodes:
            node.behave(**habits)

    def list_stranger(self, node_id: str, state: str = "ACTIVE") -> None:
        """Let the cluster list a node that no inventory has: ACTIVE and alive for good, or otherwise, and silent."""
        now = time.time()
        self._members.join(node_id, now, state=state, version="10.3.4", address="192.0.2.99", port=40001)
        if state == "ACTIVE":
            self._members.beat(node_id, now + FOR_GOOD)

    def unlist(self, node_id: str) -> None:
        """Let the cluster forget a node, as an administrator does."""
        self._members.forget(node_id)

    def enter_upgrade(self, state: str) -> None:
        """Move the cluster to a state of the vendor's zero-downtime upgrade, such as MIXED; at first it is STABLE."""
        self._members.enter_upgrade(state)

    def write_inventory(
        self,
        filestores: str = FILESTORES,
        *,
        rollout: str = ROLLOUT,
        nodes: Iterable[LabNode] | None = None,
        token_file: Path | None = None,
    ) -> Path:
        """Write inventory/lab.yml, and return it.

        Args:
            filestores: the keys filestores and associations, in YAML as a user writes them.
            rollout: the key rollout, likewise.
            nodes: those that it names; all of them where None is given.
            token_file: where the token lies by which the product may ask Jira's REST pages (`self.token_file`); without
                it the inventory has no key `rest`.
        """
        file = self.inventory / "lab.yml"
        text = inventory_text(
            self.nodes if nodes is None else nodes,
            ssh_config=self.folder / "ssh_config",
            known_hosts=self.folder / "known_hosts",
            filestores=filestores,
            rollout=rollout,
            token_file=token_file,
        )
        file.write_text(text, encoding="utf-8")
        return file

    @property
    def _members(self) -> Members:
        return Members(memory=memory_in(self.sharedhome))

    def stop(self) -> None:
        """End the doors, then every Jira; what one of them does wrong hides nothing of the others."""
        with ThreadPoolExecutor(ABREAST) as pool:
            endings = [pool.submit(server.stop) for server in self.servers]
        sweep(str(self.folder))
        for ending in endings:
            ending.result()


@contextmanager
def lab_cluster(
    folder: Path, count: int = 3, *, serve: StartsServer | None = None, context_path: str = ""
) -> Iterator[LabCluster]:
    """Start the SSH servers of a cluster and write its inventory; end all of it afterwards, however it ends.

    A SIGTERM or SIGHUP meanwhile ends the caller as SystemExit does, so that its cleanup runs. Jira is not started.

    Args:
        folder: made private; everything that the lab writes lies in it. An absolute path.
        count: how many nodes; they are called jira-1 to jira-n.
        serve: how to start a server; a real sshd where the machine has one, else one in this process.
        context_path: where Jira lives below its port, such as /jira.
    """
    folder = folder.resolve()
    for part in (folder, folder / "inventory", folder / "shared", folder / "s3"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.chmod(0o700)
    shutil.rmtree(memory_in(folder / "shared"), ignore_errors=True)  # of an earlier lab in this folder
    with _ended_by_signals(), guarded(folder):
        _write_token(folder)
        cluster = _started(folder, count, serve or best_server(), context_path)
        try:
            _write_ssh_files(cluster)
            cluster.write_inventory()
            yield cluster
        finally:
            cluster.stop()


def token_file_in(folder: Path) -> Path:
    """Return where a lab keeps its token."""
    return folder / "token"


def _write_token(folder: Path) -> None:
    """Make the cluster's token, for its owner alone."""
    file = token_file_in(folder)
    file.touch(mode=0o600)
    file.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")


def _started(folder: Path, count: int, serve: StartsServer, context_path: str) -> LabCluster:
    """Start all servers at once; where one fails, those that came up are stopped again."""
    names = [f"jira-{number}" for number in range(1, count + 1)]
    client_key = make_client_key(folder / "client_key")
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
        _node(folder, name, server.port, port, context_path)
        for name, server, port in zip(names, servers, free_ports(count), strict=True)
    )
    return LabCluster(folder=folder, nodes=nodes, servers=servers, client_key=client_key)


def _node(folder: Path, name: str, ssh_port: int, status_port: int, context_path: str) -> LabNode:
    """Lay out one node's localhome, as an installed and stopped Jira leaves it."""
    home = folder / name / "home"
    home.mkdir(mode=0o750, parents=True, exist_ok=True)
    properties = f"jira.node.id = {name}\njira.shared.home = {folder / 'shared'}\n"
    (home / "cluster.properties").write_text(properties, encoding="utf-8")
    token_file = str(token_file_in(folder))
    settings.write(
        home, status_port=status_port, context_path=context_path, s3=str(folder / "s3"), token_file=token_file
    )
    return LabNode(name=name, home=home, ssh_port=ssh_port, status_port=status_port, context_path=context_path)


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
