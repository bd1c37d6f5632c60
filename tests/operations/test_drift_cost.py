"""What a drift check of a hundred nodes costs: one look each, and no more memory for the same bytes on all of them."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.judging.standing import Look, judge
from agent.core.node import Node
from agent.core.report import document_of
from agent.errors import Outcome
from agent.node.memory.adapter import MemoryNode
from agent.node.memory.machine import Machine
from agent.node.port import Observe, Ok
from agent.operations.drift import drift
from agent.operations.looking.gathering import gather, observation_in
from tests.command_line import INVENTORY
from tests.core.sightings import document
from tests.operations.world import HURRIED, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.node.answers import Answer

NODES = 100
KIB = 1024
LARGE = b"<!-- " + b"x" * (48 * KIB) + b" --><filestore-config><filestores/><associations/></filestore-config>"
"""As large as a file may be and be read."""


def test_each_of_a_hundred_nodes_is_dialled_once_and_looked_at_once(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace("jira-[1-3]", f"jira-[1-{NODES}]") + HURRIED)

    report = drift(there.world(), there.choice(), template=None)

    assert (report.outcome, len(report.nodes)) == (Outcome.OK, NODES)
    assert there.kinds() == ["Observe"] * NODES
    assert sorted(there.closed) == sorted(name for name, _ in there.requests) == sorted(there.nodes)
    assert [line.text.split()[:2] for line in report.lines if "CURRENT" in line.text] == [
        ["CURRENT", f"jira-[1-{NODES}]"]
    ]
    assert document_of(report)["outcome"] == "ok"


def _look(number: int) -> tuple[Node, Answer]:
    """A node whose answer has bytes of its own, as those that came over a wire."""
    node = Node(name=f"jira-{number}", cluster="prod", address="192.0.2.1", localhome="/data")
    answer = MemoryNode(node, Machine(node, content=LARGE)).perform(Observe())
    assert isinstance(answer, Ok)
    file = replace(answer.observation.file, content=bytes(bytearray(LARGE)))
    return node, Ok(observation=replace(answer.observation, file=file))


def test_a_hundred_equal_files_are_held_and_parsed_once() -> None:
    nodes = {f"jira-{number}": (_look(number)[0], number) for number in range(NODES)}
    desired = document()
    tracemalloc.start()
    try:
        answers = gather(lambda node: _look(nodes[node.name][1])[1], [node for node, _ in nodes.values()], forks=8)
        judged = judge(
            tuple(
                Look(node=node, desired=desired, observation=observation_in(answers[name]))
                for name, (node, _) in nodes.items()
            )
        )
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len({id(it.config) for it in judged}) == 1
    assert held < 20 * len(LARGE)
    assert most < NODES * len(LARGE) / 2
