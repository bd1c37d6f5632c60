"""What happened in a rollout, one in detail: which node from which digest to which, why, and with which result?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.rollout import events
from agent.core.rollout.events import Act
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP
from agent.core.rollout.past import Past, past_of
from agent.core.rollout.past_times import Phase, phases_by_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.planning.plan import Plan, Step
    from agent.core.rollout.events import Event, StepFacts


class Result(StrEnum):
    """What came of a node's step, by the last of its events that says so."""

    NOT_TOUCHED = "not-touched"
    STAGED = "staged"
    NOT_CHANGED = "not-changed"
    COMMITTED = "committed"
    STOPPED = "stopped"
    STARTED = "started"
    DONE = "done"
    PUT_BACK = "put-back"
    REVIVED = "revived"
    """It serves again with its earlier file."""
    SKIPPED = "skipped"
    SICK = "sick"
    TIMED_OUT = "timed-out"
    LOCKED = "locked"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What Jira's log said of a node that did not come up."""

    node: str
    code: str
    blames_config: bool
    confidence: str
    sentence: str
    line: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePast:
    """One node: reason is why it had a step (None: the plan is not at hand), note what was said of the result.

    before is the digest that the plan was made from, wanted what it was to become, on_disk what the journal knows last
    (None: an answer was lost, and nobody has looked since).
    """

    node: str
    before: str
    wanted: str
    on_disk: str | None
    result: Result = Result.NOT_TOUCHED
    note: str | None = None
    reason: str | None = None
    phases: tuple[tuple[Phase, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Why a rollout stopped before its end, and what the log of that node said."""

    at: str
    cause: str
    node: str | None
    reason: str
    next: str
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRun:
    """One run of a drain hook; seconds is None where it did not end well, and then reason says why."""

    at: str
    hook: str
    node: str
    good: bool
    seconds: float | None
    output: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """Somebody went on with it."""

    at: str
    holder: str
    host: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTime:
    """How long a phase took on all nodes together; on how many it could be timed."""

    phase: Phase
    seconds: float
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """All that a person or a script may want to know of one rollout."""

    past: Past
    nodes: tuple[NodePast, ...]
    halts: tuple[Halt, ...]
    hooks: tuple[HookRun, ...]
    resumptions: tuple[Resumption, ...]
    phases: tuple[PhaseTime, ...]


def detail_of(plan_id: str, told: tuple[Event, ...], plan: Plan | None = None) -> Detail:
    """Return one rollout in detail; the plan adds why each node had a step."""
    phases = phases_by_node(told)
    return Detail(
        past=past_of(plan_id, told, plan),
        nodes=_nodes(told, plan, phases),
        halts=_halts(told),
        hooks=tuple(run for event in told for run in _hook_runs(event)),
        resumptions=tuple(
            Resumption(at=it.at, holder=it.holder, host=it.host, epoch=it.epoch)
            for it in told[1:]
            if isinstance(it, events.RolloutResumed)
        ),
        phases=_totals(phases),
    )


def _nodes(
    told: tuple[Event, ...], plan: Plan | None, phases: Mapping[str, Mapping[Phase, float]]
) -> tuple[NodePast, ...]:
    reasons = {step.node: step.reason for step in plan.steps} if plan else {}
    nodes = {step.node: _untouched(step, reasons.get(step.node)) for step in _steps(told, plan)}
    for event in told:
        node = getattr(event, "node", None)
        if node in nodes:
            nodes[node] = _after(nodes[node], event)
    return tuple(replace(it, phases=tuple(phases.get(it.node, {}).items())) for it in nodes.values())


def _steps(told: tuple[Event, ...], plan: Plan | None) -> tuple[StepFacts | Step, ...]:
    start = next((it for it in told if isinstance(it, events.RolloutStarted)), None)
    return start.steps if start else plan.steps if plan else ()


def _untouched(step: StepFacts | Step, reason: str | None) -> NodePast:
    return NodePast(node=step.node, before=step.expected, wanted=step.digest, on_disk=step.expected, reason=reason)


_RESULTS: Mapping[type, Result] = {
    events.ConfigStaged: Result.STAGED,
    events.StageDiscarded: Result.NOT_CHANGED,
    events.ConfigCommitted: Result.COMMITTED,
    events.ConfigRestored: Result.PUT_BACK,
    events.StopAsked: Result.STOPPED,
    events.NodeStopped: Result.STOPPED,
    events.StartAsked: Result.STARTED,
    events.NodeReady: Result.DONE,
    events.NodeRevived: Result.REVIVED,
    events.StepSkipped: Result.SKIPPED,
    events.NodeSick: Result.SICK,
    events.TimedOut: Result.TIMED_OUT,
    events.LockRefused: Result.LOCKED,
    events.MoveRefused: Result.REFUSED,
    events.NodeUnreachable: Result.UNREACHABLE,
    events.AnswerLost: Result.UNKNOWN,
}
_AFTERWARDS = frozenset({Act.RELEASE, Act.DISCARD, Act.ADMIT})
"""Acts whose setback does not change what came of the step."""
_WRITING = frozenset({Act.COMMIT, Act.RESTORE})


def _after(node: NodePast, event: Event) -> NodePast:
    if getattr(event, "act", None) in _AFTERWARDS:
        return node
    if isinstance(event, events.StepReopened):
        return replace(node, result=_reopened(event), on_disk=event.on_disk, note=None)
    result = _RESULTS.get(type(event))
    if result is None or (result is Result.NOT_CHANGED and node.result is not Result.STAGED):
        return node
    return replace(node, result=result, note=getattr(event, "reason", None), on_disk=_on_disk(node, event))


def _reopened(event: events.StepReopened) -> Result:
    if event.down:
        return Result.STOPPED
    return Result.COMMITTED if event.ours else Result.NOT_CHANGED


def _on_disk(node: NodePast, event: Event) -> str | None:
    match event:
        case events.ConfigCommitted(digest=digest) | events.ConfigRestored(digest=digest):
            return digest
        case events.AnswerLost(act=act) if act in _WRITING:
            return None
        case events.MoveRefused(act=Act.COMMIT) if node.on_disk is None:
            return node.before
        case events.MoveRefused(act=Act.RESTORE) if node.on_disk is None:
            return node.wanted
    return node.on_disk


def _halts(told: tuple[Event, ...]) -> tuple[Halt, ...]:
    """A diagnosis may be made before the halt or after it, but in the same stretch of work."""
    found: list[Halt] = []
    said: dict[str | None, Diagnosis] = {}
    stretch = 0
    for event in told:
        match event:
            case events.RolloutResumed():
                said, stretch = {}, len(found)
            case events.NodeDiagnosed(node=node):
                said[node] = _diagnosis(event)
                found[stretch:] = [
                    replace(it, diagnosis=said[node]) if it.node == node else it for it in found[stretch:]
                ]
            case events.RolloutHalted(node=node):
                found.append(_halt(event, said.get(node)))
    return tuple(found)


def _halt(event: events.RolloutHalted, diagnosis: Diagnosis | None) -> Halt:
    return Halt(
        at=event.at,
        cause=str(event.cause),
        node=event.node,
        reason=event.reason,
        next=event.next,
        diagnosis=diagnosis,
    )


def _diagnosis(event: events.NodeDiagnosed) -> Diagnosis:
    return Diagnosis(
        node=event.node,
        code=event.code,
        blames_config=event.blames_config,
        confidence=event.confidence,
        sentence=event.sentence,
        line=event.line,
        hint=event.hint,
    )


_HOOKS: Mapping[type, str] = {
    events.NodeDrained: BEFORE_STOP,
    events.NodeAdmitted: AFTER_READY,
    events.NodeReadmitted: AFTER_READY,
}


def _hook_runs(event: Event) -> Iterable[HookRun]:
    match event:
        case events.NodeDrained() | events.NodeAdmitted() | events.NodeReadmitted():
            yield HookRun(
                at=event.at,
                hook=_HOOKS[type(event)],
                node=event.node,
                good=True,
                seconds=event.seconds,
                output=event.output,
            )
        case events.HookFailed(act=act):
            yield HookRun(
                at=event.at,
                hook=BEFORE_STOP if act is Act.DRAIN else AFTER_READY,
                node=event.node,
                good=False,
                seconds=None,
                output=event.output,
                reason=event.reason,
            )


def _totals(by_node: Mapping[str, Mapping[Phase, float]]) -> tuple[PhaseTime, ...]:
    timed = {phase: [of[phase] for of in by_node.values() if phase in of] for phase in Phase}
    return tuple(PhaseTime(phase=phase, seconds=sum(it), nodes=len(it)) for phase, it in timed.items() if it)
