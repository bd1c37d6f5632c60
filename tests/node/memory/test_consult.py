"""A node in memory is consulted as a real one is: its Jira says what the story says, and the dead say nothing."""

from __future__ import annotations

from agent.core.node import Node
from agent.core.observation import Member, RestView
from agent.node.memory.adapter import Fault, MemoryNode, Mishap
from agent.node.memory.machine import Machine
from agent.node.port import Consult, Examine, Lost, Observe, Ok, Page

NODE = Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/data/jira")
VIEW = RestView(members=(Member(node_id="n1", state="ACTIVE", alive=True),), upgrade="STABLE", faults=("index: no",))


def consulted(port: MemoryNode, *pages: Page) -> RestView | None:
    answer = port.perform(Consult(pages=frozenset(pages), token="t"))  # noqa: S106 - it opens nothing
    assert isinstance(answer, Ok)
    return answer.observation.rest


def running(view: RestView | None = VIEW) -> MemoryNode:
    machine = Machine(NODE, running=True)
    machine.rest = lambda: view
    return MemoryNode(NODE, machine)


def test_of_what_the_machine_says_only_the_wanted_pages_come_with_their_faults() -> None:
    assert consulted(running(), Page.MEMBERS, Page.INDEX) == RestView(members=VIEW.members, faults=("index: no",))
    assert consulted(running(), Page.UPGRADE) == RestView(upgrade="STABLE")


def test_where_nobody_says_anything_each_page_has_its_fault() -> None:
    stopped = running()
    stopped.machine.stop_jira()
    for port in (MemoryNode(NODE), running(None), stopped):
        view = consulted(port, Page.MEMBERS, Page.CHECKS)
        assert view is not None
        assert [fault.partition(": no HTTP answer")[0] for fault in view.faults] == ["checks", "members"]


def test_other_looks_bring_no_pages() -> None:
    for request in (Observe(), Examine()):
        answer = running().perform(request)
        assert isinstance(answer, Ok)
        assert answer.observation.rest is None


def test_a_consultation_looks_once_and_can_be_struck_by_a_fault() -> None:
    machine = Machine(NODE)
    machine.start_jira()
    answer = MemoryNode(NODE, machine).perform(Consult(pages=frozenset(Page), token="t"))  # noqa: S106 - as above
    assert isinstance(answer, Ok)
    assert (answer.observation.status.state, machine.jira and machine.jira.states) == ("STARTING", ["RUNNING"])
    struck = MemoryNode(NODE, machine, [Fault(mishap=Mishap.LOST_BEFORE, request=Consult)])
    assert isinstance(struck.perform(Observe()), Ok)
    assert isinstance(struck.perform(Consult(pages=frozenset(), token="t")), Lost)  # noqa: S106 - as above
