"""An inventory is written whole, for all to read, and over nothing."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from agent.edges.inventory_file import require_free, write_new
from agent.errors import AgentError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _file(path: Path) -> None:
    path.write_text("mine", encoding="utf-8")


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.mkdir()


def test_a_new_file_is_whole_for_all_to_read_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "clusters" / "prod.yml"
    before = os.umask(0o077)
    try:
        write_new(path, b"jira:\n")
    finally:
        os.umask(before)

    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode), path.stat().st_nlink) == (b"jira:\n", 0o644, 1)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("make", [_file, _dangling, _fifo, _folder])
def test_whatever_lies_there_stays_as_it_is(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "prod.yml"
    make(path)
    before = path.lstat()

    with pytest.raises(InputError, match="it is there already"):
        require_free(path)
    with pytest.raises(InputError, match="it is there already"):
        write_new(path, b"other")

    assert (path.lstat().st_ino, path.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(AgentError, match="choose another place with --out"):
        write_new(tmp_path / "file" / "prod.yml", b"")


def test_only_a_yaml_file_can_be_a_clusters(tmp_path: Path) -> None:
    require_free(tmp_path / "prod.yaml")
    with pytest.raises(InputError, match=r"ends in \.yml or \.yaml"):
        require_free(tmp_path / "prod.txt")
