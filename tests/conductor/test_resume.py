"""Going on with a rollout that was broken off: from its journal, or from the plan and the nodes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.conductor import Wishes
from agent.core.observation import Incarnation
from agent.core.planning.plan import ABSENT, Shape
from agent.core.rollout.events import (
    Act,
    Cause,
    MoveStarted,
    NodeReady,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    StartAsked,
    StepReopened,
)
from agent.core.rollout.table import OutOfTurn, StepState
from agent.errors import JournalError
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Claim, Commit, LockToken, Observe, Restore, Stage, Start, Stop
from tests.conductor.stories import ALL, Balancer, hooked, kinds
from tests.simulator.cluster import NEW, OLD, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event


class Killed(JournalError):
    """The controller is gone: it cannot even write this down."""


def killed_at(count: int) -> Callable[[Event], None]:
    """Return a listener that ends the controller at its so-manyth event."""
    left = [count]

    def kill(_: Event) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Killed("gone")

    return kill


def broken_off(plan: Plan, count: int) -> Cluster:
    """Return the cluster on which a controller died before its so-manyth event was written down."""
    cluster = Cluster()
    with pytest.raises(Killed):
        cluster.conduct(plan, listeners=(killed_at(count),))
    cluster.events = cluster.events[: count - 1]
    return cluster


def named(plan: Plan, cluster: Cluster) -> Plan:
    """The plan as it is made: it knows which process ran on each node."""
    steps = []
    for step in plan.steps:
        machine = cluster.machines[step.node]
        ran = Incarnation(boot_id=machine.boot_id, ticks=machine.jira.ticks) if machine.jira else None
        steps.append(replace(step, process=ran))
    return replace(plan, steps=tuple(steps))


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


def test_a_node_that_cannot_be_read_stays_open_and_halts() -> None:
    cluster = broken_off(plan_for(ALL), 14)
    silent = [Fault(mishap=Mishap.UNREACHABLE, request=Observe)] * 20
    cluster.ports["jira-2"].inner._faults.extend(silent)  # noqa: SLF001 - an accident of the second life
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
    drained = [i for i, it in enumerate(_events_of(plan)) if type(it).__name__ == "NodeDrained"][0]
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


# Pausing.


def test_a_rollout_pauses_after_so_many_nodes_and_goes_on_for_as_many_as_are_asked_for_then() -> None:
    cluster = Cluster(5)
    plan = plan_for(cluster.names)
    first = cluster.conduct(plan, wishes=Wishes(pause_after=1))
    assert first.halted is not None
    assert (first.halted.cause, first.halted.next) == (Cause.PAUSED, "filestore-agent resume --cluster prod")
    assert "paused after 1 nodes" in first.halted.reason
    assert cluster.asked(Stop) == 1
    assert all(cluster.machines[name].lock is not None for name in cluster.names)
    second = cluster.conduct(plan, epoch=2, past=list(cluster.events), wishes=Wishes(pause_after=2))
    assert cluster.asked(Stop) == 3
    assert second.halted is not None
    assert cluster.conduct(plan, epoch=3, past=list(cluster.events)).outcome == "ok"
    assert cluster.asked(Stop) == 5


def test_nobody_is_begun_who_would_come_after_a_pause() -> None:
    cluster = Cluster(6)
    cluster.conduct(plan_for(cluster.names, budget=4), wishes=Wishes(pause_after=2), forks=4)
    assert cluster.asked(Stop) == 2
    assert len(kinds(cluster, NodeReady)) == 2


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.TOGETHER])
def test_where_all_go_at_once_there_is_nothing_to_pause_between(shape: Shape) -> None:
    cluster = Cluster()
    assert cluster.conduct(plan_for(ALL, shape=shape), wishes=Wishes(pause_after=1)).outcome == "ok"


def test_a_pause_after_the_last_node_is_the_end() -> None:
    cluster = Cluster()
    assert cluster.conduct(plan_for(ALL), wishes=Wishes(pause_after=3)).outcome == "ok"


def test_what_was_wished_for_is_written_down() -> None:
    cluster = Cluster()
    cluster.conduct(plan_for(ALL), wishes=Wishes(pause_after=3, reason="because"))
    begun = cluster.events[0]
    assert isinstance(begun, RolloutStarted)
    assert (begun.reason, begun.pause_after) == ("because", 3)


# Two controllers.


@pytest.mark.parametrize("act", [Act.CLAIM, Act.STAGE, Act.STOP, Act.COMMIT, Act.START])
def test_a_fenced_controller_that_wakes_up_does_no_harm(act: Act) -> None:
    """It slept right before an act; meanwhile another went on with the rollout and ended it."""
    plan = named(plan_for(ALL), Cluster())
    cluster = Cluster()
    second: list[str | None] = []

    def sleep(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is act and not second:
            second.append("")
            past = [*cluster.events, event]
            second[0] = cluster.conduct(plan, epoch=2, past=past).outcome

    asked_before = len(cluster.requests)
    rollout = cluster.conduct(plan, listeners=(sleep,))
    assert second == ["ok"]
    assert asked_before == 0
    assert rollout.outcome in ("locked", "refused", "halted", "partial")
    assert [(cluster.content(name), cluster.loaded(name)) for name in ALL] == [(NEW, NEW)] * 3
    assert [cluster.machines[name].epoch for name in ALL] == [2] * 3
    assert all(machine.lock is None and machine.temps() == [] for machine in cluster.machines.values())


def test_a_fenced_controller_touches_no_node_that_another_plan_holds() -> None:
    cluster = Cluster()

    def sleep(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is Act.STOP:
            for port in cluster.ports.values():
                port.inner.machine.lock = None
                port.perform(Claim(token=LockToken(plan="plan-2", epoch=9), holder="mia", host="desk", since="noon"))

    rollout = cluster.conduct(plan_for(ALL), listeners=(sleep,))
    assert rollout.outcome in ("refused", "halted", "partial")
    assert [cluster.loaded(name) for name in ALL] == [OLD] * 3
    assert all(machine.lock is not None and machine.lock.plan == "plan-2" for machine in cluster.machines.values())


# What is taken away rather than brought.


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
