"""Jira's REST pages as the stand-in has them: their fields, who may see them, what the cluster knows of its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.lab.jira import checks
from agent.lab.jira.members import FOR_GOOD, Members, build_number, memory_in
from agent.lab.jira.pages import get
from tests.lab.nodes import TOKEN, Clock, life_at, running, turn
from tests.lab.test_startup import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from agent.lab.jira.life import Life

MEMBERS = "/rest/api/2/cluster/nodes"
CHECKS = "/rest/troubleshooting/1.0/check/"
INDEX = "/rest/api/2/index/summary"
UPGRADE = "/rest/api/2/cluster/zdu/state"
PAGES = (MEMBERS, CHECKS, INDEX, UPGRADE)


def page(life: Life, path: str, authorization: str = f"Bearer {TOKEN}") -> tuple[int, Any]:
    return get(life, f"/jira{path}", authorization)


def alive(life: Life) -> dict[str, tuple[str, bool]]:
    return {member["nodeId"]: (member["state"], member["alive"]) for member in page(life, MEMBERS)[1]}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "shown", ["", TOKEN, "Bearer", "Bearer ", "Bearer other", f"Bearer {TOKEN}x", f"Basic {TOKEN}"]
)
def test_without_the_token_there_is_only_html(tmp_path: Path, path: str, shown: str) -> None:
    code, said = page(running(tmp_path, Clock()), path, shown)
    assert code == 401
    assert said.startswith("<html>")
    assert TOKEN not in said


def test_without_a_token_file_nobody_may_enter(tmp_path: Path) -> None:
    life = running(tmp_path, Clock(), token_file="")
    assert page(life, MEMBERS, "Bearer ")[0] == 401


def test_another_token_in_the_file_counts_at_once(tmp_path: Path) -> None:
    life = running(tmp_path, Clock())
    (tmp_path / "token").write_text("another\n", encoding="ascii")
    assert [page(life, MEMBERS)[0], page(life, MEMBERS, "Bearer another")[0]] == [401, 200]


def test_the_pages_lie_under_the_context_path(tmp_path: Path) -> None:
    life = running(tmp_path, Clock())
    assert [get(life, path, f"Bearer {TOKEN}")[0] for path in PAGES] == [404] * 4
    assert [page(life, path)[0] for path in PAGES] == [200] * 4
    assert page(life, "/rest/api/2/myself")[0] == 404


@pytest.mark.parametrize("habit", [{"stuck": True}, {"locked": True}, {"flapping": [("ERROR", 1)]}])
def test_a_node_that_is_not_ready_answers_none_of_them(tmp_path: Path, habit: dict[str, Any]) -> None:
    assert [page(running(tmp_path, Clock(), **habit), path)[0] for path in PAGES] == [503] * 4


def test_the_cluster_lists_its_nodes_with_the_documented_fields(tmp_path: Path) -> None:
    clock = Clock()
    life_at(tmp_path, clock, "jira-2")
    life = running(tmp_path, clock, "jira-1")
    assert page(life, MEMBERS)[1][0] == {
        "nodeId": "jira-1",
        "state": "ACTIVE",
        "alive": True,
        "ip": "127.0.0.1",
        "cacheListenerPort": 40001,
        "lastStateChangeTimestamp": 1_000_000_000,
        "nodeBuildNumber": 10030004,
        "nodeVersion": "10.3.4",
    }
    assert [member["nodeId"] for member in page(life, MEMBERS)[1]] == ["jira-1", "jira-2"]


def test_a_node_that_starts_is_alive_only_after_the_lag(tmp_path: Path) -> None:
    clock = Clock()
    life = running(tmp_path, clock, heartbeat_lag_seconds=5)
    assert alive(life) == {"jira-1": ("ACTIVE", False)}
    turn(clock, 4, life)
    assert alive(life) == {"jira-1": ("ACTIVE", True)}


def test_a_node_that_was_killed_stays_alive_until_the_tolerance_has_passed(tmp_path: Path) -> None:
    clock = Clock()
    running(tmp_path, clock, "jira-2")
    life = running(tmp_path, clock, "jira-1", heartbeat_tolerance_seconds=5)
    turn(clock, 4, life)
    assert alive(life)["jira-2"] == ("ACTIVE", True)
    turn(clock, 1, life)
    assert alive(life)["jira-2"] == ("ACTIVE", False)


def test_a_node_that_is_started_again_after_a_kill_is_not_alive_by_its_old_heartbeat(tmp_path: Path) -> None:
    clock = Clock()
    running(tmp_path, clock, "jira-2")
    life = running(tmp_path, clock, "jira-1", heartbeat_tolerance_seconds=1000)
    life_at(tmp_path, clock, "jira-2", heartbeat_lag_seconds=5)
    assert alive(life)["jira-2"] == ("ACTIVE", False)


def test_a_node_that_was_stopped_in_order_is_offline(tmp_path: Path) -> None:
    clock = Clock()
    stopped = running(tmp_path, clock, "jira-2")
    life = running(tmp_path, clock, "jira-1")
    stopped.stop()
    stopped.end()
    assert alive(life)["jira-2"] == ("OFFLINE", False)


def test_a_locked_node_does_not_join_the_cluster(tmp_path: Path) -> None:
    clock = Clock()
    locked = life_at(tmp_path, clock, "jira-2", locked=True)
    turn(clock, 5, locked)
    assert list(alive(running(tmp_path, clock, "jira-1"))) == ["jira-1"]


def test_a_stranger_lives_on_without_anybody_sending_its_heartbeat(tmp_path: Path) -> None:
    clock = Clock()
    life = running(tmp_path, clock)
    strangers = Members(memory=memory_in(tmp_path / "shared"))
    strangers.join("jira-9", clock.now, version="10.3.4", address="192.0.2.99", port=40001)
    strangers.beat("jira-9", clock.now + FOR_GOOD)
    turn(clock, 86400, life)
    assert alive(life)["jira-9"] == ("ACTIVE", True)
    strangers.forget("jira-9")
    assert list(alive(life)) == ["jira-1"]


def test_a_sound_node_passes_every_check(tmp_path: Path) -> None:
    statuses = page(running(tmp_path, Clock()), CHECKS)[1]["statuses"]
    assert all(status["isHealthy"] and status["healthy"] and not status["failureReason"] for status in statuses)
    fields = (
        "id completeKey name description isHealthy healthy failureReason application time severity documentation tag"
    )
    assert [list(status) for status in statuses] == [fields.split()] * len(statuses)


def verdicts(life: Life) -> dict[str, str]:
    return {
        status["name"]: status["failureReason"]
        for status in page(life, CHECKS)[1]["statuses"]
        if not status["isHealthy"]
    }


def test_a_check_fails_with_the_reason_that_it_was_given(tmp_path: Path) -> None:
    failing = {checks.BACKUP_FILESTORE: checks.ABLE_TO_READ, "Licence": "it has expired"}
    assert verdicts(running(tmp_path, Clock(), failing_checks=failing)) == failing


def test_trouble_with_the_backups_bucket_fails_the_filestore_check(tmp_path: Path) -> None:
    assert verdicts(running(tmp_path, Clock(), "jira-1", s3_trouble="access-denied")) == {}, "nothing is kept in S3"
    (tmp_path / "jira-2").mkdir()
    (tmp_path / "jira-2" / "filestore-config.xml").write_text(GOOD, encoding="utf-8")
    life = running(tmp_path, Clock(), "jira-2", s3_trouble="access-denied")
    assert verdicts(life) == {checks.BACKUP_FILESTORE: checks.UNABLE_TO_WRITE}


def test_the_index_summary_of_a_node_that_has_caught_up(tmp_path: Path) -> None:
    clock = Clock()
    running(tmp_path, clock, "jira-2")
    summary = page(running(tmp_path, clock, issues=7), INDEX)[1]
    assert summary["nodeId"] == "jira-1"
    assert summary["issueIndex"] == {
        "indexReadable": True,
        "countInDatabase": 7,
        "countInIndex": 7,
        "lastUpdatedInDatabase": "1970-01-12T13:46:41.000+0000",
        "lastUpdatedInIndex": "1970-01-12T13:46:41.000+0000",
    }
    operation = {"id": 5000, "replicationTime": "1970-01-12T13:46:41.000+0000"}
    queue = {"lastConsumedOperation": operation, "lastOperationInQueue": operation, "queueSize": 0}
    assert summary["replicationQueues"] == {"jira-2": queue}


def test_the_index_summary_of_a_node_that_lags_and_of_one_that_rebuilds(tmp_path: Path) -> None:
    clock = Clock()
    running(tmp_path, clock, "jira-2")
    lagging = page(running(tmp_path, clock, "jira-1", catch_up_seconds=10), INDEX)[1]
    assert (lagging["issueIndex"]["countInIndex"], lagging["replicationQueues"]["jira-2"]["queueSize"]) == (900, 100)
    rebuilding = page(running(tmp_path, clock, "jira-3", index_seconds=0, reindex_seconds=10), INDEX)[1]
    assert (rebuilding["issueIndex"]["indexReadable"], rebuilding["issueIndex"]["countInIndex"]) == (False, 100)


def test_the_cluster_is_stable_until_an_upgrade_is_entered(tmp_path: Path) -> None:
    life = running(tmp_path, Clock())
    build = {"buildNumber": 10030004, "version": "10.3.4"}
    assert page(life, UPGRADE)[1] == {"state": "STABLE", "build": build}
    life.members.enter_upgrade("MIXED")
    assert page(life, UPGRADE)[1] == {"state": "MIXED", "build": build}


def test_build_numbers_have_the_fashion_of_jiras() -> None:
    assert build_number("9.12.2") == 9120002
