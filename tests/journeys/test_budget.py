"""How many nodes are down at once, who goes first, when it pauses, and what a node that falls by itself changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import SECOND
from tests.support.watch import watching

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--yes")


def test_two_of_six_restart_at_a_time_after_the_canary_alone_and_never_more(six: Journey) -> None:
    log = six.lab.folder / "events.jsonl"
    with watching(six.lab.nodes) as watch:
        six.done(*DEPLOY, "--canary", "jira-4", "--events", str(log))
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    kinds = [(event["event"], event.get("node")) for event in events]
    stops = [node for kind, node in kinds if kind == "StopAsked"]
    assert (stops[0], sorted(stops)) == ("jira-4", [f"jira-{number}" for number in range(1, 7)])
    assert kinds.index(("NodeReady", "jira-4")) < kinds.index(("StopAsked", stops[1]))
    assert (watch.first, watch.most_idle) == (("jira-4",), 2), watch.idle
    assert set(six.standings().values()) == {"CURRENT"}


def test_a_pause_after_two_nodes_leaves_the_others_alone_and_resume_goes_on(six: Journey) -> None:
    pids = six.pids()
    code, told = six.run(*DEPLOY, "--pause-after", "2")
    assert (code, told["rollout"]["halted"]["cause"]) == (3, "paused"), told
    done = {row["node"] for row in told["results"] if row["state"] == "done"}
    assert len(done) == 2
    assert {name for name, pid in six.pids().items() if pid == pids[name]} == set(pids) - done
    proven = six.pids(*done)
    six.done("resume", "--yes")
    assert six.pids(*done) == proven
    assert set(six.standings().values()) == {"CURRENT"}


def test_a_node_that_falls_by_itself_in_the_middle_ends_all_further_stops(deployed: Journey) -> None:
    rollout = deployed.start(*DEPLOY)
    rollout.wait_for("jira-1: starting")
    deployed.lab.node("jira-3").kill_jira()
    pid = deployed.lab.node("jira-2").pid
    assert rollout.end() == 3, rollout.said
    assert "jira-1: done" in rollout.said, "what was under way is brought to its end"
    assert "halted: jira-2: jira-3 is down" in rollout.said, rollout.said
    assert deployed.lab.node("jira-2").pid == pid
    assert b">50<" not in deployed.lab.node("jira-2").file.read_bytes()
    deployed.lab.node("jira-3").start_jira()
    deployed.lab.node("jira-3").wait_for("RUNNING")
    proven = deployed.lab.node("jira-1").pid
    deployed.done("resume", "--yes")
    assert deployed.lab.node("jira-1").pid == proven
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_failure_budget_goes_on_past_one_node_and_counts_it_as_down(six: Journey) -> None:
    six.declare(SECOND, max_unavailable=2, max_failures=1, ready_timeout="8s")
    six.lab.node("jira-2").behave(port_in_use=True)
    with watching(six.lab.nodes) as watch:
        code, told = six.run(*DEPLOY)
    assert code in {3, 8}, told
    assert "jira-2: given up on" in told["stderr"]
    states = {row["node"]: row["state"] for row in told["results"]}
    assert states == {**dict.fromkeys(states, "done"), "jira-2": "skipped"}
    assert watch.most_idle == 2, watch.idle
    six.lab.node("jira-2").behave_well()
    proven = six.pids("jira-1", "jira-3", "jira-4", "jira-5", "jira-6")
    six.done("resume", "--yes")
    assert six.pids(*proven) == proven
    assert set(six.standings().values()) == {"CURRENT"}
