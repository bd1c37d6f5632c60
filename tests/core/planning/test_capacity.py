from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.capacity import capacities
from agent.core.planning.plan import Shape
from tests.core.planning.test_make_plan import COSMETIC, CURRENT, DOWN, DRIFTED, TIME_BOMB, judged, planned

if TYPE_CHECKING:
    from agent.core.observation import Observation


def told(
    *seen: Observation | None, shape: Shape = Shape.ROLLING, budget: int = 1, absent: tuple[str, ...] = ()
) -> list[str]:
    judgements = judged(*seen)
    plan = replace(planned(judgements, shape), budget=budget, absent=absent)
    return [during.sentence for during in capacities(plan, judgements)]


def test_one_at_a_time_all_others_serve() -> None:
    assert told(DRIFTED, DRIFTED, DRIFTED) == ["2 of 3 serve while one restarts"] * 2


def test_a_batch_says_how_many_are_down_at_the_most() -> None:
    assert told(*[DRIFTED] * 6, budget=2) == [
        "5 of 6 serve while one restarts",
        "at most 2 of 6 down, at least 4 serve",
    ]


def test_no_more_are_stopped_than_a_turn_has_nodes() -> None:
    assert told(*[DRIFTED] * 3, budget=3) == [
        "2 of 3 serve while one restarts",
        "at most 2 of 3 down, at least 1 serve",
    ]


def test_a_node_that_is_down_costs_nothing_and_serves_from_then_on() -> None:
    assert told(DOWN, DRIFTED, DRIFTED) == [
        "2 of 3 serve, as before",
        "2 of 3 serve while one restarts",
        "2 of 3 serve while one restarts",
    ]


def test_a_bystander_that_does_not_serve_counts_and_takes_from_the_budget() -> None:
    assert told(DRIFTED, DRIFTED, DRIFTED, None, budget=2) == ["2 of 4 serve while one restarts"] * 2


def test_who_is_left_out_counts_as_down_known_to_the_inventory_or_not() -> None:
    assert told(DRIFTED, CURRENT, None, budget=2, absent=("jira-3",)) == ["1 of 3 serve while one restarts"]
    assert told(DRIFTED, CURRENT, budget=2, absent=("node9",)) == ["1 of 3 serve while one restarts"]


@pytest.mark.parametrize("seen", [(DRIFTED,), (DRIFTED, None)])
def test_a_downtime_is_called_one(seen: tuple[Observation | None, ...]) -> None:
    assert told(*seen) == [f"none of {len(seen)} serves meanwhile"]


def test_where_all_stop_together_nobody_serves() -> None:
    assert told(DRIFTED, DRIFTED, CURRENT, shape=Shape.TOGETHER) == ["at most 2 of 3 down, at least 1 serve"]
    assert told(DRIFTED, DRIFTED, shape=Shape.TOGETHER) == ["none of 2 serves meanwhile"]


def test_a_commit_alone_stops_nobody() -> None:
    assert told(DRIFTED, COSMETIC, shape=Shape.COMMIT) == ["2 of 2 serve, as before"]
    assert told(TIME_BOMB, CURRENT) == ["2 of 2 serve, as before"]
