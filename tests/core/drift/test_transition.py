"""A rollout at work is no cause for alarm; one that was cut off is, and no machine's clock hides it for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.drift.transition import SKEW, transitions
from agent.core.judging.standing import judge
from agent.core.observation import LockHolder
from agent.core.text.moments import iso
from tests.core.sightings import BOOT, EARLIER_BOOT, RUNS, document, file_of, loaded, look, observed, receipt

if TYPE_CHECKING:
    from agent.core.drift.transition import Transition
    from agent.core.observation import Observation

NOW = 1_800_000_000.0
PATIENCE = 3_600.0
LONG_AGO = NOW - 10 * PATIENCE


def held(
    *, claimed: float = LONG_AGO, plan: str = "plan-1", commit: float = LONG_AGO, start: float = LONG_AGO
) -> Observation:
    """A node with a lock on it, and with the times that a rollout leaves behind; the start's ticks are the clock's."""
    lock = LockHolder(holder="kim", host="desk", plan=plan, epoch=1, since=iso(claimed))
    booted = int(LONG_AGO) - 10_000
    process = replace(RUNS, start_ticks=int(start - booted) * 100)
    committed = receipt(document(), ticks=int(commit - booted) * 100)
    return replace(
        observed(file_of(document())), lock=lock, btime=booted, process=process, receipts=(committed,), boot_id=BOOT
    )


def under_way(*seen: Observation, ended: frozenset[str] = frozenset()) -> tuple[Transition, ...]:
    judged = judge(tuple(look(f"jira-{i}", it) for i, it in enumerate(seen, start=1)))
    return transitions(judged, now=NOW, patience=PATIENCE, ended=ended)


def test_nobody_holds_nodes_without_a_lock() -> None:
    assert under_way(loaded(document())) == ()


def test_a_holder_is_told_once_with_all_its_nodes_and_its_first_moment() -> None:
    told = under_way(held(claimed=NOW - 5), held(claimed=NOW - 9), loaded(document()))

    assert [(it.holder, it.host, it.plan, it.since, it.nodes, it.stands_still) for it in told] == [
        ("kim", "desk", "plan-1", iso(NOW - 9), ("jira-1", "jira-2"), False)
    ]


@pytest.mark.parametrize(
    "seen",
    [
        held(claimed=NOW - PATIENCE),
        held(claimed=NOW - 2 * PATIENCE, commit=NOW - PATIENCE),
        held(claimed=NOW - 2 * PATIENCE, start=NOW - PATIENCE),
    ],
    ids=["claimed", "a file committed", "a Jira started"],
)
def test_whatever_happened_lately_shows_that_it_is_under_way(seen: Observation) -> None:
    assert [it.stands_still for it in under_way(seen)] == [False]


def test_what_happens_on_one_node_speaks_for_all_of_the_rollout() -> None:
    assert [
        it.stands_still
        for it in under_way(held(claimed=NOW - 2 * PATIENCE), held(claimed=NOW - 2 * PATIENCE, start=NOW - 60))
    ] == [False]


def test_it_stands_still_once_nothing_has_happened_for_longer_than_a_step_may_last() -> None:
    assert [it.stands_still for it in under_way(held())] == [True]
    assert [it.stands_still for it in under_way(held(claimed=NOW - PATIENCE - 1))] == [True]


def test_a_jira_that_starts_again_and_again_excuses_nothing_for_longer_than_all_nodes_may_take() -> None:
    for nodes, still in ((1, True), (2, False)):
        seen = [held(claimed=NOW - 2 * PATIENCE - 1, start=NOW - 5) for _ in range(nodes)]
        assert [it.stands_still for it in under_way(*seen)] == [still]


def test_a_file_that_somebody_else_writes_again_and_again_is_no_trace_of_a_rollout() -> None:
    seen = held()
    written = replace(seen, file=replace(seen.file, ctime=int(NOW) - 5, mtime=int(NOW) - 5))
    assert [it.stands_still for it in under_way(written)] == [True]


def test_a_commit_before_the_last_boot_tells_no_time() -> None:
    seen = held()
    earlier = replace(seen, receipts=(replace(seen.receipts[0], boot_id=EARLIER_BOOT, ticks=10**9),))
    assert [it.stands_still for it in under_way(earlier)] == [True]


def test_a_clock_that_is_far_ahead_is_not_believed_and_one_that_is_a_little_ahead_is_drawn_to_now() -> None:
    assert [it.stands_still for it in under_way(held(claimed=NOW + SKEW + 1))] == [True]
    assert [it.stands_still for it in under_way(held(claimed=NOW + SKEW))] == [False]


def test_a_rollout_whose_journal_here_has_no_writer_is_not_under_way() -> None:
    assert [it.stands_still for it in under_way(held(claimed=NOW - 5), ended=frozenset({"plan-1"}))] == [True]


def test_a_damaged_lock_is_no_rollout() -> None:
    assert [it.stands_still for it in under_way(held(claimed=NOW - 5, plan=""))] == [True]


def test_a_moment_that_is_none_counts_as_nothing() -> None:
    seen = held()
    damaged = replace(seen, lock=LockHolder(holder="kim", host="desk", plan="plan-1", epoch=1, since="yesterday"))

    assert [it.stands_still for it in under_way(damaged)] == [True]
