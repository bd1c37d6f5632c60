"""Somebody presses Ctrl-C, closes the terminal, pipes the output away, or looks on while a rollout runs."""

from __future__ import annotations

import shlex
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--yes")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_at_a_safe_point_and_resume_goes_on_from_there(
    deployed: Journey, number: signal.Signals
) -> None:
    rollout = deployed.start(*DEPLOY)
    rollout.wait_for("jira-1: starting")
    rollout.send(number)
    assert rollout.end() == 130, rollout.said
    assert deployed.lab.node("jira-1").state == "RUNNING", "what was in flight is brought to its end"
    assert "filestore-agent resume" in "\n".join(rollout.output), rollout.output
    assert b">50<" not in deployed.lab.node("jira-3").file.read_bytes()
    pid = deployed.lab.node("jira-1").pid
    assert deployed.run("lock")[0] == 6
    deployed.done("resume", "--yes")
    assert deployed.lab.node("jira-1").pid == pid, "what was done was restarted again"
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_resume_is_interrupted_like_any_rollout_and_gone_on_with_again(deployed: Journey) -> None:
    first = deployed.start(*DEPLOY)
    first.wait_for("jira-1: done")
    assert first.kill()
    resumed = deployed.start("resume", "--yes")
    resumed.wait_for("jira-2: starting")
    resumed.send(signal.SIGTERM)
    assert resumed.end() == 130, resumed.said
    assert deployed.lab.node("jira-2").state == "RUNNING"
    proven = deployed.pids("jira-1", "jira-2")
    deployed.at("elsewhere").done("resume", "--yes")
    assert deployed.pids("jira-1", "jira-2") == proven
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_a_second_ctrl_c_lets_go_at_once_and_names_what_is_in_flight(deployed: Journey) -> None:
    deployed.lab.node("jira-1").behave(start_seconds=9)
    rollout = deployed.start(*DEPLOY)
    rollout.wait_for("jira-1: starting")
    rollout.send(signal.SIGINT)
    rollout.wait_for("stopping at the next safe point")
    rollout.send(signal.SIGINT)
    assert rollout.end(10) == 130, rollout.said
    told = rollout.said + "\n".join(rollout.output)
    assert "starting jira-1" in told, told
    assert "filestore-agent resume" in told, told
    deployed.done("resume", "--yes")
    assert set(deployed.standings().values()) == {"CURRENT"}


def test_lock_answers_after_a_crash_even_with_a_broken_inventory(deployed: Journey) -> None:
    rollout = deployed.start(*DEPLOY)
    rollout.wait_for("jira-2: stopping")
    assert rollout.kill()
    file = deployed.lab.inventory / "lab.yml"
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace("associations:", "asociations:").replace("jira-3:\n", "jira 3:\n"), encoding="utf-8")
    code, told = deployed.run("lock")
    assert code in {5, 6}, told
    assert [set(holder["nodes"]) >= {"jira-1", "jira-2"} for holder in told["holders"]] == [True], told
    assert deployed.run("resume", "--yes")[0] == 5, "nothing is acted on with it"
    file.write_text(sound, encoding="utf-8")
    deployed.done("resume", "--yes")


def test_whoever_looks_on_while_it_runs_sees_it_and_changes_nothing(deployed: Journey) -> None:
    rollout = deployed.start(*DEPLOY)
    rollout.wait_for("jira-1: starting")
    rollout.send(signal.SIGSTOP)  # so that it cannot be over before the others have looked
    code, status = deployed.run("status")
    assert code == 0
    assert [(it["journal"]["pace"], len(it["nodes"])) for it in status["rollouts"]] == [("running", 3)], status
    code, drift = deployed.run("drift")
    assert (code, [node["in_transition"] for node in drift["nodes"]]) == (0, [True] * 3), drift
    code, past = deployed.run("history")
    assert (code, past["rollouts"][0]["fate"]) == (0, "running"), past
    rollout.send(signal.SIGCONT)
    assert rollout.end() == 0, rollout.said
    assert set(deployed.standings().values()) == {"CURRENT"}


@pytest.mark.parametrize("reader", ["head -n 1", "true"])
def test_a_reader_that_goes_away_stops_no_rollout(deployed: Journey, reader: str) -> None:
    line = f"{shlex.join(deployed.command(*DEPLOY))} 2>&1 | {reader}"
    subprocess.run(["/bin/sh", "-c", line], check=True, env=deployed.environment, stdin=subprocess.DEVNULL, timeout=120)
    assert set(deployed.standings().values()) == {"CURRENT"}
    assert deployed.remains() == {}


def test_output_that_goes_to_a_file_holds_plain_lines(deployed: Journey) -> None:
    file = deployed.lab.folder / "output.txt"
    with file.open("w") as output:
        done = subprocess.run(
            deployed.command(*DEPLOY), check=False, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, env=deployed.environment, timeout=120,
        )  # fmt: skip
    assert done.returncode == 0
    told = file.read_text(encoding="utf-8")
    assert "jira-3: done, it runs with the right file" in told
    assert "\x1b" not in told
    assert "\r" not in told
