"""How a journal begins, with its plan beside it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.edges.journal import Journal, epoch_before, places, read, read_plan, rollouts
from agent.edges.journal.lines import sealed_line
from agent.errors import JournalError
from tests.edges.journal.world import EVENTS, PLAN, failing_with, written

if TYPE_CHECKING:
    from collections.abc import Callable


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
from tests.edges.journal.world import EVENTS, PLAN

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


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_without_hard_links_it_is_named_by_a_rename(folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "link", failing_with(number))
    before = written(folder).read_bytes()
    assert sorted(it.name for it in folder.iterdir()) == ["plan-1.jsonl", "plan-1.plan.json"]
    with pytest.raises(JournalError, match="there is a journal of this plan already"):
        Journal.create(folder, PLAN)
    assert (folder / "plan-1.jsonl").read_bytes() == before


def test_a_link_that_fails_otherwise_is_a_journal_error_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing_with(errno.EIO))
    with pytest.raises(JournalError, match="Input/output error"):
        Journal.create(folder, PLAN)
    assert list(folder.iterdir()) == []


def test_it_says_which_epoch_was_the_last_before_it(folder: Path) -> None:
    Journal.create(folder, PLAN, epoch=7).close()
    header: dict[str, object] = {"number": 0, "format": 1, "sequence": 3}
    (folder / "plan-0.jsonl").write_bytes(sealed_line(header))
    (folder / "plan-2.jsonl").write_bytes(sealed_line({**header, "epoch": "many"}))
    (folder / "plan-3.jsonl").write_bytes(b"rubbish")
    assert [epoch_before(folder, f"plan-{number}") for number in range(4)] == [0, 7, 0, 0]
    with pytest.raises(JournalError):
        epoch_before(folder, "none")


def test_one_that_was_never_begun_leaves_no_trace_when_it_is_abandoned(folder: Path) -> None:
    with Journal.create(folder, PLAN) as journal:
        journal.abandon()
    assert list(folder.iterdir()) == []
    with Journal.create(folder, PLAN) as journal:
        journal.append(EVENTS[0])
        journal.abandon()
    assert read(journal.path) == (EVENTS[:1], None)
    with Journal.reopen(folder, "plan-1") as journal:
        journal.abandon()
    assert read(journal.path) == (EVENTS[:1], None)


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
