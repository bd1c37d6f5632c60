"""One controller's work at a plan, to an end of its own or a crash: mishaps at every request, and what else befalls.

Somebody frees its locks while it works; another plan is tried beside it; it sleeps while another controller goes on
with its own plan, and wakes up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.conductor import Holder, Wishes
from agent.core.document import digest_of
from agent.core.planning.plan import ABSENT, Shape
from agent.core.rollout.events import NodeCleared, NodeReady
from agent.core.rollout.fold import replay
from agent.core.rollout.hooks import BEFORE_STOP, HookEnd
from agent.errors import Outcome
from agent.node.memory.adapter import Fault, MemoryNode, Mishap
from agent.node.port import Commit, Lost, Observe, Restore, Stop
from tests.simulator.cluster import plan_for, step_for
from tests.simulator.heard import Heard, Journal
from tests.simulator.laws import Laws

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.hooks import HookCall
    from agent.core.rollout.progress import Rollout
    from agent.node.port import Answer, Request
    from tests.simulator.cluster import Cluster
    from tests.simulator.draw import Scenario, Storm
    from tests.simulator.facts import Facts

OPERATOR = Holder(holder="ops", host="workstation", token="of no use")  # noqa: S106 - a word for a test
COLLEAGUE = Holder(holder="ops", host="laptop", token="of no use")  # noqa: S106 - as above
"""The same plan, from another workstation."""
RIVAL = Holder(holder="somebody else", host="elsewhere")
MISHAPS = tuple(Mishap)
THEIRS = b"<theirs/>"


class Crash(BaseException):
    """The controller dies here: nothing catches it, nothing is cleaned up."""


@dataclass(kw_only=True)
class Sitting:
    """One controller: who it is, what it knows (None: it begins), how it writes down, and what happens in its sleep.

    known is what its past comes to, where somebody has worked that out.
    """

    identity: Holder
    scenario: Scenario
    facts: Facts
    storm: Storm
    past: list[Event] | None
    known: Rollout | None = None
    whole: bool
    write: Callable[[Sitting, Event], None]
    nap: Callable[[Sitting], None]
    journal: Journal = field(init=False)
    laws: Laws = field(init=False)
    sent: int = 0
    heard: int = 0

    def __post_init__(self) -> None:
        events = self.past or []
        self.journal = Journal(events)
        self.laws = Laws(
            scenario=self.scenario,
            facts=self.facts,
            journal=self.journal,
            heard=Heard(self.known or replay(self.scenario.plan, events)),
            whole=self.whole,
        )
        self._chance: Random = self.scenario.chance

    def work(self) -> Rollout | None:
        """Carry the plan out, or go on with it; None after a crash. Either is held against the laws."""
        cluster = self.scenario.cluster
        cluster.clock.sit_down()
        if self.scenario.pages is not None:
            self.scenario.pages.glitch = self.storm.glitch
        try:
            rollout = cluster.conduct(
                self.scenario.plan,
                ports={name: Port(self, name, cluster) for name in cluster.names},
                listeners=(self._hear,),
                interrupted=self._is_interrupted,
                hooks=self._run_hook,
                epoch=1 + max(machine.epoch for machine in cluster.machines.values()),
                wishes=Wishes(pause_after=self.storm.pause_after),
                past=self.past,
                identity=self.identity,
            )
        except Crash:
            self.laws.after_crash()
            return None
        self.laws.at_the_end(rollout)
        return rollout

    # What the conductor is given.

    def _is_interrupted(self) -> bool:
        return bool(self.storm.interrupt_at) and self.sent >= self.storm.interrupt_at

    def _hear(self, event: Event) -> None:
        self._maybe_crash()
        self.write(self, event)
        self.laws.heard.hear(event)
        if isinstance(event, NodeReady):
            self.laws.check_ready(event.node)
            self.scenario.cluster.machines[event.node].settle()
        if isinstance(event, NodeCleared) and self.storm.doze and self._chance.random() < self.storm.doze:
            self._doze()
        self.heard += 1
        if self.heard == self.storm.crash_at:
            raise Crash
        self._maybe_crash()

    def _maybe_crash(self) -> None:
        if self.storm.crash and self._chance.random() < self.storm.crash:
            raise Crash

    def _run_hook(self, call: HookCall) -> HookEnd:
        self._maybe_crash()
        if self.storm.hook_failure and self._chance.random() < self.storm.hook_failure:
            return HookEnd(code=1, output="the balancer is away")
        drained = self.facts.drained
        (drained.add if call.name == BEFORE_STOP else drained.discard)(call.node)
        self._maybe_crash()
        return HookEnd(code=0)

    def perform(self, port: MemoryNode, request: Request) -> Answer:
        """Send one request through laws, weather and mishaps."""
        self.sent += 1
        self.laws.before(port.name, request)
        self._befall(port, request)
        self._maybe_crash()
        self.laws.at_the_node(port.name, request)
        try:
            answer = self._answer(port, request)
        except RuntimeError:
            self.laws.after(port.name, request, Lost(reason="a fault of the adapter"))
            raise
        self.laws.after(port.name, request, answer)
        if not isinstance(request, Observe):
            self._maybe_crash()
        return answer

    def _answer(self, port: MemoryNode, request: Request) -> Answer:
        if self.sent != self.storm.strike_at and (not self.storm.mishap or self._chance.random() >= self.storm.mishap):
            return port.perform(request)
        if self._chance.random() < 0.1:
            raise RuntimeError("a fault of the adapter")
        mishap = self._chance.choice(MISHAPS)
        if isinstance(request, Observe) and mishap is Mishap.REFUSED:
            mishap = Mishap.UNREACHABLE
        return MemoryNode(port.machine.node, port.machine, (Fault(mishap=mishap),)).perform(request)

    # What befalls the nodes beside that.

    def _befall(self, port: MemoryNode, request: Request) -> None:
        storm = self.storm
        if storm.revival and isinstance(request, Commit | Restore) and self._chance.random() < storm.revival:
            self.facts.start_by_itself(port.name)
        if storm.weather and self._chance.random() < storm.weather and self._may_blow(request):
            self._blow()
        if self.sent == storm.freed_at:
            for machine in self.scenario.cluster.machines.values():
                machine.lock = None
        if self.sent == storm.rival_at:
            try_another_plan(self.scenario, self.facts, self.laws)
        if self.sent == storm.nap_at:
            self.laws.whole, self.facts.split = False, True
            self.nap(self)

    def _doze(self) -> None:
        """The workstation sleeps for an hour, and meanwhile a node falls over; only one of its clocks tells."""
        self.scenario.cluster.clock.slept += 3600
        self.scenario.cluster.machines[self._chance.choice(self.scenario.cluster.names)].stop_jira()

    def _may_blow(self, request: Request) -> bool:
        """Nodes fall over by themselves, though never between the looks of a clearance and its stop.

        With several on their way at once, any look may be one of a clearance; where pages are consulted, another node's
        look comes between the one at a node and what is made of it.
        """
        one_look_tells = self.laws.heard.waits and self.scenario.plan.budget == 1 and self.scenario.pages is None
        looked_at = isinstance(request, Observe) and not one_look_tells
        return not isinstance(request, Stop) and not looked_at

    def _blow(self) -> None:
        """A process ends, a machine boots (and its Jira is started with it, or not), a log is rotated."""
        name = self._chance.choice(self.scenario.cluster.names)
        machine = self.scenario.cluster.machines[name]
        match self._chance.choice(("end", "end", "boot", "boot and start", "rotate")):
            case "end":
                machine.stop_jira()
            case "rotate":
                machine.log.rotate()
            case how:
                machine.reboot()
                if how == "boot and start":
                    self.facts.start_by_itself(name)


class Port:
    """A node as the sitting lets the conductor see it."""

    def __init__(self, sitting: Sitting, name: str, cluster: Cluster) -> None:
        self.name = name
        self._sitting = sitting
        self._inner = cluster.ports[name].inner

    @property
    def identity(self) -> str | None:
        return self._inner.identity

    def perform(self, request: Request) -> Answer:
        return self._sitting.perform(self._inner, request)

    def close(self) -> None:
        """Nothing is open."""


def write(sitting: Sitting, event: Event) -> None:
    """Write an event down, at once."""
    sitting.journal.append(event)


def try_another_plan(scenario: Scenario, facts: Facts, laws: Laws) -> None:
    """Somebody else's plan is refused, and changes nothing, as long as ours holds the first of the names."""
    cluster = scenario.cluster
    holder = cluster.machines[min(cluster.names)].lock
    if holder is None or holder.plan != scenario.plan.id:
        return
    facts.rivals += 1
    before = [facts.traces(name) for name in cluster.names]
    rollout = cluster.conduct(
        _another_plan(scenario),
        ports={name: MemoryNode(machine.node, machine) for name, machine in cluster.machines.items()},
        epoch=1 + max(machine.epoch for machine in cluster.machines.values()),
        identity=RIVAL,
    )
    laws.law(rollout.outcome == Outcome.LOCKED, f"I9: another plan ended {rollout.outcome} beside ours")
    after = [facts.traces(name) for name in cluster.names]
    laws.law(before == after, "I9: another plan has changed a node that ours holds")


def _another_plan(scenario: Scenario) -> Plan:
    steps = []
    for name in scenario.cluster.names:
        content = scenario.cluster.content(name)
        step = step_for(name, shape=Shape.COMMIT, document=THEIRS)
        steps.append(replace(step, expected=ABSENT if content is None else digest_of(content)))
    return replace(plan_for((), shape=Shape.COMMIT, steps=tuple(steps)), id="plan-of-another")
