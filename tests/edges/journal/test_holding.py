"""Who holds a journal."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from agent.edges.journal import Journal, holding, is_live, read
from agent.errors import JournalError
from tests.edges.journal.world import PLAN, failing_with, written

if TYPE_CHECKING:
    from pathlib import Path


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
