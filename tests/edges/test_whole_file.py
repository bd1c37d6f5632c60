"""A file is there whole or as it was before, and what was half written is gone, however it was ended."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from agent.edges.documents import write_document
from agent.edges.inventory_file import write_new
from agent.edges.plan_file import write_plan
from agent.edges.result_file import write_result
from agent.edges.whole_file import BY_UMASK, make_file, replace_file
from tests.core.planning.test_binding import SAVED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WRITERS: dict[str, Callable[[Path], None]] = {
    "result": lambda path: write_result(path, b"new"),
    "inventory": lambda path: write_new(path, b"new"),
    "document": lambda path: write_document(path, b"new"),
    "plan": lambda path: write_plan(path, SAVED),
}


@pytest.mark.parametrize(
    ("writer", "moment"),
    [
        *((writer, "fsync") for writer in WRITERS),
        ("inventory", "link"),
        *((it, "replace") for it in WRITERS if it != "inventory"),
    ],
)
def test_whoever_is_ended_half_way_leaves_nothing_behind(
    writer: str, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, moment, interrupt)
    with pytest.raises(KeyboardInterrupt):
        WRITERS[writer](tmp_path / "new.yml")

    assert list(tmp_path.iterdir()) == []


def test_nobody_reads_a_private_file_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []

    def look(descriptor: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(os, "fchmod", lambda descriptor, _: look(descriptor))
    before = os.umask(0)
    try:
        replace_file(tmp_path / "plan.json", b"x", mode=0o600)
    finally:
        os.umask(before)

    assert modes == [0o600]


@pytest.mark.parametrize("letter", ["n", "é", "😀"])
def test_the_longest_name_there_is_can_be_written(tmp_path: Path, letter: str) -> None:
    longest = tmp_path / (letter * (255 // len(letter.encode())))

    replace_file(longest, b"x", mode=BY_UMASK)

    assert list(tmp_path.iterdir()) == [longest]


def test_a_new_file_is_made_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        make_file(tmp_path / "a", b"x", mode=0o644)

    assert [(it.name, it.read_bytes()) for it in tmp_path.iterdir()] == [("a", b"mine")]
