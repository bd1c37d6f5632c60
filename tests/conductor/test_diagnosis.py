"""A node that does not come up: its log is read, and what it says decides whether the file is put back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    Cause,
    ClearanceDenied,
    ConfigRestored,
    MoveStarted,
    NodeDiagnosed,
    NodeReady,
    NodeRevived,
    StepSkipped,
    TimedOut,
)
from agent.core.rollout.summary import summarise
from agent.core.rollout.table import StepState
from agent.node.memory.adapter import Fault, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import ReadLog, Restore, Start, Stop
from tests.conductor.stories import ALL, BLAME, Balancer, hooked, kinds
from tests.simulator.cluster import NEW, OLD, Cluster, plan_for

if TYPE_CHECKING:
    from agent.core.rollout.events import Event

BUSY = ("2026-01-01 00:00:00,000 main ERROR something else went wrong",)


def chokes(content: bytes) -> bool:
    return content == NEW


BLAMED = Temper(chokes_on=chokes, says=lambda content: BLAME if content == NEW else ())
LOCKED = Temper(chokes_on=chokes, says=lambda _: BUSY)


def written(cluster: Cluster, *names: str) -> None:
    """Let each log have a place where it ended before the start."""
    for name in names or ALL:
        cluster.machines[name].log.write("2026-01-01 00:00:00,000 main INFO all is well")


def test_a_node_whose_log_blames_the_new_file_gets_its_earlier_one_back_and_serves() -> None:
    cluster = Cluster(tempers={"jira-1": BLAMED})
    written(cluster)
    rollout = cluster.conduct(plan_for(ALL))
    assert (cluster.content("jira-1"), cluster.loaded("jira-1")) == (OLD, OLD)
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert cluster.order(Stop, Restore, Start) == [
        ("jira-1", what) for what in ("Stop", "Start", "Stop", "Restore", "Start")
    ]
    assert len(kinds(cluster, NodeRevived)) == 1
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (Cause.SICK, "jira-1")
    assert "could not parse filestore-config.xml" in rollout.halted.reason
    assert rollout.outcome == "halted"
    assert [cluster.machines[name].lock for name in ALL] == [None] * 3
    assert [cluster.machines[name].temps() for name in ALL] == [[], [], []]


def test_a_node_that_is_put_back_leaves_the_balancer_again_only_by_its_own_drain() -> None:
    cluster = Cluster(tempers={"jira-1": BLAMED})
    written(cluster)
    balancer = Balancer(cluster=cluster)
    cluster.conduct(hooked(plan_for(ALL)), hooks=balancer)
    assert balancer.story() == [
        ("jira-1", what) for what in ("before-stop", "Stop", "Start", "Stop", "Start", "after-ready")
    ]


def test_a_node_whose_log_blames_nobody_keeps_the_new_file_and_is_left_alone() -> None:
    cluster = Cluster(tempers={"jira-1": LOCKED})
    written(cluster)
    rollout = cluster.conduct(plan_for(ALL))
    assert cluster.content("jira-1") == NEW
    assert (cluster.asked(Stop), cluster.asked(Restore)) == (1, 0)
    assert rollout.halted is not None
    assert "500 ERROR" in rollout.halted.reason
    assert "says nothing that is known here" in rollout.halted.reason
    assert rollout.outcome == "halted"


def test_a_log_that_was_not_there_before_the_start_is_news_from_its_beginning() -> None:
    cluster = Cluster(tempers={"jira-1": BLAMED})
    rollout = cluster.conduct(plan_for(ALL))
    (diagnosed,) = kinds(cluster, NodeDiagnosed)
    assert isinstance(diagnosed, NodeDiagnosed)
    assert (diagnosed.code, diagnosed.blames_config, diagnosed.confidence) == ("file-not-parsed", True, "likely")
    assert cluster.content("jira-1") == OLD
    assert rollout.steps["jira-1"].state is StepState.REVERTED


def test_a_log_that_cannot_be_read_blames_nobody() -> None:
    cluster = Cluster(
        tempers={"jira-1": BLAMED}, faults={"jira-1": [Fault(mishap=Mishap.UNREACHABLE, request=ReadLog)]}
    )
    written(cluster)
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.halted is not None
    assert "its log could not be read (nobody answered)" in rollout.halted.reason
    assert (cluster.content("jira-1"), cluster.asked(Stop)) == (NEW, 1)


def test_a_restart_without_a_new_file_never_blames_the_file() -> None:
    cluster = Cluster(tempers={"jira-1": Temper(chokes_on=lambda _: True, says=lambda _: BLAME)})
    cluster.machines["jira-1"].settle()
    assert cluster.machines["jira-1"].jira is not None
    cluster.machines["jira-1"].jira.states[:] = ["RUNNING"]
    written(cluster)
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.RESTART))
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert not any(event.blames_config for event in kinds(cluster, NodeDiagnosed) if isinstance(event, NodeDiagnosed))
    assert (cluster.asked(Stop), cluster.asked(Restore)) == (1, 0)


def test_a_blamed_node_that_has_come_up_meanwhile_is_not_stopped() -> None:
    """What is so is asked right before the stop: it serves now, and another is down."""
    cluster = Cluster(tempers={"jira-1": BLAMED})
    written(cluster)

    def recover(event: Event) -> None:
        if isinstance(event, NodeDiagnosed):
            jira = cluster.machines["jira-1"].jira
            assert jira is not None
            jira.states[:] = ["RUNNING"]
            cluster.machines["jira-2"].stop_jira()

    rollout = cluster.conduct(plan_for(ALL), listeners=(recover,))
    assert len(kinds(cluster, ClearanceDenied)) == 1
    assert cluster.asked(Stop) == 1
    assert rollout.steps["jira-1"].state is StepState.SICK


def test_a_blamed_node_that_does_not_stop_is_told_once_and_left() -> None:
    cluster = Cluster(tempers={"jira-1": BLAMED})
    written(cluster)

    def stick(event: Event) -> None:
        if isinstance(event, NodeDiagnosed):
            cluster.machines["jira-1"].stop_jira = lambda: None  # type: ignore[method-assign]  # it ignores us

    rollout = cluster.conduct(plan_for(ALL), listeners=(stick,))
    assert cluster.asked(Stop) == 2
    assert [it.act for it in kinds(cluster, TimedOut) if isinstance(it, TimedOut)] == [Act.STOP]
    assert (rollout.outcome, cluster.content("jira-1")) == ("halted", NEW)
    assert cluster.machines["jira-1"].lock is not None


def test_the_second_start_of_a_node_is_waited_for_with_all_the_patience_there_is() -> None:
    """The first took nearly all the time before it failed; the second takes longer than what was left."""
    warm_up = ("STARTING",) * 100
    cluster = Cluster(tempers={"jira-1": replace(BLAMED, warm_up=warm_up)})
    written(cluster)
    rollout = cluster.conduct(plan_for(ALL))
    assert not kinds(cluster, TimedOut)
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert cluster.loaded("jira-1") == OLD


def test_a_node_that_is_sick_while_it_is_put_back_is_told_and_not_tried_again() -> None:
    cluster = Cluster(tempers={"jira-1": replace(BLAMED, chokes_on=lambda _: True)})
    jira = cluster.machines["jira-1"].jira
    assert jira is not None
    jira.states[:] = ["RUNNING"]
    written(cluster)
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert (cluster.content("jira-1"), cluster.asked(Start, "jira-1")) == (OLD, 2)
    assert "its earlier file; Jira was stopped by this rollout" in summarise(rollout).rows[0].text


# The failure budget.


def test_within_the_failure_budget_a_node_is_given_up_and_the_others_go_on() -> None:
    cluster = Cluster(4, tempers={"jira-1": LOCKED})
    written(cluster, *cluster.names)
    rollout = cluster.conduct(plan_for(cluster.names, budget=2, max_failures=1))
    assert rollout.steps["jira-1"].state is StepState.SKIPPED
    assert [rollout.steps[name].state for name in cluster.names[1:]] == [StepState.DONE] * 3
    assert len(kinds(cluster, StepSkipped)) == 1
    assert rollout.halted is None
    assert rollout.outcome == "partial"
    assert summarise(rollout).next_command == "filestore-agent resume --cluster prod"
    assert cluster.machines["jira-1"].lock is not None


def test_a_node_that_was_given_up_counts_against_the_capacity() -> None:
    cluster = Cluster(tempers={"jira-1": LOCKED})
    rollout = cluster.conduct(plan_for(ALL, budget=1, max_failures=1))
    assert rollout.halted is not None
    assert "jira-1 is error" in rollout.halted.reason
    assert cluster.asked(Stop) == 1


def test_one_failure_more_than_the_budget_halts() -> None:
    cluster = Cluster(5, tempers={"jira-1": LOCKED, "jira-2": LOCKED})
    rollout = cluster.conduct(plan_for(cluster.names, budget=3, max_failures=1))
    assert [rollout.steps[name].state for name in ("jira-1", "jira-2")] in (
        [StepState.SKIPPED, StepState.SICK],
        [StepState.SICK, StepState.SICK],
    )
    assert rollout.halted is not None
    assert rollout.halted.cause is Cause.SICK
    assert cluster.asked(Stop, "jira-5") == 0


def test_what_blames_the_file_halts_whatever_the_failure_budget() -> None:
    cluster = Cluster(4, tempers={"jira-1": BLAMED})
    written(cluster, *cluster.names)
    rollout = cluster.conduct(plan_for(cluster.names, budget=2, max_failures=3))
    assert rollout.halted is not None
    assert len(kinds(cluster, ConfigRestored)) >= 1
    assert cluster.loaded("jira-1") == OLD
    assert len(kinds(cluster, StepSkipped)) == 0


@pytest.mark.parametrize("forks", [1, 3])
def test_a_log_is_read_before_anything_new_begins(forks: int) -> None:
    cluster = Cluster(4, tempers={"jira-1": LOCKED})
    cluster.conduct(plan_for(cluster.names, budget=2, max_failures=1), forks=forks)
    sick = next(i for i, it in enumerate(cluster.events) if type(it).__name__ in ("NodeSick", "TimedOut"))
    read = next(i for i, it in enumerate(cluster.events) if isinstance(it, NodeDiagnosed))
    assert not any(isinstance(it, MoveStarted) for it in cluster.events[sick:read])
    assert any(isinstance(it, NodeReady) for it in cluster.events[read:])
