"""The node in memory passes the contract of the real ones, and its faults strike as announced."""

from __future__ import annotations

import pytest

from agent.core.node import Node
from agent.node.machine import Machine
from agent.node.memory import MemoryNode
from tests.node.contract import Door, NodeContract
from tests.support.hands import MachineHands

NODE = Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/var/atlassian/application-data/jira")


class TestMemory(NodeContract):
    @pytest.fixture
    def door(self) -> Door:
        machine = Machine(NODE)
        return Door(node=NODE, port=MemoryNode(NODE, machine), hands=MachineHands(machine))
