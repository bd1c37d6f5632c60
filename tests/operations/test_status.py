"""Status: a view of the nodes that is never a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.status import status
from tests.operations.contract import as_json
from tests.operations.world import SETTLED, yard

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("mishap", [Mishap.UNREACHABLE, Mishap.LOST_AFTER])
def test_status_is_ok_whatever_it_finds(tmp_path: Path, mishap: Mishap) -> None:
    there = yard(tmp_path)
    there.fault("jira-1", Fault(mishap=mishap))
    there.lay("jira-2", b"garbage")

    report = status(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.OK
    document = as_json(report)
    assert document["exit_code"] == 0
    assert [node["standing"] for node in document["nodes"]][1:] == ["UNREADABLE", "CURRENT"]
    assert there.kinds() == ["Observe"] * 3


def test_the_uptime_is_counted_by_the_nodes_own_clock(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-1").ticks += 100 * (86400 + 3 * 3600)
    there.machine("jira-2").stop_jira()

    report = status(there.world(), there.choice(), template=None)

    up, down, settled = (node["uptime_seconds"] for node in as_json(report)["nodes"])
    assert up == 86400 + 3 * 3600 + SETTLED // 100
    assert down is None
    assert settled == SETTLED // 100
    assert [line.text.split()[3] for line in report.lines[2:]] == ["1d03h", "-", "0m10s"]


def test_states_are_summed_up_folded_and_the_lock_is_shown(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").stop_jira()
    there.machine("jira-3").lock = LockHolder(holder="ann", host="laptop", plan="p", epoch=1, since="now")

    report = status(there.world(), there.choice(), template=None)

    assert report.sentence == "running: jira-[1,3]; down: jira-2."
    assert [line.text.split()[-1] for line in report.lines[2:]] == ["-", "-", "ann@laptop"]


def test_the_table_is_aligned_and_names_the_inventorys_version(tmp_path: Path) -> None:
    there = yard(tmp_path)

    lines = [line.text for line in status(there.world(), there.choice(), template=None).lines]

    assert lines[0] == "prod: Jira 10.3.4 (by the inventory)"
    assert {line.index("CURRENT") for line in lines[2:]} == {lines[1].index("STANDING")}
