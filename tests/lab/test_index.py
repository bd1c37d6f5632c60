"""The index start of the stand-ins of one cluster: one at a time, with what Jira's log says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lab.nodes import Clock, life_at, log_of, running, turn

if TYPE_CHECKING:
    from pathlib import Path

    from agent.lab.jira.life import Life


def states(*lives: Life) -> list[str]:
    return [life.state[1] for life in lives]


def test_one_node_starts_at_a_time_and_the_others_say_that_they_wait(tmp_path: Path) -> None:
    clock = Clock()
    nodes = [life_at(tmp_path, clock, name) for name in ("jira-1", "jira-2", "jira-3")]
    turn(clock, 0, *nodes)
    turn(clock, 1, *nodes)
    assert states(*nodes) == ["RUNNING", "STARTING", "STARTING"]
    turn(clock, 1, *nodes)
    assert states(*nodes) == ["RUNNING", "RUNNING", "STARTING"]
    turn(clock, 1, *nodes)
    assert states(*nodes) == ["RUNNING"] * 3
    waiting = "[INDEX_START] Current node: jira-3. Waiting for lock com.atlassian.jira.start.index.lock to check index"
    assert waiting in log_of(nodes[2])
    assert log_of(nodes[2]).count("Waiting for lock") == 2, "once for jira-1, once for jira-2"
    for node in nodes:
        assert f"Current node: {node.node_id}. Acquired lock com.atlassian.jira.start.index.lock" in log_of(node)
        assert f"Current node: {node.node_id}. Released lock com.atlassian.jira.start.index.lock" in log_of(node)


def test_a_killed_holder_blocks_the_others_until_its_lock_expires(tmp_path: Path) -> None:
    clock = Clock()
    killed = life_at(tmp_path, clock, "jira-1", index_seconds=100)
    waiting = life_at(tmp_path, clock, "jira-2", lock_expiry_seconds=5)
    turn(clock, 0, killed, waiting)
    turn(clock, 5, waiting)
    assert "Acquired" not in log_of(waiting)
    turn(clock, 0.5, waiting)
    turn(clock, 1, waiting)
    assert states(waiting) == ["RUNNING"]


def test_a_holder_that_lives_keeps_the_lock_however_long_it_takes(tmp_path: Path) -> None:
    clock = Clock()
    slow = life_at(tmp_path, clock, "jira-1", index_seconds=100)
    waiting = life_at(tmp_path, clock, "jira-2", lock_expiry_seconds=5)
    for _ in range(30):
        turn(clock, 3, slow, waiting)
    assert states(slow, waiting) == ["STARTING", "STARTING"]


def test_a_holder_that_was_killed_takes_its_own_lock_over(tmp_path: Path) -> None:
    clock = Clock()
    turn(clock, 0, life_at(tmp_path, clock, index_seconds=100))
    assert states(running(tmp_path, clock, lock_expiry_seconds=1000)) == ["RUNNING"]


def test_a_node_that_is_stopped_while_it_starts_lets_the_next_one_go_on(tmp_path: Path) -> None:
    clock = Clock()
    stopped = life_at(tmp_path, clock, "jira-1", index_seconds=100)
    waiting = life_at(tmp_path, clock, "jira-2", lock_expiry_seconds=1000)
    turn(clock, 0, stopped, waiting)
    stopped.stop()
    stopped.end()
    turn(clock, 0, waiting)
    turn(clock, 1, waiting)
    assert states(waiting) == ["RUNNING"]


def test_a_node_that_waits_does_not_give_away_the_lock_of_another_when_it_stops(tmp_path: Path) -> None:
    clock = Clock()
    holder = life_at(tmp_path, clock, "jira-1", index_seconds=100)
    waiting = life_at(tmp_path, clock, "jira-2")
    turn(clock, 0, holder, waiting)
    waiting.stop()
    waiting.end()
    third = life_at(tmp_path, clock, "jira-3")
    turn(clock, 0, holder, third)
    assert "Acquired" not in log_of(third)


def test_a_rebuilt_index_is_maintenance_with_progress_in_log_and_counts(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, index_seconds=0, reindex_seconds=100, issues=200)
    turn(clock, 0, life)
    assert life.state == (503, "MAINTENANCE")
    missing = [life.index.missing(clock.now)]
    for _ in range(10):
        turn(clock, 9.9, life)
        missing.append(life.index.missing(clock.now))
    assert missing == sorted(missing, reverse=True)
    assert (missing[0], missing[5], life.state[1]) == (200, 101, "MAINTENANCE")
    assert "Re-indexing is 50% complete. Current index: Issue" in log_of(life)
    turn(clock, 1, life)
    assert (life.state, life.index.missing(clock.now)) == ((200, "RUNNING"), 0)
    assert log_of(life).count("Re-indexing is") == 11


def test_an_index_may_lag_behind_while_the_node_runs(tmp_path: Path) -> None:
    clock = Clock()
    life = running(tmp_path, clock, catch_up_seconds=10, issues=1000)
    seen = []
    for _ in range(3):
        seen.append((life.state[1], life.index.missing(clock.now)))
        turn(clock, 5, life)
    assert seen == [("RUNNING", 100), ("RUNNING", 50), ("RUNNING", 0)]
