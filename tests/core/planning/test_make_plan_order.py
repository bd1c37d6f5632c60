from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.judging.standing import judge
from agent.core.planning.make_plan import Canary, restart_plan_for_everyone
from agent.core.planning.plan import Patience, Plan, Shape
from tests.core.planning.test_make_plan import (
    COSMETIC,
    CURRENT,
    DOWN,
    DRIFTED,
    PENDING,
    SPLIT,
    TIME_BOMB,
    UNREADABLE,
    judged,
    names,
    planned,
)
from tests.core.sightings import REFUSED, look

if TYPE_CHECKING:
    from agent.core.observation import Observation


def rolled(*seen: Observation, canary: Canary = 1) -> Plan:
    return planned(judged(*seen), Shape.ROLLING, canary=canary)


def turns(plan: Plan) -> dict[str, int]:
    return {step.node: step.turn for step in plan.steps}


def reason(plan: Plan, name: str) -> str:
    return {step.node: step.reason for step in plan.steps}[name]


def test_the_order_is_first_those_not_running_then_the_sick_then_the_canary_then_the_rest() -> None:
    plan = rolled(DRIFTED, DRIFTED, TIME_BOMB, DOWN, UNREADABLE, DRIFTED)

    assert names(plan) == ["jira-4", "jira-3", "jira-5", "jira-1", "jira-2", "jira-6"]
    assert [step.turn for step in plan.steps] == [0, 1, 1, 2, 3, 3]
    assert [step.running for step in plan.steps] == [False, True, True, True, True, True]
    for step, words in zip(
        plan.steps,
        ("does not serve", "TIME_BOMB", "UNREADABLE", "as a canary", "after the canary", "after"),
        strict=True,
    ):
        assert words in step.reason


def test_turns_are_dense_whatever_sorts_of_nodes_there_are() -> None:
    assert turns(rolled(DRIFTED, DRIFTED, DRIFTED)) == {"jira-1": 0, "jira-2": 1, "jira-3": 1}
    assert turns(rolled(DRIFTED, CURRENT, DOWN)) == {"jira-3": 0, "jira-1": 1}
    assert turns(rolled(DRIFTED, SPLIT, TIME_BOMB)) == {"jira-2": 0, "jira-3": 0, "jira-1": 1}


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.TOGETHER])
def test_where_all_do_the_same_at_once_there_is_one_turn_in_the_order_of_the_names(shape: Shape) -> None:
    plan = planned(judged(DRIFTED, TIME_BOMB, DOWN), shape)

    assert turns(plan) == {"jira-1": 0, "jira-2": 0, "jira-3": 0}
    assert names(plan) == ["jira-1", "jira-2", "jira-3"]
    assert all(step.reason.startswith("with all the others at once; ") for step in plan.steps)
    assert "the others" not in planned(judged(DRIFTED, CURRENT), shape).steps[0].reason


def test_the_rest_is_in_the_natural_order_of_the_names() -> None:
    judgements = judge(tuple(look(f"jira-{number}", DRIFTED) for number in (10, 9, 1, 100)))

    assert names(planned(judgements, Shape.ROLLING)) == ["jira-1", "jira-9", "jira-10", "jira-100"]


def test_canaries_may_be_named_or_counted() -> None:
    assert names(rolled(DRIFTED, DRIFTED, DRIFTED, canary=("jira-3",))) == ["jira-3", "jira-1", "jira-2"]
    assert turns(rolled(DRIFTED, DRIFTED, DRIFTED, canary=2)) == {"jira-1": 0, "jira-2": 0, "jira-3": 1}


def test_without_a_canary_nobody_is_said_to_come_after_it() -> None:
    plan = rolled(DRIFTED, DRIFTED, canary=0)

    assert turns(plan) == {"jira-1": 0, "jira-2": 0}
    assert all(step.reason.startswith("in the order of the names; ") for step in plan.steps)


def test_a_canary_that_has_nobody_after_it_does_not_say_so() -> None:
    assert reason(rolled(DRIFTED, CURRENT), "jira-1").startswith("as a canary; ")
    assert "before the other healthy nodes" in reason(rolled(DRIFTED, DRIFTED), "jira-1")


def test_what_is_wrong_with_a_node_outweighs_its_being_the_canary() -> None:
    plan = rolled(DRIFTED, DOWN, DRIFTED, canary=("jira-2",))

    assert "does not serve" in reason(plan, "jira-2")
    assert turns(plan) == {"jira-2": 0, "jira-1": 1, "jira-3": 2}
    assert "as a canary in place of jira-2, which this plan does not restart" in reason(plan, "jira-1")


def test_a_named_canary_that_the_plan_does_not_concern_is_replaced_and_named() -> None:
    plan = rolled(DRIFTED, DRIFTED, CURRENT, canary=("jira-3",))

    assert turns(plan) == {"jira-1": 0, "jira-2": 1}
    assert "in place of jira-3" in reason(plan, "jira-1")
    assert "in place of" not in reason(rolled(DRIFTED, DRIFTED, CURRENT, canary=("jira-2", "jira-3")), "jira-2")


def test_only_a_node_that_restarts_can_be_a_canary() -> None:
    plan = rolled(COSMETIC, DRIFTED, DRIFTED)

    assert turns(plan) == {"jira-2": 0, "jira-1": 1, "jira-3": 1}


def test_a_restart_of_everyone_has_turns_as_well() -> None:
    plan = restart_plan_for_everyone(
        judged(CURRENT, PENDING, DOWN), cluster="example", plan_id="p", patience=Patience(), canary=("jira-2",)
    )

    assert turns(plan) == {"jira-3": 0, "jira-2": 1, "jira-1": 2}


def test_a_node_that_is_starting_does_not_serve_yet() -> None:
    assert turns(rolled(replace(DRIFTED, status=REFUSED), DRIFTED)) == {"jira-1": 0, "jira-2": 1}
