"""What is written, when it is on the disk, and what becomes of it where the disk fails or is full."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.rollout.events import (
    Cause,
    NodeClaimed,
    NodeDrained,
    RolloutHalted,
    RolloutResumed,
    RolloutUndone,
)
from agent.edges.journal import Journal, places, read, writing
from agent.errors import JournalError
from tests.edges.journal.world import EVENTS, PLAN, failing, failing_with, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.rollout.events import Event


def test_what_was_appended_is_read_back(folder: Path) -> None:
    assert read(written(folder)) == (EVENTS, None)


def test_folder_and_file_are_this_users_alone(folder: Path) -> None:
    path = written(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_document_is_in_it(folder: Path) -> None:
    step = PLAN.steps[0]
    assert step.document is not None
    assert step.document not in written(folder).read_bytes()


def test_a_second_journal_of_the_same_plan_is_refused(folder: Path) -> None:
    before = written(folder).read_bytes()
    with pytest.raises(JournalError, match="there is a journal of this plan already"):
        Journal.create(folder, PLAN)
    assert (folder / "plan-1.jsonl").read_bytes() == before


def test_a_plan_whose_name_is_a_path_is_refused(folder: Path) -> None:
    with pytest.raises(JournalError, match="cannot be the name of a file"):
        Journal.create(folder, replace(PLAN, id="../elsewhere"))


def test_a_folder_open_to_others_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    with pytest.raises(JournalError, match="chmod 700"):
        Journal.create(folder, PLAN)


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "real").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "real")
    with pytest.raises(JournalError, match="not a folder"):
        Journal.create(folder, PLAN)


def test_a_file_where_the_folder_should_be_is_refused(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("")
    with pytest.raises(JournalError):
        Journal.create(folder, PLAN)


def test_a_file_above_the_folder_is_told_as_what_it_is(folder: Path) -> None:
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("")
    with pytest.raises(JournalError, match=r"without a journal nothing more is done"):
        Journal.create(folder, PLAN)


def test_an_announcement_is_on_the_disk_before_append_returns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync: Callable[[int], None] = os.fsync

    def counting(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    with Journal.create(folder, PLAN) as journal:
        before = len(synced)
        journal.append(EVENTS[1])
        assert len(synced) == before
        journal.append(EVENTS[0])
        assert len(synced) == before + 1
    assert before >= 2


def test_a_failing_disk_is_a_journal_error_and_nothing_is_written_after_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal.create(folder, PLAN) as journal:
        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises(JournalError, match="Input/output error"):
            journal.append(EVENTS[0])
        monkeypatch.undo()
        with pytest.raises(JournalError, match="could not be written before"):
            journal.append(EVENTS[1])
    assert read(journal.path) == (EVENTS[:1], None)


def test_a_disk_that_fails_at_the_beginning_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(JournalError, match="Input/output error"):
        Journal.create(folder, PLAN)
    monkeypatch.undo()
    assert list(folder.iterdir()) == []
    Journal.create(folder, PLAN).close()


def test_a_full_disk_is_a_journal_error_and_half_a_line_stays_the_last(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with Journal.create(folder, PLAN) as journal:
        journal.append(EVENTS[0])
        monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:50]))
        with pytest.raises(JournalError, match="no room"):
            journal.append(EVENTS[1])
        monkeypatch.undo()
        with pytest.raises(JournalError, match="could not be written before"):
            journal.append(EVENTS[2])
    with Journal.reopen(folder, PLAN.id) as again:
        assert again.torn is not None
        assert len(again.torn) == 50
        again.append(EVENTS[2])
    assert read(journal.path) == ((EVENTS[0], EVENTS[2]), None)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_line_that_the_system_refuses_is_a_journal_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with Journal.create(folder, PLAN) as journal:
        monkeypatch.setattr(os, "write", failing_with(number))
        with pytest.raises(JournalError, match=f"{os.strerror(number)}; without a journal nothing more is done"):
            journal.append(EVENTS[0])


def test_a_closed_journal_takes_nothing_more(folder: Path) -> None:
    journal = Journal.create(folder, PLAN)
    journal.close()
    journal.close()
    with pytest.raises(JournalError):
        journal.append(EVENTS[0])


def limit(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(places, "LIMIT", size)
    monkeypatch.setattr(writing, "LIMIT", size)


def refuses_what_has_no_room(journal: Journal) -> None:
    with pytest.raises(JournalError, match=r"full.*move this file and its \.plan\.json"):
        journal.append(NodeDrained(node="jira-1", seconds=1.0, output="x" * 400))
    with pytest.raises(JournalError, match="nothing more is done"):
        journal.append(NodeClaimed(node="jira-1"))


def test_what_would_make_it_unreadable_is_not_written_nor_anything_after_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Journal.create(folder, PLAN) as journal:
        for event in EVENTS:
            journal.append(event)
        limit(monkeypatch, len(journal.path.read_bytes()) + 400)
        refuses_what_has_no_room(journal)
    assert read(journal.path) == (EVENTS, None)


def test_what_it_held_when_it_was_taken_up_takes_room_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(folder)
    limit(monkeypatch, len(path.read_bytes()) + 400)
    with Journal.reopen(folder, "plan-1") as journal:
        refuses_what_has_no_room(journal)
    assert read(path) == (EVENTS, None)


def test_it_may_become_as_large_as_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(written(folder).read_bytes())
    for path in folder.iterdir():
        path.unlink()
    limit(monkeypatch, size)
    assert read(written(folder)) == (EVENTS, None)


def test_a_torn_line_that_was_cut_off_takes_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    limit(monkeypatch, len(whole))
    with Journal.reopen(folder, "plan-1") as journal:
        journal.append(EVENTS[-1])
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "event",
    [
        RolloutResumed(epoch=2, holder="kim", host="desk"),
        RolloutUndone(by="plan-2", holder="kim", host="desk"),
        RolloutHalted(cause=Cause.SICK, node=None, reason="", next=""),
    ],
)
def test_what_others_rely_on_is_brought_to_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch, event: Event
) -> None:
    synced: list[int] = []
    with Journal.create(folder, PLAN) as journal:
        monkeypatch.setattr(os, "fsync", synced.append)
        journal.append(event)
    assert len(synced) == 1
