"""The journal's last word: told where there is one, and never a fault of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import Act, Cause, MoveStarted, NodeClaimed, RolloutEnded, RolloutHalted, StopAsked
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.operations.locks.last_word import last_word

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.rollout.events import Event

AT = "2026-01-01T00:00:09Z"


def write_journal(folder: Path, plan: str, *told: Event) -> Path:
    """Leave the journal of a plan with these events in a folder."""
    made = Plan(id=plan, cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=())
    with Journal.create(folder, made) as journal:
        for event in told:
            journal.append(event)
        return journal.path


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (MoveStarted(act=Act.STOP, nodes=("jira-1", "jira-2"), at=AT), "stop begun on jira-[1-2]"),
        (StopAsked(node="jira-1", at=AT), "jira-1: stopping"),
        (NodeClaimed(node="jira-1", at=AT), "jira-1: node claimed"),
        (RolloutEnded(outcome="ok", at=AT), "ended, ok"),
        (
            RolloutHalted(cause=Cause.SICK, node="jira-1", reason="it is down", next="", at=AT),
            "halted: jira-1: it is down",
        ),
    ],
)
def test_the_last_event_is_told_with_its_time_and_where_the_journal_lies(
    tmp_path: Path, event: Event, words: str
) -> None:
    path = write_journal(tmp_path / "prod", "p1", NodeClaimed(node="jira-9", at="before"), event)

    told = f"the journal of plan p1 lies at {path}; its last event is: {words}, at {AT}"
    assert last_word(tmp_path / "prod", "p1") == told


def test_a_journal_without_an_event_says_so(tmp_path: Path) -> None:
    write_journal(tmp_path / "prod", "p1")

    assert (last_word(tmp_path / "prod", "p1") or "").endswith("it holds no event")


def test_a_line_that_was_cut_is_told(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "prod", "p1", NodeClaimed(node="jira-1", at=AT))
    path.write_bytes(path.read_bytes() + b"0123")

    assert (last_word(tmp_path / "prod", "p1") or "").endswith("cut off in the middle of a line")


def test_a_damaged_journal_is_told_and_never_raises(tmp_path: Path) -> None:
    path = write_journal(tmp_path / "prod", "p1")
    path.write_bytes(b"rubbish\n")

    assert "it cannot be read (" in (last_word(tmp_path / "prod", "p1") or "")


@pytest.mark.parametrize("plan", ["p2", "", "../p1", "a/../p1", "/etc/passwd", "p1\0", "p" * 500, "..", "p1\n"])
def test_where_there_is_no_journal_and_for_names_that_lead_elsewhere_nothing_is_said(tmp_path: Path, plan: str) -> None:
    write_journal(tmp_path / "prod", "p1")
    (tmp_path / "prod" / "a").mkdir()

    assert last_word(tmp_path / "prod", plan) is None
    assert last_word(tmp_path / "nowhere", plan) is None


def test_a_folder_that_may_not_be_entered_is_told_and_never_raises(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    long = tmp_path / ("x" * 300)

    assert last_word(tmp_path / "loop", "p1") is None
    assert "may not be looked at" in (last_word(long, "p1") or "")


def test_a_journal_that_is_being_written_is_told_as_that(tmp_path: Path) -> None:
    write_journal(tmp_path / "prod", "p1", NodeClaimed(node="jira-1", at=AT))

    with Journal.reopen(tmp_path / "prod", "p1"):
        told = last_word(tmp_path / "prod", "p1") or ""

    assert "; it is being written by a process that runs now; its last event is: " in told
    assert "being written" not in (last_word(tmp_path / "prod", "p1") or "")
