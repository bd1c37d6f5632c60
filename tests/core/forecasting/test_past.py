"""Are the percentiles times that were seen, and whose?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.forecasting import Past, Spread, past_of, usual
from agent.core.forecasting.past import KEPT, spread_of
from agent.core.rollout.events import Act
from tests.core.forecasting.pasts import begun, ended, past_of_nodes

TIMES = st.lists(st.floats(0, 1e5), min_size=1, max_size=60).map(lambda several: tuple(sorted(several)))


def past_with(*seconds: float) -> Past:
    return past_of([[begun(Act.START, 0), ended(Act.START, it)] for it in seconds])


def test_a_past_is_sorted_whatever_the_order_of_its_rollouts() -> None:
    assert past_with(30, 10, 20).of_node("jira-1", Act.START) == (10, 20, 30)


def test_only_the_newest_samples_are_kept() -> None:
    seen = past_with(*[9000.0] * 10, *map(float, range(KEPT))).of_node("jira-1", Act.START)
    assert seen == tuple(map(float, range(KEPT)))


def test_one_rollout_can_hold_several_samples() -> None:
    stream = [begun(Act.START, 0), ended(Act.START, 5), begun(Act.START, 10), ended(Act.START, 17)]
    assert past_of([stream]).of_node("jira-1", Act.START) == (5, 7)


def test_a_node_with_three_samples_speaks_for_itself() -> None:
    past = past_of_nodes({"jira-1": {"start": (10, 20, 30)}, "jira-2": {"start": (900,)}})
    assert usual(past, "jira-1", Act.START) == Spread(p50=20, p90=30, samples=3, node="jira-1")


def test_for_a_node_with_fewer_the_cluster_speaks() -> None:
    past = past_of_nodes({"jira-1": {"start": (10, 20, 30)}, "jira-2": {"start": (900, 901)}})
    assert usual(past, "jira-2", Act.START) == Spread(p50=30, p90=901, samples=5)
    assert usual(past, "jira-3", Act.START) == Spread(p50=30, p90=901, samples=5)


def test_what_never_was_is_not_known() -> None:
    assert usual(past_with(10, 20, 30), "jira-1", Act.DRAIN) is None
    assert usual(Past(), "jira-1", Act.START) is None


@pytest.mark.parametrize(
    ("seconds", "p50", "p90"),
    [
        ((7,), 7, 7),
        ((1, 2), 1, 2),
        ((1, 2, 3), 2, 3),
        (tuple(range(1, 11)), 5, 9),
        (tuple(range(1, 12)), 6, 10),
        (tuple(range(1, 101)), 50, 90),
    ],
)
def test_percentiles_are_by_nearest_rank(seconds: tuple[float, ...], p50: float, p90: float) -> None:
    found = spread_of(seconds)
    assert found == Spread(p50=p50, p90=p90, samples=len(seconds))


@given(TIMES)
def test_a_percentile_is_a_time_that_was_seen_and_that_was_enough_so_often(seconds: tuple[float, ...]) -> None:
    found = spread_of(seconds)
    assert found is not None
    for percent, value in ((50, found.p50), (90, found.p90)):
        assert value in seconds
        assert 100 * sum(it <= value for it in seconds) >= percent * len(seconds)
        assert 100 * sum(it < value for it in seconds) < percent * len(seconds)


@given(st.lists(st.floats(0, 1e5), max_size=KEPT).flatmap(lambda it: st.tuples(st.just(it), st.permutations(it))))
def test_the_order_of_samples_does_not_matter(orders: tuple[list[float], list[float]]) -> None:
    seen, mixed = (past_of_nodes({"jira-1": {"start": tuple(order)}}) for order in orders)
    assert usual(seen, "jira-1", Act.START) == usual(mixed, "jira-1", Act.START)
