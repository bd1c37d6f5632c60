"""Getting on: a reindex that writes to its log, a catch-up that moves its counts, and nothing else."""

from __future__ import annotations

import pytest

from agent.core.observation import IndexSummary, LogMark, RestView
from agent.core.rollout.getting_on import Mark, mark_of
from tests.core.rollout.situations import MARK, look


def index(*, readable: bool = False, in_index: int = 3, queued: int = 7) -> RestView:
    return RestView(index=IndexSummary(node_id="n", readable=readable, in_database=9, in_index=in_index, queued=queued))


def test_in_maintenance_the_end_of_the_log_tells_how_far_it_is() -> None:
    held_up = look(code=503, state="MAINTENANCE", log=MARK)
    assert mark_of(held_up) == Mark(counts=None, log=MARK)
    assert mark_of(look(code=503, state="MAINTENANCE", log=LogMark(inode="9001", size=11))) != mark_of(held_up)


@pytest.mark.parametrize(("code", "state"), [(200, "STARTING"), (200, "RUNNING"), (500, "ERROR")])
def test_in_any_other_state_the_log_tells_nothing(code: int, state: str) -> None:
    assert mark_of(look(code=code, state=state, log=MARK)) is None


def test_maintenance_without_a_log_tells_nothing() -> None:
    assert mark_of(look(code=503, state="MAINTENANCE", log=None)) is None


def test_a_catch_up_is_told_by_its_counts() -> None:
    assert mark_of(look(rest=index(), log=MARK)) == Mark(counts=(3, 7), log=None)
    assert mark_of(look(rest=index(in_index=4))) != mark_of(look(rest=index()))
    assert mark_of(look(rest=index(queued=6))) != mark_of(look(rest=index()))


@pytest.mark.parametrize("rest", [index(readable=True), RestView(), None])
def test_an_index_that_is_readable_or_not_told_of_is_not_caught_up_with(rest: RestView | None) -> None:
    assert mark_of(look(rest=rest)) is None


def test_what_is_getting_on_is_said_for_people() -> None:
    assert Mark(counts=None, log=MARK).words == "a reindex is at work"
    assert Mark(counts=(3, 7), log=None).words == "its index catches up (3 issues in it, 7 operations waiting)"
