"""Where a hook runs and with which words: an inventory's hooks, on this machine and on a real host."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Hook
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP, HookCall
from agent.lab import sshd
from agent.operations.inputs.clusters import one_cluster, valid_inputs
from agent.operations.rollout.hooks import HookRunner, hook_runner
from tests.command_line import INVENTORY
from tests.operations.world import yard
from tests.support.ssh import Place, need_sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.core.rollout.hooks import HookEnd
    from agent.lab.sshd import Sshd

ADDRESSED = INVENTORY.replace('{"jira-[1-3]": {}}', '{"jira-[1-3]": {address: "192.0.2.[11-13]"}}')
TELL = (
    "/bin/sh",
    "-c",
    'echo "$@" "$FILESTORE_AGENT_HOOK $FILESTORE_AGENT_PLAN"',
    "sh",
    "{node}={address}",
    "{cluster}",
)


def runner_of(folder: Path, text: str, environment: dict[str, str]) -> Callable[[HookCall], HookEnd]:
    there = yard(folder, prod=text)
    cluster = one_cluster(valid_inputs(there.choice(), template=None))
    return hook_runner(replace(there.world(), environment=environment), cluster)


def call(*words: str, on: str = "workstation", node: str = "jira-2", name: str = BEFORE_STOP) -> HookCall:
    return HookCall(name=name, node=node, hook=Hook(run=words, on=on, timeout=20), facts=(("PLAN", "p-1"),))


def test_a_hook_on_the_workstation_runs_here_with_its_words_filled(tmp_path: Path) -> None:
    run = runner_of(tmp_path, ADDRESSED, {"PATH": os.environ["PATH"]})
    assert run(call(*TELL)).output == "jira-2=192.0.2.12 prod before-stop p-1"
    assert run(call(*TELL, name=AFTER_READY, node="jira-3")).output == "jira-3=192.0.2.13 prod after-ready p-1"


def test_a_hook_for_a_node_that_is_gone_from_the_inventory_is_not_run(tmp_path: Path) -> None:
    end = runner_of(tmp_path, ADDRESSED, {"PATH": os.environ["PATH"]})(call("/bin/true", node="jira-9"))
    assert end.code is None
    assert end.reason == "jira-9 is not in the inventory any more; the hook was not run"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    need_sshd()
    server = sshd.start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.mark.sshd
def test_a_hook_on_a_host_runs_there_by_the_clusters_ssh_settings(tmp_path: Path, server: Sshd) -> None:
    place = Place(folder=tmp_path)
    place.trust(server)
    config = place.configure(f"Host *\n  IdentityFile {server.client_key}\n  IdentitiesOnly yes\n")
    ssh = f"{{user: {server.user}, port: {server.port}, config: {config}, known-hosts: {place.known_hosts}}}"
    run = runner_of(tmp_path, ADDRESSED.replace("{config: none}", ssh), place.environment)
    end = run(call(*TELL, on=server.host))
    assert (end.output, end.code) == ("jira-2=192.0.2.12 prod before-stop p-1", 0), end
    assert "SSH_CONNECTION" in run(call("/usr/bin/env", on=server.host)).output


@pytest.mark.sshd
def test_a_host_that_is_a_node_is_reached_as_that_node(tmp_path: Path, server: Sshd) -> None:
    place = Place(folder=tmp_path)
    place.trust(server)
    node = place.node(server)
    runner = HookRunner(nodes={node.name: node}, ssh=replace(node.ssh, port=1), environment=place.environment)
    assert runner.run(call("/bin/echo", "{address}", on=node.name, node=node.name)).output == server.host


def test_what_connects_is_not_loaded_for_a_hook_that_runs_here() -> None:
    code = "import sys, agent.operations.rollout.hooks; sys.exit('agent.node.ssh.adapter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
