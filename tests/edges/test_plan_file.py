"""A saved plan on disk: private, whole or not at all, and never read from where others could have put it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.edges.plan_file import read_plan_file, write_plan
from agent.errors import AgentError, InputError
from tests.core.planning.test_binding import SAVED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_is_written_is_read_back_and_is_this_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, SAVED)
    assert read_plan_file(path) == SAVED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [it.name for it in tmp_path.iterdir()] == ["plan.json"]


def test_an_earlier_plan_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("earlier")
    path.chmod(0o644)
    write_plan(path, SAVED)
    assert read_plan_file(path) == SAVED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _folder(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    write_plan(path.with_name("real"), SAVED)
    path.symlink_to(path.with_name("real"))


@pytest.mark.parametrize("lay", [_folder, _fifo, _link])
def test_what_is_no_regular_file_is_neither_replaced_nor_read(tmp_path: Path, lay: Callable[[Path], None]) -> None:
    path = tmp_path / "plan.json"
    lay(path)
    before = path.lstat()
    with pytest.raises(InputError, match="links are not followed"):
        write_plan(path, SAVED)
    with pytest.raises(InputError, match=r"plan\.json: .*(Is a directory|not a regular file|links are not followed)"):
        read_plan_file(path)
    assert path.lstat().st_ino == before.st_ino


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, SAVED)
    path.chmod(mode)
    with pytest.raises(InputError, match="chmod go-w"):
        read_plan_file(path)


def test_a_file_that_others_may_read_is_welcome(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, SAVED)
    path.chmod(0o644)
    assert read_plan_file(path) == SAVED


def test_a_missing_file_and_an_edited_one_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No such file or directory; name a file that `plan --out` has written"):
        read_plan_file(tmp_path / "none")
    path = tmp_path / "plan.json"
    write_plan(path, SAVED)
    path.write_bytes(path.read_bytes().replace(b"jira-9", b"jira-8"))
    with pytest.raises(InputError, match=r"edited by hand, or damaged\); plan again with --out"):
        read_plan_file(path)


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="No such file or directory"):
        write_plan(tmp_path / "nowhere" / "plan.json", SAVED)
    with pytest.raises(AgentError, match="File name too long"):
        write_plan(tmp_path / ("x" * 300), SAVED)


def test_a_full_disk_leaves_the_earlier_plan_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, SAVED)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AgentError, match="No space left on device"):
        write_plan(path, SAVED)
    assert path.read_bytes() == before
    assert [it.name for it in tmp_path.iterdir()] == ["plan.json"]


def test_a_plan_that_nobody_could_read_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.core.planning.saved_json.CAP", 10)
    with pytest.raises(InputError, match="cannot be saved"):
        write_plan(tmp_path / "plan.json", SAVED)
    assert [it.name for it in tmp_path.iterdir()] == []


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_an_input_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_plan_file(path)
