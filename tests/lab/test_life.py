"""The states of a stand-in node over time, told by a clock that the test turns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from agent.lab.jira.life import HONEST
from agent.lab.jira.pages import get, post
from agent.lab.jira.s3_trouble import TROUBLES
from tests.lab.nodes import Clock, life_at, log_of, running, turn
from tests.lab.test_startup import GOOD

if TYPE_CHECKING:
    from pathlib import Path

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\+0000 \S+ (INFO|WARN|ERROR|FATAL) {6}\[\S+\] \S.*")


def write_good(folder: Path) -> None:
    (folder / "jira-1").mkdir()
    (folder / "jira-1" / "filestore-config.xml").write_text(GOOD, encoding="utf-8")


def test_a_start_passes_from_starting_to_running(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, start_seconds=5)
    assert life.state == (200, "STARTING")
    turn(clock, 5, life)
    assert life.state == (200, "STARTING"), "it has the lock now, and starts its index"
    turn(clock, 1, life)
    assert life.state == (200, "RUNNING")


def test_a_stop_takes_its_time(tmp_path: Path) -> None:
    clock = Clock()
    life = running(tmp_path, clock, stop_seconds=2)
    life.stop()
    assert (life.state, life.over) == ((200, "STOPPING"), False)
    clock.now += 2
    assert life.over


def test_a_stuck_start_never_runs_and_says_what_it_waits_for(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, stuck=True)
    for _ in range(3):
        turn(clock, 10_000, life)
    assert life.state == (200, "STARTING")
    assert log_of(life).count("Waiting for lock") == 1


def test_a_node_that_ignores_the_signal_runs_on(tmp_path: Path) -> None:
    life = running(tmp_path, Clock(), ignore_term=True)
    life.stop()
    assert life.state == (200, "RUNNING")


def test_a_locked_node_says_error_for_a_cause_outside_the_file(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, locked=True)
    turn(clock, 100, life)
    assert life.state == (500, "ERROR")
    assert "are stored in" not in log_of(life), "nothing is stored by a node that does not run"


def test_a_node_that_flaps_goes_through_its_list_and_stays_at_the_end_of_it(tmp_path: Path) -> None:
    clock = Clock()
    life = running(tmp_path, clock, flapping=[("RUNNING", 1), ("ERROR", 2), ("MAINTENANCE", 1), ("RUNNING", 0)])
    seen = []
    for _ in range(6):
        seen.append(life.state)
        turn(clock, 1, life)
    assert seen == [
        (200, "RUNNING"), (500, "ERROR"), (500, "ERROR"), (503, "MAINTENANCE"), (200, "RUNNING"), (200, "RUNNING"),
    ]  # fmt: skip


def test_a_node_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    clock = Clock()
    life = running(tmp_path, clock, ends_after_seconds=10)
    over = []
    for _ in range(2):
        turn(clock, 8, life)
        over.append(life.over)
    assert over == [False, True]


def test_a_node_out_of_memory_ends_and_its_log_says_why(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, start_seconds=2, out_of_memory=True)
    over = []
    for _ in range(2):
        turn(clock, 1, life)
        over.append(life.over)
    assert over == [False, True]
    assert "\njava.lang.OutOfMemoryError: Java heap space\n" in log_of(life)


def test_a_node_whose_port_is_taken_ends_before_it_reads_anything(tmp_path: Path) -> None:
    life = life_at(tmp_path, Clock(), port_in_use=True)
    assert life.over
    assert "java.net.BindException: Address already in use" in log_of(life)
    assert "Running Jira startup checks" not in log_of(life)


def test_a_fault_of_the_file_is_written_as_jira_writes_it(tmp_path: Path) -> None:
    write_good(tmp_path)
    (tmp_path / "jira-1" / "filestore-config.xml").write_text("<filestore-config>", encoding="utf-8")
    life = life_at(tmp_path, Clock())
    assert life.state == (500, "ERROR")
    assert "Couldn\u2019t parse filestore-config.xml" in log_of(life)
    assert "FATAL      [c.a.jira.startup.JiraStartupLogger] Startup check failed. Jira will be locked." in log_of(life)
    assert "[c.a.jira.startup.LauncherContextListener] Unable to start JIRA." in log_of(life)


@pytest.mark.parametrize("trouble", sorted(TROUBLES))
def test_trouble_with_s3_is_in_the_log_and_jira_runs_all_the_same(tmp_path: Path, trouble: str) -> None:
    write_good(tmp_path)
    life = running(tmp_path, Clock(), s3_trouble=trouble)
    assert life.state == (200, "RUNNING")
    assert "bucket example-co-jira-backup-bucket in ap-southeast-4 cannot be used\nsoftware.amazon" in log_of(life)


def test_a_node_that_keeps_nothing_in_s3_has_no_trouble_with_it(tmp_path: Path) -> None:
    assert "software.amazon" not in log_of(running(tmp_path, Clock(), s3_trouble="access-denied"))


def test_every_line_of_an_ordinary_life_has_jiras_shape(tmp_path: Path) -> None:
    write_good(tmp_path)
    life = running(tmp_path, Clock())
    post(life, "/jira/lab/store/backups")
    life.stop()
    life.end()
    lines = log_of(life).splitlines()
    assert len(lines) > 8
    further = [line.strip() for line in lines if not LINE.fullmatch(line)]
    head, *framed = [line for line in further if line.strip("*")]
    assert head.endswith("[c.a.jira.startup.JiraStartupLogger]")
    assert framed == ["Jira 10.3.4 build: 10030004 started. You can now access Jira through your web browser."]


def test_the_first_line_of_the_log_says_that_this_is_not_jira(tmp_path: Path) -> None:
    assert HONEST in log_of(life_at(tmp_path, Clock())).splitlines()[0]


def test_the_status_page_lies_under_the_context_path_and_holds_the_state_alone(tmp_path: Path) -> None:
    life = life_at(tmp_path, Clock())
    assert get(life, "/jira/status") == (200, {"state": "STARTING"})
    assert get(life, "/status")[0] == 404


def test_only_a_running_node_stores_and_only_what_jira_stores(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock)
    assert post(life, "/jira/lab/store/backups")[0] == 503
    turn(clock, 0, life)
    turn(clock, 1, life)
    code, said = post(life, "/jira/lab/store/backups")
    assert code == 201
    assert isinstance(said, dict)
    assert said["stored"].startswith(f"{tmp_path}/shared/export/jira-1-")
    assert post(life, "/jira/lab/store/secrets")[0] == 404
