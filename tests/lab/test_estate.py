"""The estate of the documented sudoers path is what it claims: who may do what, and who may not."""

from __future__ import annotations

import os
import subprocess
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.inventory.resolve import resolve_nodes
from agent.core.node import SystemdService
from agent.edges.loader import load_estate
from agent.node.port import ABSENT, Claim, Commit, LockToken, Observe, Ok, Refused, Request, Stage, Start
from agent.node.ssh.adapter import SshNode
from tests.lab.test_startup import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.estate import SudoEstate

pytestmark = [pytest.mark.root, pytest.mark.xdist_group("estate")]  # one estate a machine, so one worker


def as_ops(estate: SudoEstate, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the login user, over the real way in."""
    server = estate.server
    return subprocess.run(
        [
            "ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", f"UserKnownHostsFile={server.known_hosts}", "-i", server.client_key, "-p", str(server.port),
            "ops@127.0.0.1", command,
        ],
        check=False, capture_output=True, text=True, timeout=30,
    )  # fmt: skip


def test_the_login_user_cannot_look_into_the_localhome(sudo_estate: SudoEstate) -> None:
    assert "Permission denied" in as_ops(sudo_estate, f"ls {sudo_estate.jira.home}").stderr


def test_the_login_user_is_nobody_but_the_owner_through_sudo(sudo_estate: SudoEstate) -> None:
    refused = as_ops(sudo_estate, "sudo -n -u root /usr/bin/id")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_the_unit_is_started_and_stopped_as_jira_by_the_documented_words(sudo_estate: SudoEstate) -> None:
    sudo_estate.write(GOOD.encode())
    assert as_ops(sudo_estate, "sudo -n /usr/bin/systemctl --no-block start jira").returncode == 0
    sudo_estate.jira.wait_for("RUNNING")
    assert os.stat(f"/proc/{sudo_estate.jira.pid}").st_uid == sudo_estate.jira.home.stat().st_uid  # noqa: PTH116 - /proc
    shown = as_ops(sudo_estate, "/usr/bin/systemctl show -p ActiveState -p LoadState jira").stdout
    assert set(shown.splitlines()) == {"ActiveState=active", "LoadState=loaded"}
    assert as_ops(sudo_estate, "sudo -n /usr/bin/systemctl --no-block stop jira").returncode == 0
    sudo_estate.jira.wait_until_down()


def test_another_unit_or_verb_is_refused(sudo_estate: SudoEstate) -> None:
    for words in ("start sshd", "restart jira", "--no-block start sshd", "--no-block start jira sshd"):
        assert as_ops(sudo_estate, f"sudo -n /usr/bin/systemctl {words}").returncode == 1


def test_the_door_works_as_jira_through_the_documented_lines_and_only_as_jira(
    sudo_estate: SudoEstate, tmp_path: Path
) -> None:
    sudo_estate.jira.remove()
    (node,) = resolve_nodes(load_estate(sudo_estate.inventory(tmp_path)).clusters["estate"], "estate")
    document = GOOD.encode()
    with closing(SshNode(node)) as door:
        answers = [door.perform(request) for request in first_push(document)]
        assert [type(answer) for answer in answers] == [Ok] * 5, answers
    sudo_estate.jira.wait_for("RUNNING")
    assert (sudo_estate.jira.file.read_bytes(), sudo_estate.jira.file.owner()) == (document, "jira")
    last = answers[-1]
    assert isinstance(last, Ok)
    assert last.observation.ran_as == "jira"


def test_a_unit_that_does_not_follow_and_one_that_sudo_keeps_from_us_are_told_apart(
    sudo_estate: SudoEstate, tmp_path: Path
) -> None:
    sudo_estate.jira.forget()
    (node,) = resolve_nodes(load_estate(sudo_estate.inventory(tmp_path)).clusters["estate"], "estate")
    units = sudo_estate.folder / "units.json"
    known = units.read_text()
    token = LockToken(plan="unit", epoch=10)
    with closing(SshNode(node)) as door, closing(SshNode(replace(node, service=SystemdService(unit="jria")))) as typo:
        door.perform(Claim(token=token, holder="ann", host="desk", since="2026-01-02T03:04:05Z"))
        units.write_text("{}")
        try:
            unknown = door.perform(Start(token=token))
        finally:
            units.write_text(known)
        forbidden = typo.perform(Start(token=token))
    assert isinstance(unknown, Refused)
    assert unknown.code == "service-failed"
    assert "systemctl ended with 5: Failed to start jira.service: Unit jira.service not found." in unknown.reason
    assert isinstance(forbidden, Refused)
    assert forbidden.code == "sudo-refused"
    assert "(systemctl ended with 1: sudo: a password is required)" in forbidden.reason


def first_push(document: bytes) -> tuple[Request, ...]:
    token, digest = LockToken(plan="first", epoch=1), digest_of(document)
    return (
        Observe(),
        Claim(token=token, holder="ann", host="desk", since="2026-01-02T03:04:05Z"),
        Stage(token=token, document=document, digest=digest, expected=ABSENT),
        Commit(token=token, digest=digest, expected=ABSENT, canonical="sha256:0", routing="backups"),
        Start(token=token),
    )
