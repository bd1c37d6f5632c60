"""A cluster from outside: real SSH servers, the installed program, and what goes wrong in a night."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.lab import sshd
from agent.lab.cluster import LabCluster, lab_cluster
from agent.lab.inventory import FILESTORES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--confirm", "lab")


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A running cluster and a user's way to speak of it."""

    lab: LabCluster

    def command(self, *words: str) -> list[str]:
        """Return the command line of a task on this cluster."""
        return [sys.executable, "-m", "agent", *words, "--inventory", str(self.lab.inventory)]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the user, whose journals are his own."""
        return {**os.environ, "XDG_STATE_HOME": str(self.lab.folder / "state")}

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run a task, and return its exit code and JSON."""
        done = subprocess.run(
            [*self.command(*words), "--json"],
            check=False, capture_output=True, text=True, timeout=120, env=self.environment,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def standings(self) -> dict[str, str]:
        """Return every node's standing as `drift` sees it."""
        return {node["name"]: node["standing"] for node in self.run("drift")[1]["nodes"]}

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a task and go on; its progress can be read."""
        return subprocess.Popen(
            self.command(*words), text=True, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    """Three nodes with Jira running, and no file anywhere."""
    if sshd.available() is None:
        if os.environ.get("FILESTORE_AGENT_REQUIRE") == "all":
            pytest.fail("no sshd on this machine; install openssh-server")
        pytest.skip("no sshd on this machine; install openssh-server")
    with lab_cluster(tmp_path / "lab", 3) as lab:
        lab.start_jira()
        yield Journey(lab=lab)


def read_until(process: subprocess.Popen[str], words: str) -> None:
    """Read a running task's progress up to the line that holds these words."""
    assert process.stderr
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail(f"{words!r} was not said: {''.join(said)}")


def test_a_first_deploy_goes_through_all_nodes_and_a_second_has_nothing_to_do(journey: Journey) -> None:
    code, told = journey.run(*DEPLOY)
    assert (code, told["outcome"]) == (0, "ok"), told
    assert set(journey.standings().values()) == {"CURRENT"}
    pids = [node.pid for node in journey.lab.nodes]
    code, told = journey.run(*DEPLOY)
    assert (code, told["steps"]) == (0, [])
    assert [node.pid for node in journey.lab.nodes] == pids


def test_a_change_of_routing_needs_a_way_and_the_clusters_name(journey: Journey) -> None:
    assert journey.run("deploy-config", "--yes")[0] == 7
    assert journey.run("deploy-config", "--restart", "--yes")[0] == 7
    assert journey.run("deploy-config", "--restart", "--confirm", "bal")[0] == 7
    assert not any(node.file.exists() for node in journey.lab.nodes)


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
    assert not any(node.file.exists() for node in journey.lab.nodes)


def test_a_node_that_does_not_become_ready_halts_and_the_rest_stays_as_it_was(journey: Journey) -> None:
    journey.lab.node("jira-1").behave(locked=True)
    code, told = journey.run(*DEPLOY)
    assert code in {3, 8}, told
    assert not journey.lab.node("jira-2").file.exists()
    assert not journey.lab.node("jira-3").file.exists()
    assert journey.run("lock")[0] == 6
    journey.lab.node("jira-1").behave(locked=False)
    code, told = journey.run("resume", "--yes")
    assert (code, told["outcome"]) == (0, "ok"), told
    assert set(journey.standings().values()) == {"CURRENT"}


def test_after_a_kill_of_the_controller_a_person_frees_the_nodes_and_deploys_again(journey: Journey) -> None:
    process = journey.start(*DEPLOY)
    read_until(process, "jira-2: stopping")
    process.kill()
    process.communicate()
    for node in journey.lab.nodes:
        assert node.file.exists() == (node.name == "jira-1") or node.name == "jira-2"
    assert journey.run("lock")[0] == 6
    assert journey.run(*DEPLOY)[0] == 6
    assert journey.run("lock", "--release", "--yes")[0] == 0
    code, told = journey.run(*DEPLOY)
    assert code == 0, told
    assert set(journey.standings().values()) == {"CURRENT"}
    assert not [name for node in journey.lab.nodes for name in os.listdir(node.home) if name.endswith(".tmp")]  # noqa: PTH208 - names only


def test_two_controllers_at_once_leave_one_that_goes_on(journey: Journey) -> None:
    first = journey.start(*DEPLOY)
    read_until(first, "locking")
    code, told = journey.run(*DEPLOY)
    assert code == 6, told
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert set(journey.standings().values()) == {"CURRENT"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_at_a_safe_point_and_resume_goes_on_from_there(journey: Journey, number: signal.Signals) -> None:
    process = journey.start(*DEPLOY)
    read_until(process, "jira-1: starting")
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == 130
    assert journey.lab.node("jira-1").state == "RUNNING"
    assert not journey.lab.node("jira-3").file.exists()
    pid = journey.lab.node("jira-1").pid
    assert journey.run("lock")[0] == 6
    code, told = journey.run("resume", "--yes")
    assert (code, told["outcome"]) == (0, "ok"), told
    assert journey.lab.node("jira-1").pid == pid, "what was done was restarted again"
    assert set(journey.standings().values()) == {"CURRENT"}


def test_a_tuning_is_committed_now_and_loaded_by_a_later_rolling_restart(journey: Journey) -> None:
    journey.run(*DEPLOY)
    journey.lab.write_inventory(FILESTORES.replace("max-concurrency: 100", "max-concurrency: 50"))
    code, told = journey.run("deploy-config", "--yes")
    assert code == 0, told
    assert told["next_command"].startswith("filestore-agent rolling-restart")
    assert set(journey.standings().values()) == {"RESTART_PENDING"}
    assert journey.run("rolling-restart", "--yes")[0] == 0
    assert set(journey.standings().values()) == {"CURRENT"}


def test_together_stops_all_before_any_gets_the_file(journey: Journey) -> None:
    code, told = journey.run("deploy-config", "--together", "--confirm", "lab")
    assert (code, told["outcome"]) == (0, "ok"), told
    assert set(journey.standings().values()) == {"CURRENT"}


def test_a_file_changed_by_hand_after_the_push_is_told_for_what_it_is(journey: Journey) -> None:
    journey.run(*DEPLOY)
    journey.lab.node("jira-2").write(b"<filestore-config>")
    journey.lab.node("jira-3").remove()
    assert journey.standings() == {"jira-1": "CURRENT", "jira-2": "UNREADABLE", "jira-3": "TIME_BOMB"}
    code, told = journey.run("deploy-config", "--yes")
    assert code == 0, told
    assert journey.standings()["jira-2"] in {"CURRENT", "RESTART_PENDING"}
    assert Path(journey.lab.node("jira-3").file).exists()
