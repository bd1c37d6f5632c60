from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.core.rollout.events import Act, MoveStarted, NodeClaimed, RolloutEnded
from agent.edges import journal as module
from agent.edges.journal import Journal, read
from agent.errors import JournalError
from tests.simulator.cluster import plan_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.rollout.events import Event

PLAN = plan_for(["jira-1"])
EVENTS: tuple[Event, ...] = (
    MoveStarted(act=Act.CLAIM, nodes=("jira-1",)),
    NodeClaimed(node="jira-1"),
    RolloutEnded(outcome="ok"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "rollouts"


def written(folder: Path) -> Path:
    with Journal.create(folder, PLAN) as journal:
        for event in EVENTS:
            journal.append(event)
    return journal.path


def sealed(body: object) -> bytes:
    text = json.dumps(body).encode()
    return hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n"


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


def test_a_failing_disk_is_a_journal_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with Journal.create(folder, PLAN) as journal:
        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(JournalError, match="Input/output error"):
            journal.append(EVENTS[0])
        journal.append(EVENTS[1])


def test_a_disk_that_fails_at_the_beginning_leaves_nothing_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    folder.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(JournalError, match="Input/output error"):
        Journal.create(folder, PLAN)


def test_a_full_disk_is_a_journal_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal.create(folder, PLAN) as journal:
        monkeypatch.setattr(os, "write", lambda _descriptor, line: len(line) - 1)
        with pytest.raises(JournalError, match="no room"):
            journal.append(EVENTS[0])


def test_a_closed_journal_takes_nothing_more(folder: Path) -> None:
    journal = Journal.create(folder, PLAN)
    journal.close()
    journal.close()
    with pytest.raises(JournalError):
        journal.append(EVENTS[0])


@pytest.mark.parametrize("kept", [1, 40, 80])
def test_a_torn_last_line_is_dropped_and_reported(folder: Path, kept: int) -> None:
    path = written(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
    assert read(path) == (EVENTS[:-1], lines[-1][:kept])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_bit_is_never_read_as_something_else(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "rollouts" / "plan-1.jsonl"
    if not path.exists():
        written(path.parent)
    content = path.read_bytes()
    position = data.draw(st.integers(0, len(content) - 2))
    flipped = content[position] ^ (1 << data.draw(st.integers(0, 7)))
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(content[:position] + bytes([flipped]) + content[position + 1 :])
    with pytest.raises(JournalError, match=r"copy\.jsonl:\d+: "):
        read(copy)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda lines: [*lines[:2], *lines[3:]], ":3: a line before it is missing"),
        (lambda lines: [*lines[:2], *lines[1:]], ":3: a line before it is missing, or it stands here twice"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], ":2: "),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], ":3: not a line of a journal"),
        (lambda lines: [sealed({"number": 0}), *lines[1:]], ":1: it does not name the format"),
        (lambda lines: [sealed({"number": 0, "format": 0}), *lines[1:]], ":1: there is no format 0"),
        (lambda lines: [sealed({"number": 0, "format": 2}), *lines[1:]], "a newer filestore-agent"),
        (lambda lines: [lines[0], sealed({"number": 1, "event": "Exploded"})], ":2: there is no event"),
        (lambda lines: [lines[0], sealed({"number": True, "event": "RolloutEnded"})], ":2: a line before"),
        (lambda _lines: [], "an empty journal"),
        (lambda _lines: [b"{}"], "an empty journal"),
    ],
)
def test_anything_else_that_is_wrong_names_its_line(
    folder: Path, damage: Callable[[list[bytes]], list[bytes]], complaint: str
) -> None:
    path = written(folder)
    path.write_bytes(b"".join(damage(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(JournalError, match=complaint):
        read(path)


@pytest.mark.parametrize("text", [b'{"number": 0, "x": NaN}', b"{" * 9 + b"}", b'{"a":' * 90_000 + b"}"])
def test_a_sealed_line_that_is_not_json_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n")
    with pytest.raises(JournalError, match=":1: not JSON"):
        read(path)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "journal")
    with pytest.raises(JournalError, match="not a regular file"):
        read(tmp_path / "journal")


def test_a_missing_journal_and_a_link_are_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to(written(folder))
    with pytest.raises(JournalError, match="No such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(JournalError):
        read(tmp_path / "link")


def test_a_file_larger_than_any_journal_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 10)
    (tmp_path / "journal").write_bytes(b"x" * 11)
    with pytest.raises(JournalError, match="larger than any journal"):
        read(tmp_path / "journal")
