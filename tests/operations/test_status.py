"""Status: a view of the nodes that is never a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder, Member, RestView
from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import Cause, NodeReady, RolloutEnded, RolloutHalted, RolloutStarted, StepFacts
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.status import status, status_without_rest
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.locks.test_last_word import write_journal
from tests.operations.world import OTHER_BUCKET, SETTLED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.core.rollout.events import Event
    from agent.operations.world import World

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
    assert there.kinds() == ["ReadLog"] * 3


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

    assert report.sentence == "running: jira-[1,3]; down: jira-2; not CURRENT: 1 RESTART_PENDING (drift tells why)."
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


def test_with_a_token_each_node_has_the_version_and_the_place_that_the_cluster_lists(tmp_path: Path) -> None:
    there = _asking(tmp_path, _member("jira-1"), _member("jira-2", version="10.3.5"), _member("jira-3", alive=False))

    report = _with_token(there)

    document = as_json(report)
    assert [(it["version"], it["version_source"]) for it in document["nodes"]] == [
        ("10.3.4", "rest"),
        ("10.3.5", "rest"),
        ("10.3.4", "rest"),
    ]
    assert [it["member"]["alive"] for it in document["nodes"]] == [True, True, False]
    assert there.kinds() == ["Consult"] * 3
    text = [line.text for line in report.lines]
    assert text[1].split() == ["NODE", "STATE", "STANDING", "UP", "FILE", "VERSION", "CLUSTER"]
    assert text[4].endswith("10.3.4   NO HEARTBEAT")
    assert text[5:] == ["  the nodes differ in version: 10.3.4 on jira-[1,3], 10.3.5 on jira-2"]


def test_one_version_that_is_not_the_inventorys_is_told(tmp_path: Path) -> None:
    there = _asking(tmp_path, *(_member(name, version="10.3.6") for name in ("jira-1", "jira-2", "jira-3")))

    report = _with_token(there)

    assert report.lines[-1].text == "  the inventory says Jira 10.3.4, the nodes run 10.3.6 on jira-[1-3]"
    assert as_json(report)["clusters"][0]["inventory_version"] == "10.3.4"


def test_a_member_that_the_inventory_lacks_is_told_where_all_nodes_were_seen(tmp_path: Path) -> None:
    there = _asking(tmp_path, *map(_member, ("jira-1", "jira-2", "jira-3", "jira-9")))

    report, part = _with_token(there), _with_token(there, limit="jira-1")

    assert report.lines[-1].text == "  the cluster lists jira-9 (ACTIVE, alive), which the inventory has not"
    assert [it["node_id"] for it in as_json(report)["clusters"][0]["unlisted_members"]] == ["jira-9"]
    assert as_json(part)["clusters"][0]["unlisted_members"] == []


def test_a_node_that_is_down_is_listed_by_the_others(tmp_path: Path) -> None:
    there = _asking(tmp_path, _member("jira-1"), replace(_member("jira-2"), state="OFFLINE", alive=False))
    there.machine("jira-2").stop_jira()

    down = as_json(_with_token(there))["nodes"][1]

    assert (down["state"], down["version"], down["member"]["state"]) == ("down", "10.3.4", "OFFLINE")
    assert there.kinds() == ["Consult"] * 3


def test_where_the_pages_fail_the_log_is_asked_and_the_fault_is_told_once(tmp_path: Path) -> None:
    there = _asking(tmp_path)
    for name in there.nodes:
        there.machine(name).rest = lambda: None
        there.machine(name).log.write(*_start("10.3.4"))

    report = _with_token(there)

    assert {(it["version"], it["version_source"]) for it in as_json(report)["nodes"]} == {("10.3.4", "node")}
    assert [line.text.startswith("  jira-[1-3]: Jira's page of members: no HTTP") for line in report.lines[5:]] == [
        True
    ]
    assert sorted(there.kinds()) == ["Consult"] * 3 + ["ReadLog"] * 3


def test_a_token_that_is_not_to_be_had_here_is_told_and_the_view_goes_on(tmp_path: Path) -> None:
    there = _asking(tmp_path, _member("jira-1"))

    report = status(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.OK
    assert "env:JIRA_TOKEN" in as_json(report)["clusters"][0]["rest_faults"][0]
    assert there.kinds() == ["ReadLog"] * 3


def test_without_rest_the_pages_are_not_asked(tmp_path: Path) -> None:
    there = _asking(tmp_path, _member("jira-1"))

    report = status_without_rest(_world(there), there.choice(), template=None)

    assert there.kinds() == ["ReadLog"] * 3
    assert {it["version"] for it in as_json(report)["nodes"]} == {None}
    assert "VERSION" not in report.lines[1].text


def test_the_log_tells_the_version_of_the_last_start_that_came_to_its_end(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-1").log.write(*_start("9.12.1"), *_start("10.3.4"), "2026 something else 9.9.9")
    there.machine("jira-2").log.write(*_start("9.12.1"), _start("10.3.4")[0])
    there.machine("jira-3").log.write(*_start("10.3.4"))
    there.machine("jira-3").stop_jira()

    nodes = as_json(status(there.world(), there.choice(), template=None))["nodes"]

    assert [it["version"] for it in nodes] == ["10.3.4", None, None]


@pytest.mark.parametrize("holder", [None, HOLDER])
def test_a_table_of_real_names_fits_a_terminal_of_eighty_columns(tmp_path: Path, holder: LockHolder | None) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace("jira-[1-3]", "jira-[1-3].corp.test"))
    for name in there.nodes:
        there.machine(name).log.write(*_start("10.3.4"))
        there.machine(name).lock = holder

    lines = status(there.world(), there.choice(), template=None).lines

    assert max(len(line.text) for line in lines[1:5]) <= 80


def _start(version: str) -> tuple[str, ...]:
    head = "2026-01-02 03:04:05,678+0000 JIRA-Bootstrap INFO      [c.a.jira.startup.JiraStartupLogger]"
    said = f"    Jira {version} build: 10030004 started. You can now access Jira through your web browser."
    return (f"{head} Running Jira startup checks.", f"{head} ", "", "    ****", said, "    ****")


def _member(node_id: str, *, version: str = "10.3.4", alive: bool = True) -> Member:
    return Member(node_id=node_id, state="ACTIVE", alive=alive, version=version)


def _asking(tmp_path: Path, *members: Member) -> Yard:
    there = yard(tmp_path, prod=INVENTORY.replace("/var/jira}", '/var/jira, rest: {token: "env:JIRA_TOKEN"}}'))
    for name in there.nodes:
        there.machine(name).rest = lambda: RestView(members=members)
    return there


def _world(there: Yard) -> World:
    return replace(there.world(), environment={"JIRA_TOKEN": "secret"})


def _with_token(there: Yard, *, limit: str | None = None) -> Report:
    return status(_world(there), there.choice(limit=limit), template=None)


def _hold(there: Yard, *names: str) -> None:
    for name in names:
        there.machine(name).lock = replace(HOLDER, host="desk")


def _write_journal(tmp_path: Path, *told: Event) -> None:
    write_journal(tmp_path / "state" / "rollouts" / "prod", "p1", STARTED, *told)
