"""The only loop: moves become requests, answers become events, events are written down and then folded.

House rules: only the caller's thread emits and advances; a MoveStarted is emitted, and so durable, before the first
of its requests is sent; what cannot be written down does not happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from agent.conductor.announce import announce
from agent.conductor.answers import events_after, events_after_hook, words
from agent.conductor.crew import crew_of
from agent.conductor.requests import ACT_OF, nodes_of, requests_of
from agent.conductor.vigil import Vigil, after_looks
from agent.core.altered import altered
from agent.core.rollout.events import (
    Cause,
    ClearanceLapsed,
    MoveStarted,
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    StepFacts,
    StepSkipped,
)
from agent.core.rollout.fold import advance, next_moves, replay
from agent.core.rollout.hooks import HookEnd
from agent.core.rollout.moves import (
    ActingMove,
    AdmitNode,
    AskClearance,
    DrainNode,
    EndRollout,
    HaltRollout,
    LookingMove,
    SayingMove,
    SkipStep,
    StopNode,
)
from agent.core.rollout.outcome import next_command, outcome_of
from agent.core.rollout.progress import is_complete
from agent.errors import AgentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agent.conductor.crew import Crew, Delivered, Delivery
    from agent.conductor.requests import Holder
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Act, Event, NodeEvent
    from agent.core.rollout.hooks import HookCall
    from agent.core.rollout.moves import Move
    from agent.core.rollout.progress import Rollout
    from agent.node.port import NodePort


FRESH = 15.0
"""Seconds for which a clearance holds: what was seen of the other nodes is acted upon at once, or looked at again."""


class Clock(Protocol):
    """The time, as far as waiting goes; no decision compares it with a node's."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment; never goes back."""
        ...

    def elapsed(self) -> float:
        """Return the same, and count the time that this machine was asleep as well."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass, or return early when somebody asks to stop."""
        ...

    def now_iso(self) -> str:
        """Return the date and time for people."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for beside the plan: halt after so many done nodes, and why it is done at all, in free words."""

    pause_after: int | None = None
    reason: str = ""


def no_hooks(call: HookCall) -> HookEnd:
    """Stand for a runner of hooks where there is none: whatever is asked of it has not been done."""
    return HookEnd(code=None, reason=f"nobody runs hooks here, so {call.name} was not run")


def conduct(
    plan: Plan,
    nodes: Mapping[str, NodePort],
    listeners: Sequence[Callable[[Event], None]],
    clock: Clock,
    identity: Holder,
    *,
    epoch: int,
    forks: int,
    interrupted: Callable[[], bool],
    hooks: Callable[[HookCall], HookEnd] = no_hooks,
    wishes: Wishes = Wishes(),
    past: Iterable[Event] | None = None,
) -> Rollout:
    """Carry out a plan to its end, good or halted, and return how far it came; or go on with one that was broken off.

    Nothing is raised for what nodes do: that is in the rollout's outcome. What the journal raises ends the rollout
    at once, without another request, since what cannot be written down must not happen.

    Args:
        plan: what to do.
        nodes: a port for each step and each bystander.
        listeners: who hears each event, in order; the first is the journal, the others cannot disturb anything.
        clock: for pauses and patience.
        identity: what another controller will see as the holder of the locks.
        epoch: one more than the highest that any node has seen; raised above that of the past where it has to be.
        forks: how many nodes are talked to at once; 1 works in the caller's thread.
        interrupted: tells whether somebody asked us to stop at the next safe point.
        hooks: runs a drain hook; raises nothing.
        wishes: what was asked for beside the plan.
        past: the events of the rollout so far, if it is gone on with; without any, only the plan is known of it.

    Raises:
        AgentError: a node of the plan has no port.
        OutOfTurn: the past is not that of this plan, or the epoch is not above it.
    """
    _require_ports(plan, nodes)
    conducting = _Conducting(
        rollout=replay(plan, past or ()),
        emit=announce(listeners),
        clock=clock,
        identity=identity,
        crew=crew_of(forks, nodes, hooks),
        forks=max(1, forks),
        interrupted=interrupted,
    )
    try:
        if conducting.rollout.started is None:
            conducting.happen(_started(plan, identity, wishes, epoch if past is None else epoch - 1))
        if past is not None:
            conducting.happen(
                RolloutResumed(
                    epoch=max(epoch, conducting.rollout.epoch + 1),
                    holder=identity.holder,
                    host=identity.host,
                    pause_after=wishes.pause_after,
                )
            )
        return conducting.to_the_end()
    finally:
        conducting.crew.dismiss()


def _require_ports(plan: Plan, nodes: Mapping[str, NodePort]) -> None:
    missing = sorted(({step.node for step in plan.steps} | set(plan.bystanders)) - set(nodes))
    if missing:
        raise AgentError(f"{plan.cluster}: no connection is prepared for {', '.join(missing)}; nothing was done")


def _started(plan: Plan, identity: Holder, wishes: Wishes, epoch: int) -> RolloutStarted:
    return RolloutStarted(
        plan=plan.id,
        cluster=plan.cluster,
        shape=plan.shape,
        change=plan.change,
        epoch=epoch,
        holder=identity.holder,
        host=identity.host,
        steps=tuple(
            StepFacts(
                node=step.node,
                expected=step.expected,
                digest=step.digest,
                restart=step.restart,
                running=step.running,
                document=step.document is not None,
            )
            for step in plan.steps
        ),
        bystanders=plan.bystanders,
        reason=wishes.reason,
        undoes=plan.undoes,
        pause_after=wishes.pause_after,
    )


@dataclass(slots=True, kw_only=True)
class _Conducting:
    """The state of the loop: the rollout, what is under way, and when each waiting node is due."""

    rollout: Rollout
    emit: Callable[[Event], None]
    clock: Clock
    identity: Holder
    crew: Crew
    forks: int
    interrupted: Callable[[], bool]
    under_way: dict[ActingMove | LookingMove, dict[str, Delivered | None]] = field(default_factory=dict)
    vigils: dict[LookingMove, Vigil] = field(default_factory=dict)
    cleared: dict[str, float] = field(default_factory=dict)

    def happen(self, event: Event) -> None:
        """Write an event down, then fold it; a fold that fails has moved nothing."""
        event = altered(event, at=self.clock.now_iso())
        after = advance(self.rollout, event)
        self.emit(event)
        self._begin_waiting_anew(after)
        self.rollout = after

    def _begin_waiting_anew(self, after: Rollout) -> None:
        """A step that has moved on has all its patience again, should it ever be waited for in the same way."""
        before = self.rollout.steps
        for move in [it for it in self.vigils if it.node in before]:
            if after.steps[move.node].state is not before[move.node].state:
                del self.vigils[move]

    def to_the_end(self) -> Rollout:
        """Go on until nothing may be done and nothing is under way."""
        asked = None
        while True:
            self._heed_interruption()
            if asked is not self.rollout:
                asked, offered = self.rollout, next_moves(self.rollout)
            moves = [move for move in offered if move not in self.under_way]
            if self.under_way:  # a look that was sent before a halt is still to be heard
                moves = [move for move in moves if not isinstance(move, EndRollout)]
            if not moves and not self.under_way:
                return self._ended()
            if self._lapse(moves):
                continue
            if not self._say(moves):
                self._send(moves)
                self._take_in(moves)

    def _ended(self) -> Rollout:
        if self.rollout.outcome is None:
            raise AgentError(f"{self.rollout.plan.cluster}: the rollout stands still; this is a fault of this program")
        return self.rollout

    def _heed_interruption(self) -> None:
        rollout = self.rollout
        if self.interrupted() and rollout.halted is None and not is_complete(rollout):
            self._halt(Cause.INTERRUPTED, None, "asked to stop")

    def _lapse(self, moves: list[Move]) -> bool:
        """Take a permission back that has grown old: what was seen then may not be so any more."""
        now = self.clock.elapsed()
        for move in moves:
            if isinstance(move, StopNode | DrainNode) and now - self.cleared[move.node] > FRESH:
                self.happen(ClearanceLapsed(node=move.node, seconds=now - self.cleared[move.node]))
                return True
        return False

    def _say(self, moves: list[Move]) -> bool:
        """Make the moves that touch no node; they come alone."""
        match moves:
            case [HaltRollout(cause=cause, node=node, reason=reason)]:
                self._halt(cause, node, reason)
            case [SkipStep(node=node, reason=reason)]:
                self.happen(StepSkipped(node=node, reason=reason))
            case [EndRollout()]:
                self.happen(RolloutEnded(outcome=outcome_of(self.rollout)))
            case _:
                return False
        return True

    def _send(self, moves: list[Move]) -> None:
        """Begin as many moves as there are hands free: the acts of one kind are written down in one record."""
        chosen = self._choose([move for move in moves if not isinstance(move, SayingMove)])
        acts: dict[Act, tuple[str, ...]] = {}
        for move in chosen:
            if isinstance(move, ActingMove):
                acts[ACT_OF[type(move)]] = (*acts.get(ACT_OF[type(move)], ()), move.node)
        for act, names in acts.items():
            self.happen(MoveStarted(act=act, nodes=names))
        for move in chosen:
            self._begin(move)

    def _choose(self, moves: list[ActingMove | LookingMove]) -> list[ActingMove | LookingMove]:
        """Return the moves that are due, find a hand free, and want no node that is being talked to."""
        busy = {node for answers in self.under_way.values() for node in answers}
        chosen: list[ActingMove | LookingMove] = []
        for move in moves:
            wanted = nodes_of(move)
            if len(self.under_way) + len(chosen) < self.forks and busy.isdisjoint(wanted) and self._is_due(move):
                chosen.append(move)
                busy |= wanted
        return chosen

    def _is_due(self, move: ActingMove | LookingMove) -> bool:
        if isinstance(move, ActingMove):
            return True
        now = self.clock.monotonic()
        if move not in self.vigils:
            self.vigils[move] = Vigil(since=now, due=now)
        return self.vigils[move].due <= now

    def _begin(self, move: ActingMove | LookingMove) -> None:
        if isinstance(move, AskClearance):
            self.cleared[move.node] = self.clock.elapsed()
        if not isinstance(move, ActingMove):
            self.vigils[move] = altered(self.vigils[move], asked=self.clock.monotonic())
        requests = requests_of(self.rollout, move, self.identity, self.clock.now_iso())
        self.under_way[move] = dict.fromkeys(node for node, _ in requests)
        for node, request in requests:
            self.crew.send(move, node, request)

    def _take_in(self, moves: list[Move]) -> None:
        """Wait for an answer while any is under way, else for the next node that is due."""
        now = self.clock.monotonic()
        pauses = [vigil.due - now for move, vigil in self.vigils.items() if vigil.due > now and move in moves]
        if not self.under_way:
            self.clock.wait(min(pauses, default=0.0))
            return
        delivery = self.crew.receive(min(pauses, default=None))
        if delivery is not None:
            self._understand(delivery)

    def _understand(self, delivery: Delivery) -> None:
        answers = self.under_way[delivery.move]
        answers[delivery.node] = delivery.answer
        complete = {node: answer for node, answer in answers.items() if answer is not None}
        if len(complete) < len(answers):
            return
        del self.under_way[delivery.move]
        for event in self._events(delivery.move, complete):
            self.happen(event)
        fault = next(((node, it) for node, it in complete.items() if isinstance(it, Exception)), None)
        if fault is not None and self.rollout.halted is None and not is_complete(self.rollout):
            self._halt_over(fault[0], words(fault[1]))

    def _events(self, move: ActingMove | LookingMove, answers: Mapping[str, Any]) -> tuple[NodeEvent, ...]:
        if isinstance(move, DrainNode | AdmitNode):
            return events_after_hook(self.rollout, ACT_OF[type(move)], move.node, answers[move.node])
        if isinstance(move, ActingMove):
            return events_after(self.rollout, ACT_OF[type(move)], move.node, answers[move.node])
        events, self.vigils[move] = after_looks(self.rollout, move, self.vigils[move], answers, self.clock.monotonic())
        return events

    def _halt_over(self, node: str, reason: str) -> None:
        """A port that raises is a fault of this program: nothing new is begun on what it said."""
        self._halt(Cause.UNCERTAIN, node, reason)

    def _halt(self, cause: Cause, node: str | None, reason: str) -> None:
        self.happen(RolloutHalted(cause=cause, node=node, reason=reason, next=next_command(self.rollout, cause)))
