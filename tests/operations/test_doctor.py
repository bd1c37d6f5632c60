"""Doctor: what is not good is said with its cure, once for all nodes alike, and the worst decides."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import FileKind, HomeFacts
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Ok
from agent.node.wire.sudoers import sudoers_lines
from agent.operations.doctor import doctor
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.world import Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.core.node import Node
    from agent.core.report import Report
    from agent.node.port import Answer, NodePort, Request


def _examine(there: Yard) -> Report:
    report = doctor(there.world(), there.choice(), template=None)
    as_json(report)
    assert there.changed_nothing()
    return report


def test_healthy_nodes_are_ready_and_planning_comes_next(tmp_path: Path) -> None:
    report = _examine(yard(tmp_path))

    assert report.outcome is Outcome.OK
    assert report.sentence == "3 nodes examined: ready."
    assert report.next_command == "filestore-agent plan"


def test_a_fault_is_refused_told_first_and_with_its_cure(tmp_path: Path) -> None:
    there = yard(tmp_path)
    for name in ("jira-1", "jira-3"):
        there.machine(name).missing_tools = ("sha256sum",)

    report = _examine(there)

    assert report.outcome is Outcome.REFUSED
    assert report.lines[0].text == "bad   tools: missing: sha256sum  [jira-[1,3]]"
    assert "install" in report.lines[1].text
    assert report.next_command is None
    assert report.sentence == "3 nodes examined: 2 to be mended before a push (2 faults)."


def test_nodes_and_faults_are_counted_apart(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-1").missing_tools = ("flock",)
    there.machine("jira-1").home = replace(there.machine("jira-1").home, free_bytes=10)
    there.machine("jira-2").stop_jira()

    assert _examine(there).sentence == (
        "3 nodes examined: 1 to be mended before a push (2 faults), 1 point to look at."
    )


def test_one_node_is_called_one_node(tmp_path: Path) -> None:
    report = doctor((there := yard(tmp_path)).world(), there.choice(limit="jira-2"), template=None)

    assert report.sentence == "1 node examined: ready."


def test_a_localhome_that_is_not_there_is_the_one_fault_that_is_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").home = HomeFacts(kind=FileKind.ABSENT)

    report = _examine(there)

    home = there.nodes["jira-2"]._node.localhome
    assert [line.text for line in report.lines[:2]] == [
        f"bad   localhome: {home} is not there  [jira-2]",
        "      correct jira.localhome",
    ]
    assert not any("[jira-2]" in line.text and "status page" in line.text for line in report.lines)
    assert report.sentence.endswith("1 to be mended before a push (1 fault).")


def test_a_unit_that_systemd_does_not_know_is_found_while_jira_runs(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-1").unit = ()

    report = _examine(there)

    assert report.outcome is Outcome.REFUSED
    assert report.lines[0].text.startswith("bad   service: systemctl said nothing of jira, so a restart would halt")
    assert set(there.kinds()) == {"Examine"}


def _without_sudo(there: Yard, *names: str, user: str = "ops") -> Report:
    """Let the script have run as the login user there."""

    class Degraded:
        def __init__(self, port: NodePort) -> None:
            self._port = port
            self.name, self.identity, self.close = port.name, port.identity, port.close

        def perform(self, request: Request) -> Answer:
            answer = self._port.perform(request)
            if not isinstance(answer, Ok) or self.name not in names:
                return answer
            return Ok(observation=replace(answer.observation, ran_as=user))

    @contextmanager
    def dial() -> Iterator[Callable[[Node], NodePort]]:
        with there.dial() as port_of:
            yield lambda node: Degraded(port_of(node))

    report = doctor(replace(there.world(), dial=dial), there.choice(), template=None)
    as_json(report)
    return report


def test_the_sudoers_lines_are_printed_with_the_real_names_once_and_exactly(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace("localhome:", "owner: atl, service: {systemd: jira-dc}, localhome:"))

    report = _without_sudo(there, "jira-1", "jira-3", user="deploy")

    wanted = sudoers_lines("deploy", "atl", "jira-dc")
    printed = [line for line in report.lines if "NOPASSWD" in line.text]
    assert tuple(line.text for line in printed) == wanted
    assert all(line.exact for line in printed)
    assert "For jira-[1,3], by visudo" in report.lines[-len(wanted) - 1].text
    assert [len(node["sudoers"]) for node in as_json(report)["nodes"]] == [3, 0, 3]
    assert "docs/" not in "".join(line.text for line in report.lines)


def test_a_node_cannot_have_lines_printed_that_let_in_everybody(tmp_path: Path) -> None:
    report = _without_sudo(yard(tmp_path), "jira-1", user="ALL")

    assert "NOPASSWD" not in "".join(line.text for line in report.lines)
    assert report.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("mishap", "outcome"), [(Mishap.UNREACHABLE, Outcome.UNREACHABLE), (Mishap.LOST_BEFORE, Outcome.PARTIAL)]
)
def test_a_silent_node_decides_even_beside_other_faults(tmp_path: Path, mishap: Mishap, outcome: Outcome) -> None:
    there = yard(tmp_path)
    there.fault("jira-1", Fault(mishap=mishap))

    report = _examine(there)

    assert report.outcome is outcome
    assert as_json(report)["nodes"][0]["checks"][0]["what"] == "connection"


def test_a_refused_node_beside_a_silent_one_is_refused(tmp_path: Path) -> None:
    """By the fixed precedence 7 comes before 4."""
    there = yard(tmp_path)
    there.fault("jira-1", Fault(mishap=Mishap.UNREACHABLE))
    there.machine("jira-2").missing_tools = ("mktemp",)

    assert _examine(there).outcome is Outcome.REFUSED


def test_a_full_disk_is_bad_and_a_down_jira_only_a_care(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").stop_jira()
    assert _examine(there).outcome is Outcome.OK

    machine = there.machine("jira-1")
    machine.home = replace(machine.home, free_bytes=1000)
    assert _examine(there).outcome is Outcome.REFUSED
