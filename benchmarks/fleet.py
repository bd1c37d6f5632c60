"""The nodes of a benchmark: real SSH servers on loopback, no Jira, and what they saw of each run."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agent.lab import sshd
from agent.lab.cluster import LabCluster, lab_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENT = b"""<?xml version="1.1" ?>
<filestore-config>
  <filestores>
    <s3-filestore id="backupBucket">
      <config>
        <bucket-name>example-co-jira-backup-bucket</bucket-name>
        <region>ap-southeast-4</region>
        <endpoint-override>https://s3.dualstack.ap-southeast-4.amazonaws.com</endpoint-override>
        <max-concurrency>100</max-concurrency>
      </config>
    </s3-filestore>
  </filestores>
  <associations>
    <association target="backups" file-store="backupBucket" />
  </associations>
</filestore-config>
"""
CONNECTED = re.compile(r"^Accepted publickey", re.MULTILINE)
ASKED = re.compile(r"^Starting session: (command|subsystem)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the servers saw: connections let in, and commands or subsystems asked for on them."""

    connections: int
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Running nodes, and the file that tells the plain clients where they are."""

    cluster: LabCluster
    card: Path

    def traffic(self) -> Traffic:
        """Count what all servers have seen so far."""
        logs = [(server_folder / "sshd.log").read_text(errors="replace") for server_folder in self._server_folders()]
        return Traffic(
            connections=sum(len(CONNECTED.findall(log)) for log in logs),
            sessions=sum(len(ASKED.findall(log)) for log in logs),
        )

    def reset(self) -> None:
        """Make every node one that never had a file, nor anything of ours."""
        for node in self.cluster.nodes:
            node.remove()
            node.forget()

    def agrees(self) -> bool:
        """Whether every node has a file, and all have the same bytes."""
        contents = {node.file.read_bytes() if node.file.exists() else None for node in self.cluster.nodes}
        return len(contents) == 1 and None not in contents

    def _server_folders(self) -> Iterator[Path]:
        return (self.cluster.folder / node.name / "ssh" for node in self.cluster.nodes)


@contextmanager
def running_fleet(folder: Path, count: int) -> Iterator[Fleet]:
    """Start that many real servers; plain Fabric needs SFTP, so they offer it."""
    serve = partial(sshd.start, options={"Subsystem": "sftp internal-sftp"})
    with lab_cluster(folder, count, serve=serve) as cluster:
        card = folder / "fleet.json"
        card.write_text(json.dumps(_card(cluster)), encoding="utf-8")
        yield Fleet(cluster=cluster, card=card)


def _card(cluster: LabCluster) -> dict[str, object]:
    return {
        "user": cluster.folder.owner(),
        "key": str(cluster.client_key),
        "known_hosts": str(cluster.folder / "known_hosts"),
        "nodes": [{"name": node.name, "port": node.ssh_port, "home": str(node.home)} for node in cluster.nodes],
    }
