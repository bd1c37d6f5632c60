"""What a seed stands for: a cluster with its moods, a plan for it, and how much goes wrong on the way."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.observation import Incarnation
from agent.core.planning.plan import ABSENT, Hook, Shape
from agent.core.routing import ChangeClass
from agent.node.memory.machine import Temper
from tests.simulator.cluster import NEW, OLD, PATIENCE, Cluster, plan_for, step_for
from tests.simulator.pages import Pages

if TYPE_CHECKING:
    from agent.core.planning.plan import Plan, Step

COULD_NOT_PARSE = (
    "2026-01-01 00:00:00,000+0000 JIRA-Bootstrap ERROR      [c.a.jira.startup.JiraStartupLogger] "
    "Couldn\u2019t parse filestore-config.xml"
)
SOUR = Temper(
    chokes_on=lambda content: content == NEW, says=lambda content: (COULD_NOT_PARSE,) if content == NEW else ()
)
"""A Jira that our document keeps from starting, and whose log says so."""
MUTE = Temper(chokes_on=lambda content: content == NEW)
"""The same, and its log says nothing."""
FLAPPY = Temper(warm_up=("STARTING", "RUNNING", "STARTING", "RUNNING", "RUNNING", "STARTING"))
INDEXING = Temper(warm_up=("STARTING", "MAINTENANCE", "MAINTENANCE", "MAINTENANCE"))

SIZES = (1, 2, 2, 3, 3, 3, 4, 5)
CHANGES = ((OLD, NEW), (OLD, NEW), (OLD, NEW), (OLD, NEW), (OLD, None), (None, NEW))
"""The file before and after: None where there is none. To remove it is what a rollback to "no file before" does."""


@dataclass(kw_only=True)
class Storm:
    """How much goes wrong in one sitting of a controller; a calm one has none of it.

    revival is how often a stopped Jira is brought back by its service manager right before its file changes, doze how
    often the workstation sleeps for an hour right after a node was cleared, while another falls over.
    The numbers that end in `_at` are requests: at that one the locks are freed by somebody, another plan is tried, the
    operator interrupts, or the controller sleeps while another resumes its rollout.
    """

    mishap: float = 0.0
    strike_at: int = 0
    crash: float = 0.0
    crash_at: int = 0
    weather: float = 0.0
    revival: float = 0.0
    glitch: float = 0.0
    doze: float = 0.0
    hook_failure: float = 0.0
    freed_at: int = 0
    rival_at: int = 0
    nap_at: int = 0
    interrupt_at: int = 0
    pause_after: int | None = None


CALM = Storm()


@dataclass(kw_only=True)
class Scenario:
    """A cluster, a plan for it, what each file is before and after, and a generator for all that happens by chance.

    sour are the nodes that cannot start on the new file, mute those of them whose log does not say so.
    """

    seed: int
    chance: random.Random
    cluster: Cluster
    plan: Plan
    pages: Pages | None
    sour: frozenset[str] = frozenset()
    mute: frozenset[str] = frozenset()
    before: dict[str, bytes | None] = field(init=False)
    after: dict[str, bytes | None] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = {step.node: step for step in self.plan.steps}
        self.before = {name: self.cluster.content(name) for name in self.cluster.names}
        self.after = dict(self.before)
        for step in self.plan.steps:
            if step.document is not None:
                self.after[step.node] = None if step.removes else step.document

    def restarts(self, node: str) -> bool:
        """Whether the plan stops and starts this node."""
        step = self.steps.get(node)
        return step is not None and step.restart and self.plan.shape is not Shape.COMMIT

    def choking(self) -> frozenset[str]:
        """Return the nodes that cannot start on the file that the plan brings them, whoever starts them."""
        return frozenset(node for node in self.sour if NEW in (self.before[node], self.after[node]))


def scenario_of(seed: int) -> Scenario:
    """Return what a seed stands for."""
    return _Draw(seed).scenario()


def storm_of(chance: random.Random) -> Storm:
    """Return how much goes wrong in one sitting."""
    return Storm(
        mishap=chance.choice((0.0, 0.0, 0.02, 0.1)),
        strike_at=_at(chance, 0.5, 1, 40),
        crash=chance.choice((0.0, 0.0, 0.0, 0.03)),
        crash_at=_at(chance, 0.4, 1, 120),
        weather=chance.choice((0.0, 0.0, 0.02)),
        revival=chance.choice((0.0, 0.0, 0.0, 0.1)),
        glitch=chance.choice((0.0, 0.1)),
        hook_failure=chance.choice((0.0, 0.0, 0.1)),
        freed_at=_at(chance, 0.07, 4, 60),
        rival_at=_at(chance, 0.07, 1, 40),
        nap_at=_at(chance, 0.1, 1, chance.choice((6, 60))),
        doze=chance.choice((0.0, 0.0, 0.0, 0.2)),
        interrupt_at=_at(chance, 0.1, 1, 60),
        pause_after=_at(chance, 0.1, 1, 3) or None,
    )


def undoing(scenario: Scenario, number: int) -> Scenario:
    """Return the way back: a plan of its own that brings every node that has the new file to the one before."""
    plan, cluster = scenario.plan, scenario.cluster
    steps = [
        _step_back(step, cluster, scenario)
        for step in plan.steps
        if step.document is not None and cluster.content(step.node) == scenario.after[step.node]
    ]
    steps.sort(key=lambda step: step.running)
    nodes = {step.node for step in steps}
    back = replace(
        plan,
        id=f"plan-{number}",
        steps=tuple(steps),
        bystanders=tuple(name for name in cluster.names if name not in nodes),
        undoes=plan.id,
    )
    return Scenario(
        seed=scenario.seed, chance=scenario.chance, cluster=cluster, plan=back, pages=scenario.pages,
        sour=scenario.sour, mute=scenario.mute,
    )  # fmt: skip


def _step_back(step: Step, cluster: Cluster, scenario: Scenario) -> Step:
    earlier, jira = scenario.before[step.node], cluster.machines[step.node].jira
    serves = jira is not None and jira.states[-1] == "RUNNING"
    return replace(
        step,
        turn=1 if serves else 0,
        expected=step.digest,
        digest=step.expected,
        document=earlier or b"",
        running=serves,
        process=process_of(cluster, step.node),
    )


def process_of(cluster: Cluster, node: str) -> Incarnation | None:
    """Return the process that runs on a node now."""
    machine = cluster.machines[node]
    return Incarnation(boot_id=machine.boot_id, ticks=machine.jira.ticks) if machine.jira else None


def _at(chance: random.Random, odds: float, first: int, last: int) -> int:
    return chance.randint(first, last) if chance.random() < odds else 0


class _Draw:
    """The drawing of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.chance = random.Random(seed)  # noqa: S311 - a reproducible game, not a secret

    def scenario(self) -> Scenario:
        names = [f"jira-{number}" for number in range(1, self.chance.choice(SIZES) + 1)]
        down = [name for name in names if self._happens(0.1)]
        tempers = {name: temper for name in names if (temper := self._temper()) is not None}
        before, after = self.chance.choice(CHANGES)
        cluster = Cluster(len(names), tempers=tempers, down=down, content=before)
        for machine in cluster.machines.values():
            if machine.jira is not None:
                machine.log.write("a day like any other")
        pages = Pages(cluster, self.chance) if self._happens(0.12) else None
        return Scenario(
            seed=self._seed,
            chance=self.chance,
            cluster=cluster,
            plan=self._plan(cluster, names, down, after, consults=pages is not None),
            pages=pages,
            sour=frozenset(name for name, temper in tempers.items() if temper in (SOUR, MUTE)),
            mute=frozenset(name for name, temper in tempers.items() if temper is MUTE),
        )

    def _happens(self, odds: float) -> bool:
        return self.chance.random() < odds

    def _temper(self) -> Temper | None:
        dice = self.chance.random()
        if dice < 0.05:
            return SOUR if self._happens(0.7) else MUTE
        if dice < 0.15:
            return FLAPPY if self._happens(0.7) else INDEXING
        return Temper(warm_up=("STARTING",) * self.chance.choice((2, 3, 5, 8, 30))) if dice < 0.3 else None

    def _plan(
        self, cluster: Cluster, names: list[str], down: list[str], after: bytes | None, *, consults: bool
    ) -> Plan:
        chance, shape = self.chance, self.chance.choice(tuple(Shape))
        ordered = sorted(names, key=lambda name: name not in down)
        chosen = [name for name in ordered if self._happens(0.85)] or ordered[:1]
        is_drained = self._happens(0.3)
        plan = plan_for(
            (),
            shape=shape,
            change=chance.choice((ChangeClass.TUNING, ChangeClass.ROUTING)),
            steps=tuple(self._step(cluster, name, shape, down, after) for name in chosen),
            bystanders=tuple(name for name in names if name not in chosen),
            patience=replace(PATIENCE, ready_streak=chance.choice((1, 2, 2, 3))),
            budget=chance.choice((1, 1, 2, 3)),
            max_failures=chance.choice((0, 0, 1)),
            accept_downtime=len(names) == 1 or self._happens(0.1),
            absent=("gone",) if self._happens(0.05) else (),
            before_stop=Hook(run=("drain", "{node}")) if is_drained else None,
            after_ready=Hook(run=("ready", "{node}")) if is_drained else None,
        )
        return replace(plan, consults=True, known_node_ids=tuple((name, name) for name in names)) if consults else plan

    def _step(self, cluster: Cluster, name: str, shape: Shape, down: list[str], after: bytes | None) -> Step:
        """Most steps bring the file; some find it right already, and are to restart alone."""
        brings = shape is not Shape.RESTART and self._happens(0.9)
        before, number = cluster.content(name), int(name.rpartition("-")[2])
        step = step_for(
            name,
            shape=shape,
            running=name not in down,
            document=(after or b"") if brings else None,
            restart=self._happens(0.95),
            turn=0 if name in down else min(number, 1 + len(down)),
            process=process_of(cluster, name),
        )
        return replace(step, expected=_digest(before), digest=_digest(after) if brings else _digest(before))


def _digest(content: bytes | None) -> str:
    return ABSENT if content is None else digest_of(content)
