"""A journal that is gone on with."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from agent.core.rollout.events import (
    RolloutResumed,
)
from agent.edges.journal import Journal, is_live, read
from agent.errors import JournalError
from tests.edges.journal.world import EVENTS, failing_with, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def as_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_it_is_taken_up_where_it_was_left(folder: Path) -> None:
    path = written(folder)
    resumed = RolloutResumed(epoch=2, holder="kim", host="desk")
    with Journal.reopen(folder, "plan-1") as journal:
        assert (journal.past, journal.torn) == (EVENTS, None)
        journal.append(resumed)
    with Journal.reopen(folder, "plan-1") as journal:
        journal.append(EVENTS[1])
    assert read(path) == ((*EVENTS, resumed, EVENTS[1]), None)


@pytest.mark.parametrize("kept", [1, 40, 80, -1])
def test_taking_up_cuts_a_torn_last_line_off_and_tells_it(folder: Path, kept: int) -> None:
    path = written(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
    with Journal.reopen(folder, "plan-1") as journal:
        assert (journal.past, journal.torn) == (EVENTS[:-1], lines[-1][:kept])
        assert path.read_bytes() == b"".join(lines[:-1])
        journal.append(EVENTS[-1])
    assert path.read_bytes() == b"".join(lines)


def test_blocks_that_never_reached_the_disk_count_as_torn(folder: Path) -> None:
    path = written(folder)
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(4096))
    with Journal.reopen(folder, "plan-1") as journal:
        assert journal.torn == bytes(4096)
    assert path.read_bytes() == whole


def test_the_cut_is_on_the_disk_before_anything_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(folder)
    path.write_bytes(path.read_bytes() + b"0123")
    sizes: list[int] = []
    fsync = os.fsync

    def watching(descriptor: int) -> None:
        sizes.append(os.fstat(descriptor).st_size)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    Journal.reopen(folder, "plan-1").close()
    assert sizes == [path.stat().st_size]


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda path: path.unlink(), "there is no journal of this plan"),
        (lambda path: path.write_bytes(b""), "an empty journal"),
        (lambda path: path.write_bytes(path.read_bytes()[:30]), "an empty journal"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"jira-1", b"jira-7", 1)), ":2: its checksum"),
        (lambda path: path.write_bytes(b"\n" + path.read_bytes()), ":1: not a line"),
        (as_a_fifo, "not a regular file"),
        (lambda path: path.rename(path.with_name("moved")) and path.symlink_to("moved"), "Too many levels"),
        (lambda path: path.parent.chmod(0o711), "chmod 700"),
        (lambda path: path.parent.rename(path.parent.with_name("moved")), "there is no journal of this plan"),
    ],
)
def test_a_journal_that_cannot_be_gone_on_with_is_refused_and_left_as_it_is(
    folder: Path, damage: Callable[[Path], object], complaint: str
) -> None:
    path = written(folder)
    damage(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(JournalError, match=complaint):
        Journal.reopen(folder, "plan-1")
    assert (path.read_bytes() if path.is_file() else None) == before
    assert not is_live(path)


def test_a_name_that_leads_elsewhere_is_not_taken_up(folder: Path) -> None:
    with pytest.raises(JournalError, match="cannot be the name of a file"):
        Journal.reopen(folder, "../plan-1")


@pytest.mark.parametrize(
    ("call", "number"),
    [("fsync", errno.EIO), ("ftruncate", errno.EIO), ("ftruncate", errno.ENOSPC), ("open", errno.EROFS)],
)
def test_a_disk_that_fails_while_it_is_taken_up_is_a_journal_error_and_lets_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    path = written(folder)
    path.write_bytes(path.read_bytes() + b"0123")
    monkeypatch.setattr(os, call, failing_with(number))
    with pytest.raises(JournalError, match=os.strerror(number)):
        Journal.reopen(folder, "plan-1")
    monkeypatch.undo()
    assert not is_live(path)
