from __future__ import annotations

import threading
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from agent.conductor import conduct
from agent.core.filestore import FILE_NAME
from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    Cause,
    ConfigCommitted,
    MoveStarted,
    NodeAwaited,
    NodeSeen,
    ReadySeen,
    RolloutHalted,
    StageLeft,
    TimedOut,
)
from agent.core.rollout.progress import keeps_locks
from agent.core.rollout.summary import summarise
from agent.core.rollout.table import StepState
from agent.core.routing import ChangeClass
from agent.errors import AgentError, JournalError
from agent.node.memory.adapter import Fault, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import Claim, Commit, Discard, LockToken, Lost, Observe, Ok, Release, Restore, Stage, Start, Stop
from tests.simulator.cluster import IDENTITY, NEW, OLD, PATIENCE, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.node.memory.machine import Machine
    from agent.node.port import Answer, NodePort, Request
    from tests.simulator.clock import FakeClock

ALL = ("jira-1", "jira-2", "jira-3")
LEFT_BESIDE = "what was staged may still lie beside the file; the next rollout removes it"


def fault(mishap: Mishap, request: type[Request], code: str = "no-space") -> Fault:
    return Fault(mishap=mishap, request=request, code=code)


class Altered:
    """A port whose answers to one kind of request are changed on their way."""

    def __init__(self, port: NodePort, kind: type[Request], change: Callable[[Answer], Answer]) -> None:
        self._port, self._kind, self._change = port, kind, change

    @property
    def name(self) -> str:
        return self._port.name

    @property
    def identity(self) -> str | None:
        return self._port.identity

    def perform(self, request: Request) -> Answer:
        answer = self._port.perform(request)
        return self._change(answer) if isinstance(request, self._kind) else answer

    def close(self) -> None:
        """Nothing is open."""


class Tardy:
    """A port on which one commit is thought lost, and arrives only after so many later requests."""

    def __init__(self, port: NodePort, late: int) -> None:
        self._port, self._late = port, late
        self._waiting: Request | None = None

    @property
    def name(self) -> str:
        return self._port.name

    @property
    def identity(self) -> str | None:
        return self._port.identity

    def perform(self, request: Request) -> Answer:
        if isinstance(request, Commit):
            self._waiting = request
            return Lost(reason="the connection broke")
        self._late -= self._waiting is not None
        if self._waiting is not None and self._late < 0:
            self._port.perform(self._waiting)
            self._waiting = None
        return self._port.perform(request)

    def close(self) -> None:
        """Nothing is open."""


class Fitful:
    """A port whose started process shows only when, so many seconds after the start, it is said to be there."""

    def __init__(self, port: NodePort, machine: Machine, clock: FakeClock, is_there: Callable[[float], bool]) -> None:
        self._port, self._machine, self._clock, self._is_there = port, machine, clock, is_there
        self._started: float | None = None

    @property
    def name(self) -> str:
        return self._port.name

    @property
    def identity(self) -> str | None:
        return self._port.identity

    def perform(self, request: Request) -> Answer:
        if isinstance(request, Start):
            self._started = self._clock.now
        elif self._started is not None:
            is_there = self._is_there(self._clock.now - self._started)
            (self._machine.start_jira if is_there else self._machine.stop_jira)()
        return self._port.perform(request)

    def close(self) -> None:
        """Nothing is open."""


def test_a_commit_reaches_all_nodes_in_four_round_trips_each() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert rollout.outcome == "ok"
    assert [cluster.content(name) for name in ALL] == [NEW] * 3
    assert [cluster.loaded(name) for name in ALL] == [OLD] * 3
    for name in ALL:
        assert [type(request) for node, request in cluster.requests if node == name] == [Claim, Stage, Commit, Release]


@pytest.mark.parametrize("forks", [1, 2, 16])
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_every_restart_is_stop_commit_start(shape: Shape, forks: int) -> None:
    cluster = Cluster()
    rollout = cluster.conduct(plan_for(ALL, shape=shape), forks=forks)
    assert rollout.outcome == "ok"
    assert [cluster.loaded(name) for name in ALL] == [NEW] * 3
    for name in ALL:
        acts = [act for node, act in cluster.order(Stop, Commit, Start) if node == name]
        assert acts == ["Stop", "Commit", "Start"]


def test_a_rolling_restart_takes_one_node_after_the_other() -> None:
    cluster = Cluster()
    cluster.conduct(plan_for(ALL), forks=8)
    assert [node for node, _ in cluster.order(Stop, Commit, Start)] == [name for name in ALL for _ in range(3)]


def test_together_nobody_starts_before_all_have_committed() -> None:
    cluster = Cluster()
    cluster.conduct(plan_for(ALL, shape=Shape.TOGETHER), forks=8)
    assert [act for _, act in cluster.order(Stop, Commit, Start)] == ["Stop"] * 3 + ["Commit"] * 3 + ["Start"] * 3


def test_a_restart_carries_no_document() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.RESTART))
    assert rollout.outcome == "ok"
    assert cluster.order(Stage, Commit) == []
    assert cluster.asked(Start) == 3


def test_one_vote_of_no_changes_nothing_anywhere() -> None:
    cluster = Cluster(faults={"jira-2": [fault(Mishap.REFUSED, Stage)]})
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT), forks=8)
    assert rollout.outcome == "refused"
    assert cluster.asked(Commit) == 0
    for name in ALL:
        assert cluster.content(name) == OLD
        assert cluster.machines[name].temps() == []
        assert cluster.machines[name].lock is None


def test_a_refused_commit_puts_the_others_back() -> None:
    cluster = Cluster(faults={"jira-3": [fault(Mishap.REFUSED, Commit)]})
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert rollout.outcome == "halted"
    assert [cluster.content(name) for name in ALL] == [OLD] * 3
    assert cluster.asked(Restore) == 2


@pytest.mark.parametrize("request_kind", [Claim, Stage, Stop, Commit, Start])
def test_an_answer_lost_after_the_act_is_looked_up_and_the_rollout_goes_on(request_kind: type[Request]) -> None:
    cluster = Cluster(faults={"jira-2": [fault(Mishap.LOST_AFTER, request_kind)]})
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.outcome == "ok"
    assert [cluster.loaded(name) for name in ALL] == [NEW] * 3
    assert cluster.asked(request_kind, "jira-2") == 1


def test_a_commit_lost_before_it_happened_is_put_back_everywhere() -> None:
    cluster = Cluster(faults={"jira-2": [fault(Mishap.LOST_BEFORE, Commit)]})
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert rollout.outcome == "halted"
    assert [cluster.content(name) for name in ALL] == [OLD] * 3


@pytest.mark.parametrize("late", range(1, 8))
@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_a_commit_that_arrives_after_it_was_looked_for_is_found_and_put_back(shape: Shape, late: int) -> None:
    cluster = Cluster()
    rollout = cluster.conduct(
        plan_for(ALL, shape=shape), ports={**cluster.ports, "jira-1": Tardy(cluster.ports["jira-1"], late)}
    )
    assert rollout.outcome in {"halted", "refused"}
    assert cluster.content("jira-1") == OLD
    assert all((cluster.machines[name].lock is not None) == keeps_locks(rollout) for name in ALL)
    cluster.clock.sit_down()
    assert cluster.conduct(plan_for(ALL, shape=shape), epoch=2, past=list(cluster.events)).outcome == "ok"
    assert [cluster.content(name) for name in ALL] == [NEW] * 3


def test_a_node_that_cannot_be_read_stays_uncertain_and_needs_a_person() -> None:
    silence = [Fault(mishap=Mishap.UNREACHABLE, request=Observe) for _ in range(20)]
    cluster = Cluster(faults={"jira-2": [fault(Mishap.LOST_AFTER, Commit), *silence]})
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert rollout.steps["jira-2"].state is StepState.UNCERTAIN
    assert LEFT_BESIDE in summarise(rollout).rows[1].text
    assert rollout.outcome == "partial"
    assert [cluster.content(name) for name in ("jira-1", "jira-3")] == [OLD] * 2


def test_a_stopped_node_whose_commit_is_refused_serves_again_with_its_earlier_file() -> None:
    cluster = Cluster(faults={"jira-1": [fault(Mishap.REFUSED, Commit)]})
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.outcome == "halted"
    assert cluster.loaded("jira-1") == OLD
    assert rollout.steps["jira-1"].state is StepState.REVERTED
    assert cluster.asked(Stop) == 1


def test_a_node_that_locks_itself_at_start_halts_at_once_and_is_left_alone() -> None:
    cluster = Cluster(tempers={"jira-1": Temper(chokes_on=lambda content: content == NEW)})
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (Cause.SICK, "jira-1")
    assert "500 ERROR" in rollout.halted.reason
    assert cluster.clock.now < 60
    assert cluster.asked(Stop) == 1
    assert rollout.outcome == "halted"


def test_mixed_routing_after_a_halt_needs_a_person() -> None:
    cluster = Cluster(faults={"jira-2": [fault(Mishap.REFUSED, Commit)]})
    rollout = cluster.conduct(plan_for(ALL, change=ChangeClass.ROUTING))
    assert rollout.steps["jira-1"].state is StepState.DONE
    assert rollout.outcome == "partial"


def test_a_flapping_node_is_not_ready_before_the_row_is_whole() -> None:
    warm_up = ("STARTING", "RUNNING", "RUNNING", "STARTING", "RUNNING")
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=warm_up)})
    assert cluster.conduct(plan_for(ALL)).outcome == "ok"
    streaks = [event.streak for event in cluster.events if isinstance(event, ReadySeen) and event.node == "jira-1"]
    assert streaks in ([1, 1, 2, 3], [1, 2, 1, 2, 3])


def test_good_looks_lie_the_interval_apart() -> None:
    cluster = Cluster()
    cluster.conduct(plan_for(ALL))
    moments = [event.at for event in cluster.events if isinstance(event, ReadySeen) and event.node == "jira-1"]
    seconds = [float(moment.split("+")[1].rstrip("s")) for moment in moments]
    assert [round(b - a, 3) for a, b in pairwise(seconds)] == [5.0, 5.0]


def test_a_start_that_takes_for_ever_halts_and_kills_nothing() -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=("STARTING",) * 5000)})
    rollout = cluster.conduct(plan_for(ALL))
    assert any(isinstance(event, TimedOut) and event.act is Act.START for event in cluster.events)
    assert cluster.loaded("jira-1") == NEW
    assert cluster.asked(Stop) == 1
    assert rollout.outcome == "halted"
    assert sum(isinstance(event, NodeSeen) for event in cluster.events) <= 2


def conduct_fitful(is_there: Callable[[float], bool]) -> tuple[Cluster, Rollout]:
    """Conduct a rolling plan whose first node shows its new process by this timetable."""
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=("STARTING",) * 5)})
    fitful = Fitful(cluster.ports["jira-1"], cluster.machines["jira-1"], cluster.clock, is_there)
    return cluster, cluster.conduct(plan_for(ALL), ports={**cluster.ports, "jira-1": fitful})


@pytest.mark.parametrize(
    ("is_there", "reason", "seconds"),
    [
        (lambda since: since < 3, "the process has ended again", 50),
        (lambda _: False, "no process has appeared for 60 s", 70),
    ],
)
def test_a_process_that_has_gone_or_never_comes_is_not_waited_for(
    is_there: Callable[[float], bool], reason: str, seconds: float
) -> None:
    cluster, rollout = conduct_fitful(is_there)
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (Cause.SICK, "jira-1")
    assert reason in rollout.halted.reason
    assert cluster.clock.now < seconds
    assert (cluster.asked(Stop), cluster.asked(Start)) == (1, 1)


@pytest.mark.parametrize("is_there", [lambda since: since >= 45, lambda since: since < 3 or since >= 25])
def test_a_process_that_comes_late_or_is_brought_back_is_waited_for(is_there: Callable[[float], bool]) -> None:
    """A unit that forks, on a slow disk; and one with Restart=on-failure."""
    cluster, rollout = conduct_fitful(is_there)
    assert rollout.outcome == "ok"
    assert cluster.asked(Start, "jira-1") == 1


def test_waiting_is_told_of_every_minute_and_changes_nothing() -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=("STARTING",) * 5000)})
    rollout = cluster.conduct(plan_for(ALL))
    waits = [event for event in cluster.events if isinstance(event, NodeAwaited)]
    assert {(event.act, event.node, event.state, event.limit) for event in waits} == {
        (Act.START, "jira-1", "starting", 600.0)
    }
    assert [int(event.seconds // 60) for event in waits] == list(range(1, 10))
    assert rollout.outcome == "halted"


def test_a_long_stop_is_told_of_too() -> None:
    cluster = Cluster()
    cluster.machines["jira-1"].stop_jira = lambda: None  # type: ignore[method-assign]  # a service that ignores us
    cluster.conduct(plan_for(ALL, patience=replace(PATIENCE, stop_timeout=150.0)))
    waits = [event for event in cluster.events if isinstance(event, NodeAwaited)]
    assert [(event.act, event.limit, int(event.seconds // 60)) for event in waits] == [
        (Act.STOP, 150.0, 1),
        (Act.STOP, 150.0, 2),
    ]


@pytest.mark.parametrize("warm_up", [("STARTING",) * 5000, ()])
def test_a_failed_start_names_the_log_and_the_command_once_it_is_mended(warm_up: tuple[str, ...]) -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=warm_up, chokes_on=lambda content: content == NEW)})
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.halted is not None
    assert "look into log/atlassian-jira.log in its localhome" in rollout.halted.reason
    assert rollout.halted.next == "filestore-agent resume --cluster prod"


def test_a_process_that_does_not_stop_halts_and_is_not_killed() -> None:
    cluster = Cluster()
    cluster.machines["jira-1"].stop_jira = lambda: None  # type: ignore[method-assign]  # a service that ignores us
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.halted is not None
    assert "still there" in rollout.halted.reason
    assert cluster.asked(Commit) == cluster.asked(Start) == 0
    assert rollout.outcome == "halted"


def test_a_restart_that_did_nothing_is_not_taken_for_ready() -> None:
    cluster = Cluster()
    machine = cluster.machines["jira-1"]
    process = machine.jira
    machine.start_jira = lambda: setattr(machine, "jira", process)  # type: ignore[method-assign]  # the old one again
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert "before the stop" in rollout.steps["jira-1"].note


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER, Shape.RESTART])
@pytest.mark.parametrize("content", [b"<by-hand/>", None])
def test_no_node_is_stopped_whose_file_is_not_the_plans_any_more(shape: Shape, content: bytes | None) -> None:
    cluster = Cluster()
    altered = cluster.machines["jira-2"]

    def alter(event: Event) -> None:
        """Somebody writes to the second node while the first is locked."""
        if isinstance(event, MoveStarted) and event.act is Act.CLAIM:
            altered.entries.take(FILE_NAME)
            if content is not None:
                altered.put(FILE_NAME, content)

    steps = tuple(step_for(name, shape=shape, document=None if name == "jira-2" else NEW) for name in ALL)
    rollout = cluster.conduct(plan_for((), shape=shape, steps=steps), listeners=(alter,))

    assert rollout.halted is not None
    assert (rollout.halted.node, rollout.halted.cause) == ("jira-2", Cause.REFUSED)
    assert "changed since the plan was made" in rollout.halted.reason
    assert cluster.asked(Stop, "jira-2") == 0
    assert cluster.asked(Stop, "jira-3") == 0


def test_a_restart_that_found_another_file_is_not_called_ready() -> None:
    cluster = Cluster()
    machine = cluster.machines["jira-1"]

    def alter(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is Act.START:
            machine.put(FILE_NAME, b"<by-hand/>")

    rollout = cluster.conduct(plan_for(ALL, shape=Shape.RESTART), listeners=(alter,))
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert "changed since the plan was made" in rollout.steps["jira-1"].note
    assert cluster.asked(Stop) == 1


def test_nobody_is_stopped_while_another_node_is_down() -> None:
    cluster = Cluster(down=["jira-3"])
    rollout = cluster.conduct(plan_for(ALL))
    assert rollout.outcome == "refused"
    assert cluster.asked(Stop) == 0


def test_a_node_that_is_down_comes_first_and_costs_nothing() -> None:
    cluster = Cluster(down=["jira-3", "jira-2"])
    steps = tuple(step_for(name, running=name == "jira-1") for name in ("jira-3", "jira-2", "jira-1"))
    assert cluster.conduct(plan_for((), steps=steps)).outcome == "ok"


def test_a_bystander_that_is_down_counts() -> None:
    cluster = Cluster(down=["jira-3"])
    rollout = cluster.conduct(plan_for(["jira-1", "jira-2"], bystanders=("jira-3",)))
    assert rollout.outcome == "refused"
    assert rollout.halted is not None
    assert "jira-3 is down" in rollout.halted.reason


def test_a_dead_bystander_does_not_keep_a_commit_from_being_done() -> None:
    dead = [Fault(mishap=Mishap.UNREACHABLE) for _ in range(50)]
    cluster = Cluster(faults={"jira-1": dead})
    plan = plan_for(["jira-2", "jira-3"], shape=Shape.COMMIT, bystanders=("jira-1",))
    assert cluster.conduct(plan).outcome == "ok"


def test_a_foreign_lock_is_named_and_ours_are_given_back() -> None:
    cluster = Cluster()
    claim = Claim(token=LockToken(plan="other", epoch=3), holder="mia", host="desk", since="noon")
    cluster.ports["jira-3"].inner.perform(claim)
    rollout = cluster.conduct(plan_for(ALL), epoch=9)
    assert rollout.outcome == "locked"
    assert "locked by mia on desk for plan other" in summarise(rollout).sentence
    assert cluster.machines["jira-1"].lock is cluster.machines["jira-2"].lock is None
    assert cluster.machines["jira-3"].lock is not None
    assert cluster.asked(Stage) == 0


def test_of_two_controllers_that_start_together_exactly_one_goes_on() -> None:
    cluster = Cluster()
    second = Cluster()
    outcomes: list[str] = []

    def intrude(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is Act.CLAIM and "jira-2" in event.nodes and not outcomes:
            rival = replace(plan_for(ALL), id="plan-2")
            rollout = conduct(
                rival, cluster.ports, [second.events.append], second.clock, IDENTITY,
                epoch=1, forks=1, interrupted=lambda: False,
            )  # fmt: skip
            outcomes.append(str(rollout.outcome))

    first = cluster.conduct(plan_for(ALL), listeners=(intrude,))
    assert outcomes == ["locked"]
    assert first.outcome == "ok"


def test_an_act_is_written_down_before_its_request_is_sent() -> None:
    cluster = Cluster()
    unannounced: list[str] = []

    def check(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is Act.COMMIT:
            unannounced.extend(name for name in event.nodes if cluster.asked(Commit, name))

    cluster.conduct(plan_for(ALL, shape=Shape.COMMIT), listeners=(check,))
    assert unannounced == []
    assert any(isinstance(event, ConfigCommitted) for event in cluster.events)


def test_a_journal_that_fails_ends_the_rollout_before_the_next_request() -> None:
    cluster = Cluster()

    def full(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act is Act.COMMIT:
            raise JournalError("journal: no space")

    with pytest.raises(JournalError):
        cluster.conduct(plan_for(ALL, shape=Shape.COMMIT), listeners=(full,))
    assert cluster.asked(Commit) == 0


def test_a_display_that_breaks_cannot_stop_a_rollout() -> None:
    cluster = Cluster()
    calls: list[Event] = []

    def broken(event: Event) -> None:
        calls.append(event)
        raise BrokenPipeError

    rollout = conduct(
        plan_for(ALL), cluster.ports, [cluster.events.append, broken], cluster.clock, IDENTITY,
        epoch=1, forks=1, interrupted=lambda: False,
    )  # fmt: skip
    assert rollout.outcome == "ok"
    assert len(calls) == 1


def test_a_port_that_raises_halts_and_is_never_swallowed() -> None:
    cluster = Cluster()

    def burst(_answer: Answer) -> Answer:
        raise ValueError("odd \x1b[31m bytes")

    ports: dict[str, NodePort] = {**cluster.ports, "jira-2": Altered(cluster.ports["jira-2"], Stage, burst)}
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT), ports=ports, forks=4)
    assert rollout.halted is not None
    assert "ValueError" in rollout.halted.reason
    assert "\x1b" not in rollout.halted.reason
    assert [cluster.content(name) for name in ALL] == [OLD] * 3
    assert [cluster.machines[name].temps() for name in ALL] == [[], [], []]


@pytest.mark.parametrize("fact", ["mode", "owner"])
def test_done_is_not_believed_where_mode_or_owner_are_wrong(fact: str) -> None:
    cluster = Cluster()

    def wrong(answer: Answer) -> Answer:
        assert isinstance(answer, Ok)
        seen = answer.observation
        file = replace(seen.file, mode="0666") if fact == "mode" else replace(seen.file, owner="root")
        return Ok(observation=replace(seen, file=file))

    ports: dict[str, NodePort] = {**cluster.ports, "jira-2": Altered(cluster.ports["jira-2"], Commit, wrong)}
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT), ports=ports)
    assert rollout.halted is not None
    assert f"the file's {fact} is" in rollout.halted.reason
    assert [cluster.content(name) for name in ALL] == [OLD] * 3


def test_an_interruption_is_heeded_at_the_next_safe_point_and_puts_back() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(plan_for(ALL), interrupted=lambda: cluster.asked(Commit) == 2)
    assert rollout.outcome == "interrupted"
    assert rollout.steps["jira-1"].state is StepState.DONE
    assert rollout.steps["jira-2"].state is StepState.REVERTED
    assert cluster.loaded("jira-2") == OLD
    assert cluster.content("jira-3") == OLD
    assert all(cluster.machines[name].lock is not None for name in ALL), "unfinished, and a node is not as it was"
    assert "stay locked for whoever goes on" in summarise(rollout).sentence


def test_an_interruption_while_a_node_warms_up_waits_for_that_node() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(plan_for(ALL), interrupted=lambda: cluster.asked(Start) == 1)
    assert rollout.steps["jira-1"].state is StepState.DONE
    assert cluster.asked(Stop) == 1


def test_an_interruption_before_anything_began_touches_no_node() -> None:
    cluster = Cluster()
    rollout = cluster.conduct(plan_for(ALL), interrupted=lambda: True)
    assert rollout.outcome == "interrupted"
    assert cluster.requests == []


def test_what_could_not_be_discarded_is_told() -> None:
    faults = {"jira-1": [fault(Mishap.LOST_BEFORE, Discard)], "jira-2": [fault(Mishap.REFUSED, Stage)]}
    cluster = Cluster(faults=faults)
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert any(isinstance(event, StageLeft) for event in cluster.events)
    assert LEFT_BESIDE in summarise(rollout).rows[0].text


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])
def test_what_may_still_lie_on_nodes_whose_lock_was_taken_away_is_told(shape: Shape) -> None:
    """Somebody frees the locks of a rollout that is alive: nothing may be removed then, nor be said to be."""
    cluster = Cluster()

    def free(event: Event) -> None:
        if isinstance(event, MoveStarted) and event.act in (Act.COMMIT, Act.STOP):
            for machine in cluster.machines.values():
                machine.lock = None

    rollout = cluster.conduct(plan_for(ALL, shape=shape), listeners=(free,))
    rows = summarise(rollout).rows
    for name, row in zip(ALL, rows, strict=True):
        assert (LEFT_BESIDE in row.text) == (cluster.machines[name].temps() != []), row
    assert any(LEFT_BESIDE in row.text for row in rows)
    assert {row.node for row in rows if "as it was before" in row.text} == set()


def test_a_discard_refused_where_nothing_lies_leaves_nothing() -> None:
    faults = {"jira-1": [fault(Mishap.REFUSED, Stage), fault(Mishap.REFUSED, Discard)]}
    cluster = Cluster(faults=faults)
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert cluster.asked(Discard, "jira-1") == 1
    assert not any(isinstance(event, StageLeft) for event in cluster.events)
    assert LEFT_BESIDE not in summarise(rollout).rows[0].text


def test_a_lock_that_may_lie_on_needs_a_person_even_when_all_work_is_done() -> None:
    cluster = Cluster(faults={"jira-1": [fault(Mishap.UNREACHABLE, Release)]})
    rollout = cluster.conduct(plan_for(ALL, shape=Shape.COMMIT))
    assert rollout.outcome == "partial"
    assert summarise(rollout).next_command == "filestore-agent lock --cluster prod --release"


def test_no_more_nodes_are_talked_to_at_once_than_forks_allow() -> None:
    cluster = Cluster(6)
    guard, inside, most = threading.Lock(), 0, 0

    class Counting:
        def __init__(self, name: str) -> None:
            self.name, self.identity = name, cluster.ports[name].identity

        def perform(self, request: Request) -> Answer:
            nonlocal inside, most
            with guard:
                inside, most = inside + 1, max(most, inside + 1)
            try:
                return cluster.ports[self.name].perform(request)
            finally:
                with guard:
                    inside -= 1

        def close(self) -> None:
            """Nothing is open."""

    ports = {name: Counting(name) for name in cluster.names}
    assert cluster.conduct(plan_for(cluster.names, shape=Shape.COMMIT), ports=ports, forks=3).outcome == "ok"
    assert most <= 3


def test_a_node_without_a_port_is_an_error_before_anything_is_sent() -> None:
    cluster = Cluster(1)
    with pytest.raises(AgentError, match="jira-2"):
        cluster.conduct(plan_for(ALL))
    assert cluster.requests == []
    assert not any(isinstance(event, RolloutHalted) for event in cluster.events)
