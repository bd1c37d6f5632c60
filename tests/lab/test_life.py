"""The states of a stand-in node over time, told by a clock that the test turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.lab.jira.life import HONEST, Life
from agent.lab.jira.pages import get, post
from agent.lab.jira.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    """A clock that stands still until it is turned."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def life_at(home: Path, clock: Clock, settings: Settings | None = None) -> Life:
    chosen = settings or Settings(status_port=1, start_seconds=5, stop_seconds=2, context_path="/jira")
    life = Life(home=home, settings=chosen, node_id="n1", sharedhome=home / "shared", begun=clock.now, clock=clock)
    life.begin()
    return life


def test_a_start_passes_from_starting_to_running(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock)
    assert life.state == (200, "STARTING")
    clock.now += 5
    assert life.state == (200, "RUNNING")


def test_a_stop_takes_its_time(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock)
    life.stop()
    assert (life.state, life.over) == ((200, "STOPPING"), False)
    clock.now += 2
    assert life.over


def test_a_stuck_start_never_runs(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, Settings(status_port=1, stuck=True))
    clock.now += 10_000
    assert life.state == (200, "STARTING")


def test_a_node_that_ignores_the_signal_runs_on(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock, Settings(status_port=1, start_seconds=0, ignore_term=True))
    life.stop()
    assert life.state == (200, "RUNNING")


def test_a_locked_node_says_error_for_a_cause_outside_the_file(tmp_path: Path) -> None:
    assert life_at(tmp_path, Clock(), Settings(status_port=1, locked=True)).state == (500, "ERROR")


def test_a_fault_of_the_file_is_written_as_jira_writes_it(tmp_path: Path) -> None:
    (tmp_path / "filestore-config.xml").write_text("<filestore-config>", encoding="utf-8")
    assert life_at(tmp_path, Clock()).state == (500, "ERROR")
    log = (tmp_path / "log" / "atlassian-jira.log").read_text(encoding="utf-8")
    assert "Couldn\u2019t parse filestore-config.xml" in log
    assert "FATAL      [c.a.jira.startup.JiraStartupLogger] Startup check failed. Jira will be locked." in log
    assert "[c.a.jira.startup.LauncherContextListener] Unable to start JIRA." in log


def test_the_first_line_of_the_log_says_that_this_is_not_jira(tmp_path: Path) -> None:
    life_at(tmp_path, Clock())
    assert HONEST in (tmp_path / "log" / "atlassian-jira.log").read_text(encoding="utf-8").splitlines()[0]


def test_the_status_page_lies_under_the_context_path_and_holds_the_state_alone(tmp_path: Path) -> None:
    life = life_at(tmp_path, Clock())
    assert get(life, "/jira/status") == (200, {"state": "STARTING"})
    assert get(life, "/status")[0] == 404


def test_only_a_running_node_stores_and_only_what_jira_stores(tmp_path: Path) -> None:
    clock = Clock()
    life = life_at(tmp_path, clock)
    assert post(life, "/jira/lab/store/backups")[0] == 503
    clock.now += 5
    code, said = post(life, "/jira/lab/store/backups")
    assert code == 201
    assert str(said["stored"]).startswith(f"{tmp_path}/shared/export/n1-")
    assert post(life, "/jira/lab/store/secrets")[0] == 404
