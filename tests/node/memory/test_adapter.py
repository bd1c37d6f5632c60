"""The node in memory passes the contract of the real ones, and its faults strike as announced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.core.node import Node
from agent.core.observation import FileKind, LogExcerpt, Presence
from agent.node.memory.adapter import Fault, MemoryNode, Mishap
from agent.node.memory.machine import Machine, Temper
from agent.node.port import Claim, Lost, Observe, Ok, ReadLog, Refused, Start, Stop, Unreachable
from tests.node.contract import NEW, OLD, OURS, Door, NodeContract, claim, commit, stage
from tests.support.hands import MachineHands

NODE = Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/var/atlassian/application-data/jira")


class TestMemory(NodeContract):
    @pytest.fixture
    def door(self) -> Door:
        machine = Machine(NODE)
        return Door(node=NODE, port=MemoryNode(NODE, machine), hands=MachineHands(machine))


def running(*faults: Fault, temper: Temper | None = None) -> MemoryNode:
    return MemoryNode(NODE, Machine(NODE, content=OLD, running=True, temper=temper), faults)


def test_each_node_has_an_identity_of_its_own() -> None:
    assert running().identity == "memory:jira-1"
    assert MemoryNode(replace(NODE, name="jira-2")).identity == "memory:jira-2"


def test_what_jira_says_at_its_start_stands_in_its_log() -> None:
    node = running(temper=Temper(says=lambda content: ("starting", "bad file") if content == NEW else ("starting",)))
    mark = node.look().log
    assert node.machine.log.lines == ["starting"]
    for request in (claim(), stage(), commit(), Stop(token=OURS), Start(token=OURS)):
        assert isinstance(node.perform(request), Ok)
    answer = node.perform(ReadLog(since=mark, signs=("bad", "start")))
    assert isinstance(answer, Ok)
    assert answer.observation.excerpt == LogExcerpt(lines=("starting", "bad file"))


def test_only_so_many_rotated_logs_are_kept() -> None:
    node = running()
    for number in range(4):
        node.machine.log.write(f"line {number}")
        node.machine.log.rotate(keep=2)
    assert node.machine.log.lines == ["line 2", "line 3"]


def test_a_plan_that_finds_no_room_is_refused() -> None:
    node = running()
    node.machine.home = replace(node.machine.home, free_bytes=10)
    answer = node.perform(claim(plan_copy=b"x" * 11))
    assert isinstance(answer, Refused)
    assert (answer.code, node.machine.lock, node.machine.plan_copy) == ("no-space", None, None)


def test_an_unreachable_node_has_done_nothing() -> None:
    node = running(Fault(mishap=Mishap.UNREACHABLE, request=Claim))
    assert isinstance(node.perform(claim()), Unreachable)
    assert node.machine.lock is None


def test_an_answer_lost_before_the_act_leaves_the_node_as_it_was() -> None:
    node = running(Fault(mishap=Mishap.LOST_BEFORE))
    assert isinstance(node.perform(claim()), Lost)
    assert node.machine.lock is None


def test_an_answer_lost_after_the_act_leaves_the_act_done() -> None:
    node = running(Fault(mishap=Mishap.LOST_AFTER))
    assert isinstance(node.perform(claim()), Lost)
    assert node.machine.lock is not None


def test_a_scripted_refusal_carries_its_code_and_changes_nothing() -> None:
    node = running(Fault(mishap=Mishap.REFUSED, code="read-only"))
    answer = node.perform(claim())
    assert isinstance(answer, Refused)
    assert (answer.code, answer.observation.lock) == ("read-only", None)


def test_a_fault_strikes_once_the_kind_it_is_meant_for_and_spares_as_many_as_told() -> None:
    node = running(Fault(mishap=Mishap.LOST_BEFORE, request=Observe, spared=1))
    answers = [type(node.perform(request)) for request in (claim(), Observe(), Observe(), Observe())]
    assert answers == [Ok, Ok, Lost, Ok]


def test_jira_reads_the_file_at_its_start_and_never_again() -> None:
    node = running()
    for request in (claim(), stage(), commit()):
        assert isinstance(node.perform(request), Ok)
    assert node.machine.jira is not None
    assert node.machine.jira.loaded == OLD
    assert isinstance(node.perform(Stop(token=OURS)), Ok)
    assert isinstance(node.perform(Start(token=OURS)), Ok)
    assert node.machine.jira.loaded == NEW


def test_a_slow_start_shows_its_states_one_by_one() -> None:
    node = running(temper=Temper(warm_up=("STARTING", "STARTING", "MAINTENANCE")))
    node.machine.stop_jira()
    node.machine.start_jira()
    states = [node.look().status for _ in range(5)]
    assert [page.state for page in states] == ["STARTING", "STARTING", "MAINTENANCE", "RUNNING", "RUNNING"]
    assert [page.code for page in states] == [200, 200, 503, 200, 200]


def test_a_jira_that_chokes_on_the_file_ends_in_error() -> None:
    node = running(temper=Temper(warm_up=(), chokes_on=lambda content: content == OLD))
    assert (node.look().status.code, node.look().status.state) == (500, "ERROR")


def test_a_reboot_ends_the_process_and_begins_another_count_of_ticks() -> None:
    node = running()
    before = node.look()
    node.machine.reboot()
    after = node.look()
    assert after.boot_id != before.boot_id
    assert after.process.presence is Presence.NONE


@pytest.mark.parametrize(
    ("home", "code"),
    [
        ({"free_bytes": 1000}, "no-space"),
        ({"free_inodes": 1}, "no-inodes"),
        ({"writable": False}, "read-only"),
        ({"owner": "daemon"}, "home-unsafe"),
        ({"kind": FileKind.SYMLINK}, "home-unsafe"),
    ],
)
def test_a_home_in_trouble_is_refused_as_a_real_one_would_be(home: dict[str, Any], code: str) -> None:
    node = running()
    node.perform(claim())
    node.machine.home = replace(node.machine.home, **home)
    answer = node.perform(stage())
    assert isinstance(answer, Refused)
    assert (answer.code, node.machine.temps()) == (code, [])


def test_missing_tools_are_refused_as_on_a_real_node() -> None:
    node = running()
    node.machine.missing_tools = ("flock",)
    answer = node.perform(claim())
    assert isinstance(answer, Refused)
    assert (answer.code, answer.observation.missing_tools) == ("missing-tools", ("flock",))
