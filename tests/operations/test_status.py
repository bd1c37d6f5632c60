"""Status: a view of the nodes that is never a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder
from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import Cause, NodeReady, RolloutEnded, RolloutHalted, RolloutStarted, StepFacts
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.status import status
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.locks.test_last_word import write_journal
from tests.operations.world import OTHER_BUCKET, SETTLED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.rollout.events import Event

HOLDER = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="now")
STARTED = RolloutStarted(
    plan="p1",
    cluster="prod",
    shape="restart",
    change="none",
    epoch=3,
    holder="ann",
    host="desk",
    steps=tuple(
        StepFacts(node=name, expected="absent", digest="absent", restart=True, running=True, document=False)
        for name in ("jira-1", "jira-2")
    ),
)
HALTED = RolloutHalted(cause=Cause.SICK, node="jira-2", reason="it is down", next="", at="later")


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
    assert [line.text.split()[-1] for line in report.lines[2:5]] == ["-", "-", "ann@laptop"]


def test_the_table_is_aligned_and_names_the_inventorys_version(tmp_path: Path) -> None:
    there = yard(tmp_path)

    lines = [line.text for line in status(there.world(), there.choice(), template=None).lines]

    assert lines[0] == "prod: Jira 10.3.4 (by the inventory)"
    assert {line.index("CURRENT") for line in lines[2:]} == {lines[1].index("STANDING")}


def test_a_rollout_of_another_host_is_named_under_the_table_and_the_evidence_comes_next(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-3").lock = HOLDER

    report = status(there.world(), there.choice("prod"), template=None)

    assert [line.text for line in report.lines[5:]] == [
        "  jira-3: held by ann@laptop since now (plan p1, epoch 3)",
        "    whether it still runs is known on laptop, where its journal is",
    ]
    assert report.next_command == "filestore-agent lock --cluster prod"
    assert as_json(report)["rollouts"][0]["journal"] is None


def test_a_halted_rollout_of_this_host_tells_how_far_it_came_and_is_resumed_next(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _hold(there, "jira-1", "jira-2", "jira-3")
    _write_journal(tmp_path, NodeReady(node="jira-1"), HALTED, RolloutEnded(outcome="halted", at="later"))

    report = status(there.world(), there.choice(), template=None)

    assert report.lines[-1].text.strip().startswith("1 of 2 nodes done; nobody on this host is writing its journal")
    assert (report.outcome, report.next_command) == (Outcome.OK, "filestore-agent resume")
    rollout = as_json(report)["rollouts"][0]
    assert (rollout["nodes"], rollout["states"]) == (["jira-1", "jira-2", "jira-3"], {"running": rollout["nodes"]})
    assert {key: rollout["journal"][key] for key in ("pace", "done", "steps")} == {
        "pace": "resumable",
        "done": 1,
        "steps": 2,
    }


def test_a_rollout_that_runs_is_left_alone(tmp_path: Path) -> None:
    there = yard(tmp_path)
    _hold(there, "jira-1")
    plan = Plan(id="p1", cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=())
    with Journal.create(tmp_path / "state" / "rollouts" / "prod", plan) as journal:
        journal.append(STARTED)
        report = status(there.world(), there.choice(), template=None)

    assert report.next_command is None
    assert report.lines[-1].text.strip().startswith("0 of 2 nodes done; it runs right now")


def test_of_several_clusters_the_next_command_names_the_one_that_is_held(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-[", "test-["))
    there.machine("test-2").lock = replace(HOLDER, host="desk")
    write_journal(tmp_path / "state" / "rollouts" / "test", "p1", STARTED)

    report = status(there.world(), there.choice("all"), template=None)

    assert report.next_command == "filestore-agent resume --cluster test"
    assert [it["cluster"] for it in as_json(report)["rollouts"]] == ["test"]


def _hold(there: Yard, *names: str) -> None:
    for name in names:
        there.machine(name).lock = replace(HOLDER, host="desk")


def _write_journal(tmp_path: Path, *told: Event) -> None:
    write_journal(tmp_path / "state" / "rollouts" / "prod", "p1", STARTED, *told)
