"""A plan that another machine hands over is held to what no plan of ours exceeds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.planning.plan import Hook, Patience
from agent.core.planning.plan_json import decode, to_json
from agent.core.planning.soundness import LONGEST, MOST, fault_of
from agent.core.strict_json import dump, sealed
from tests.simulator.cluster import plan_for

PLAN = plan_for(("jira-1", "jira-2"), bystanders=("jira-3",))
STEP = PLAN.steps[0]

UNSOUND = [
    (replace(PLAN, steps=(STEP, STEP)), "a node stands there twice"),
    (replace(PLAN, bystanders=("jira-3", "jira-3")), "a node stands there twice, or has a step"),
    (replace(PLAN, bystanders=("jira-1",)), "a node stands there twice, or has a step"),
    (replace(PLAN, steps=(replace(STEP, document=b"<other/>"),)), "is not the one that its digest names"),
    (replace(PLAN, steps=(replace(STEP, turn=-1),)), "a turn is out of bounds"),
    (replace(PLAN, previous=(("absent", b"x"),)), "is not the one that its digest names"),
    (replace(PLAN, budget=0), "plan.budget is out of bounds"),
    (replace(PLAN, budget=MOST + 1), "plan.budget is out of bounds"),
    (replace(PLAN, max_failures=-1), "plan.max_failures is out of bounds"),
    (replace(PLAN, patience=Patience(ready_streak=0)), "plan.patience.ready_streak is out of bounds"),
    (replace(PLAN, patience=Patience(ready_interval=0.0)), "ready_interval is out of bounds"),
    (replace(PLAN, patience=Patience(ready_timeout=1e308)), "ready_timeout is out of bounds"),
    (replace(PLAN, patience=Patience(stop_timeout=-1.0)), "stop_timeout is out of bounds"),
    (replace(PLAN, before_stop=Hook(run=("x",), timeout=LONGEST + 1)), "is out of bounds"),
]


@pytest.mark.parametrize(("plan", "fault"), UNSOUND)
def test_what_does_not_hold_together_is_named_and_not_read(plan: object, fault: str) -> None:
    assert fault in (fault_of(plan) or "")  # type: ignore[arg-type]  # a column of plans
    with pytest.raises(ValueError, match="plan"):
        decode(dump(sealed(to_json(plan))))  # type: ignore[arg-type]  # as above


def test_a_plan_of_ours_holds_together() -> None:
    assert fault_of(PLAN) is None
    assert decode(dump(sealed(to_json(PLAN)))) == PLAN
