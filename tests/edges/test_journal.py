from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.core.rollout.events import (
    Act,
    Cause,
    MoveStarted,
    NodeClaimed,
    NodeDrained,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
)
from agent.edges.journal import Journal, holding, is_live, places, read, read_plan, rollouts, shelf, writing
from agent.edges.journal.lines import sealed_line
from agent.edges.journal.sequence import DAMAGED, OLD, next_number, number_in
from agent.errors import JournalError
from tests.core.planning.test_plan_json import PLAN as ANY_PLAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.rollout.events import Event

PLAN = replace(ANY_PLAN, id="plan-1")
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


def failing(_descriptor: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def failing_with(number: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


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
    copy = tmp_path / "plan-1.jsonl"
    copy.write_bytes(content[:position] + bytes([flipped]) + content[position + 1 :])
    with pytest.raises(JournalError, match=r"plan-1\.jsonl:\d+: "):
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
        (lambda lines: [sealed({"number": 0, "format": 1, "plan": "plan-2"}), *lines[1:]], ":1: it is the journal of"),
        (lambda lines: [sealed({"number": 0, "format": 1}), *lines[1:]], ":1: it is the journal of"),
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
    path = tmp_path / "plan-1.jsonl"
    path.write_bytes(hashlib.sha256(text).hexdigest().encode() + b" " + text + b"\n")
    with pytest.raises(JournalError, match=":1: not JSON"):
        read(path)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan-1.jsonl")
    with pytest.raises(JournalError, match="not a regular file"):
        read(tmp_path / "plan-1.jsonl")


def test_a_missing_journal_and_a_link_are_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to(written(folder))
    with pytest.raises(JournalError, match="No such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(JournalError):
        read(tmp_path / "link")


def test_a_file_larger_than_any_journal_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LIMIT", 10)
    (tmp_path / "plan-1.jsonl").write_bytes(b"x" * 11)
    with pytest.raises(JournalError, match="larger than any journal"):
        read(tmp_path / "plan-1.jsonl")


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


def test_the_plan_lies_beside_it_for_this_user_alone(folder: Path) -> None:
    written(folder)
    laid = folder / "plan-1.plan.json"
    assert read_plan(folder, "plan-1") == PLAN
    assert stat.S_IMODE(laid.stat().st_mode) == 0o600
    assert sorted(it.name for it in folder.iterdir()) == ["plan-1.jsonl", "plan-1.plan.json"]


def test_it_has_its_name_when_its_first_line_and_its_plan_are_on_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def watching(descriptor: int) -> None:
        there = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((there.name.rsplit(".", 1)[0], (folder / "plan-1.jsonl").exists()))
        fsync(descriptor)

    folder.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "fsync", watching)
    Journal.create(folder, PLAN).close()
    assert synced == [(".plan-1.jsonl", False), (".plan-1.plan.json", False), (folder.name, True)]


DYING = """
import os, sys
from pathlib import Path
from agent.edges.journal import Journal
from tests.edges.test_journal import EVENTS, PLAN

left = int(sys.argv[2])

def deadly(call):
    def dying(*words, **more):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return call(*words, **more)
    return dying

for name in ("open", "write", "fsync", "link", "unlink"):
    setattr(os, name, deadly(getattr(os, name)))
Journal.create(Path(sys.argv[1]), PLAN).append(EVENTS[0])
"""


def test_at_whatever_call_the_process_dies_there_is_no_half_beginning(tmp_path: Path) -> None:
    ends: list[int] = []
    while ends[-1:] != [0]:
        folder = tmp_path / str(len(ends))
        ends.append(subprocess.run([sys.executable, "-c", DYING, str(folder), str(len(ends))], check=False).returncode)
        if rollouts(folder):
            assert read(folder / "plan-1.jsonl") in (((), None), (EVENTS[:1], None))
            assert read_plan(folder, "plan-1") == PLAN
            Journal.reopen(folder, "plan-1").close()
        else:
            assert written(folder).exists()
    assert ends == [9] * (len(ends) - 1) + [0]
    assert len(ends) > 10


def test_a_plan_that_lies_there_already_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    (folder / "plan-1.plan.json").write_text("what is it?")
    with pytest.raises(JournalError, match="already"):
        Journal.create(folder, PLAN)
    assert [(it.name, it.read_text()) for it in folder.iterdir()] == [("plan-1.plan.json", "what is it?")]


def test_a_plan_too_large_to_be_kept_begins_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.core.planning.plan_json.CAP", 10)
    with pytest.raises(JournalError, match="the plan cannot be kept"):
        Journal.create(folder, PLAN)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"jira-1", b"jira-7")), "edited by hand, or damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "not a plan that can be used"),
        (
            lambda path: path.write_bytes(places.plan_path(path.with_name("plan-2.jsonl")).read_bytes()),
            "another rollout",
        ),
        (lambda path: path.unlink() or path.symlink_to("plan-2.plan.json"), "Too many levels of symbolic links"),
        (lambda path: path.parent.chmod(0o750), "chmod 700"),
    ],
)
def test_a_plan_that_is_not_as_it_was_laid_is_refused(
    folder: Path, damage: Callable[[Path], object], complaint: str
) -> None:
    written(folder)
    Journal.create(folder, replace(PLAN, id="plan-2")).close()
    damage(folder / "plan-1.plan.json")
    with pytest.raises(JournalError, match=complaint):
        read_plan(folder, "plan-1")


def test_a_plan_whose_name_leads_elsewhere_is_not_looked_for(folder: Path) -> None:
    with pytest.raises(JournalError, match="cannot be the name of a file"):
        read_plan(folder, "../plan-1")


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


def test_while_it_is_open_nobody_else_can_take_it_up(folder: Path) -> None:
    with Journal.create(folder, PLAN) as journal:
        assert is_live(journal.path)
        with pytest.raises(JournalError, match="is being written by a running filestore-agent"):
            Journal.reopen(folder, "plan-1")
    assert not is_live(journal.path)
    with Journal.reopen(folder, "plan-1"):
        assert is_live(journal.path)
        assert read(journal.path) == ((), None)


def test_who_only_asks_whether_it_is_live_hinders_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(folder)
    asking = os.open(path, os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            os.close(asking)

    monkeypatch.setattr(time, "sleep", wait)
    Journal.reopen(folder, "plan-1").close()
    assert len(waits) == 3


def test_a_journal_that_is_not_there_is_live_for_nobody(tmp_path: Path) -> None:
    assert not is_live(tmp_path / "none")


def test_a_file_system_without_locks_begins_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", failing_with(errno.ENOLCK))
    with pytest.raises(JournalError, match=r"keeps no locks \(No locks available\); let XDG_STATE_HOME name"):
        Journal.create(folder, PLAN)
    assert list(folder.iterdir()) == []
    assert not is_live(folder)


OTHER_PROCESS = """
import sys, time
from pathlib import Path
from agent.edges.journal import Journal
journal = Journal.reopen(Path(sys.argv[1]), "plan-1")
print("held", flush=True)
time.sleep(60)
"""


def test_a_process_that_is_killed_lets_go_and_is_named_before(folder: Path) -> None:
    path = written(folder)
    with subprocess.Popen([sys.executable, "-c", OTHER_PROCESS, str(folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(JournalError, match=rf"filestore-agent( \(process {other.pid}\))?; let it end first"):
            Journal.reopen(folder, "plan-1")
        assert is_live(path)
        other.send_signal(signal.SIGKILL)
        other.wait(timeout=10)
        assert not is_live(path)


LOCKS = """\
1: POSIX  ADVISORY  WRITE 11 08:01:77 0 EOF
2: FLOCK  ADVISORY  WRITE 12 08:01:78 0 EOF
2: -> FLOCK  ADVISORY  WRITE 13 08:01:77 0 EOF
3: FLOCK  ADVISORY  WRITE {process} 08:01:77 0 EOF
rubbish
"""


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        (LOCKS.format(process=4711), " (process 4711)"),
        (LOCKS.format(process=0), ""),
        (LOCKS.format(process=-1), ""),
        ("", ""),
        ("é", ""),
        (None, ""),
    ],
)
def test_the_process_is_named_where_the_system_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locks: str | None, said: str
) -> None:
    if locks is not None:
        (tmp_path / "locks").write_text(locks, encoding="utf-8")
    facts = os.stat_result((0o100600, 77, os.makedev(8, 1), 1, 0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(holding, "_LOCKS", tmp_path / "locks")
    monkeypatch.setattr(os, "fstat", lambda _: facts)
    process = holding._process(3)
    monkeypatch.undo()
    assert process == said


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
