"""What the journal on this host tells of a plan: how far it has come, and whether somebody is at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import (
    Act,
    ConfigCommitted,
    ConfigRestored,
    MoveStarted,
    NodeReady,
    NodeSick,
    RolloutEnded,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
    StepFacts,
)
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.operations.locks.journal_here import Pace, Told, told_here
from tests.operations.locks.test_last_word import write_journal

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.rollout.events import Event

RESUMED = RolloutResumed(epoch=4, holder="ann", host="desk")
UNDONE = RolloutUndone(by=None, holder="ann", host="desk")


def _started(shape: str) -> RolloutStarted:
    """Three steps: a file with its restart, a restart, a file; and one with nothing to do."""
    kinds = {"a": (True, True), "b": (True, False), "c": (False, True), "d": (False, False)}
    return RolloutStarted(
        plan="p1",
        cluster="prod",
        shape=shape,
        change="none",
        epoch=3,
        holder="ann",
        host="desk",
        steps=tuple(
            StepFacts(node=name, expected="absent", digest="x", restart=restart, running=True, document=document)
            for name, (restart, document) in kinds.items()
        ),
    )


def _committed(node: str) -> Event:
    return ConfigCommitted(node=node, digest="x", receipt=None)


def _told(tmp_path: Path, *events: Event) -> Told:
    write_journal(tmp_path / "prod", "p1", *events)
    told = told_here(tmp_path / "prod", "p1")
    assert told is not None
    return told


@pytest.mark.parametrize(
    ("shape", "events", "done"),
    [
        ("rolling", (), 0),
        ("rolling", (_committed("a"), _committed("b")), 0),
        ("rolling", (_committed("a"), NodeReady(node="a"), NodeReady(node="b"), _committed("c"), _committed("c")), 3),
        ("rolling", (NodeReady(node="a"), NodeSick(node="a", reason="")), 0),
        ("rolling", (_committed("c"), ConfigRestored(node="c", digest="x", receipt=None)), 0),
        ("rolling", (NodeReady(node="stranger"), NodeReady(node="d")), 0),
        ("commit", (_committed("a"), _committed("c"), NodeReady(node="b")), 2),
    ],
)
def test_a_node_is_done_when_it_is_ready_or_where_it_is_not_restarted_when_it_has_its_file(
    tmp_path: Path, shape: str, events: tuple[Event, ...], done: int
) -> None:
    told = _told(tmp_path, _started(shape), *events)

    assert (told.done, told.steps) == (done, 3)


@pytest.mark.parametrize(
    ("events", "pace"),
    [
        ((), Pace.RESUMABLE),
        ((MoveStarted(act=Act.STOP, nodes=("a",)),), Pace.RESUMABLE),
        ((RolloutEnded(outcome="halted"),), Pace.RESUMABLE),
        ((RolloutEnded(outcome="ok"),), Pace.OVER),
        ((RolloutEnded(outcome="halted"), RESUMED, RolloutEnded(outcome="ok")), Pace.OVER),
        ((RolloutEnded(outcome="partial"), UNDONE), Pace.OVER),
        ((RolloutEnded(outcome="ok"), RESUMED), Pace.RESUMABLE),
    ],
)
def test_what_has_not_come_to_its_good_end_can_be_resumed(
    tmp_path: Path, events: tuple[Event, ...], pace: Pace
) -> None:
    assert _told(tmp_path, _started("rolling"), *events).pace is pace


def test_a_journal_that_a_process_holds_open_tells_of_a_rollout_that_runs(tmp_path: Path) -> None:
    plan = Plan(id="p1", cluster="prod", shape=Shape.RESTART, change=ChangeClass.NONE, steps=())
    with Journal.create(tmp_path / "prod", plan) as journal:
        journal.append(_started("rolling"))
        told = told_here(tmp_path / "prod", "p1")

    assert told is not None
    assert told.pace is Pace.RUNNING
    assert told.sentence == "0 of 3 nodes done; it runs right now, on this host"
    after = told_here(tmp_path / "prod", "p1")
    assert after is not None
    assert after.pace is Pace.RESUMABLE


def test_a_journal_without_a_beginning_tells_no_numbers(tmp_path: Path) -> None:
    told = _told(tmp_path)

    assert (told.done, told.steps) == (None, None)
    assert told.sentence.startswith("nobody on this host")


def test_from_a_damaged_journal_nothing_is_concluded(tmp_path: Path) -> None:
    write_journal(tmp_path / "prod", "p1").write_bytes(b"rubbish\n")

    told = told_here(tmp_path / "prod", "p1")

    assert told is not None
    assert (told.pace, told.done) == (Pace.UNREADABLE, None)
    assert told.sentence == "whether it can be resumed is not known"


@pytest.mark.parametrize("plan", ["p2", "", "../p1", "p1\n", "p" * 300])
def test_where_there_is_no_journal_nothing_is_told(tmp_path: Path, plan: str) -> None:
    write_journal(tmp_path / "prod", "p1")

    assert told_here(tmp_path / "prod", plan) is None
