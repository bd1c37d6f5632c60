"""Restarts that go wrong: a node that never comes back, comes back wrong, flaps, or was never restarted at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.journey import SECOND

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--yes")
OTHERS = ("jira-2", "jira-3")


def assert_the_others_were_left_alone(journey: Journey, before: dict[str, int | None]) -> None:
    """None of them restarted, none with the new file, nothing left beside it."""
    assert journey.pids(*OTHERS) == before
    for name in OTHERS:
        assert b">50<" not in journey.lab.node(name).file.read_bytes()
        assert not list(journey.lab.node(name).home.glob(".filestore-config.xml*"))


def test_a_node_that_never_comes_back_halts_and_resume_goes_on_when_it_can(deployed: Journey) -> None:
    deployed.declare(SECOND, ready_timeout="6s")
    deployed.lab.node("jira-1").behave(start_does_nothing=True)
    pids = deployed.pids(*OTHERS)
    code, told = deployed.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert "not ready after 6 s" in told["rollout"]["halted"]["reason"]
    assert_the_others_were_left_alone(deployed, pids)
    assert told["next_command"].startswith("filestore-agent resume "), told
    assert deployed.run("lock")[0] == 6
    deployed.lab.node("jira-1").behave_well()
    deployed.done("resume", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}
    assert deployed.remains() == {}


def test_a_node_that_returns_with_error_halts_at_once_and_is_not_blamed_on_the_file(deployed: Journey) -> None:
    deployed.lab.node("jira-1").behave(locked=True)
    pids = deployed.pids(*OTHERS)
    code, told = deployed.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert "500 ERROR" in told["rollout"]["halted"]["reason"]
    assert b">50<" in deployed.lab.node("jira-1").file.read_bytes(), "it is not said that the file is the cause"
    assert_the_others_were_left_alone(deployed, pids)
    deployed.lab.node("jira-1").behave_well()
    deployed.done("resume", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_node_that_flaps_is_done_only_when_it_has_settled(deployed: Journey) -> None:
    deployed.declare(SECOND, ready_streak=4)
    deployed.lab.node("jira-1").behave(
        flapping=[["RUNNING", 1.5], ["ERROR", 2.0], ["RUNNING", 1.5], ["ERROR", 2.0], ["RUNNING", 1]]
    )
    told = deployed.done(*DEPLOY)
    lines = [line.strip() for line in told["stderr"].splitlines()]
    assert lines.count("jira-1: ready, 1 in a row") >= 2, told["stderr"]
    assert lines.count("jira-1: ready, 4 in a row") == 1
    assert lines.index("jira-1: done, it runs with the right file") < lines.index("jira-2: stopping")


def test_a_node_that_goes_on_flapping_halts_when_its_time_is_over(deployed: Journey) -> None:
    deployed.declare(SECOND, ready_streak=4, ready_timeout="10s")
    deployed.lab.node("jira-1").behave(flapping=[["RUNNING", 1.5], ["ERROR", 1.8]] * 30)
    pids = deployed.pids(*OTHERS)
    code, told = deployed.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert_the_others_were_left_alone(deployed, pids)


def test_a_restart_that_did_nothing_is_seen_by_the_process_and_not_believed(deployed: Journey) -> None:
    deployed.declare(SECOND, stop_timeout="3s")
    odd = deployed.lab.node("jira-1")
    odd.behave(stop_does_nothing=True, start_does_nothing=True)
    before, files = deployed.pids(), deployed.files()
    code, told = deployed.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert "its process is still there" in told["rollout"]["halted"]["reason"]
    assert (deployed.pids(), deployed.files()) == (before, files)
    odd.behave_well()
    deployed.done("resume", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_stop_that_hangs_halts_after_its_time_and_kills_nothing(deployed: Journey) -> None:
    deployed.declare(SECOND, stop_timeout="3s")
    odd = deployed.lab.node("jira-1")
    odd.behave(ignore_term=True)
    odd.stop_jira()
    odd.start_jira()
    odd.wait_for("RUNNING")
    before, files = deployed.pids(), deployed.files()
    code, told = deployed.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert "not stopped after 3 s" in told["rollout"]["halted"]["reason"]
    assert "nothing was killed" in told["rollout"]["halted"]["reason"]
    assert (deployed.pids(), deployed.files()) == (before, files)
    odd.behave_well()
    odd.kill_jira()
    deployed.done("resume", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_slow_start_and_a_reindex_longer_than_the_patience_are_waited_for(deployed: Journey) -> None:
    deployed.declare(SECOND, ready_timeout="6s")
    deployed.lab.node("jira-1").behave(start_seconds=3)
    deployed.lab.node("jira-2").behave(reindex_seconds=9)
    told = deployed.done(*DEPLOY)
    assert "jira-2: maintenance" in told["stderr"]
    assert "the deadline counts from here" in told["stderr"]
    assert set(deployed.standings().values()) == {"CURRENT"}
