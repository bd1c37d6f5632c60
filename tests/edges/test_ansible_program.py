"""Ansible's own program: no shell, no keyboard, an end to patience, and what it complains of is not told."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from agent.edges.ansible_program import PROGRAM, asked
from agent.errors import InputError
from tests.support.need import needs

if TYPE_CHECKING:
    from pathlib import Path


def _program(folder: Path, script: str) -> dict[str, str]:
    """Put a program of Ansible's name into a folder, and return an environment that finds it."""
    program = folder / "bin" / PROGRAM
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}", "MINE": "kept"}


def _inventory(folder: Path, name: str = "hosts") -> str:
    (folder / name).write_text("[jira]\n", encoding="utf-8")
    return str(folder / name)


def test_it_gets_the_inventory_as_one_word_and_the_environment(tmp_path: Path) -> None:
    tell = 'for word; do printf "%s|" "$word"; done; printf "%s|%s" "$MINE" "$ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"'
    environment = _program(tmp_path, tell)
    path = _inventory(tmp_path, "a b;touch x")

    assert asked(path, environment).decode() == f"--list|-i|{path}|kept|true"


def test_a_path_is_never_taken_for_a_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = _program(tmp_path, 'printf %s "$3"')
    _inventory(tmp_path, "--help")
    monkeypatch.chdir(tmp_path)

    assert asked("--help", environment) == str(tmp_path / "--help").encode()


def test_it_has_no_keyboard(tmp_path: Path) -> None:
    assert asked(_inventory(tmp_path), _program(tmp_path, "read line; printf '%s' \"<$line>\"")) == b"<>"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo 'line 3: ansible_password=hunter2' >&2; exit 4", "it failed (status 4)"),
        ("exec sleep 60", "it had not ended after 0.3 s"),
        ("sleep 60 & echo '{}'", "it had not ended after 0.3 s"),
        ("yes", "it printed more than 16,777,216 bytes"),
    ],
)
def test_whatever_goes_wrong_ends_in_time_with_the_command_to_look_by_hand(
    tmp_path: Path, script: str, told: str
) -> None:
    before = time.monotonic()

    with pytest.raises(InputError) as end:
        asked(_inventory(tmp_path), _program(tmp_path, script), seconds=20 if script == "yes" else 0.3)

    assert time.monotonic() - before < 15
    assert told in str(end.value)
    assert f"{PROGRAM} --list -i " in str(end.value)
    assert "hunter2" not in str(end.value)


def test_where_there_is_no_such_program_it_is_said_how_to_do_without(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--ansible-json FILE"):
        asked(_inventory(tmp_path), {"PATH": str(tmp_path)})


@pytest.mark.parametrize(("name", "told"), [("nothing", "there is no such file"), ("a,b", "a path with a comma")])
def test_what_ansible_would_take_for_something_else_is_refused(tmp_path: Path, name: str, told: str) -> None:
    if "," in name:
        _inventory(tmp_path, name)

    with pytest.raises(InputError, match=told):
        asked(str(tmp_path / name), _program(tmp_path, "true"))


@needs(PROGRAM, "ansible-core")
def test_the_real_one_is_read_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("[jira]\njira-[1:2] ansible_user=ops\n", encoding="utf-8")

    assert set(json.loads(asked(str(tmp_path / "hosts"), os.environ))["_meta"]["hostvars"]) == {"jira-1", "jira-2"}
