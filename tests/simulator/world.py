"""One seed: the life of a plan, in storms and at last in calm weather; at times that of the plan that undoes it, too.

Controllers sit down to a plan one after the other; whatever breaks off or halts is gone on with, by the same journal,
by an older one, or from another workstation that has only the plan. After calm sittings it must be done, unless
something lasting stands against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.filestore import FILE_NAME
from agent.core.planning.plan import Shape
from agent.core.rollout.progress import is_complete, is_finished, keeps_locks
from agent.core.rollout.table import StepState
from agent.errors import Outcome
from tests.simulator.cluster import NEW
from tests.simulator.draw import CALM, Storm, scenario_of, storm_of, undoing
from tests.simulator.facts import Facts
from tests.simulator.heard import AWAITED
from tests.simulator.laws import Broken, broken
from tests.simulator.sitting import COLLEAGUE, OPERATOR, THEIRS, Crash, Sitting, try_another_plan, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.conductor import Holder
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Progress, Rollout
    from tests.simulator.draw import Scenario

__all__ = ["Broken", "Crash", "Life", "Trial"]

MOST_STORMS = 3
CALM_SITTINGS = 4


@dataclass(kw_only=True)
class Life:
    """One plan, from the first controller to the last; outcomes tell how each sitting ended (None: by a crash)."""

    scenario: Scenario
    write: Callable[[Sitting, Event], None] = write
    facts: Facts = field(init=False)
    outcomes: list[Outcome | None] = field(default_factory=list)
    journals: list[list[Event]] = field(default_factory=list)
    last: Sitting | None = None
    rollout: Rollout | None = None

    def __post_init__(self) -> None:
        self.facts = Facts(scenario=self.scenario)
        self._chance = self.scenario.chance

    def run(self) -> Rollout | None:
        """Let controllers sit down to the plan until it is quiet; return what the last made of it."""
        self.sit(None, storm_of(self._chance))
        for _ in range(MOST_STORMS):
            if self.is_over() or self._happens(0.5):
                break
            self._meanwhile()
            self.sit(self._past(), storm_of(self._chance))
        for _ in range(CALM_SITTINGS):
            if self.is_good():
                break
            self._mend()
            self.sit(None if self.is_over() else self._past(), CALM)
        return self.rollout

    def sit(self, past: list[Event] | None, storm: Storm, identity: Holder = OPERATOR) -> None:
        """Let one controller sit down."""
        if past is None:
            self.facts.moved.clear()
        is_whole = past is None or (bool(past) and past is self.journals[-1] and not self.facts.split)
        sitting = Sitting(
            identity=identity,
            scenario=self.scenario,
            facts=self.facts,
            storm=storm,
            past=past,
            known=self._known(past),
            whole=is_whole and (past is None or self.last is None or self.last.laws.whole),
            write=self.write,
            nap=self._nap,
        )
        self.last = sitting
        try:
            rollout = sitting.work()
        finally:
            self.journals.append(sitting.journal.events)
        self.outcomes.append(Outcome(rollout.outcome or "") if rollout else None)
        is_done = rollout is not None and is_complete(rollout)
        if self.last is sitting or is_done:
            self.last, self.rollout = sitting, rollout

    def _known(self, past: list[Event] | None) -> Rollout | None:
        """What a controller knew at its end is what its journal tells, where that was written as it should be."""
        is_its_own = self.last is not None and past is self.last.journal.events
        return self.rollout if is_its_own and self.write is write else None

    def is_over(self) -> bool:
        """Done, or ended with every node as it was."""
        return self.rollout is not None and not keeps_locks(self.rollout)

    def is_good(self) -> bool:
        """Done, and in calm weather nothing is said against it."""
        if self.rollout is None or not is_complete(self.rollout):
            return False
        return self.rollout.outcome == Outcome.OK or self.last is None or self.last.storm is not CALM

    def _happens(self, odds: float) -> bool:
        return self._chance.random() < odds

    def _past(self) -> list[Event]:
        """The journal, or an older one, or nothing: whoever goes on from another workstation has only the plan."""
        dice = self._chance.random()
        if dice < 0.3:
            return []
        return self._chance.choice(self.journals) if dice < 0.4 else self.journals[-1]

    def _nap(self, sleeper: Sitting) -> None:
        """Another workstation goes on with the plan while its controller sleeps; what that one made of it counts."""
        if not sleeper.journal.events or not sleeper.laws.heard.states:
            return
        glitch = self.scenario.pages.glitch if self.scenario.pages else 0.0
        self.scenario.cluster.clock.slept += 60
        storm = storm_of(self._chance)
        storm.weather, storm.nap_at, storm.rival_at = 0.0, 0, 0
        past = list(sleeper.journal.events) if self._happens(0.5) else []
        self.sit(past, storm, COLLEAGUE)
        if self.scenario.pages:
            self.scenario.pages.glitch = glitch

    def _meanwhile(self) -> None:
        """What may happen while nobody is at work."""
        if self.last is None:
            return
        if self._happens(0.1):
            try_another_plan(self.scenario, self.facts, self.last.laws)
        if self._happens(0.04):
            name = self._chance.choice(self.scenario.cluster.names)
            self.scenario.cluster.machines[name].put(FILE_NAME, THEIRS)
            self.facts.edited[name] = THEIRS
        if self._happens(0.1):
            name = self._chance.choice(self.scenario.cluster.names)
            self.scenario.cluster.machines[name].reboot()
            self.facts.start_by_itself(name)

    def _mend(self) -> None:
        """The operator brings up what has fallen over and is none of the rollout's, or done already."""
        for name, machine in self.scenario.cluster.machines.items():
            state = self.last.laws.heard.states.get(name) if self.last else None
            if machine.jira is None and state not in AWAITED:
                self.facts.start_by_itself(name)
            machine.settle()
            if self.scenario.pages is not None:
                self.scenario.pages.settle(name)

    def check_converged(self) -> None:
        """After calm sittings all is done, or something lasting stands against it; and nobody is left down."""
        rollout = self.rollout
        self._insist(rollout is not None, "the last sitting in calm weather has not come to an end")
        if rollout is None:
            return
        state = {name: str(it.state) for name, it in rollout.steps.items()}
        self._insist(self.is_good() or self._lasting(), f"does not converge: {self.outcomes}, {state}")
        for name, progress in rollout.steps.items():
            self._insist(progress.state is not StepState.UNCERTAIN, f"{name} is still not known: {state}")
            if name not in self.scenario.choking():
                serves = self.facts.comes_up(name) or name in self.facts.edited or self.is_good()
                self._insist(serves, f"{name} is left down: {self.outcomes}, {state}")
            elif not self.facts.edited and not self._is_ill_advised():
                self._check_choking(name, progress)

    def _check_choking(self, name: str, progress: Progress) -> None:
        """Where the log says that it is our file, the node serves again with the one before; or nobody got that far."""
        has_new = self.facts.content(name) == self.scenario.after[name]
        is_blamable = name not in self.scenario.mute and not self.scenario.plan.max_failures
        if not self.scenario.restarts(name) or self.scenario.before[name] == NEW:
            return
        self._insist(not (has_new and is_blamable), f"{name} keeps the file that its log blames: {self.outcomes}")
        self._insist(
            has_new or self.facts.comes_up(name), f"{name} has its earlier file and is left down: {self.outcomes}"
        )
        self._insist(not has_new or progress.state is not StepState.DONE, f"{name} is called done")

    def _insist(self, holds: bool, sentence: str) -> None:  # noqa: FBT001 - as a law does
        if not holds:
            events = self.last.journal.events if self.last else []
            raise Broken(broken(self.scenario, f"I7: {sentence}", events))

    def _is_ill_advised(self) -> bool:
        """Whether the cluster's own pages stand against all that is left to do."""
        pages = self.scenario.pages
        return pages is not None and (pages.stranger or pages.failing)

    def _lasting(self) -> bool:
        """What no controller can help: a file that Jira chokes on or that somebody else wrote, or no leave to stop.

        Only a step that is not done can be held up by what stands against it on its own node.
        """
        plan = self.scenario.plan
        open_steps = (
            {name for name, it in self.rollout.steps.items() if not is_finished(plan, it)} if self.rollout else {}
        )
        touched = bool(open_steps) and bool(self.facts.edited)
        return (
            bool(self.scenario.choking())
            or touched
            or self._is_ill_advised()
            or (plan.shape in (Shape.ROLLING, Shape.RESTART) and len(plan.absent) >= plan.budget)
        )


@dataclass
class Trial:
    """One seed; `crashed` tells whether a controller died on the way."""

    seed: int
    write: Callable[[Sitting, Event], None] = write
    lives: list[Life] = field(default_factory=list)

    def run(self) -> Rollout | None:
        """Live the life of the seed's plan, and at times that of the way back."""
        scenario = scenario_of(self.seed)
        rollout = self._live(scenario)
        if scenario.chance.random() < 0.15:
            self._abandon(scenario)
            back = undoing(scenario, 2)
            if back.plan.steps:
                self._live(back)
        return rollout

    def _live(self, scenario: Scenario) -> Rollout | None:
        life = Life(scenario=scenario, write=self.write)
        self.lives.append(life)
        rollout = life.run()
        life.check_converged()
        return rollout

    @staticmethod
    def _abandon(scenario: Scenario) -> None:
        """Somebody frees the locks for good; what lies around is the next plan's to find."""
        for machine in scenario.cluster.machines.values():
            machine.lock = None
            if machine.jira is None:
                machine.start_jira()
            machine.settle()

    def hold(self) -> None:
        """Run, and whatever goes wrong tells the seed."""
        try:
            self.run()
        except Exception as fault:
            raise Broken(f"seed {self.seed}: the rollout fell over ({type(fault).__name__}: {fault})") from fault

    @property
    def journal(self) -> list[Event]:
        """All that was written down, by all controllers."""
        return [event for life in self.lives for journal in life.journals for event in journal]

    @property
    def crashed(self) -> bool:
        """Whether a controller died on the way."""
        return any(None in life.outcomes for life in self.lives)
