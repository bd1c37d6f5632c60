"""What the simulator has found: each fault as the smallest story that shows it, and never again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.filestore import FILE_NAME
from agent.core.observation import HealthCheck, IndexSummary, Member, RestView
from agent.core.planning.plan import Hook, Shape
from agent.core.rollout.events import (
    Act,
    ConfigCommitted,
    LockReleased,
    MoveStarted,
    NodeClaimed,
    NodeReady,
    StepReopened,
)
from agent.core.rollout.hooks import HookEnd
from agent.core.rollout.progress import keeps_locks
from agent.core.rollout.table import StepState
from agent.node.memory.adapter import Fault, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import Observe, Stop
from tests.simulator.cluster import NEW, OLD, Cluster, Witnessed, plan_for, step_for
from tests.simulator.draw import MUTE, SOUR, process_of
from tests.simulator.sitting import OPERATOR, Crash

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.hooks import HookCall
    from agent.node.port import Answer, Request

ALL = ("jira-1", "jira-2", "jira-3")


def consulting(plan: Plan) -> Plan:
    names = sorted({step.node for step in plan.steps} | set(plan.bystanders))
    return replace(plan, consults=True, known_node_ids=tuple((name, name) for name in names))


def let_the_running_speak(cluster: Cluster) -> None:
    """Each Jira lists the running nodes; where none runs there is no page, as on a real machine."""
    for name, machine in cluster.machines.items():
        machine.rest = _pages_of(cluster, name)


def _pages_of(cluster: Cluster, name: str) -> Callable[[], RestView]:
    def pages() -> RestView:
        running = [it for it, machine in cluster.machines.items() if machine.jira]
        return RestView(
            members=tuple(Member(node_id=it, state="ACTIVE", alive=True) for it in running),
            checks=(HealthCheck(name="Backup Filestore", healthy=True),),
            index=IndexSummary(node_id=name, readable=True, in_database=9, in_index=9, queued=0),
        )

    return pages


def test_a_witness_that_is_down_does_not_keep_a_ready_node_waiting() -> None:
    cluster = Cluster(4, down=["jira-2"])
    let_the_running_speak(cluster)
    plan = consulting(plan_for(["jira-1"], bystanders=("jira-2", "jira-3", "jira-4"), budget=3))
    assert cluster.conduct(plan, identity=OPERATOR).outcome == "ok"


def test_a_cluster_that_is_down_altogether_comes_up_without_a_witness() -> None:
    cluster = Cluster(3, down=ALL)
    let_the_running_speak(cluster)
    assert cluster.conduct(consulting(plan_for(ALL)), identity=OPERATOR).outcome == "ok"
    assert [cluster.loaded(name) for name in ALL] == [NEW] * 3


def test_a_node_that_is_started_a_second_time_is_waited_for_with_all_patience_anew() -> None:
    slow = ("STARTING",) * 100
    temper = Temper(warm_up=slow, chokes_on=SOUR.chokes_on, says=SOUR.says)
    cluster = Cluster(3, tempers={"jira-1": temper})
    cluster.machines["jira-1"].log.write("a day like any other")
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert cluster.loaded("jira-1") == OLD


def test_a_node_that_somebody_restarted_since_the_plan_is_not_restarted_because_we_once_meant_to() -> None:
    """Another controller of the same plan had done it; this one, fenced, had looked at the new process meanwhile."""
    cluster = Cluster(2, faults={"jira-1": [Fault(mishap=Mishap.REFUSED, request=Stop, code="not-ours")]})
    machine = cluster.machines["jira-1"]
    step = step_for("jira-1", shape=Shape.RESTART, process=process_of(cluster, "jira-1"))
    plan = plan_for((), shape=Shape.RESTART, steps=(step,), bystanders=("jira-2",))
    machine.stop_jira()
    machine.start_jira()
    machine.settle()
    cluster.conduct(plan)
    cluster.requests.clear()
    assert cluster.conduct(plan, past=list(cluster.events), epoch=2).outcome == "ok"
    assert not cluster.asked(Stop)


def test_a_node_that_was_down_when_it_was_cleared_and_is_proven_is_not_restarted_after_a_crash() -> None:
    """Nothing ran when it was cleared, so there is no process from before that this one could be."""
    cluster = Cluster(2)
    step = step_for("jira-1", shape=Shape.RESTART, process=process_of(cluster, "jira-1"))
    hook = Hook(run=("balancer", "{node}"))
    plan = plan_for((), shape=Shape.RESTART, steps=(step,), bystanders=("jira-2",), before_stop=hook, after_ready=hook)
    cluster.machines["jira-1"].stop_jira()
    died = until(NodeReady, cluster)
    with pytest.raises(Crash):
        cluster.conduct(plan, listeners=(died,), hooks=done)
    past = list(cluster.events)
    cluster.requests.clear()
    assert cluster.conduct(plan, past=past, epoch=2, hooks=done).outcome == "ok"
    assert not cluster.asked(Stop)


def test_an_older_journal_is_not_believed_of_what_another_controller_has_put_back_since() -> None:
    """Its rollout had ended well but for the locks; from elsewhere it was gone on with, halted, and put back."""
    cluster = Cluster(2)
    plan = plan_for(("jira-1", "jira-2"), shape=Shape.COMMIT)
    with pytest.raises(Crash):
        cluster.conduct(plan, listeners=(until(LockReleased, cluster),))
    older = list(cluster.events)
    cluster.machines["jira-2"].put(FILE_NAME, b"<theirs/>")
    cluster.conduct(plan, past=[], epoch=2)
    assert cluster.content("jira-1") == OLD
    rollout = cluster.conduct(plan, past=older, epoch=3)
    assert rollout.outcome != "ok"
    assert rollout.steps["jira-2"].state is StepState.SICK


def test_of_two_controllers_that_apply_the_same_plan_at_the_same_moment_one_gets_past_the_first_lock() -> None:
    """Both saw the same epochs, so both come with the same plan and the same epoch."""
    cluster = Cluster(3)
    outcomes = []

    def other_begins(event: Event) -> None:
        if isinstance(event, NodeClaimed) and event.node == "jira-1":
            other = replace(OPERATOR, holder="mia")
            outcomes.append(cluster.conduct(plan_for(ALL), identity=other, epoch=1).outcome)

    assert cluster.conduct(plan_for(ALL), listeners=(other_begins,), epoch=1).outcome == "ok"
    assert outcomes == ["locked"]


def test_a_halt_between_drain_and_stop_puts_back_a_file_that_an_earlier_sitting_left_unloaded() -> None:
    """The service manager had brought Jira back before the commit, so the new file lay under the earlier process."""
    cluster = Cluster(2)
    hook = Hook(run=("balancer", "{node}"))
    plan = plan_for(["jira-1"], bystanders=("jira-2",), before_stop=hook, after_ready=hook)

    def bring_back(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is Act.COMMIT:
            cluster.machines["jira-1"].start_jira()

    with pytest.raises(Crash):
        cluster.conduct(plan, listeners=(until(ConfigCommitted, cluster), bring_back), hooks=done)
    cluster.machines["jira-1"].settle()

    def drain_and_lose_the_other(call: HookCall) -> HookEnd:
        cluster.machines["jira-2"].stop_jira()
        return done(call)

    rollout = cluster.conduct(plan, past=list(cluster.events), epoch=2, hooks=drain_and_lose_the_other)
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert (cluster.content("jira-1"), cluster.loaded("jira-1")) == (OLD, OLD)


def test_a_clearance_is_as_old_as_its_first_look() -> None:
    """The workstation sleeps between two of the looks; what the first has seen is an hour old when it wakes up."""
    cluster = Cluster(3)
    port = cluster.ports["jira-3"]
    is_asleep = [False]

    class Drowsy(Witnessed):
        def perform(self, request: Request) -> Answer:
            if isinstance(request, Observe) and not is_asleep[0]:
                is_asleep[0] = True
                cluster.clock.slept += 3600
                cluster.machines["jira-2"].stop_jira()
            return super().perform(request)

    ports = {**cluster.ports, "jira-3": Drowsy(port.inner, cluster.requests)}
    rollout = cluster.conduct(plan_for(["jira-1"], bystanders=("jira-2", "jira-3")), ports=ports)
    assert rollout.outcome == "refused"
    assert not cluster.asked(Stop)


def test_a_node_that_was_left_in_error_comes_first_when_the_rollout_is_gone_on_with() -> None:
    """It counts against all others: asked for in its turn, none of them may be stopped, and nothing ever goes on."""
    mended = [False]
    temper = Temper(chokes_on=lambda content: content == NEW and not mended[0])
    cluster = Cluster(3, tempers={"jira-2": temper})
    plan = plan_for(["jira-1", "jira-2"], bystanders=("jira-3",), max_failures=1)

    def bring_back(event: Event) -> None:
        if isinstance(event, MoveStarted) and (event.act, event.nodes) == (Act.COMMIT, ("jira-1",)):
            cluster.machines["jira-1"].start_jira()

    first = cluster.conduct(plan, listeners=(bring_back,))
    assert [it.state for it in first.steps.values()] == [StepState.SKIPPED, StepState.SICK]
    mended[0] = True
    assert cluster.conduct(plan, past=list(cluster.events), epoch=2).outcome == "ok"
    assert [cluster.loaded(name) for name in ("jira-1", "jira-2")] == [NEW, NEW]


def test_a_halt_leaves_a_node_alone_that_has_locked_itself_with_the_new_file_before_it_was_gone_on_with() -> None:
    """The file put back under a process that does not serve would leave it down with a file that nobody tried."""
    cluster = Cluster(3, tempers={"jira-1": MUTE})
    plan = plan_for(["jira-1"], bystanders=("jira-2", "jira-3"))
    assert cluster.conduct(plan).outcome == "halted"

    def is_read() -> bool:
        return any(isinstance(event, StepReopened) for event in cluster.events)

    rollout = cluster.conduct(plan, past=list(cluster.events), epoch=2, interrupted=is_read)
    assert (cluster.content("jira-1"), cluster.loaded("jira-1")) == (NEW, NEW)
    assert rollout.outcome == "interrupted"
    assert keeps_locks(rollout)


def until(kind: type[Event], cluster: Cluster) -> Callable[[Event], None]:
    """Return a journal whose controller dies when such an event has been written down."""

    def write(event: Event) -> None:
        if isinstance(event, kind):
            cluster.events.append(event)
            raise Crash

    return write


def done(call: HookCall) -> HookEnd:
    del call
    return HookEnd(code=0)
