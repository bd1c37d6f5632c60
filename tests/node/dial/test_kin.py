"""Names of one family: what is concluded from one answer of ssh is what ssh would have said itself."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from agent.errors import InputError
from agent.node.dial.kin import family_finder
from agent.node.dial.ssh_config import consultation

if TYPE_CHECKING:
    from pathlib import Path

    from agent.node.dial.directives import Consult, Directives

NAMES = ("jira-1", "jira-2.example.com", "jira-22", "bastion", "192.0.2.7", "2001:db8::1", "x")
needs_ssh = pytest.mark.skipif(not shutil.which("ssh"), reason="no ssh program on this machine (openssh-client)")

SIMPLE = """# a comment
Host jira-? jira-*.example.com !jira-2*
  HostName inner.example.com
  User alice
Host 192.0.2.* 2001:db8::*
  Port=2200
  IdentityFile "~/.ssh/id one"
Host *
  User = bob
  IdentityFile ~/.ssh/id_two
  ProxyJump bastion
"""


def answer(consult: Consult, name: str, user: str | None, port: int | None) -> Directives | str:
    try:
        return consult(name, user, port)
    except InputError as fault:
        return str(fault)


@needs_ssh
@pytest.mark.parametrize(
    "text", [SIMPLE, "", "Port 2222\n", "Host *\n  User carol\n", "Host x\n  HostName jira-1\n  User z\n"]
)
def test_one_answer_for_a_family_is_what_ssh_says_of_each(tmp_path: Path, text: str) -> None:
    config = tmp_path / "config"
    config.write_text(text)
    shared = consultation(config, dict(os.environ))
    for user, port in ((None, None), ("ops", 2022), ("ops", 2023)):
        for name in NAMES:
            own = answer(consultation(config, dict(os.environ)), name, user, port)
            assert answer(shared, name, user, port) == own, name


@pytest.mark.parametrize(
    "line",
    [
        'Match exec "true"',
        "Include more",
        "CanonicalizeHostname yes",
        "HostName %h.example.com",
        "Host [a-b]",
        'Host "a b"',
        'Host a,b "c"',
        '"Host" a',
        "Host",
        "User",
        "match all",
        "INCLUDE more",
    ],
)
def test_what_only_ssh_understands_is_left_to_ssh(line: str) -> None:
    assert family_finder(f"Host *\n  User a\n{line}\n")("jira-1") is None


@pytest.mark.parametrize("name", ["Jira-1", "a b", "-x", "j\u00efra"])
def test_a_name_that_ssh_may_write_otherwise_has_no_family(name: str) -> None:
    assert (family_finder("Host *\n  User a\n")(name) is None) is (name != "-x")


@pytest.mark.parametrize("line", ["ProxyJump jira-1", "proxyjump=ops@JIRA-1:22,other", "  ProxyJump a,ssh://jira-1/"])
def test_a_jump_host_is_not_like_the_hosts_behind_it(line: str) -> None:
    family = family_finder(f"Host *\n{line}\n")
    assert family("jira-1") is None
    assert family("jira-2") is not None


def test_names_that_a_section_tells_apart_are_of_two_families() -> None:
    family = family_finder(SIMPLE)
    assert family("jira-1") == family("jira-3") != family("jira-22")
    assert family("jira-2.example.com") == family("x") != family("jira-3.example.com")


def counting_ssh(folder: Path) -> dict[str, str]:
    program = folder / "ssh"
    program.write_text(f'#!/bin/sh\necho asked >>"{folder}/asked"\nexec {shutil.which("ssh")} "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


@needs_ssh
@pytest.mark.parametrize(("text", "asked"), [("Host *\n  User a\n", 1), ("Host *\n  HostName %h.example.com\n", 20)])
def test_of_many_who_want_to_know_at_once_one_asks_for_the_family(tmp_path: Path, text: str, asked: int) -> None:
    config = tmp_path / "config"
    config.write_text(text)
    consult = consultation(config, counting_ssh(tmp_path))
    with ThreadPoolExecutor(20) as crowd:
        said = list(crowd.map(lambda number: consult(f"jira-{number}", None, 1000 + number), range(20)))
    assert [one.port for one in said] == list(range(1000, 1020))
    assert len((tmp_path / "asked").read_text().splitlines()) == asked
