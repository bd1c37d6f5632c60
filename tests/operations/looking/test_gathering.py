"""Asking all nodes at once: what they bring is kept once, however many they are."""

from __future__ import annotations

import threading
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.node import Node
from agent.core.observation import LockHolder
from agent.errors import Refused
from agent.node.memory.adapter import MemoryNode
from agent.node.memory.machine import Machine
from agent.node.port import Observe, Ok, Recall
from agent.operations.looking.gathering import MOST_COPIES, gather, observation_in
from agent.operations.looking.last_seen import LastSeen
from agent.operations.unfinished.plan_copies import copied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.node.port import Answer, Request

MIB = 1 << 20
LOCK = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="2026-01-01T00:00:00Z")
NODES = tuple(
    Node(name=f"jira-{number}", cluster="prod", address="192.0.2.1", localhome="/data") for number in range(60)
)


class Fresh:
    """A node whose every answer has bytes of its own, as those that came over a wire."""

    def __init__(self, node: Node, copy: Callable[[], bytes], lock: LockHolder | None = LOCK) -> None:
        self._inner = MemoryNode(node, Machine(node, content=b"<filestore-config/>"))
        self._inner.machine.lock = lock
        self._copy = copy
        self.name = node.name
        self.identity = None

    def perform(self, request: Request) -> Answer:
        self._inner.machine.plan_copy = self._copy()
        answer = self._inner.perform(request)
        self._inner.machine.plan_copy = None
        assert isinstance(answer, Ok)
        seen = answer.observation
        content = bytes(bytearray(seen.file.content or b""))
        return replace(answer, observation=replace(seen, file=replace(seen.file, content=content)))

    def close(self) -> None:
        """Nothing stays open."""


def recalled(ports: Mapping[str, LastSeen], forks: int = 4) -> Mapping[str, Answer]:
    return gather(lambda node: ports[node.name].perform(Recall()), NODES[: len(ports)], forks=forks)


def copies_in(answers: Mapping[str, Answer]) -> list[bytes | None]:
    return [seen.plan_copy for answer in answers.values() if (seen := observation_in(answer)) is not None]


def test_one_plan_on_sixty_nodes_is_held_once() -> None:
    ports = {node.name: LastSeen(Fresh(node, lambda: bytes(MIB))) for node in NODES}
    tracemalloc.start()
    try:
        answers = recalled(ports)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert copies_in(answers) == [bytes(MIB)] * 60
    assert held < 3 * MIB
    assert most < 16 * MIB


def test_a_slow_first_node_does_not_let_the_copies_of_the_others_pile_up() -> None:
    others_done = threading.Event()
    ports = {node.name: LastSeen(Fresh(node, lambda: bytes(MIB))) for node in NODES}
    left = [len(NODES) - 1]

    def ask(node: Node) -> Answer:
        if node is NODES[0]:
            others_done.wait(10)
            return ports[node.name].perform(Recall())
        answer = ports[node.name].perform(Recall())
        left[0] -= 1
        if not left[0]:
            others_done.set()
        return answer

    tracemalloc.start()
    try:
        gather(ask, NODES, forks=2)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 * MIB


def test_of_plans_that_all_differ_no_more_are_held_than_show_it_and_none_is_believed() -> None:
    ports = {
        node.name: LastSeen(Fresh(node, lambda number=number: number.to_bytes(4) * (MIB // 4)))  # type: ignore[misc]
        for number, node in enumerate(NODES)
    }
    answers = recalled(ports)

    assert sum(copy is not None for copy in copies_in(answers)) == MOST_COPIES
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    with pytest.raises(Refused, match="differ"):
        copied("prod", "p1", seen)


def test_a_copy_without_a_lock_is_nobodys_and_takes_no_others_place() -> None:
    strangers = {node.name: LastSeen(Fresh(node, node.name.encode, lock=None)) for node in NODES[:20]}
    ports = {**strangers, **{node.name: LastSeen(Fresh(node, lambda: b"plan")) for node in NODES[20:]}}

    assert copies_in(recalled(ports, forks=1)) == [None] * 20 + [b"plan"] * 40


def test_equal_files_are_one_and_the_same() -> None:
    ports = {node.name: LastSeen(Fresh(node, lambda: b"plan")) for node in NODES}
    answers = gather(lambda node: ports[node.name].perform(Observe()), NODES, forks=4)

    contents = [seen.file.content for answer in answers.values() if (seen := observation_in(answer)) is not None]
    assert len({id(content) for content in contents}) == 1


def test_a_port_remembers_its_last_answer_without_the_copy_of_the_plan() -> None:
    port = LastSeen(Fresh(NODES[0], lambda: b"plan"))
    answer = port.perform(Recall())

    assert isinstance(answer, Ok)
    assert answer.observation.plan_copy == b"plan"
    assert port.answer == replace(answer, observation=replace(answer.observation, plan_copy=None))
