"""Going on with a rollout that was broken off: from its journal, or from the plan and the nodes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Cause,
    ConfigCommitted,
    ConfigStaged,
    NodeDrained,
    NodeReady,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    StartAsked,
    StepReopened,
)
from agent.core.rollout.table import OutOfTurn, StepState
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Claim, Commit, Observe, Start, Stop
from tests.conductor.stories import ALL, Balancer, Killed, broken_off, hooked, killed_at, kinds, named
from tests.simulator.cluster import NEW, OLD, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event


def length(plan: Plan) -> int:
    cluster = Cluster()
    cluster.conduct(named(plan, cluster))
    return len(cluster.events)


@pytest.mark.parametrize("knows", ["its journal", "only the plan"])
@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER, Shape.RESTART])
def test_killed_anywhere_a_rollout_comes_to_the_same_end_and_restarts_nobody_twice(shape: Shape, knows: str) -> None:
    plan = named(plan_for(ALL, shape=shape), Cluster())
    for count in range(2, length(plan) + 1):
        cluster = broken_off(plan, count)
        past = list(cluster.events) if knows == "its journal" else []
        rollout = cluster.conduct(plan, epoch=2, past=past)
        assert rollout.outcome == "ok", (count, rollout.halted)
        wanted = OLD if shape is Shape.RESTART else NEW
        assert [cluster.content(name) for name in ALL] == [wanted] * 3
        assert all(cluster.machines[name].lock is None for name in ALL)
        if shape is not Shape.COMMIT:
            assert [cluster.loaded(name) for name in ALL] == [wanted] * 3
            assert [cluster.asked(Start, name) for name in ALL] == [1, 1, 1], count
        assert [cluster.machines[name].temps() for name in ALL] == [[], [], []]


@pytest.mark.parametrize("count", [2, 8, 14, 20, 26])
def test_killed_twice_it_still_comes_to_its_end(count: int) -> None:
    plan = named(plan_for(ALL), Cluster())
    cluster = broken_off(plan, count)
    past = list(cluster.events)
    with pytest.raises(Killed):
        cluster.conduct(plan, epoch=2, past=past, listeners=(killed_at(9),))
    assert cluster.conduct(plan, epoch=3, past=list(cluster.events)).outcome == "ok"
    assert [cluster.asked(Start, name) for name in ALL] == [1, 1, 1]


def test_who_goes_on_claims_again_under_a_higher_epoch_and_looks_before_it_acts() -> None:
    cluster = broken_off(plan_for(ALL), 14)
    asked = len(cluster.requests)
    cluster.conduct(plan_for(ALL), epoch=2, past=list(cluster.events))
    resumed = next(it for it in cluster.events if isinstance(it, RolloutResumed))
    assert resumed.epoch == 2
    after = [type(it) for _, it in cluster.requests[asked:]]
    assert after[:6] == [Claim, Claim, Claim, Observe, Observe, Observe]
    assert all(it.token.epoch == 2 for _, it in cluster.requests[asked:] if isinstance(it, Claim))


@pytest.mark.parametrize("epoch", [1, 2, 9])
def test_the_epoch_rises_above_that_of_the_past_whatever_was_given(epoch: int) -> None:
    cluster = broken_off(plan_for(ALL), 14)
    assert cluster.conduct(plan_for(ALL), epoch=epoch, past=list(cluster.events)).epoch == max(2, epoch)


def test_from_elsewhere_the_beginning_is_told_one_epoch_below() -> None:
    cluster = broken_off(plan_for(ALL), 14)
    cluster.events.clear()
    cluster.conduct(plan_for(ALL), epoch=5, past=[])
    first, second = cluster.events[:2]
    assert isinstance(first, RolloutStarted)
    assert isinstance(second, RolloutResumed)
    assert (first.epoch, second.epoch) == (4, 5)


def test_the_journal_of_another_plan_is_refused_before_anything_is_sent() -> None:
    cluster = broken_off(plan_for(ALL), 14)
    asked = len(cluster.requests)
    with pytest.raises(OutOfTurn, match="tells of plan plan-1"):
        cluster.conduct(replace(plan_for(ALL), id="plan-2"), epoch=2, past=list(cluster.events))
    assert len(cluster.requests) == asked


def test_a_halted_rollout_goes_on_once_the_cause_is_mended() -> None:
    cluster = Cluster(faults={"jira-2": [Fault(mishap=Mishap.REFUSED, request=Commit)]})
    first = cluster.conduct(plan_for(ALL))
    assert first.outcome == "halted"
    assert cluster.machines["jira-1"].lock is not None
    second = cluster.conduct(plan_for(ALL), epoch=2, past=list(cluster.events))
    assert second.outcome == "ok"
    assert [cluster.asked(Start, name) for name in ALL] == [1, 2, 1]
    assert [cluster.machines[name].lock for name in ALL] == [None] * 3


def test_a_commit_that_arrived_late_and_was_put_back_is_done_on_the_next_try() -> None:
    cluster = Cluster(faults={"jira-1": [Fault(mishap=Mishap.LOST_BEFORE, request=Commit)]})
    assert cluster.conduct(plan_for(ALL)).outcome == "halted"
    assert cluster.conduct(plan_for(ALL), epoch=2, past=list(cluster.events)).outcome == "ok"


def test_a_node_that_was_changed_by_somebody_else_meanwhile_is_left_alone() -> None:
    cluster = broken_off(plan_for(ALL), 14)
    cluster.machines["jira-2"].put("filestore-config.xml", b"<by-hand/>")
    before = cluster.asked(Stop, "jira-2")
    rollout = cluster.conduct(plan_for(ALL), epoch=2, past=list(cluster.events))
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (Cause.SICK, "jira-2")
    assert "changed by somebody else meanwhile" in rollout.halted.reason
    assert (cluster.content("jira-2"), cluster.asked(Stop, "jira-2")) == (b"<by-hand/>", before)


def test_a_jira_that_ended_by_itself_is_not_started_by_a_rollout_that_restarts_nobody() -> None:
    plan = plan_for(ALL, shape=Shape.COMMIT)
    cluster = broken_off(plan, 12)
    cluster.machines["jira-3"].stop_jira()

    def is_read() -> bool:
        return any(isinstance(it, StepReopened) and it.node == "jira-3" for it in cluster.events)

    rollout = cluster.conduct(plan, epoch=2, past=list(cluster.events), interrupted=is_read)
    assert rollout.outcome == "interrupted"
    assert cluster.asked(Start) == 0


def test_a_node_that_cannot_be_read_stays_open_and_halts() -> None:
    cluster = broken_off(plan_for(ALL), 14)
    silent = [Fault(mishap=Mishap.UNREACHABLE, request=Observe)] * 20
    cluster.ports["jira-2"].inner._faults.extend(silent)
    rollout = cluster.conduct(plan_for(ALL), epoch=2, past=list(cluster.events))
    assert rollout.steps["jira-2"].state is StepState.UNCERTAIN
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.outcome) == (Cause.UNCERTAIN, "partial")


def test_who_was_drained_is_admitted_by_whoever_goes_on() -> None:
    plan = named(hooked(plan_for(ALL)), Cluster())
    whole = Cluster()
    whole.conduct(plan, hooks=Balancer(cluster=whole))
    for count in range(2, len(whole.events) + 1):
        cluster = Cluster()
        balancer = Balancer(cluster=cluster)
        with pytest.raises(Killed):
            cluster.conduct(plan, hooks=balancer, listeners=(killed_at(count),))
        rollout = cluster.conduct(plan, epoch=2, past=cluster.events[: count - 1], hooks=balancer)
        assert rollout.outcome == "ok", count
        assert balancer.out == set(), count
        assert [cluster.asked(Start, name) for name in ALL] == [1, 1, 1]


def test_an_interrupted_second_life_admits_who_may_be_out() -> None:
    plan = hooked(plan_for(ALL))
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    drained = next(i for i, it in enumerate(_events_of(plan)) if isinstance(it, NodeDrained))
    with pytest.raises(Killed):
        cluster.conduct(plan, hooks=balancer, listeners=(killed_at(drained + 2),))
    assert balancer.out == {"jira-1"}
    past = cluster.events[: drained + 1]

    def is_read() -> bool:
        return len(kinds(cluster, StepReopened)) == len(ALL)

    rollout = cluster.conduct(plan, epoch=2, past=past, hooks=balancer, interrupted=is_read)
    assert rollout.outcome == "interrupted"
    assert balancer.out == set()


def _events_of(plan: Plan) -> list[Event]:
    cluster = Cluster()
    cluster.conduct(plan, hooks=Balancer(cluster=cluster))
    return cluster.events


def test_what_a_look_after_an_interruption_shows_is_written_down() -> None:
    plan = named(plan_for(ALL), Cluster())
    events = _events_of(plan)
    ready = next(i for i, it in enumerate(events) if isinstance(it, NodeReady))
    cluster = broken_off(plan, ready)
    cluster.conduct(plan, epoch=2, past=[])
    found = [type(it) for it in cluster.events if isinstance(it, StartAsked | StepReopened)][-5:]
    assert StartAsked in found
    assert found.count(StepReopened) == 2
    resumed = [it for it in cluster.events if isinstance(it, RolloutResumed | RolloutHalted)]
    assert all(not isinstance(it, RolloutHalted) for it in resumed)


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_a_step_that_only_brings_another_mode_is_gone_on_with_after_its_commit(shape: Shape) -> None:
    cluster = Cluster(2)
    for machine in cluster.machines.values():
        machine.put(FILE_NAME, OLD, mode="0600")
    steps = tuple(step_for(name, shape=shape, document=OLD) for name in cluster.names)
    plan = named(plan_for((), shape=shape, steps=steps), cluster)

    def killed(event: Event) -> None:
        if isinstance(event, ConfigCommitted):
            raise Killed

    with pytest.raises(Killed):
        cluster.conduct(plan, listeners=(killed,))
    assert cluster.conduct(plan, epoch=2, past=list(cluster.events)).outcome == "ok"
    assert [cluster.asked(Start, name) for name in cluster.names] == [1, 1]


def test_a_node_that_does_not_run_is_not_put_into_the_balancer_by_a_resume_that_halts() -> None:
    cluster = Cluster(3, down=["jira-3"])
    steps = (step_for("jira-3", running=False), step_for("jira-1", turn=1), step_for("jira-2", turn=1))
    plan = hooked(named(plan_for((), steps=steps), cluster))

    def killed(event: Event) -> None:
        if isinstance(event, ConfigStaged) and event.node == "jira-2":
            raise Killed

    with pytest.raises(Killed):
        cluster.conduct(plan, listeners=(killed,))
    balancer = Balancer(cluster=cluster)
    locked = sum(isinstance(request, Claim) for _, request in cluster.requests) + 3
    halted = cluster.conduct(
        plan, epoch=2, past=list(cluster.events), hooks=balancer,
        interrupted=lambda: cluster.asked(Claim) >= locked,
    )  # fmt: skip
    assert halted.halted is not None
    assert "jira-3" not in {call.node for call in balancer.calls}
