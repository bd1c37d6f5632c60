"""Drift checks beside a real rollout, and beside each other: no alarm, no disturbance, one truth in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
ALL = {"jira-1", "jira-2", "jira-3"}


def held(told: dict[str, Any]) -> set[str]:
    return {node["name"] for node in told["nodes"] if node["lock"]}


def test_while_a_rollout_holds_all_nodes_no_check_alarms_from_wherever_it_is_made(deployed: Journey) -> None:
    rollout = deployed.start("deploy-config", "--restart", "--yes")
    rollout.wait_for("staging on")
    during = []
    while rollout.is_alive:
        during += [journey.run("drift") for journey in (deployed, deployed.at("monitoring"))]
    beside = [(code, told) for code, told in during if held(told) == ALL]

    assert rollout.end() == 0, rollout.said
    assert beside
    assert {code for code, _ in beside} == {0}, [told["summary"] for _, told in beside]
    assert any("in transition" in told["summary"] for _, told in beside), [told["summary"] for _, told in beside]
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_rollout_that_was_killed_is_no_excuse_where_its_journal_lies(deployed: Journey) -> None:
    rollout = deployed.start("deploy-config", "--restart", "--yes")
    rollout.wait_for("jira-1: starting")
    rollout.kill()

    code, told = deployed.run("drift")

    assert (code, held(told)) == (2, ALL), told
    assert [it["stands_still"] for it in told["clusters"][0]["transition"]] == [True]
    assert told["next_command"].startswith("filestore-agent lock")
    assert deployed.at("monitoring").run("drift")[0] == 0
    assert deployed.run("resume", "--yes")[0] == 0


def test_checks_at_the_same_moment_tell_the_same_and_all_are_remembered(deployed: Journey) -> None:
    deployed.lab.node("jira-2").file.unlink()
    checks = [deployed.start("drift", "--json") for _ in range(4)]
    ended = [check.end() for check in checks]

    assert ended == [2] * 4, [check.said for check in checks]
    history = deployed.run("drift", "--history")[1]["history"]["clusters"][0]
    assert {node["node"]: node["standing"] for node in history["nodes"]}["jira-2"] == "TIME_BOMB"
    assert len([change for change in history["changes"] if change["node"] == "jira-2"]) == 1
