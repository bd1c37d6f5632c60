"""The first minute with a cluster that exists: read over real SSH, adopted, validated, and then drift finds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.judging.in_force import TOLERANCE_SECONDS

if TYPE_CHECKING:
    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd


def said(journey: Journey, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a task on no inventory but the one that the words name, and return its exit code and JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "agent", *words, "--json"],
        check=False, capture_output=True, text=True, timeout=120, env=journey.environment, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def clusters(journey: Journey) -> Path:
    """Where the adopted inventory goes."""
    return journey.lab.folder / "clusters"


def test_what_was_put_there_by_hand_is_adopted_and_drift_finds_nothing(journey: Journey, clusters: Path) -> None:
    journey.deployed()
    tuned = journey.lab.node("jira-3")
    tuned.stop_jira()
    tuned.write(tuned.file.read_bytes().replace(b">100<", b">50<").replace(b"  ", b"\t"))
    time.sleep(2 * TOLERANCE_SECONDS)  # what is nearer to the start than that proves nothing
    tuned.start_jira()
    tuned.wait_for("RUNNING")
    journey.declare("filestores: {wrong: {bucket-name: guessed, region: us-east-1}}\nassociations: {}\n")
    files = journey.files()

    journey.done("adopt", "--out", str(clusters / "found.yml"))

    assert journey.files() == files
    folder = ("--inventory", str(clusters))
    assert said(journey, "validate", *folder)[0] == 0
    code, told = said(journey, "drift", *folder)
    standings = {node["name"]: node["standing"] for node in told["nodes"]}
    assert standings == {"jira-1": "CURRENT", "jira-2": "CURRENT", "jira-3": "COSMETIC"}
    assert code == 2


def test_a_cluster_of_which_only_names_are_known_is_adopted_by_flags_alone(journey: Journey, clusters: Path) -> None:
    journey.deployed()
    lab, node = journey.lab, journey.lab.node("jira-1")
    config = lab.folder / "my_ssh_config"
    way = f"Host jira-1\n  HostName 127.0.0.1\n  Port {node.ssh_port}\n"
    config.write_text(way + (lab.folder / "ssh_config").read_text(encoding="utf-8"), encoding="utf-8")
    flags = {
        "--nodes": "jira-1",
        "--ssh-config": str(config),
        "--known-hosts": str(lab.folder / "known_hosts"),
        "--localhome": str(node.home),
        "--owner": Path(lab.folder).owner(),
        "--status-port": str(node.status_port),
        "--out": str(clusters / "prod.yml"),
    }

    code, told = said(journey, "adopt", *(word for pair in flags.items() for word in pair))

    assert (code, told["outcome"]) == (0, "ok"), told
    assert '  version: "10.3.4"\n' in told["inventory"], "the log of the last start tells it"
    assert said(journey, "validate", "--inventory", str(clusters))[0] == 0
    code, told = said(journey, "drift", "--inventory", str(clusters))
    assert (code, [it["standing"] for it in told["nodes"]]) == (0, ["CURRENT"]), told


def test_where_nodes_differ_or_are_dead_nothing_is_written(journey: Journey, clusters: Path) -> None:
    journey.deployed()
    journey.lab.node("jira-2").remove()
    journey.lab.server("jira-3").stop()

    code, told = journey.run("adopt", "--out", str(clusters / "found.yml"))

    assert (code, [it["code"] for it in told["obstacles"]]) == (7, ["unreachable", "differ"]), told
    assert not clusters.exists()
    told = journey.done("adopt", "--out", str(clusters / "found.yml"), "--exclude", "jira-3", "--like", "jira-1")
    assert (told["odd"], told["left_out"]) == (["jira-2"], ["jira-3"])
    code, told = said(journey, "drift", "--inventory", str(clusters))
    assert [it["standing"] for it in told["nodes"]] == ["CURRENT", "TIME_BOMB", "UNREACHABLE"], told
