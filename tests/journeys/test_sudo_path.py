"""The documented way in, from outside: ops logs in, works as jira, drives the unit; root touches nothing of jira's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bucket_node import allowing
from tests.support.estate import SUDOERS, SudoEstate, sudo_estate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.s3_server import S3Server

__all__ = ["sudo_estate"]
pytestmark = [pytest.mark.root, pytest.mark.xdist_group("estate")]  # one estate a machine, so one worker


def run(estate: SudoEstate, folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a task of the installed program on the estate, and return its exit code and JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "agent", *words, "--inventory", str(estate.inventory(folder / "clusters")), "--json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def fresh(sudo_estate: SudoEstate) -> SudoEstate:
    """The estate with Jira running on a home without the file."""
    sudo_estate.service("stop")
    sudo_estate.jira.wait_until_down()
    sudo_estate.jira.remove()
    sudo_estate.jira.forget()
    sudo_estate.service("start")
    sudo_estate.jira.wait_for("RUNNING")
    return sudo_estate


def test_doctor_finds_the_documented_estate_healthy(fresh: SudoEstate, tmp_path: Path) -> None:
    code, told = run(fresh, tmp_path, "doctor")
    checks = {check["what"]: check["health"] for check in told["nodes"][0]["checks"]}
    assert (code, checks["file owner"], checks["localhome"]) == (0, "good", "good")


def test_a_deploy_with_restart_leaves_the_right_file_of_jira_in_force(fresh: SudoEstate, tmp_path: Path) -> None:
    words = ("deploy-config", "--restart", "--confirm", "estate", "--accept-downtime")
    code, told = run(fresh, tmp_path, *words)
    assert (code, told["outcome"]) == (0, "ok"), told
    assert [node["standing"] for node in told["nodes"]] == ["CURRENT"]
    facts = fresh.jira.file.stat()
    assert (fresh.jira.file.owner(), fresh.jira.file.group(), facts.st_mode & 0o7777) == ("jira", "jira", 0o640)
    assert (fresh.jira.home / ".filestore-agent").owner() == "jira"
    assert run(fresh, tmp_path, "drift")[0] == 0


def test_a_single_node_is_not_restarted_without_a_word_about_the_downtime(fresh: SudoEstate, tmp_path: Path) -> None:
    code, told = run(fresh, tmp_path, "deploy-config", "--restart", "--confirm", "estate")
    assert (code, [objection["code"] for objection in told["objections"]]) == (7, ["downtime"])
    assert not fresh.jira.file.exists()


def test_without_the_sudoers_lines_drift_says_what_it_could_not_prove(fresh: SudoEstate, tmp_path: Path) -> None:
    lines = SUDOERS.read_bytes()
    SUDOERS.unlink()
    try:
        code, told = run(fresh, tmp_path, "drift")
        refused, plan = run(fresh, tmp_path, "deploy-config", "--no-restart", "--confirm", "estate")
    finally:
        SUDOERS.write_bytes(lines)
        SUDOERS.chmod(0o440)
    (node,) = told["nodes"]
    assert (code, node["standing"], node["ran_as"]) == (8, "UNKNOWN", "ops")
    assert node["state"] == "running"
    assert refused in {7, 8}, plan
    assert not fresh.jira.file.exists()


def test_the_buckets_are_asked_as_jira_with_what_only_jiras_own_process_has(
    fresh: SudoEstate, tmp_path: Path, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3_server.bucket()
    keys = s3_server.user(allowing(bucket, backups=("PutObject",)))
    inventory = fresh.inventory(tmp_path / "clusters") / "estate.yml"
    wanted = f"bucket-name: {bucket}, region: us-east-1, endpoint-override: {s3_server.url}"
    example = "bucket-name: example-co-jira-backup-bucket, region: ap-southeast-4"
    monkeypatch.setattr(
        SudoEstate, "_inventory_text", _with(inventory.read_text(encoding="utf-8").replace(example, wanted))
    )
    fresh.service("stop")
    fresh.jira.wait_until_down()
    units = fresh.folder / "units.json"
    plain = units.read_text(encoding="utf-8")
    environment = {**keys.environment, "AWS_ENDPOINT_URL_STS": s3_server.url}
    units.write_text(json.dumps({"jira": {**json.loads(plain)["jira"], "environment": environment}}), encoding="utf-8")
    try:
        fresh.service("start")
    finally:
        units.write_text(plain, encoding="utf-8")
    code, told = run(fresh, tmp_path, "preflight-s3")
    (node,) = told["nodes"]
    assert (code, node["identity"]["caller"], node["identity"]["surroundings"]) == (0, keys.arn, "process"), told
    (key,) = s3_server.keys(bucket)
    assert [left["key"] for left in node["left"]] == [key]
    lines = SUDOERS.read_bytes()
    SUDOERS.unlink()
    try:
        code, told = run(fresh, tmp_path, "preflight-s3")
    finally:
        SUDOERS.write_bytes(lines)
        SUDOERS.chmod(0o440)
    assert (code, told["nodes"][0]["checks"], s3_server.keys(bucket)) == (8, [], [key])
    assert "sudo" in told["nodes"][0]["reason"]


def _with(text: str) -> Callable[[SudoEstate, Path], str]:
    return lambda _, __: text
