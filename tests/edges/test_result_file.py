"""A file beside the result is there whole or as it was before, with a mode that its readers can live with."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.edges.result_file import write_result
from agent.edges.whole_file import FOR_EVERYONE
from agent.errors import AgentError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_the_mode_is_that_of_any_new_file(tmp_path: Path, mask: int, mode: int) -> None:
    with _umask(mask):
        write_result(tmp_path / "drift.xml", b"<x/>")

    assert (_mode(tmp_path / "drift.xml"), (tmp_path / "drift.xml").read_bytes()) == (mode, b"<x/>")


def test_a_mode_that_was_said_goes_before_the_umask(tmp_path: Path) -> None:
    with _umask(0o077):
        write_result(tmp_path / "drift.prom", b"", mode=FOR_EVERYONE)

    assert _mode(tmp_path / "drift.prom") == 0o644


def test_it_is_replaced_and_not_written_into(tmp_path: Path) -> None:
    path = tmp_path / "drift.prom"
    path.write_bytes(b"before")
    with path.open("rb") as reader:
        write_result(path, b"after")

        assert reader.read() == b"before"
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path) -> None:
    write_result(tmp_path / ("n" * 250), b"x")


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(b"precious")
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "lay",
    [_link, lambda path: path.symlink_to("nowhere"), os.mkfifo, Path.mkdir],
    ids=["link", "dead link", "pipe", "folder"],
)
def test_what_is_no_file_is_left_alone(tmp_path: Path, lay: object) -> None:
    path = tmp_path / "drift.xml"
    assert callable(lay)
    lay(path)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(AgentError, match=r"drift\.xml: not a regular file"):
        write_result(path, b"x")

    assert sorted(tmp_path.iterdir()) == before
    assert all(it.read_bytes() == b"precious" for it in before if it.name == "elsewhere")


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/null", "/dev/full", ".", "/", ""])
def test_streams_devices_and_folders_are_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(AgentError, match="not a regular file"):
        write_result(Path(path), b"x")


@pytest.mark.parametrize(
    ("path", "why"), [("no/such/x.xml", "No such file"), ("file/x.xml", "Not a directory"), ("n" * 300, "too long")]
)
def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path, path: str, why: str) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(AgentError, match=rf"cannot be written \(.*{why}.*\); choose another place"):
        write_result(tmp_path / path, b"x")

    assert [it.name for it in tmp_path.iterdir()] == ["file"]


def test_a_rename_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    (tmp_path / "drift.xml").write_bytes(b"before")

    with pytest.raises(AgentError, match="No space left"):
        write_result(tmp_path / "drift.xml", b"after")

    assert [(it.name, it.read_bytes()) for it in tmp_path.iterdir()] == [("drift.xml", b"before")]
