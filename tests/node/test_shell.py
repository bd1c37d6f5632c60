"""The script itself, by the shells of this machine, on real folders: the contract, and what only a real file can show."""

from __future__ import annotations

import grp
import os
import pwd
from typing import TYPE_CHECKING

import pytest

from agent.node.shell import ShellNode
from tests.node.contract import Door, NodeContract
from tests.support.hands import FolderHands, folder_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ME = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name


def made_door(home: Path) -> Door:
    home.mkdir(mode=0o750)
    node = folder_node(home, owner=ME, group=MY_GROUP)
    return Door(node=node, port=ShellNode(node), hands=FolderHands(home))


class TestShell(NodeContract):
    """The contract, in a folder whose name a careless script would fall over."""

    @pytest.fixture
    def door(self, tmp_path: Path) -> Iterator[Door]:
        door = made_door(tmp_path / "it's a $(id) \"home\" * \\n")
        yield door
        door.port.close()
        if not os.path.isdir(door.node.localhome):
            return
        door.hands.end_jira()
