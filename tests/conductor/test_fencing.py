"""A controller that slept while another took over: it is refused by the nodes, and does no harm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder
from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    Cause,
    ClearanceLapsed,
    ConfigStaged,
    MoveStarted,
    NodeCleared,
    NodeReady,
    StartAsked,
    StopAsked,
)
from agent.node.memory.adapter import Fault, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import Claim, LockToken, Start, Stop
from tests.conductor.stories import ALL, Balancer, hooked, named
from tests.simulator.cluster import NEW, OLD, Cluster, plan_for

if TYPE_CHECKING:
    from agent.core.rollout.events import Event


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
    assert rollout.outcome == "locked"
    assert [cluster.loaded(name) for name in ALL] == [OLD] * 3
    assert all(machine.lock is not None and machine.lock.plan == "plan-2" for machine in cluster.machines.values())


@pytest.mark.parametrize("act", [Act.DRAIN, Act.STOP, Act.ADMIT])
def test_a_fenced_controller_leaves_nobody_out_of_the_balancer(act: Act) -> None:
    plan = named(hooked(plan_for(ALL, shape=Shape.RESTART)), Cluster())
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    second: list[str | None] = []

    def sleep(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is act and not second:
            second.append("")
            second[0] = cluster.conduct(plan, epoch=2, past=[*cluster.events, event], hooks=balancer).outcome

    cluster.conduct(plan, listeners=(sleep,), hooks=balancer)
    assert second == ["ok"]
    assert balancer.out == set()
    assert [cluster.asked(Start, name) for name in ALL] == [1, 1, 1]


def test_who_was_fenced_does_not_even_drain_a_node() -> None:
    """A hook is no request to a node, so no node refuses it: the lock is looked at before the hook is run."""
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)

    def taken_over(event: Event) -> None:
        if isinstance(event, ConfigStaged) and event.node == "jira-3":
            for machine in cluster.machines.values():
                machine.lock = replace(machine.lock, plan="another", holder="eve") if machine.lock else None

    rollout = cluster.conduct(hooked(plan_for(ALL)), hooks=balancer, listeners=(taken_over,))
    assert balancer.calls == []
    assert rollout.halted is not None
    assert rollout.halted.cause is Cause.LOCKED
    assert "not ours any more: eve@workstation holds it for plan another" in rollout.halted.reason
    assert cluster.asked(Stop) == 0


def test_a_node_that_could_not_be_claimed_and_is_another_plans_by_now_keeps_all_from_being_stopped() -> None:
    cluster = Cluster(2, faults={"jira-2": [Fault(mishap=Mishap.UNREACHABLE, request=Claim)]})
    cluster.machines["jira-2"].lock = LockHolder(holder="eve", host="desk", plan="another", epoch=9, since="noon")
    rollout = cluster.conduct(plan_for(("jira-1",), bystanders=("jira-2",)))
    assert rollout.halted is not None
    assert rollout.halted.cause is Cause.LOCKED
    assert cluster.asked(Stop) == 0


def test_a_permission_that_grew_old_while_the_workstation_slept_is_asked_for_anew() -> None:
    cluster = Cluster()

    def sleeps(event: Event) -> None:
        if isinstance(event, NodeCleared) and not cluster.clock.slept:
            cluster.clock.slept = 8 * 3600
            cluster.machines["jira-2"].stop_jira()

    rollout = cluster.conduct(plan_for(ALL), listeners=(sleeps,))
    assert any(isinstance(event, ClearanceLapsed) for event in cluster.events)
    assert rollout.halted is not None
    assert "jira-2 is down" in rollout.halted.reason
    assert cluster.asked(Stop) == 0


@pytest.mark.parametrize("kind", [StopAsked, StartAsked])
def test_who_waits_for_a_node_that_another_has_taken_hears_of_it_at_the_next_look(kind: type[Event]) -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=("STARTING",) * 50)})

    def taken(event: Event) -> None:
        machine = cluster.machines["jira-1"]
        if isinstance(event, kind) and machine.lock:
            machine.lock = replace(machine.lock, holder="eve", epoch=9)
            machine.start_jira()

    rollout = cluster.conduct(plan_for(ALL), listeners=(taken,))
    assert rollout.halted is not None
    assert rollout.halted.cause is Cause.LOCKED
    assert any(word in rollout.halted.reason for word in ("locked by eve", "another rollout holds it"))
    assert cluster.clock.now < 60
    assert not any(isinstance(event, NodeReady) for event in cluster.events)
