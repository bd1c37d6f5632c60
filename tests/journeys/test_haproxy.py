"""A rolling restart behind a real HAProxy: with the example's hooks nobody loses a request, without them some do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from agent.lab.cluster import LabCluster, lab_cluster
from tests.support.haproxy import Balancer, Visitors, balancer
from tests.support.need import needs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = needs("haproxy", "haproxy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Three nodes that take their time to stop and to start, and the balancer before them."""

    lab: LabCluster
    balancer: Balancer

    def write_hooks(self, **words: list[str]) -> None:
        """Put drain hooks into the inventory; the node's name is the last word of each."""
        hooks = {
            name.replace("_", "-"): {"run": [sys.executable, "-B", *run, "{node}"], "timeout": "30s"}
            for name, run in words.items()
        }
        file = self.lab.write_inventory()
        text = file.read_text(encoding="utf-8")
        assert "\nrollout:\n" in text
        drain = f"\nrollout:\n  drain: {json.dumps(hooks)}\n"
        file.write_text(text.replace("\nrollout:\n", drain), encoding="utf-8")

    def restart_all(self) -> tuple[int, dict[str, Any]]:
        """Restart every node, one after the other; return exit code and JSON."""
        return task(self.lab, "rolling-restart", "--all", "--yes")

    @property
    def pids(self) -> list[int | None]:
        """The process of each node's Jira."""
        return [node.pid for node in self.lab.nodes]


def task(lab: LabCluster, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a task as an operator does; return exit code and JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "agent", *words, "--json", "--inventory", str(lab.inventory)],
        check=False, capture_output=True, text=True, timeout=180, stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(lab.folder / "state")},
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with lab_cluster(tmp_path / "lab", 3) as lab:
        lab.start_jira()
        code, told = task(lab, "deploy-config", "--together", "--confirm", "lab")
        assert code == 0, told
        for node in lab.nodes:
            node.behave(start_seconds=1.0, stop_seconds=0.5)
        with balancer({node.name: node.status_port for node in lab.nodes}) as before_them:
            yield Site(lab=lab, balancer=before_them)


def test_with_the_examples_hooks_a_rolling_restart_loses_not_one_request(site: Site) -> None:
    site.write_hooks(
        before_stop=site.balancer.words("drain", "--grace", "0.5"), after_ready=site.balancer.words("ready")
    )
    before = site.pids
    with Visitors(port=site.balancer.port).at_work() as visitors:
        code, told = site.restart_all()
    assert code == 0, told
    assert not set(before).intersection(site.pids)
    assert visitors.lost == []
    assert visitors.answered > 200
    assert [site.balancer.status(node.name) for node in site.lab.nodes] == ["UP"] * 3


def test_without_hooks_the_same_restart_loses_some(site: Site) -> None:
    before = site.pids
    with Visitors(port=site.balancer.port).at_work() as visitors:
        code, told = site.restart_all()
    assert code == 0, told
    assert not set(before).intersection(site.pids)
    assert visitors.lost


def test_a_node_that_cannot_be_drained_is_not_stopped_and_serves_on(site: Site) -> None:
    site.write_hooks(
        before_stop=site.balancer.words("drain", "--backend", "no-such"), after_ready=site.balancer.words("ready")
    )
    before = site.pids
    with Visitors(port=site.balancer.port).at_work() as visitors:
        code, told = site.restart_all()
    assert code == 3, told
    assert site.pids == before
    assert visitors.lost == []
    assert [site.balancer.status(node.name) for node in site.lab.nodes] == ["UP"] * 3


def test_the_scripts_by_hand_around_restarts_by_hand_lose_nothing_either(site: Site) -> None:
    with Visitors(port=site.balancer.port).at_work() as visitors:
        for node in site.lab.nodes:
            drained = site.balancer.script("drain", "--grace", "0.5", node.name)
            assert drained.returncode == 0, drained.stderr
            node.stop_jira()
            node.start_jira()
            node.wait_for("RUNNING")
            admitted = site.balancer.script("ready", node.name)
            assert admitted.returncode == 0, admitted.stderr
    assert visitors.lost == []
    assert visitors.answered > 50
