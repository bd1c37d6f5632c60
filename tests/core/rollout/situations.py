"""Builders of rollouts, steps and looks, so that a test says only what it is about."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from agent.core.observation import (
    Incarnation,
    LogMark,
    Observation,
    Presence,
    Process,
    Receipt,
    RestView,
    StatusPage,
)
from agent.core.planning.plan import Hook, Plan, Shape
from agent.core.rollout.events import Act, Cause, Event, NodeEvent, RolloutHalted, RolloutStarted, StepFacts
from agent.core.rollout.fold import advance, begin
from agent.core.rollout.progress import Lock, Progress, Rollout
from agent.core.rollout.table import LockState, StepState
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.observation import FileFacts

BOOT = "00000000-0000-4000-8000-000000000001"
BEFORE = Incarnation(boot_id=BOOT, ticks=50)
"""The process that ran before the stop; the commit came at tick 100, and what a built look shows started at 200."""
COMMITTED_AT = Incarnation(boot_id=BOOT, ticks=100)
NOW_RUNNING = Incarnation(boot_id=BOOT, ticks=200)
RECEIPT = Receipt(digest=NEW_DIGEST, canonical="c", routing="r", previous=OLD_DIGEST, boot_id=BOOT, ticks=100)
MARK = LogMark(inode="9001", size=10)
HALT = RolloutHalted(cause=Cause.INTERRUPTED, node=None, reason="asked to stop", next="")
DRAIN, ADMIT = Hook(run=("drain", "{node}")), Hook(run=("admit", "{node}"))
HOOKS: dict[str, Any] = {"before_stop": DRAIN, "after_ready": ADMIT}


def started(plan: Plan, *, epoch: int = 7, pause_after: int | None = None) -> RolloutStarted:
    return RolloutStarted(
        plan=plan.id,
        cluster=plan.cluster,
        shape=plan.shape,
        change=plan.change,
        epoch=epoch,
        holder="ops",
        host="workstation",
        pause_after=pause_after,
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
    )


def told(events: Iterable[Event], plan: Plan, *, pause_after: int | None = None) -> Rollout:
    """Return the rollout after its start and these events."""
    rollout = begin(plan)
    for event in (started(plan, pause_after=pause_after), *events):
        rollout = advance(rollout, event)
    return rollout


def sample(kind: type[Any], **given: object) -> Any:
    """Return an event of a kind with plain values wherever none is given."""
    plain: dict[str, object] = {
        "node": "jira-1", "act": Act.STAGE, "cause": Cause.REFUSED, "epoch": 1, "streak": 1, "seconds": 1.0,
        "limit": 1.0, "receipt": None, "process": None, "log": None, "committed": False, "ours": False, "down": False,
        "blames_config": False, "check": None, "at": "",
    }  # fmt: skip
    return kind(**{it.name: given.get(it.name, plain.get(it.name, "word")) for it in fields(kind)})


def at(
    state: StepState,
    name: str = "jira-1",
    *,
    document: bool = True,
    restart: bool = True,
    turn: int = 0,
    **facts: Any,
) -> Progress:
    """Return one step that stands so; lies is the earlier file unless it is said to be the new one."""
    step = step_for(name, shape=Shape.ROLLING if document else Shape.RESTART, restart=restart, turn=turn)
    lies = step.digest if facts.get("committed") else step.expected
    tried = frozenset({Act.START}) if state in (StepState.DONE, StepState.ADMITTING) else frozenset()
    return replace(Progress(step=step, lies=lies, state=state, tried=tried), **facts)


def rollout_with(
    *steps: Progress, shape: Shape = Shape.ROLLING, lock: LockState = LockState.HELD, **terms: Any
) -> Rollout:
    """Return a rollout whose locks are held and whose steps stand as given."""
    plan = plan_for((), shape=shape, steps=tuple(progress.step for progress in steps), **terms)
    rollout = advance(begin(plan), started(plan))
    return replace(
        rollout,
        steps={progress.node: progress for progress in steps},
        locks={name: Lock(state=lock, tried=frozenset({Act.CLAIM})) for name in rollout.locks},
    )


def halted(*steps: Progress, cause: Cause = Cause.INTERRUPTED, **terms: Any) -> Rollout:
    return replace(rollout_with(*steps, **terms), halted=replace(HALT, cause=cause))


def after(rollout: Rollout, *events: NodeEvent | Event) -> Rollout:
    """Return a rollout after some more events."""
    for event in events:
        rollout = advance(rollout, event)
    return rollout


def look(
    *,
    ticks: int | None = 200,
    boot: str = BOOT,
    code: int = 200,
    state: str = "RUNNING",
    digest: str | None = NEW_DIGEST,
    receipts: tuple[Receipt, ...] = (RECEIPT,),
    rest: RestView | None = None,
    **facts: Any,
) -> Observation:
    """Return a node that runs on the new file, committed at tick 100."""
    seen = Cluster(1).ports["jira-1"].inner.look()
    return replace(
        seen,
        boot_id=boot,
        file=with_digest(seen.file, digest),
        process=Process(presence=Presence.FOUND, start_ticks=ticks),
        status=StatusPage(code=code, state=state),
        receipts=receipts,
        rest=rest,
        **facts,
    )


def with_digest(file: FileFacts, digest: str | None) -> FileFacts:
    return replace(file, digest=digest)


def gone(seen: Observation) -> Observation:
    """The same node, on which no Jira runs."""
    return replace(seen, process=Process(presence=Presence.NONE), status=StatusPage(refused=True))


def hidden(seen: Observation) -> Observation:
    """The same node, which does not say whether a process uses its localhome."""
    return replace(seen, process=Process(presence=Presence.UNKNOWN))
