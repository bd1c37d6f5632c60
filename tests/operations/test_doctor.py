"""Doctor: what is not good is said with its cure, once for all nodes alike, and the worst decides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.doctor import doctor
from tests.operations.contract import as_json
from tests.operations.world import Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report


def _examine(there: Yard) -> Report:
    report = doctor(there.world(), there.choice(), template=None)
    as_json(report)
    assert there.changed_nothing()
    return report


def test_healthy_nodes_are_ready_and_planning_comes_next(tmp_path: Path) -> None:
    report = _examine(yard(tmp_path))

    assert report.outcome is Outcome.OK
    assert report.sentence.startswith("3 nodes examined: ready")
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
    assert "2 to be mended" in report.sentence


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
