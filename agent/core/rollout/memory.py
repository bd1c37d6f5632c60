"""What do a step and a lock remember of an event, beside the state that the table gives them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.altered import altered
from agent.core.judging.state import State
from agent.core.observation import LogMark
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    ClearanceDenied,
    ClearancePostponed,
    ConfigCommitted,
    ConfigRestored,
    HookFailed,
    LockLeft,
    LockRefused,
    MoveRefused,
    MoveStarted,
    NodeAdmitted,
    NodeAwaited,
    NodeCleared,
    NodeDiagnosed,
    NodeProgressed,
    NodeReadmitted,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    StageDiscarded,
    StageLeft,
    StartAsked,
    StepReopened,
    StepSkipped,
    TimedOut,
)
from agent.core.rollout.table import StepState, lock_after, step_after

if TYPE_CHECKING:
    from agent.core.rollout.events import LockEvent, NodeEvent, Setback, StepEvent
    from agent.core.rollout.progress import Lock, Progress

    Look = NodeSeen | ReadySeen | NodeCleared | ClearanceDenied | ClearancePostponed | NodeDiagnosed


NO_LOG_YET = LogMark(inode="0", size=0)
"""The place where a log ended that was not there: no file has this number, so all that is found later is news."""


def lock_remembering(node: str, lock: Lock, event: MoveStarted | NodeEvent) -> Lock:
    """Return a lock after an event; raises OutOfTurn as the table does."""
    state = lock_after(node, lock.state, event)
    match event:
        case MoveStarted():
            return altered(lock, state=state, begun=event.act, tried=lock.tried | {event.act})
        case AnswerLost():
            return altered(lock, state=state, note=event.reason)
        case MoveRefused() | NodeUnreachable() | LockLeft():
            return altered(lock, state=state, begun=None, note=event.reason)
        case LockRefused():
            return altered(lock, state=state, begun=None, inherited=False, note=held_by(event))
        case _:
            return altered(lock, state=state, begun=None, inherited=False)


def held_by(event: LockRefused) -> str:
    """Return who holds a node, as a sentence."""
    if not event.holder:
        return f"another rollout took the node after it was last observed (its epoch is {event.epoch} now)"
    return f"locked by {event.holder} on {event.host} for plan {event.plan} since {event.since}"


def step_remembering(progress: Progress, event: MoveStarted | NodeEvent) -> Progress:
    """Take the table's word for the state, then note what the event said; raises OutOfTurn as the table does."""
    state = step_after(progress.node, progress.state, event)
    match event:
        case MoveStarted():
            return _begun(progress, event.act, state)
        case MoveRefused() | NodeUnreachable() | AnswerLost():
            return _set_back(progress, event, state)
        case NodeAwaited() | NodeProgressed():
            return altered(progress, state=state)
        case NodeSeen() | ReadySeen() | NodeCleared() | ClearanceDenied() | ClearancePostponed() | NodeDiagnosed():
            return _seen(progress, event, state)
        case _:
            return altered(_settled(progress, event), state=state, begun=None)


def _seen(progress: Progress, event: Look, state: StepState) -> Progress:
    """What a look tells while no act is under way; a look that is not good breaks the row of good ones."""
    match event:
        case NodeSeen():
            return altered(progress, state=state, streak=0)
        case ReadySeen():
            return altered(progress, state=state, streak=event.streak)
        case NodeCleared():
            serving, log = event.state == State.RUNNING, event.log or progress.log or NO_LOG_YET
            return altered(progress, state=state, process=event.process, log=log, serving=serving)
        case NodeDiagnosed():
            return altered(progress, state=state, undiagnosed=False, blamed=event.blames_config)
        case ClearancePostponed():
            return altered(progress, state=state, postponed=True)
        case _:
            return altered(progress, state=state, note=event.reason, blamed=False)


def _begun(progress: Progress, act: Act, state: StepState) -> Progress:
    """From here on the act may have happened, whatever we hear of it."""
    return altered(
        progress,
        state=state,
        begun=act,
        tried=progress.tried | {act},
        litter=progress.litter or act is Act.STAGE,
        drained=progress.drained or act is Act.DRAIN,
        wrote=progress.wrote or act is Act.COMMIT,
        started=progress.started or act is Act.START,
        streak=0 if act is Act.START else progress.streak,
    )


def _set_back(progress: Progress, event: Setback, state: StepState) -> Progress:
    """A lost answer leaves everything open; a refusal, or a node never reached, takes back what had begun."""
    progress = altered(progress, state=state, note=event.reason)
    if isinstance(event, AnswerLost):
        return progress
    if state is StepState.UNCERTAIN:
        return altered(progress, unreadable=True)
    match event.act:
        case Act.STAGE:
            return altered(progress, begun=None, litter=progress.inherits or isinstance(event, MoveRefused))
        case Act.COMMIT:
            return altered(progress, begun=None, wrote=progress.committed or progress.lies != progress.step.expected)
        case Act.START:
            return altered(progress, begun=None, started=False)
        case _:
            return altered(progress, begun=None)


def _settled(progress: Progress, event: StepEvent | LockEvent) -> Progress:
    """What the good and the bad ends of an act change in what must be remembered; the state is still the one before."""
    match event:
        case ConfigCommitted() | ConfigRestored() | StepReopened():
            return _with_file(progress, event)
        case NodeStopped() | StartAsked() | NodeReady() | NodeRevived():
            return _with_process(progress, event)
        case NodeSick() | TimedOut():
            check = event.check if isinstance(event, NodeSick) else None
            is_open = progress.state is StepState.WARMING
            return altered(progress, note=event.reason, undiagnosed=is_open, check=check)
        case StageLeft() | HookFailed() | StepSkipped():
            return altered(progress, note=event.reason)
        case StageDiscarded():
            return altered(progress, litter=False, inherits=False)
        case _:
            return altered(progress, drained=False) if isinstance(event, NodeAdmitted | NodeReadmitted) else progress


def _with_process(progress: Progress, event: NodeStopped | StartAsked | NodeReady | NodeRevived) -> Progress:
    """A start that a look after an interruption has shown tells of the commit before it as well."""
    match event:
        case NodeStopped():
            # Whatever starts now is another process: all may be done to it that was done to the one before.
            tried = progress.tried - {Act.START, Act.ADMIT, Act.STOP}
            return altered(progress, down=True, started=False, handled=True, tried=tried)
        case NodeReady():
            return altered(progress, down=False, ready=True, serving=True, note="")
        case NodeRevived():
            return altered(progress, down=False, started=False, serving=True, note="")
        case StartAsked(receipt=None):
            return altered(progress, started=True, handled=True)
    return altered(
        progress,
        started=True,
        handled=True,
        wrote=True,
        committed=True,
        lies=progress.step.digest,
        receipt=event.receipt,
    )


def _with_file(progress: Progress, event: ConfigCommitted | ConfigRestored | StepReopened) -> Progress:
    """A start before a commit loaded the earlier file: the new one waits for a start that has not happened."""
    step = progress.step
    match event:
        case ConfigCommitted():
            return altered(
                progress, litter=False, handled=True,
                wrote=True, committed=True, started=False,
                lies=step.digest, receipt=event.receipt, note="",
            )  # fmt: skip
        case ConfigRestored():
            return altered(
                progress, wrote=False, committed=False, started=False, blamed=False,
                lies=step.expected, receipt=event.receipt,
            )  # fmt: skip
        case _:
            return altered(
                progress, wrote=event.ours, committed=event.committed, started=event.started, down=event.down,
                lies=event.on_disk, receipt=event.receipt, ready=False, serving=event.serves,
            )  # fmt: skip
