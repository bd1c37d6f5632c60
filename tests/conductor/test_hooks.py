"""Drain hooks: when they run, when not, and what becomes of a node when one of them fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    Cause,
    HookFailed,
    MoveStarted,
    NodeAdmitted,
    NodeCleared,
    NodeDrained,
    NodeReadmitted,
)
from agent.core.rollout.summary import summarise
from agent.core.rollout.table import StepState
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Commit, Observe, Stop
from tests.conductor.stories import ADMIT, ALL, BAD, DRAIN, Balancer, hooked, kinds
from tests.simulator.cluster import NEW, NEW_DIGEST, OLD, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from agent.core.rollout.hooks import HookCall, HookEnd

AROUND = ["before-stop", "Stop", "Start", "after-ready"]


@pytest.mark.parametrize("forks", [1, 4])
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.RESTART])
def test_each_node_is_drained_before_its_stop_and_admitted_when_it_is_ready(shape: Shape, forks: int) -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    rollout = cluster.conduct(hooked(plan_for(ALL, shape=shape)), hooks=balancer, forks=forks)
    assert rollout.outcome == "ok"
    assert balancer.story() == [(name, what) for name in ALL for what in AROUND]
    assert balancer.out == set()


def test_together_all_are_drained_before_the_first_stops_and_admitted_after_all_are_ready() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    assert cluster.conduct(hooked(plan_for(ALL, shape=Shape.TOGETHER)), hooks=balancer).outcome == "ok"
    assert balancer.story() == [(name, what) for what in AROUND for name in ALL]


def test_whether_the_node_may_be_stopped_is_asked_once_more_after_the_drain() -> None:
    cluster = Cluster()
    cluster.conduct(hooked(plan_for(ALL)), hooks=Balancer(cluster=cluster))
    mine = [type(it) for it in cluster.events if getattr(it, "node", "") == "jira-1"]
    first, last = mine.index(NodeCleared), len(mine) - 1 - mine[::-1].index(NodeCleared)
    assert first < mine.index(NodeDrained) < last


def test_a_node_that_may_not_be_stopped_any_more_after_its_drain_is_put_back_into_the_balancer() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)

    def fall(event: object) -> None:
        if isinstance(event, NodeDrained):
            cluster.machines["jira-3"].stop_jira()

    rollout = cluster.conduct(hooked(plan_for(ALL)), hooks=balancer, listeners=(fall,))
    assert cluster.asked(Stop) == 0
    assert balancer.out == set()
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert rollout.halted is not None
    assert "jira-3 is down" in rollout.halted.reason


def test_a_hook_is_told_who_and_why() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    cluster.conduct(hooked(plan_for(ALL)), hooks=balancer)
    call = balancer.calls[0]
    assert (call.name, call.node, call.hook) == ("before-stop", "jira-1", DRAIN)
    assert dict(call.facts) == {
        "PLAN": "plan-1", "HOOK": "before-stop", "SHAPE": "rolling", "DIGEST": NEW_DIGEST, "NODE_ID": "jira-1",
    }  # fmt: skip
    assert balancer.calls[1].hook == ADMIT


def test_what_a_hook_said_and_how_long_it_took_is_written_down() -> None:
    cluster = Cluster()
    cluster.conduct(hooked(plan_for(("jira-1",), accept_downtime=True)), hooks=Balancer(cluster=cluster))
    (drained,) = kinds(cluster, NodeDrained)
    (admitted,) = kinds(cluster, NodeAdmitted)
    assert isinstance(drained, NodeDrained)
    assert isinstance(admitted, NodeAdmitted)
    assert (drained.output, drained.seconds) == (admitted.output, admitted.seconds) == ("done\n", 1.5)


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (BAD, Cause.HOOK),
        (replace(BAD, code=None, reason="not ended after 60 s"), Cause.HOOK),
        (OSError("a runner promises to raise nothing"), Cause.UNCERTAIN),
    ],
)
def test_a_hook_that_fails_before_the_stop_halts_and_the_node_serves_on_untouched(
    end: HookEnd | Exception, cause: Cause
) -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster, fails=(("jira-1", "before-stop"),), end=end)
    rollout = cluster.conduct(hooked(plan_for(ALL)), hooks=balancer)
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (cause, "jira-1")
    assert (cluster.asked(Stop), cluster.loaded("jira-1")) == (0, OLD)
    assert balancer.story() == [("jira-1", "before-stop"), ("jira-1", "after-ready")]
    assert len(kinds(cluster, NodeReadmitted)) == 1
    assert [cluster.machines[name].temps() for name in ALL] == [[], [], []]
    assert [cluster.machines[name].lock for name in ALL] == [None] * 3


def test_the_words_of_a_failed_hook_tell_its_code_and_its_last_line() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster, fails=(("jira-1", "before-stop"),))
    cluster.conduct(hooked(plan_for(ALL)), hooks=balancer)
    (failed,) = kinds(cluster, HookFailed)
    assert isinstance(failed, HookFailed)
    assert failed.reason == "the hook before-stop failed: it ended with 3 (no such server)"
    assert failed.output == BAD.output


def test_without_a_hook_to_admit_it_a_node_whose_drain_failed_is_left_tidy_as_well() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster, fails=(("jira-1", "before-stop"),))
    rollout = cluster.conduct(replace(plan_for(ALL), before_stop=DRAIN), hooks=balancer)
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert [cluster.machines[name].temps() for name in ALL] == [[], [], []]
    assert "may still be out of the balancer" in summarise(rollout).rows[0].text


def test_a_hook_that_fails_after_the_node_was_ready_leaves_it_running_and_halts() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster, fails=(("jira-1", "after-ready"),))
    rollout = cluster.conduct(hooked(plan_for(ALL)), hooks=balancer)
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (Cause.HOOK, "jira-1")
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert cluster.loaded("jira-1") == NEW
    assert (cluster.asked(Stop), cluster.asked(Stop, "jira-2")) == (1, 0)
    assert balancer.story() == [("jira-1", what) for what in AROUND]
    assert rollout.outcome == "halted"


def test_a_node_that_was_drained_and_comes_back_with_its_earlier_file_is_admitted_again() -> None:
    cluster = Cluster(faults={"jira-1": [Fault(mishap=Mishap.REFUSED, request=Commit)]})
    balancer = Balancer(cluster=cluster)
    rollout = cluster.conduct(hooked(plan_for(ALL)), hooks=balancer)
    assert cluster.loaded("jira-1") == OLD
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert balancer.story() == [("jira-1", what) for what in AROUND]
    assert len(kinds(cluster, NodeReadmitted)) == 1


def test_a_node_that_is_down_is_not_drained_but_admitted() -> None:
    cluster = Cluster(down=["jira-1"])
    balancer = Balancer(cluster=cluster)
    steps = tuple(step_for(name, running=name != "jira-1") for name in ALL)
    assert cluster.conduct(hooked(plan_for((), steps=steps)), hooks=balancer).outcome == "ok"
    assert [what for name, what in balancer.story() if name == "jira-1"] == AROUND[1:]


def test_where_the_plan_has_no_hooks_none_runs() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    assert cluster.conduct(plan_for(ALL), hooks=balancer).outcome == "ok"
    assert balancer.calls == []


@pytest.mark.parametrize("name", ["before_stop", "after_ready"])
def test_each_hook_can_stand_alone(name: str) -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    plan = replace(plan_for(ALL), **{name: DRAIN})  # type: ignore[arg-type]  # one of the two hooks
    assert cluster.conduct(plan, hooks=balancer).outcome == "ok"
    assert [call.name for call in balancer.calls] == [name.replace("_", "-")] * 3


def test_a_commit_without_restarts_runs_no_hooks() -> None:
    cluster = Cluster()
    balancer = Balancer(cluster=cluster)
    assert cluster.conduct(hooked(plan_for(ALL, shape=Shape.COMMIT)), hooks=balancer).outcome == "ok"
    assert balancer.calls == []


def test_a_hook_that_nobody_runs_has_failed() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(hooked(plan_for(ALL)))
    assert rollout.halted is not None
    assert "nobody runs hooks here, so before-stop was not run" in rollout.halted.reason
    assert cluster.asked(Stop) == 0


def test_the_drain_is_written_down_before_it_runs() -> None:
    cluster = Cluster()
    begun: list[Act] = []

    def runner(_: HookCall) -> HookEnd:
        begun.append([event.act for event in cluster.events if isinstance(event, MoveStarted)][-1])
        return BAD

    cluster.conduct(hooked(plan_for(ALL)), hooks=runner)
    assert begun == [Act.DRAIN, Act.ADMIT]
    assert cluster.asked(Observe) > 0
