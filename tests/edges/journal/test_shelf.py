"""Which rollouts are written down in a folder, and in which order."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.rollout.events import (
    RolloutStarted,
)
from agent.edges.journal import Journal, rollouts, shelf
from agent.edges.journal.lines import sealed_line
from agent.edges.journal.sequence import DAMAGED, OLD, next_number, number_in
from agent.errors import JournalError
from tests.edges.journal.world import PLAN, failing_with, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def begun(folder: Path, plan: str, at: str) -> Path:
    started = RolloutStarted(
        plan=plan, cluster="prod", shape="rolling", change="none", epoch=1, holder="", host="", steps=(), at=at
    )
    with Journal.create(folder, replace(PLAN, id=plan)) as journal:
        journal.append(started)
    return journal.path


def test_rollouts_are_listed_with_the_one_begun_last_first(folder: Path) -> None:
    morning, noon, evening = (
        begun(folder, plan, f"2026-01-01T{hour}:00:00Z") for plan, hour in (("c", 10), ("b", 12), ("a", 20))
    )
    assert rollouts(folder) == (("a", evening), ("b", noon), ("c", morning))


def test_what_is_no_journal_is_passed_over(folder: Path) -> None:
    path = begun(folder, "a", "2026-01-01T10:00:00Z")
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden.jsonl").write_text("x")
    (folder / "folder.jsonl").mkdir()
    (folder / "link.jsonl").symlink_to(path)
    os.mkfifo(folder / "fifo.jsonl")
    assert rollouts(folder) == (("a", path),)


def test_a_journal_whose_first_line_was_never_written_is_listed_by_its_last_change(folder: Path) -> None:
    for day, name in ((1, "early"), (3, "late")):
        header(folder, name, 0)
        os.utime(folder / f"{name}.jsonl", (1767225600 + day * 86400, 1767225600 + day * 86400))
    for name, content in (("broken", b"rubbish"), ("empty", b"")):
        (folder / f"{name}.jsonl").write_bytes(content)
        os.utime(folder / f"{name}.jsonl", (1767225600 + 2 * 86400, 1767225600 + 2 * 86400))
    assert [plan for plan, _ in rollouts(folder)] == ["late", "empty", "broken", "early"]


def header(folder: Path, plan: str, number: object) -> bytes:
    """Leave a journal behind that holds its first line alone; return that."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = sealed_line({"number": 0, "format": 1, "plan": plan, "cluster": "prod", "sequence": number})
    (folder / f"{plan}.jsonl").write_bytes(line)
    return line


def test_the_number_in_the_first_line_decides_and_no_clock(folder: Path) -> None:
    for number, plan in ((9, "b"), (10, "a"), (2, "c")):
        header(folder, plan, number)
        os.utime(folder / f"{plan}.jsonl", (2_000_000_000 - number, 2_000_000_000 - number))
    begun(folder / "other", "old", "2099-01-01T00:00:00Z")
    old = (folder / "other" / "old.jsonl").read_bytes().splitlines(keepends=True)[1]
    first = sealed_line({"number": 0, "format": 1, "plan": "old", "cluster": "prod"})
    (folder / "old.jsonl").write_bytes(first + old)

    assert [plan for plan, _ in rollouts(folder)] == ["a", "b", "c", "old"]
    assert next_number(folder) == 11


@pytest.mark.parametrize("spoil", [lambda it: it.replace(b"1", b"2", 1), lambda _: b"\n", lambda _: b"0 []\n"])
def test_one_whose_first_line_is_damaged_may_be_the_last(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    line = header(folder, "b", 1)
    header(folder, "a", 7)
    (folder / "b.jsonl").write_bytes(spoil(line))

    assert [plan for plan, _ in rollouts(folder)] == ["b", "a"]
    assert next_number(folder) == 8


@pytest.mark.parametrize("number", [-1, True, "7", 1.5, None, 2**63])
def test_a_number_that_is_no_count_is_damage(folder: Path, number: object) -> None:
    assert number_in(header(folder, "b", number)) == DAMAGED


@given(st.binary(max_size=80))
def test_whatever_stands_in_a_first_line_it_has_a_place(line: bytes) -> None:
    assert number_in(line) in {OLD, DAMAGED}


def test_a_journal_that_goes_away_meanwhile_is_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = begun(folder, "a", "2026-01-01T10:00:00Z")

    def leaving(name: str) -> bool:
        path.unlink()
        return name == "a"

    monkeypatch.setattr(shelf, "is_plan_name", leaving)
    assert rollouts(folder) == (("a", path),)


def test_where_nothing_was_begun_there_is_nothing(tmp_path: Path) -> None:
    assert rollouts(tmp_path / "nowhere") == ()


def test_a_past_that_others_could_have_written_is_not_listed(folder: Path) -> None:
    written(folder)
    folder.chmod(0o770)
    with pytest.raises(JournalError, match="chmod 700"):
        rollouts(folder)


def test_a_list_that_the_system_refuses_is_a_journal_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder)
    monkeypatch.setattr(os, "scandir", failing_with(errno.EACCES))
    with pytest.raises(JournalError, match="Permission denied"):
        rollouts(folder)
