"""Several nodes at a time: as many as may be down, one at the door, one told to stop or to start at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.rollout.events import (
    Act,
    ClearancePostponed,
    Event,
    MoveStarted,
    NodeAdmitted,
    NodeReady,
    NodeStopped,
)
from agent.core.rollout.table import StepState
from agent.node.memory.machine import Temper
from agent.node.port import Commit, Start, Stop
from tests.conductor.stories import Balancer, hooked, kinds
from tests.simulator.cluster import NEW, OLD, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from collections.abc import Iterable

SLOW = Temper(warm_up=("STARTING",) * 8)


def slow_cluster(size: int = 6, **facts: object) -> Cluster:
    names = [f"jira-{number}" for number in range(1, size + 1)]
    return Cluster(size, tempers=dict.fromkeys(names, SLOW), **facts)  # type: ignore[arg-type]  # who is down


def most_down(events: Iterable[Event]) -> int:
    """Return how many nodes were between their stop and their being ready at once."""
    down: set[str] = set()
    most = 0
    for event in events:
        if isinstance(event, MoveStarted) and event.act is Act.STOP:
            down |= set(event.nodes)
        if isinstance(event, NodeReady):
            down -= {event.node}
        most = max(most, len(down))
    return most


@pytest.mark.parametrize("forks", [1, 8])
@pytest.mark.parametrize(("budget", "most"), [(1, 1), (2, 2), (3, 3), (9, 5)])
def test_as_many_as_the_budget_allows_are_down_at_once_and_one_goes_on_serving(
    budget: int, most: int, forks: int
) -> None:
    cluster = slow_cluster()
    rollout = cluster.conduct(plan_for(cluster.names, budget=budget), forks=forks)
    assert rollout.outcome == "ok"
    assert [cluster.loaded(name) for name in cluster.names] == [NEW] * 6
    assert most_down(cluster.events) == most
    for name in cluster.names:
        acts = [act for node, act in cluster.order(Stop, Commit, Start) if node == name]
        assert acts == ["Stop", "Commit", "Start"]


def test_a_node_that_was_down_already_counts_against_the_budget() -> None:
    cluster = slow_cluster(6, down=["jira-6"])
    plan = plan_for(cluster.names[:5], bystanders=("jira-6",), budget=2)
    assert cluster.conduct(plan, forks=4).outcome == "ok"
    assert most_down(cluster.events) == 1
    assert kinds(cluster, ClearancePostponed)


def test_two_nodes_of_two_are_never_down_at_once_unless_a_downtime_is_accepted() -> None:
    cluster = slow_cluster(2)
    assert cluster.conduct(plan_for(cluster.names, budget=2), forks=4).outcome == "ok"
    assert most_down(cluster.events) == 1
    cluster = slow_cluster(2)
    assert cluster.conduct(plan_for(cluster.names, budget=2, accept_downtime=True), forks=4).outcome == "ok"
    assert most_down(cluster.events) == 2


def test_a_single_node_is_stopped_only_where_a_downtime_is_accepted() -> None:
    cluster = Cluster(1)
    rollout = cluster.conduct(plan_for(("jira-1",)))
    assert (rollout.outcome, cluster.asked(Stop)) == ("refused", 0)
    assert rollout.halted is not None
    assert "--accept-downtime" in rollout.halted.reason
    cluster = Cluster(1)
    assert cluster.conduct(plan_for(("jira-1",), accept_downtime=True)).outcome == "ok"


def test_a_node_left_out_counts_as_down() -> None:
    cluster = slow_cluster(4)
    assert cluster.conduct(plan_for(cluster.names, budget=1, absent=("jira-9",))).outcome == "refused"
    cluster = slow_cluster(4)
    assert cluster.conduct(plan_for(cluster.names, budget=2, absent=("jira-9",)), forks=4).outcome == "ok"
    assert most_down(cluster.events) == 1


@pytest.mark.parametrize("forks", [1, 8])
def test_a_later_turn_begins_when_the_one_before_is_through(forks: int) -> None:
    cluster = slow_cluster(5)
    steps = tuple(step_for(name, turn=int(name == "jira-1") and 1) for name in cluster.names)
    assert cluster.conduct(plan_for((), steps=steps, budget=3), forks=forks).outcome == "ok"
    ready = [it.node for it in kinds(cluster, NodeReady) if isinstance(it, NodeReady)]
    assert ready[-1] == "jira-1"
    last = max(i for i, it in enumerate(cluster.events) if isinstance(it, NodeReady) and it.node != "jira-1")
    begun = [i for i, it in enumerate(cluster.events) if isinstance(it, MoveStarted) and it.act is Act.STOP]
    assert [i for i in begun if "jira-1" in cluster.events[i].nodes] == [i for i in begun if i > last]  # type: ignore[union-attr]  # MoveStarted


def test_a_sick_canary_halts_the_rollout_before_the_second_batch() -> None:
    cluster = Cluster(5, tempers={"jira-1": Temper(chokes_on=lambda content: content == NEW)})
    steps = tuple(step_for(name, turn=int(name != "jira-1")) for name in cluster.names)
    rollout = cluster.conduct(plan_for((), steps=steps, budget=4), forks=4)
    assert rollout.outcome == "halted"
    assert cluster.asked(Stop) == 1
    assert [cluster.loaded(name) for name in cluster.names[1:]] == [OLD] * 4
    assert [rollout.steps[name].state for name in cluster.names[1:]] == [StepState.REVERTED] * 4


@pytest.mark.parametrize("forks", [1, 8])
def test_with_hooks_several_at_a_time_are_all_drained_and_admitted(forks: int) -> None:
    cluster = slow_cluster()
    balancer = Balancer(cluster=cluster)
    plan = hooked(plan_for(cluster.names, budget=3))
    assert cluster.conduct(plan, hooks=balancer, forks=forks).outcome == "ok"
    assert balancer.out == set()
    assert len(kinds(cluster, NodeAdmitted)) == 6
    for name in cluster.names:
        assert [what for node, what in balancer.story() if node == name] == [
            "before-stop", "Stop", "Start", "after-ready",
        ]  # fmt: skip


def test_steps_that_only_get_their_file_commit_beside_the_restarts() -> None:
    cluster = Cluster()
    steps = (step_for("jira-1"), step_for("jira-2", restart=False), step_for("jira-3", restart=False))
    assert cluster.conduct(plan_for((), steps=steps)).outcome == "ok"
    assert [cluster.content(name) for name in cluster.names] == [NEW] * 3
    assert [cluster.loaded(name) for name in cluster.names] == [NEW, OLD, OLD]
    assert [it.node for it in kinds(cluster, NodeStopped) if isinstance(it, NodeStopped)] == ["jira-1"]


def test_a_halt_with_several_on_their_way_brings_each_to_rest() -> None:
    """The first does not come up: the others that were stopped or started with it are not left between."""
    chokes = replace(SLOW, chokes_on=lambda content: content == NEW, warm_up=())
    names = [f"jira-{number}" for number in range(1, 7)]
    cluster = Cluster(6, tempers={**dict.fromkeys(names, SLOW), "jira-1": chokes})
    rollout = cluster.conduct(plan_for(names, budget=4), forks=6)
    assert rollout.outcome == "halted"
    states = {rollout.steps[name].state for name in names[1:]}
    assert states <= {StepState.DONE, StepState.REVERTED}
    assert all(machine.jira is not None for machine in cluster.machines.values())
    assert all(cluster.loaded(name) == cluster.content(name) for name in names)
