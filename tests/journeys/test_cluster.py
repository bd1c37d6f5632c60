"""A cluster from outside: real SSH servers, the installed program, and what goes wrong in a night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.journey import SECOND
from tests.support.watch import watching

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--confirm", "lab")


def test_a_first_deploy_goes_through_all_nodes_and_a_second_has_nothing_to_do(journey: Journey) -> None:
    journey.done(*DEPLOY)
    assert set(journey.standings().values()) == {"CURRENT"}
    pids = journey.pids()
    assert journey.done(*DEPLOY)["steps"] == []
    assert journey.pids() == pids
    (past,) = journey.done("history")["rollouts"]
    assert past["fate"] == "ended", past


def test_a_change_of_routing_needs_a_way_and_the_clusters_name(journey: Journey) -> None:
    assert journey.run("deploy-config", "--yes")[0] == 7
    assert journey.run("deploy-config", "--restart", "--yes")[0] == 7
    assert journey.run("deploy-config", "--restart", "--confirm", "bal")[0] == 7
    assert set(journey.files().values()) == {None}


def test_one_node_that_says_no_keeps_all_others_as_they_are(journey: Journey) -> None:
    odd = journey.lab.node("jira-2")
    odd.file.mkdir()
    code, told = journey.run(*DEPLOY)
    assert code == 7, told
    assert not any(node.file.is_file() for node in journey.lab.nodes)
    odd.file.rmdir()


def test_a_node_that_is_down_stops_the_deploy_before_anything_is_written(journey: Journey) -> None:
    journey.lab.server("jira-3").stop()
    code, told = journey.run(*DEPLOY)
    assert (code, told["outcome"]) == (4, "unreachable"), told
    assert set(journey.files().values()) == {None}


def test_after_a_kill_of_the_controller_a_person_frees_the_nodes_and_deploys_again(journey: Journey) -> None:
    rollout = journey.start(*DEPLOY)
    rollout.wait_for("jira-2: stopping")
    assert rollout.kill()
    assert journey.files()["jira-1"] is not None
    assert journey.files()["jira-3"] is None
    assert journey.run("lock")[0] == 6
    assert journey.run(*DEPLOY)[0] == 6
    journey.done("lock", "--release", "--yes")
    journey.done(*DEPLOY)
    assert set(journey.standings().values()) == {"CURRENT"}
    assert journey.remains() == {}


def test_a_first_deploy_that_was_killed_is_aborted_to_no_file_at_all(journey: Journey) -> None:
    with watching(journey.lab.nodes) as watch:
        rollout = journey.start(*DEPLOY)
        rollout.wait_for("jira-2: starting")
        assert rollout.kill()
        brought, untouched = journey.files()["jira-1"], journey.lab.node("jira-3").pid
        journey.done("abort", "--confirm", "lab")
    assert brought
    assert watch.all_files == {None, brought}, "at every instant a file was whole, or not there as before"
    assert watch.most_idle == 1, watch.idle
    assert set(journey.files().values()) == {None}
    assert [node.state for node in journey.lab.nodes] == ["RUNNING"] * 3
    assert journey.lab.node("jira-3").pid == untouched
    assert journey.remains() == {}


def test_a_tuning_is_committed_now_and_loaded_by_a_later_rolling_restart(deployed: Journey) -> None:
    told = deployed.done("deploy-config", "--yes")
    assert told["next_command"].startswith("filestore-agent rolling-restart")
    assert set(deployed.standings().values()) == {"RESTART_PENDING"}
    deployed.done("rolling-restart", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_together_stops_all_before_any_gets_the_file(journey: Journey) -> None:
    journey.done("deploy-config", "--together", "--confirm", "lab")
    assert set(journey.standings().values()) == {"CURRENT"}


def test_a_file_changed_by_hand_after_the_push_is_told_for_what_it_is(deployed: Journey) -> None:
    deployed.declare(SECOND.replace("50", "100"))
    deployed.lab.node("jira-2").write(b"<filestore-config>")
    deployed.lab.node("jira-3").remove()
    assert deployed.standings() == {"jira-1": "CURRENT", "jira-2": "UNREADABLE", "jira-3": "TIME_BOMB"}
    deployed.done("deploy-config", "--yes")
    assert deployed.standings()["jira-2"] in {"CURRENT", "RESTART_PENDING"}
    assert deployed.lab.node("jira-3").file.exists()
