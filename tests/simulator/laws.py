"""What must hold of every rollout, whatever befalls it: the laws, checked against the machines themselves.

Their numbers are in the names: I1 whole, I3 recorded first, I4 budget, I5 halt, I6 unknown is read before it is acted
upon, I7 converge (nothing that is proven is restarted again), I8 done, I9 one writer. H: a serving node is drained
before its stop.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, ConfigCommitted, MoveRefused
from agent.core.rollout.fold import next_moves, resume
from agent.core.rollout.moves import ActingMove, ClaimLock, LookAgain
from agent.core.rollout.progress import is_stuck, keeps_locks
from agent.core.rollout.table import LockState, StepState
from agent.errors import Outcome
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

if TYPE_CHECKING:
    from typing import NoReturn

    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer, Request
    from tests.simulator.draw import Scenario
    from tests.simulator.facts import Facts
    from tests.simulator.heard import Heard, Journal

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
NEW_WORK = frozenset({Act.CLAIM, Act.STAGE, Act.STOP, Act.COMMIT})
STATES_OF_REST = frozenset({StepState.DONE, StepState.COMMITTED, StepState.REVERTED, StepState.FAILED})
AS_IT_WAS = (StepState.REVERTED, StepState.FAILED, StepState.WAITING, StepState.STAGED, StepState.CLEARED)


class Broken(BaseException):
    """A law does not hold; no Exception, since the conductor must survive those of a port and would survive this."""


@dataclass(kw_only=True)
class Laws:
    """One controller's work so far, and the laws that it is held to.

    whole: its journal tells of all that ever happened. doubts are nodes that it has to read, bad those that did not
    answer or said no.
    """

    scenario: Scenario
    facts: Facts
    journal: Journal
    heard: Heard
    whole: bool
    sent: Counter[tuple[str, Act]] = field(default_factory=Counter)
    doubts: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)
    _traces: tuple[object, ...] | None = None
    _ran: object = None

    def __post_init__(self) -> None:
        self.sent.update(self.journal.announced)

    # Around each request.

    def before(self, node: str, request: Request) -> None:
        """Hold a request against the laws before it is sent."""
        if isinstance(request, Observe):
            return
        act = self._act(node, request)
        self.sent[node, act] += 1
        if self.journal.announced[node, act] < self.sent[node, act]:
            self.broken(f"I3: {node} is asked to {act}, and the journal does not know")
        if node in self.doubts and act not in (Act.RELEASE, Act.CLAIM):
            self.broken(f"I6: {node} is in doubt and is asked to {act}")
        if act in NEW_WORK and not (act is Act.STOP and node in self.heard.blamed):
            self._before_new_work(node, act)

    def _before_new_work(self, node: str, act: Act) -> None:
        self.law(not self.heard.halted, f"I5: {act} on {node} after the halt")
        self.law(not self.doubts, f"I6: {act} on {node} while {self.doubts}")
        self.law(not self.bad, f"I5: {act} on {node} while {self.bad} is bad")

    def at_the_node(self, node: str, request: Request) -> None:
        """Hold a request against the laws at the instant at which it arrives; what the node refuses breaks none."""
        if isinstance(request, Observe):
            return
        self._ran = self.facts.process(node)
        self._traces = self.facts.traces(node) if self._is_fenced(node, request) else None
        if self._traces is None and isinstance(request, Stop):
            self._at_the_stop(node)
        if self._traces is None and isinstance(request, Start) and self.heard.halted:
            is_old = self.facts.content(node) == self.scenario.before[node]
            self.law(is_old or node in self.facts.edited, f"I5: {node} is started with the new file after the halt")

    def after(self, node: str, request: Request, answer: Answer) -> None:
        """Remember who is bad, who is in doubt until read, and who was brought up."""
        self.check_whole(node)
        if isinstance(answer, Unreachable | Refused) and not self._may_be_missed(node, request):
            self.bad.add(node)
        if isinstance(answer, Ok | Refused):
            self.doubts.discard(node)
        if isinstance(request, Observe):
            return
        if isinstance(answer, Lost) and not isinstance(request, Discard | Release):
            self.doubts.add(node)
        if self._traces is not None:
            self.law(self._traces == self.facts.traces(node), f"I9: {node} obeyed a controller that is fenced")
        if isinstance(request, Stop | Start):
            process = self.facts.process(node)
            if process != self._ran:
                self.facts.moved.add(node)
            if process != self._ran and self.facts.is_right(node):
                self.facts.proven[node] = process

    def _act(self, node: str, request: Request) -> Act:
        """To put the absence of a file back is how a removal is committed."""
        step = self.scenario.steps.get(node)
        if isinstance(request, Restore) and step is not None and step.removes and request.digest == step.digest:
            return Act.COMMIT
        return ACTS[type(request)]

    def _is_fenced(self, node: str, request: Request) -> bool:
        token = getattr(request, "token", None)
        return token is not None and self.scenario.cluster.machines[node].epoch > token.epoch

    def _may_be_missed(self, node: str, request: Request) -> bool:
        """A bystander need not be claimed, and a node that is waited for may be silent for a while."""
        if isinstance(request, Claim):
            return node in self.scenario.plan.bystanders
        if not isinstance(request, Observe):
            return False
        return self.heard.waits or self.heard.doubts or node in self.doubts

    def _at_the_stop(self, node: str) -> None:
        facts = self.facts
        self.law(node in self.heard.cleared, f"I4: {node} is stopped, and nobody has asked whether it may be")
        is_proven = node in facts.proven and facts.proven[node] == facts.process(node) is not None
        if is_proven and node not in self.heard.blamed:
            jira = self.scenario.cluster.machines[node].jira
            is_well = jira is not None and jira.states == ["RUNNING"] and facts.is_right(node)
            self.law(not is_well, f"I7: {node} was restarted and serves, and is stopped again")
        if not facts.serves(node):
            return
        if self.scenario.plan.before_stop is not None:
            self.law(node in facts.drained, f"H: {node} serves and is stopped without having been drained")
        if self.scenario.plan.shape is not Shape.TOGETHER:
            self._check_budget(node)

    def _check_budget(self, node: str) -> None:
        plan, pages = self.scenario.plan, self.scenario.pages
        others = [name for name in self.scenario.cluster.names if name != node]
        idle = [name for name in others if not self.facts.counts(name)]
        self.law(
            len(idle) + len(plan.absent) + 1 <= plan.budget,
            f"I4: {node} is stopped while {[*idle, *plan.absent]} do not serve and {plan.budget} may be down",
        )
        left = len(others) > len(idle) or plan.accept_downtime
        self.law(left, f"I4: {node} is stopped and nobody else serves")
        self.law(pages is None or not pages.stranger, f"I4: {node} is stopped beside a node that nobody knows")

    def check_whole(self, *names: str) -> None:
        """Hold files against I1, and against what a stranger wrote there: nothing is written over that."""
        for name in names or self.scenario.cluster.names:
            content = self.facts.content(name)
            if name in self.facts.edited:
                self.law(content == self.facts.edited[name], f"I1: what somebody else wrote on {name} is gone")
            elif content not in (self.scenario.before[name], self.scenario.after[name]):
                self.broken(f"I1: {name} has a file that nobody wrote")

    def check_ready(self, name: str) -> None:
        """Hold a node that is called ready against I8."""
        machine, facts = self.scenario.cluster.machines[name], self.facts
        jira = machine.jira
        self.law(jira is not None, f"I8: {name} is called ready, and no process runs")
        if jira is None:
            return
        self.law(facts.process(name) != facts.first[name], f"I8: {name} is called ready with the process from before")
        self.law(facts.is_right(name), f"I8: {name} is called ready without its file loaded")
        if machine.receipts:
            last = machine.receipts[-1]
            is_younger = machine.boot_id != last.boot_id or jira.ticks > last.ticks
            self.law(is_younger, f"I8: {name} is called ready with a process older than the file")
        self.law(jira.states[-1] == "RUNNING", f"I8: {name} is called ready and is {jira.states[-1]}")
        pages = self.scenario.pages
        wrong = pages is not None and pages.is_wrong_for(name)
        self.law(not wrong, f"I8: {name} is called ready, and its own check fails")

    # The instant of a crash.

    def after_crash(self) -> None:
        """Hold what a crash has left behind against the laws."""
        self.check_whole()
        rollout = resume(self.scenario.plan, self.journal.events)
        for node, progress in rollout.steps.items():
            if self.whole:
                self._check_known(node, progress)
        doubtful = {node for node, progress in rollout.steps.items() if progress.state is StepState.UNCERTAIN}
        moves = next_moves(rollout)
        self.law(
            all(isinstance(move, LookAgain | ClaimLock) for move in moves) or not doubtful,
            "I6: after a crash something goes before claiming and looking",
        )
        acting = {move.node for move in moves if isinstance(move, ActingMove) and not isinstance(move, ClaimLock)}
        self.law(not acting & doubtful, "I6: after a crash a node in doubt is acted upon before it is looked at")

    def _check_known(self, node: str, progress: Progress) -> None:
        """Whatever differs on a node from what the journal says must be announced in it."""
        if self._is_new(node):
            known = progress.wrote or progress.state is StepState.UNCERTAIN
            self.law(known, f"I3: {node} has the new file, and after the crash nobody knows")
            told = bool(self.journal.announced[node, Act.COMMIT])
            self.law(told, f"I3: {node} has the new file, and the journal never announced it")
        staged = self.scenario.cluster.machines[node].temps()
        self.law(not staged or progress.litter, f"I3: {node} has a staged file, and after the crash nobody knows")

    def _is_new(self, node: str) -> bool:
        return self.facts.content(node) == self.scenario.after[node] != self.scenario.before[node]

    # The end of one sitting.

    def at_the_end(self, rollout: Rollout) -> None:
        """Hold the end of a rollout, good or halted, against what is said of it."""
        self.check_whole()
        outcome = Outcome(rollout.outcome or "")
        for node, progress in rollout.steps.items():
            if self._is_ours(rollout, node):
                self._check_rest(node, progress, outcome)
        self._check_locks(rollout)
        if outcome is Outcome.OK:
            self._check_good_end(rollout)
        if self.whole and outcome in (Outcome.REFUSED, Outcome.UNREACHABLE):
            committed = any(isinstance(event, ConfigCommitted) for event in self.journal.events)
            self.law(not committed and not self.facts.moved, f"{outcome} although something was changed")

    def _was_changed_by_another(self, node: str) -> bool:
        """The node itself refused for that: two that apply one plan do not know of each other."""
        refusals = (it for it in self.journal.events if isinstance(it, MoveRefused) and it.node == node)
        return any(refusal.code == "changed" for refusal in refusals)

    def _is_ours(self, rollout: Rollout, node: str) -> bool:
        """Nothing is done on a node whose lock could not be had (again), so nothing is promised of it."""
        is_last = self.scenario.cluster.machines[node].epoch <= rollout.epoch
        is_held = rollout.locks[node].state in (LockState.HELD, LockState.RELEASED)
        is_had = is_held and node in self.heard.claimed
        return is_had and is_last and node not in self.facts.edited

    def _check_locks(self, rollout: Rollout) -> None:
        kept = keeps_locks(rollout)
        for name, machine in self.scenario.cluster.machines.items():
            told = kept or rollout.locks[name].is_left or rollout.locks[name].state is LockState.UNSURE
            mine = (rollout.epoch, rollout.host)
            ours = machine.lock is not None and (machine.lock.epoch, machine.lock.host) == mine
            self.law(not ours or told, f"{name} is locked at the end, and nobody says so")

    def _check_rest(self, node: str, progress: Progress, outcome: Outcome) -> None:
        """What is said of a node at the end is so."""
        content, state, scenario = self.facts.content(node), progress.state, self.scenario
        match state:
            case StepState.DONE | StepState.COMMITTED:
                self.law(content == scenario.after[node], f"{node} is called {state} and has another file")
            case _ if is_stuck(progress):
                self.law(outcome is not Outcome.REFUSED, f"{node} was started and is not ready, under {outcome}")
            case _ if state in AS_IT_WAS and not self._was_changed_by_another(node):
                self.law(content == scenario.before[node], f"{node} is called {state} and has the new file")
            case StepState.SICK | StepState.UNCERTAIN | StepState.SKIPPED:
                self.law(outcome not in (Outcome.OK, Outcome.REFUSED), f"{node} is {state} under {outcome}")
            case StepState.DRAINED:
                pass
            case _:
                self.law(state in STATES_OF_REST, f"{node} is left {state}")
        if state is StepState.UNCERTAIN:
            self.law(outcome in (Outcome.PARTIAL, Outcome.INTERRUPTED), f"{node} is uncertain under {outcome}")
        told = progress.litter or state is StepState.UNCERTAIN
        self.law(not scenario.cluster.machines[node].temps() or told, f"{node} has a staged file, and nobody says so")
        is_known = self.whole or progress.step.running  # from elsewhere, one that was down is not thought drained
        if node in self.facts.drained and self.facts.serves(node) and is_known:
            self.law(progress.drained or state is StepState.UNCERTAIN, f"H: {node} is left drained, and nobody says so")
        if self._is_new(node):
            self._check_new_file(node, progress, outcome)

    def _check_new_file(self, node: str, progress: Progress, outcome: Outcome) -> None:
        """A halt puts back what no start has loaded; a step without a restart, beside others with, has it loaded."""
        if not progress.step.restart and self.scenario.plan.shape is not Shape.COMMIT:
            return
        if self.heard.halted and not progress.started and Act.RESTORE not in progress.tried and not progress.ready:
            self.law(progress.state is StepState.UNCERTAIN, f"{node} has a new file that was not put back")
        if outcome is Outcome.HALTED:
            loaded = progress.started or progress.ready
            self.law(loaded, f"{node} has a new file that waits for an accidental restart, under halted")

    def _check_good_end(self, rollout: Rollout) -> None:
        for node in rollout.steps:
            if self.scenario.cluster.machines[node].epoch > rollout.epoch:
                continue  # somebody else has gone on since; what was said was so when it was last seen
            is_right = self.facts.content(node) == self.scenario.after[node]
            self.law(is_right or node in self.facts.edited, f"ok, and {node} has another file")
            restarted = self.facts.process(node) is None or self.facts.process(node) != self.facts.first[node]
            self.law(restarted or not self.scenario.restarts(node), f"ok, and {node} was not restarted")
        self.law(not self.facts.drained, f"H: ok, and {self.facts.drained} are still drained")

    def law(self, holds: bool, sentence: str) -> None:  # noqa: FBT001 - the law itself is the argument
        """Insist on it."""
        if not holds:
            self.broken(sentence)

    def broken(self, sentence: str) -> NoReturn:
        """Tell the seed for which a law does not hold."""
        raise Broken(broken(self.scenario, sentence, self.journal.events))


def broken(scenario: Scenario, sentence: str, events: list[Event]) -> str:
    """Return which law does not hold, for which seed, and what was written down last."""
    tail = "\n".join(f"  {event}" for event in events[-16:])
    plan = scenario.plan
    return f"seed {scenario.seed}: {sentence}\n{plan.id}, {plan.shape}, budget {plan.budget}; the end:\n{tail}"
