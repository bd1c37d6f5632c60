"""One simulated rollout: a cluster, a seed, mishaps at every request, a crash at any step, and the laws it must keep.

The laws are checked while the rollout runs, at the instant of a crash, and at the end. Their numbers are in the
names: I1 whole, I3 recorded first, I4 budget, I5 halt, I6 unknown is read before it is acted upon, I8 done.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    ConfigCommitted,
    MoveRefused,
    MoveStarted,
    NodeReady,
    NodeUnreachable,
    RolloutEnded,
    RolloutHalted,
)
from agent.core.rollout.fold import advance, begin, next_moves, resume
from agent.core.rollout.moves import ActingMove, LookAgain
from agent.core.rollout.table import StepState
from agent.core.routing import ChangeClass
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, MemoryNode, Mishap
from agent.node.memory.machine import Temper
from agent.node.port import (
    Claim,
    Commit,
    Discard,
    Lost,
    Observe,
    Ok,
    Refused,
    Release,
    Restore,
    Stage,
    Start,
    Stop,
    Unreachable,
)
from tests.simulator.cluster import NEW, NEW_DIGEST, OLD, OLD_DIGEST, Cluster, Witnessed, plan_for, step_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer, Request

ACTS: dict[type, Act] = {
    Claim: Act.CLAIM,
    Release: Act.RELEASE,
    Stage: Act.STAGE,
    Commit: Act.COMMIT,
    Restore: Act.RESTORE,
    Discard: Act.DISCARD,
    Stop: Act.STOP,
    Start: Act.START,
}
NEW_WORK = (Claim, Stage, Stop, Commit)
STATES_OF_REST = frozenset({StepState.DONE, StepState.COMMITTED, StepState.REVERTED, StepState.FAILED})
AWAITED = (StepState.STOPPING, StepState.WARMING)


class Crash(BaseException):
    """The controller dies here: nothing catches it, nothing is cleaned up."""


class Broken(BaseException):
    """A law does not hold; no Exception, since the conductor must survive those of a port and would survive this."""


@dataclass
class Trial:
    """One seed's rollout; `journal` is what a crash leaves behind."""

    seed: int
    write: Callable[[Trial, Event], None] | None = None
    journal: list[Event] = field(default_factory=list)
    cluster: Cluster = field(init=False)
    plan: Plan = field(init=False)
    so_far: Rollout = field(init=False)
    crashed: bool = False
    counts: Counter[tuple[str, Act]] = field(default_factory=Counter)
    doubts: dict[str, Act] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    first_process: dict[str, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = self._chance = random.Random(self.seed)  # noqa: S311 - a reproducible game, not a secret
        size = chance.randint(1, 4)
        self._mishap = chance.choice((0.0, 0.0, 0.02, 0.1))
        self._strike_at = chance.randint(1, 40) if chance.random() < 0.5 else 0
        self._sent = 0
        self._crash = chance.choice((0.0, 0.0, 0.03))
        self._weather = chance.choice((0.0, 0.0, 0.02))
        names = [f"jira-{number}" for number in range(1, size + 1)]
        down = {name for name in names if chance.random() < 0.1}
        sour = {name: Temper(chokes_on=lambda content: content == NEW) for name in names if chance.random() < 0.05}
        slow = {name: Temper(warm_up=("STARTING",) * chance.randint(1, 30)) for name in names if chance.random() < 0.2}
        flappy = {
            name: Temper(warm_up=("STARTING", "RUNNING", "STARTING", "RUNNING", "RUNNING", "STARTING"))
            for name in names
            if chance.random() < 0.1
        }
        self.cluster = Cluster(size, tempers={**slow, **flappy, **sour}, down=down)
        self.plan = self._draw_plan(names, down)
        self.so_far = begin(self.plan)
        # From a game of its own, so that the seeds go on meaning what they meant.
        thief = random.Random(f"{self.seed}, a thief")  # noqa: S311 - as above
        self._freed_at = thief.randint(4, 60) if thief.random() < 0.1 else None
        self._interrupt_at = chance.randint(1, 60) if chance.random() < 0.1 else None
        for name in names:
            jira = self.cluster.machines[name].jira
            self.first_process[name] = jira.ticks if jira else None

    def _draw_plan(self, names: list[str], down: set[str]) -> Plan:
        shape = self._chance.choice(tuple(Shape))
        ordered = sorted(names, key=lambda name: name not in down)
        chosen = [name for name in ordered if self._chance.random() < 0.85] or ordered[:1]
        steps = tuple(
            step_for(
                name,
                shape=shape,
                running=name not in down,
                document=NEW if self._chance.random() < 0.9 else None,
                restart=self._chance.random() < 0.95,
            )
            for name in chosen
        )
        bystanders = tuple(name for name in names if name not in chosen)
        change = self._chance.choice((ChangeClass.TUNING, ChangeClass.ROUTING))
        return plan_for((), shape=shape, change=change, steps=steps, bystanders=bystanders)

    # The run.

    def run(self) -> Rollout | None:
        """Conduct until the end or a crash, then hold the result against the laws."""
        ports = {name: Port(self, witnessed) for name, witnessed in self.cluster.ports.items()}
        try:
            rollout = self.cluster.conduct(
                self.plan, ports=ports, listeners=(self._hear,), interrupted=self._is_interrupted
            )
        except Crash:
            self.crashed = True
            self._after_crash()
            return None
        self._at_the_end(rollout)
        return rollout

    def _is_interrupted(self) -> bool:
        return self._interrupt_at is not None and len(self.cluster.requests) >= self._interrupt_at

    def _hear(self, event: Event) -> None:
        self._maybe_crash()
        (self.write or _write)(self, event)
        self.so_far = advance(self.so_far, event)
        if isinstance(event, NodeReady):
            self._check_done(event.node)
        self._maybe_crash()

    def _maybe_crash(self) -> None:
        if self._chance.random() < self._crash:
            raise Crash

    # Around each request.

    def perform(self, witnessed: Witnessed, request: Request) -> Answer:
        """Send one request through weather, laws and mishaps."""
        self._check_before(witnessed.name, request)
        self._blow(request)
        self._maybe_free_the_locks()
        self._maybe_crash()
        answer = self._answer(witnessed, request)
        self._check_whole()
        self._note(witnessed.name, request, answer)
        self._maybe_crash_at_the_node(request)
        return answer

    def _answer(self, witnessed: Witnessed, request: Request) -> Answer:
        self._sent += 1
        if self._sent != self._strike_at and self._chance.random() >= self._mishap:
            return witnessed.perform(request)
        if self._chance.random() < 0.1:
            raise RuntimeError("a fault of the adapter")
        mishap = self._chance.choice(tuple(Mishap))
        if isinstance(request, Observe) and mishap is Mishap.REFUSED:
            mishap = Mishap.UNREACHABLE
        port = witnessed.inner
        struck = MemoryNode(port._node, port.machine, (Fault(mishap=mishap),))
        return Witnessed(struck, self.cluster.requests).perform(request)

    def _maybe_free_the_locks(self) -> None:
        """Somebody takes the rollout for dead, and frees its locks while it lives."""
        if self._sent == self._freed_at:
            for machine in self.cluster.machines.values():
                machine.lock = None

    def _maybe_crash_at_the_node(self, request: Request) -> None:
        """The request has been carried out, and its answer never reaches anybody."""
        if not isinstance(request, Observe):
            self._maybe_crash()

    def _blow(self, request: Request) -> None:
        """Nodes fall over by themselves, though never between the looks of a clearance and its stop."""
        waiting = any(progress.state in AWAITED for progress in self.so_far.steps.values())
        if isinstance(request, Stop) or (isinstance(request, Observe) and not waiting):
            return
        if self._chance.random() < self._weather:
            self.cluster.machines[self._chance.choice(self.cluster.names)].stop_jira()

    def _note(self, node: str, request: Request, answer: Answer) -> None:
        """Remember who is bad (did not answer, or said no), and who is in doubt until it has been read."""
        if isinstance(answer, Unreachable | Refused) and not self._may_be_missed(node, request):
            self.bad.add(node)
        if isinstance(answer, Ok | Refused):
            self.doubts.pop(node, None)
        elif isinstance(answer, Lost) and not isinstance(request, Observe | Discard | Release):
            self.doubts[node] = ACTS[type(request)]

    def _may_be_missed(self, node: str, request: Request) -> bool:
        """A bystander need not be claimed, and a node that is waited for may be silent for a while."""
        if isinstance(request, Claim):
            return node in self.plan.bystanders
        waiting = any(progress.state in AWAITED for progress in self.so_far.steps.values())
        return isinstance(request, Observe) and (waiting or node in self.doubts)

    # The laws.

    def _check_before(self, node: str, request: Request) -> None:
        if isinstance(request, Observe):
            return
        act = ACTS[type(request)]
        self.counts[node, act] += 1
        announced = sum(
            isinstance(event, MoveStarted) and event.act is act and node in event.nodes for event in self.journal
        )
        self._law(announced >= self.counts[node, act], f"I3: {node} is asked to {act}, and the journal does not know")
        self._law(
            isinstance(request, Release) or node not in self.doubts, f"I6: {node} is in doubt and is asked to {act}"
        )
        halted = any(isinstance(event, RolloutHalted) for event in self.journal)
        self._law(not (halted and isinstance(request, NEW_WORK)), f"I5: {act} on {node} after the halt")
        self._law(not (isinstance(request, NEW_WORK) and self.doubts), f"I6: {act} on {node} while {self.doubts}")
        self._law(not (isinstance(request, NEW_WORK) and self.bad), f"I5: {act} on {node} while {self.bad} is bad")
        if isinstance(request, Stop):
            self._check_budget(node)
        if isinstance(request, Start) and halted:
            self._law(self.cluster.content(node) == OLD, f"I5: {node} is started with the new file after the halt")

    def _check_budget(self, node: str) -> None:
        others = [name for name in self.cluster.names if name != node]
        if self.plan.shape is Shape.TOGETHER or not self._serves(node):
            return
        idle = [name for name in others if not self._serves(name)]
        self._law(not idle, f"I4: {node} is stopped while {idle} do not serve")

    def _serves(self, name: str) -> bool:
        jira = self.cluster.machines[name].jira
        return jira is not None and jira.states[0] == "RUNNING"

    def _check_whole(self) -> None:
        for name in self.cluster.names:
            self._law(self.cluster.content(name) in (OLD, NEW), f"I1: {name} has a file that nobody wrote")

    def _check_done(self, name: str) -> None:
        progress = self.so_far.steps[name]
        jira = self.cluster.machines[name].jira
        self._law(jira is not None, f"I8: {name} is called ready, and no process runs")
        if jira is None:
            return
        self._law(jira.ticks != self.first_process[name], f"I8: {name} is called ready with the process from before")
        if progress.step.document is not None:
            self._law(
                self.cluster.content(name) == NEW == jira.loaded, f"I8: {name} is called ready without the new file"
            )
        receipts = self.cluster.machines[name].receipts
        if receipts:
            self._law(jira.ticks > receipts[-1].ticks, f"I8: {name} is called ready with a process older than the file")
        self._law(jira.states[0] == "RUNNING", f"I8: {name} is called ready and is {jira.states[0]}")

    # The end.

    def _after_crash(self) -> None:
        self._check_whole()
        rollout = resume(self.plan, self.journal)
        for node, progress in rollout.steps.items():
            self._check_known(node, progress)
        doubtful = {node for node, progress in rollout.steps.items() if progress.state is StepState.UNCERTAIN}
        moves = next_moves(rollout)
        acting = {move.node for move in moves if isinstance(move, ActingMove)}
        self._law(not acting & doubtful, "I6: after a crash a node in doubt is acted upon before it is looked at")
        if doubtful and rollout.halted is None and rollout.trouble is None:
            self._law(
                all(isinstance(move, LookAgain) for move in moves), "I6: after a crash something goes before looking"
            )

    def _check_known(self, node: str, progress: Progress) -> None:
        """Whatever differs on a node from what the journal says must be announced in it."""
        file = self.cluster.content(node)
        if progress.step.document is not None and file == NEW:
            known = progress.wrote or progress.state is StepState.UNCERTAIN
            self._law(known, f"I3: {node} has the new file, and after the crash nobody knows")
        staged = self.cluster.machines[node].temps()
        self._law(not staged or progress.litter, f"I3: {node} has a staged file, and after the crash nobody knows")

    def _at_the_end(self, rollout: Rollout) -> None:
        self._check_whole()
        outcome = Outcome(rollout.outcome or "")
        ended = self.journal[-1]
        self._law(isinstance(ended, RolloutEnded), "the last event is not the end")
        for node, progress in rollout.steps.items():
            self._check_rest(node, progress, outcome)
        for name, machine in self.cluster.machines.items():
            left = rollout.locks[name].state.value in ("left", "unsure")
            self._law(machine.lock is None or left, f"{name} is locked at the end, and nobody says so")
        if outcome is Outcome.OK:
            self._check_good_end(rollout)
        if outcome in (Outcome.REFUSED, Outcome.LOCKED, Outcome.UNREACHABLE):
            committed = any(isinstance(event, ConfigCommitted) for event in self.journal)
            self._law(not committed and not self.counts_of(Stop, Start), f"{outcome} although something was changed")

    def counts_of(self, *kinds: type[Request]) -> int:
        """Count the requests of these kinds, of which those refused or lost before count too."""
        acts = {ACTS[kind] for kind in kinds}
        started = {(node, act) for (node, act), number in self.counts.items() if act in acts and number}
        refused = {
            (event.node, event.act) for event in self.journal if isinstance(event, MoveRefused | NodeUnreachable)
        }
        return len(started - refused)

    def _check_rest(self, node: str, progress: Progress, outcome: Outcome) -> None:
        """What is said of a node at the end is so."""
        content = self.cluster.content(node)
        match progress.state:
            case StepState.DONE | StepState.COMMITTED:
                wanted = NEW if progress.step.document is not None else OLD
                self._law(content == wanted, f"{node} is called {progress.state} and has another file")
            case StepState.REVERTED | StepState.FAILED | StepState.WAITING | StepState.STAGED | StepState.CLEARED:
                self._law(content == OLD, f"{node} is called {progress.state} and has the new file")
            case StepState.SICK | StepState.UNCERTAIN:
                self._law(outcome not in (Outcome.OK, Outcome.REFUSED), f"{node} is {progress.state} under {outcome}")
            case _:
                self._law(progress.state in STATES_OF_REST, f"{node} is left {progress.state}")
        if progress.state is StepState.UNCERTAIN:
            self._law(outcome in (Outcome.PARTIAL, Outcome.INTERRUPTED), f"{node} is uncertain under {outcome}")
        told = progress.litter or progress.state is StepState.UNCERTAIN
        self._law(not self.cluster.machines[node].temps() or told, f"{node} has a staged file, and nobody says so")
        halted = any(isinstance(event, RolloutHalted) for event in self.journal)
        if halted and content == NEW and not progress.started and Act.RESTORE not in progress.tried:
            self._law(progress.state is StepState.UNCERTAIN, f"{node} has a new file that was not put back")
        if outcome is Outcome.HALTED and content == NEW:
            self._law(progress.started, f"{node} has a new file that waits for an accidental restart, under halted")

    def _check_good_end(self, rollout: Rollout) -> None:
        for node, progress in rollout.steps.items():
            digest = {OLD: OLD_DIGEST, NEW: NEW_DIGEST}[self.cluster.content(node) or b""]
            self._law(digest == progress.step.digest, f"ok, and {node} has another file")
            jira = self.cluster.machines[node].jira
            due = progress.step.restart and self.plan.shape is not Shape.COMMIT
            restarted = jira is None or jira.ticks != self.first_process[node]
            self._law(restarted or not due, f"ok, and {node} was not restarted")

    def _law(self, holds: bool, sentence: str) -> None:  # noqa: FBT001 - the law itself is the argument
        if not holds:
            tail = "\n".join(f"  {event}" for event in self.journal[-12:])
            raise Broken(f"seed {self.seed}: {sentence}\n{self.plan.shape}, the last events:\n{tail}")


def _write(trial: Trial, event: Event) -> None:
    trial.journal.append(event)


class Port:
    """A node as the trial lets the conductor see it."""

    def __init__(self, trial: Trial, witnessed: Witnessed) -> None:
        self._trial = trial
        self._witnessed = witnessed

    @property
    def name(self) -> str:
        return self._witnessed.name

    def perform(self, request: Request) -> Answer:
        return self._trial.perform(self._witnessed, request)

    def close(self) -> None:
        """Nothing is open."""
