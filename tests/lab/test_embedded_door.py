"""The door to a node over the SSH server in this process keeps every promise of the port."""

from __future__ import annotations

import grp
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.node import SshSettings
from agent.lab import embedded
from agent.lab.inventory import ssh_config_text
from agent.node.ssh.adapter import SshNode
from tests.node.contract import Door, NodeContract
from tests.support.hands import FolderHands, folder_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshSettings]:
    """Start one server for all, and give the way in."""
    folder = tmp_path_factory.mktemp("ssh")
    server = embedded.start(folder)
    config = folder / "ssh_config"
    text = ssh_config_text(user=server.user, client_key=server.client_key, known_hosts=server.known_hosts)
    config.write_text(text, encoding="utf-8")
    yield SshSettings(user=server.user, port=server.port, config=str(config), known_hosts=str(server.known_hosts))
    server.stop()


class TestEmbedded(NodeContract):
    """The contract, over the embedded server."""

    @pytest.fixture
    def door(self, tmp_path: Path, ssh: SshSettings) -> Iterator[Door]:
        home = tmp_path / "home"
        home.mkdir(mode=0o750)
        node = folder_node(home, owner=str(ssh.user), group=grp.getgrgid(os.getgid()).gr_name)
        node = replace(node, ssh=ssh)
        door = Door(node=node, port=SshNode(node), hands=FolderHands(home))
        yield door
        door.port.close()
        if home.exists():
            door.hands.end_jira()
