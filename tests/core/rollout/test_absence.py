from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import Incarnation, Presence, Process
from agent.core.planning.plan import Patience
from agent.core.rollout.absence import Absence, absence_after, judge_absence
from agent.core.rollout.table import StepState
from tests.core.rollout.situations import at
from tests.simulator.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.observation import Observation

PATIENCE = Patience(appear_timeout=60.0, return_timeout=30.0)
LOOK = Cluster(1).ports["jira-1"].inner.look()
OLD_TICKS = 50
PROGRESS = replace(at(StepState.WARMING), process=Incarnation(boot_id=LOOK.boot_id, ticks=OLD_TICKS))
NONE = replace(LOOK, process=Process(presence=Presence.NONE))
HIDDEN = replace(LOOK, process=Process(presence=Presence.UNKNOWN))
ALIVE = replace(LOOK, process=Process(presence=Presence.FOUND, start_ticks=OLD_TICKS + 1))
FORMER = replace(LOOK, process=Process(presence=Presence.FOUND, start_ticks=OLD_TICKS))


def said_after(looks: Iterable[tuple[float, Observation | None]]) -> str | None:
    """Return what is said after the last of these looks, each at its second."""
    absence, said = Absence(), None
    for second, seen in looks:
        absence = absence_after(absence, PROGRESS, seen, second)
        said = judge_absence(absence, PATIENCE, second)
    return said


def every_five_seconds(first: int, last: int, seen: Observation | None) -> list[tuple[float, Observation | None]]:
    return [(float(second), seen) for second in range(first, last + 1, 5)]


def test_a_process_that_never_appears_is_given_up_when_its_time_is_over() -> None:
    assert said_after(every_five_seconds(0, 55, NONE)) is None
    assert (said_after(every_five_seconds(0, 60, NONE)) or "").startswith("no process has appeared for 60 s")


def test_a_process_that_ended_is_given_less_time_to_come_back() -> None:
    assert said_after([(0.0, ALIVE), *every_five_seconds(5, 30, NONE)]) is None
    said = said_after([(0.0, ALIVE), *every_five_seconds(5, 35, NONE)]) or ""
    assert said.startswith("the process has ended again, and was not back after 30 s")


def test_both_name_the_log_to_look_into() -> None:
    for before in ([], [(-1.0, ALIVE)]):
        assert "log/atlassian-jira.log" in (said_after([*before, *every_five_seconds(0, 60, NONE)]) or "")


@pytest.mark.parametrize("between", [ALIVE, FORMER, HIDDEN, None])
def test_any_look_that_does_not_prove_the_absence_begins_the_row_anew(between: Observation | None) -> None:
    looks = [*every_five_seconds(0, 50, NONE), (55.0, between), *every_five_seconds(60, 85, NONE)]
    assert said_after(looks) is None


def test_the_process_from_before_the_stop_is_no_sign_of_life() -> None:
    assert said_after([(0.0, FORMER), *every_five_seconds(5, 60, NONE)]) is None


def test_two_looks_prove_nothing_however_far_apart() -> None:
    assert said_after([(0.0, NONE), (500.0, NONE)]) is None
    assert said_after([(0.0, NONE), (500.0, NONE), (500.1, NONE)]) is not None
