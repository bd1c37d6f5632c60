"""What Jira itself says, where the inventory has a token: waited for, halted over, refused; and who sees the token."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.journey import Journey

pytestmark = pytest.mark.sshd
DEPLOY = ("deploy-config", "--restart", "--yes")


@pytest.fixture
def asking(deployed: Journey) -> Journey:
    """Three nodes, another file declared, and a token to ask Jira by."""
    return deployed.declare_another_and_a_token()


def test_a_heartbeat_that_lags_is_waited_for(asking: Journey) -> None:
    asking.lab.behave(heartbeat_lag_seconds=3)
    asking.done(*DEPLOY)
    assert set(asking.standings().values()) == {"CURRENT"}


def test_a_failing_check_of_the_backup_filestore_halts_at_the_first_node(asking: Journey) -> None:
    asking.lab.behave(failing_checks={"Backup Filestore": "Able to delete data from backup storage"})
    pids = asking.pids("jira-2", "jira-3")
    code, told = asking.run(*DEPLOY)
    assert (code, told["rollout"]["halted"]["node"]) == (3, "jira-1"), told
    assert "may delete from the bucket of the backups" in told["rollout"]["halted"]["reason"]
    assert asking.pids("jira-2", "jira-3") == pids


def test_a_node_that_only_the_cluster_knows_is_refused_by_name(asking: Journey) -> None:
    asking.lab.list_stranger("jira-9")
    before = asking.files()
    code, told = asking.run(*DEPLOY)
    assert code == 7, told
    assert "jira-9" in str(told["objections"]), told
    assert asking.files() == before
    asking.lab.unlist("jira-9")
    asking.done(*DEPLOY)


def test_status_tells_versions_by_the_clusters_list_and_without_it_by_each_nodes_log(asking: Journey) -> None:
    node = asking.lab.node("jira-2")
    node.stop_jira()
    node.behave(version="10.3.5")
    node.start_jira()
    node.wait_for("RUNNING")
    asking.lab.list_stranger("jira-9")
    listed, logged = asking.done("status"), asking.done("status", "--without-rest")
    versions = {"jira-1": "10.3.4", "jira-2": "10.3.5", "jira-3": "10.3.4"}
    for told, source in ((listed, "rest"), (logged, "node")):
        assert {node["name"]: node["version"] for node in told["nodes"]} == versions
        assert {node["version_source"] for node in told["nodes"]} == {source}
    assert [it["node_id"] for it in listed["clusters"][0]["unlisted_members"]] == ["jira-9"]


def test_an_upgrade_under_way_is_refused_before_the_first_stop(asking: Journey) -> None:
    asking.lab.enter_upgrade("MIXED")
    before, pids = asking.files(), asking.pids()
    code, told = asking.run(*DEPLOY)
    assert code == 7, told
    assert "MIXED" in str(told["objections"]), told
    assert (asking.files(), asking.pids()) == (before, pids)


def test_a_wrong_token_is_refused_with_its_cure(asking: Journey) -> None:
    right = asking.lab.token_file
    wrong = asking.lab.folder / "stale-token"
    wrong.write_text("stale\n", encoding="ascii")
    wrong.chmod(0o600)
    file = asking.lab.inventory / "lab.yml"
    file.write_text(file.read_text(encoding="utf-8").replace(str(right), str(wrong)), encoding="utf-8")
    before = asking.files()
    code, told = asking.run(*DEPLOY)
    assert code == 7, told
    assert "token" in str(told["objections"]), told
    assert "--without-rest" in str(told["objections"]), told
    assert asking.files() == before


def test_the_token_is_nowhere_but_where_it_was_put(asking: Journey) -> None:
    token = asking.lab.token.encode()
    rollout = asking.start(*DEPLOY, "--json", "--verbose", "--events", str(asking.lab.folder / "events.jsonl"))
    seen = b""
    while rollout.is_alive:
        seen += b"".join(command_lines())
    assert rollout.end() == 0, rollout.said
    assert b"filestore" in seen, "the process list was looked at"
    assert token not in seen
    assert token.decode() not in rollout.said + "\n".join(rollout.output)
    asking.done("history")
    with_it = {path for path in everything(asking.lab.folder) if token in path.read_bytes()}
    assert with_it == {asking.lab.token_file}


def command_lines() -> Iterator[bytes]:
    """Return what anybody on this machine sees of every process: its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield (entry / "cmdline").read_bytes()
            except OSError:
                continue


def everything(folder: Path) -> Iterator[Path]:
    """Return every regular file below a folder: journals, plans, logs, homes."""
    for parent, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(parent) / name).is_file() and not path.is_symlink())
