"""What the lab's inventory says: the same format 1 that a user writes, with this machine's ports and folders."""

from __future__ import annotations

import grp
import json
import os
import pwd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agent.lab.node import LabNode

FILESTORES = """\
filestores:
  backupBucket:
    bucket-name: example-co-jira-backup-bucket
    region: ap-southeast-4
    endpoint-override: https://s3.dualstack.ap-southeast-4.amazonaws.com
    max-concurrency: 100
associations:
  backups: backupBucket
"""
"""The example of Atlassian's page on backups, in the inventory's words."""


ROLLOUT = """\
rollout:
  ready-timeout: 30s
  ready-streak: 2
  ready-interval: 1s
"""


def inventory_text(
    nodes: Iterable[LabNode],
    *,
    ssh_config: Path,
    known_hosts: Path,
    filestores: str = FILESTORES,
    rollout: str = ROLLOUT,
    token_file: Path | None = None,
) -> str:
    """Return the YAML of the lab's one cluster; every word that comes from outside is a quoted JSON string."""
    entries = "".join(_entry(node) for node in nodes)
    owner = pwd.getpwuid(os.getuid()).pw_name
    return f"""\
# A cluster on this machine only: stand-ins for Jira behind SSH servers on loopback ports. Gone when its lab ends.
jira:
  version: "10.3.4"
  localhome: /var/atlassian/application-data/jira
  owner: {_quoted(owner)}
  group: {_quoted(grp.getgrgid(os.getgid()).gr_name)}
{_rest(token_file)}ssh:
  user: {_quoted(owner)}
  config: {_quoted(str(ssh_config))}
  known-hosts: {_quoted(str(known_hosts))}
nodes:
{entries}{filestores}{rollout}waivers:
  FS051: "a lab runs as whoever started it, in a folder of its own"
"""


def ssh_config_text(*, user: str, client_key: Path, known_hosts: Path) -> str:
    """Return the ssh configuration of the lab: one user, one key, one list of known hosts, for every host."""
    return f"""\
Host *
  User {user}
  IdentityFile "{client_key}"
  IdentitiesOnly yes
  UserKnownHostsFile "{known_hosts}"
  StrictHostKeyChecking yes
"""


def _entry(node: LabNode) -> str:
    status = {"port": node.status_port, "context-path": node.context_path}
    service = {verb: node.service(verb) for verb in ("start", "stop")}
    return f"""\
  {node.name}:
    address: 127.0.0.1
    port: {node.ssh_port}
    localhome: {_quoted(str(node.home))}
    status: {json.dumps(status)}
    service: {json.dumps(service)}
"""


def _rest(token_file: Path | None) -> str:
    """Return the key under `jira` that lets the product ask Jira itself; nothing where it may not."""
    return "" if token_file is None else f'  rest: {{"token": {_quoted(f"file:{token_file}")}}}\n'


def _quoted(text: str) -> str:
    """Return a YAML scalar that is surely text: JSON's strings are YAML's double-quoted ones."""
    return json.dumps(text, ensure_ascii=False)
