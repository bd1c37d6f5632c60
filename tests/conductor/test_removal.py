"""A plan that takes the file away: to put back that there was none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.planning.plan import ABSENT
from agent.core.rollout.table import StepState
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Commit, Restore, Stage, Start
from tests.conductor.stories import ALL, Killed, killed_at, named
from tests.simulator.cluster import OLD, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from agent.core.planning.plan import Plan


def removal(*names: str) -> Plan:
    """A plan that puts back that there was no file; no document is laid beside it first."""
    steps = tuple(replace(step_for(name), document=b"", digest=ABSENT) for name in names)
    return plan_for((), steps=steps)


def test_a_removal_stages_nothing_takes_the_file_away_and_restarts() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(removal(*ALL))
    assert rollout.outcome == "ok"
    assert [(cluster.content(name), cluster.loaded(name)) for name in ALL] == [(None, None)] * 3
    assert cluster.asked(Stage) == cluster.asked(Commit) == 0
    assert cluster.asked(Restore) == 3


def test_a_removal_that_is_broken_off_comes_to_the_same_end() -> None:
    for count in range(2, 40):
        plan = named(removal(*ALL), Cluster())
        cluster = Cluster()
        try:
            cluster.conduct(plan, listeners=(killed_at(count),))
        except Killed:
            rollout = cluster.conduct(plan, epoch=2, past=cluster.events[: count - 1])
            assert rollout.outcome == "ok", count
            assert [cluster.asked(Start, name) for name in ALL] == [1, 1, 1]
        assert [cluster.content(name) for name in ALL] == [None] * 3


def test_a_removal_that_halts_gives_the_file_back() -> None:
    cluster = Cluster(faults={"jira-1": [Fault(mishap=Mishap.REFUSED, request=Start)]})
    rollout = cluster.conduct(removal(*ALL))
    assert rollout.outcome == "halted"
    assert cluster.content("jira-1") == OLD
    assert rollout.steps["jira-1"].state is StepState.REVERTED
