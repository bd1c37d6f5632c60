"""What does a node's answer to an act mean? An event; "done" is believed only where the node as it is now shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.observation import Presence
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    ConfigCommitted,
    ConfigRestored,
    ConfigStaged,
    HookFailed,
    LockLeft,
    LockRefused,
    LockReleased,
    MoveRefused,
    NodeAdmitted,
    NodeClaimed,
    NodeDrained,
    NodeReadmitted,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    StageDiscarded,
    StageLeft,
    StartAsked,
    StopAsked,
)
from agent.core.rollout.evidence import digest_on_disk, fault_of_commit, process_in, receipt_in
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP
from agent.core.text.printable import printable
from agent.node.port import Ok, Refused, Unreachable

if TYPE_CHECKING:
    from agent.core.observation import Observation
    from agent.core.rollout.events import NodeEvent
    from agent.core.rollout.hooks import HookEnd
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer

REASON_LETTERS = 500
"""A node's words are cut here: enough for a sentence of any tool, too little to drown the journal."""

NOT_DONE = "not-done"
"""The code of an act of which a look has shown that it did not happen."""
UNPROVEN = "unproven"
"""The code of an act that the node calls done, while the node as it is now does not show it."""


def words(answer: Answer | Exception) -> str:
    """Return why an answer is not Ok, fit to be printed."""
    if isinstance(answer, Ok):
        return ""
    if isinstance(answer, Exception):
        return printable(
            f"the connection failed unexpectedly ({type(answer).__name__}: {answer})", limit=REASON_LETTERS
        )
    return printable(answer.reason, limit=REASON_LETTERS)


def events_after(rollout: Rollout, act: Act, node: str, answer: Answer | Exception) -> tuple[NodeEvent, ...]:
    """Return what happened at a node, by its answer to an act.

    An exception of the port leaves open how far the request came, so it counts as a lost answer: look first.
    """
    if isinstance(answer, Ok | Refused):
        return _by_observation(rollout, act, node, answer)
    reason = words(answer)
    if act is Act.DISCARD:
        return (StageLeft(node=node, reason=reason),)
    if isinstance(answer, Unreachable):
        if act is Act.RELEASE:
            return (LockLeft(node=node, reason=reason),)
        return (NodeUnreachable(act=act, node=node, reason=reason),)
    return (AnswerLost(act=act, node=node, reason=reason),)


def events_after_hook(rollout: Rollout, act: Act, node: str, end: HookEnd | Exception) -> tuple[NodeEvent, ...]:
    """Return what a hook's end means; one whose end is not known has failed, since the balancer may not know."""
    if isinstance(end, Exception):
        return (HookFailed(act=act, node=node, reason=words(end), output=""),)
    if not end.good:
        told = end.reason or f"it ended with {end.code}"
        name = BEFORE_STOP if act is Act.DRAIN else AFTER_READY
        reason = printable(f"the hook {name} failed: {told}{_last_line(end.output)}", limit=REASON_LETTERS)
        return (HookFailed(act=act, node=node, reason=reason, output=end.output),)
    return (_hook_done(rollout, act, node)(node=node, seconds=end.seconds, output=end.output),)


def _hook_done(rollout: Rollout, act: Act, node: str) -> type[NodeDrained | NodeAdmitted | NodeReadmitted]:
    if act is Act.DRAIN:
        return NodeDrained
    return NodeAdmitted if rollout.steps[node].ready else NodeReadmitted


def _last_line(output: str) -> str:
    """What a command says last is most times why it failed."""
    lines = output.strip().splitlines()
    return f" ({lines[-1]})" if lines else ""


def events_after_look(rollout: Rollout, act: Act, node: str, observation: Observation) -> tuple[NodeEvent, ...]:
    """Return what a look proves of an act whose answer was lost; nothing where a start may still show."""
    unanswered = "the answer was lost, and a look shows that it did not happen"
    match act:
        case Act.CLAIM | Act.RELEASE:
            return (_lock_seen(rollout, act, node, observation, (NOT_DONE, unanswered)),)
        case Act.STOP:
            # A process that still runs may be on its way down: waiting for it to go is the only look that tells.
            return (StopAsked(node=node),)
        case Act.START:
            process = process_in(observation)
            is_new = process is not None and process != rollout.steps[node].process
            return (StartAsked(node=node),) if is_new else ()
        case _:
            return (_file_seen(rollout.steps[node], act, observation, NOT_DONE, unanswered),)


def _by_observation(rollout: Rollout, act: Act, node: str, answer: Ok | Refused) -> tuple[NodeEvent, ...]:
    seen = answer.observation
    code, reason = no = _no(answer)
    match act:
        case Act.CLAIM | Act.RELEASE:
            return (_lock_seen(rollout, act, node, seen, no),)
        case Act.STOP | Act.START if isinstance(answer, Refused):
            return (MoveRefused(act=act, node=node, code=code, reason=reason),)
        case Act.STOP:
            gone = seen.process.presence is Presence.NONE
            return (StopAsked(node=node), *((NodeStopped(node=node),) if gone else ()))
        case Act.START:
            return (StartAsked(node=node),)
        case _:
            return (_file_seen(rollout.steps[node], act, seen, code, reason),)


def _no(answer: Ok | Refused) -> tuple[str, str]:
    if isinstance(answer, Refused):
        return printable(answer.code, limit=REASON_LETTERS), words(answer)
    return UNPROVEN, "the node says that it is done, but the node as it is now does not show it"


def _lock_seen(rollout: Rollout, act: Act, node: str, seen: Observation, no: tuple[str, str]) -> NodeEvent:
    """The lock folder tells: plan and epoch name the rollout, and two that apply one plan at once differ by holder."""
    lock = seen.lock
    ours = (rollout.plan.id, rollout.epoch, rollout.holder, rollout.host)
    is_ours = lock is not None and (lock.plan, lock.epoch, lock.holder, lock.host) == ours
    if act is Act.RELEASE:
        # One of ours from before an interruption, that was not claimed again, is not given back by this token.
        is_left = lock is not None and lock.plan == rollout.plan.id and lock.epoch <= rollout.epoch
        return LockLeft(node=node, reason=no[1]) if is_left else LockReleased(node=node)
    if is_ours:
        return NodeClaimed(node=node)
    if lock is None:
        return _unclaimed(rollout, node, seen, *no)
    if lock.plan == rollout.plan.id and lock.epoch < rollout.epoch:
        return MoveRefused(act=Act.CLAIM, node=node, code=no[0], reason=no[1])
    holder, host, plan, since = (printable(text, limit=200) for text in (lock.holder, lock.host, lock.plan, lock.since))
    return LockRefused(node=node, holder=holder, host=host, plan=plan, epoch=lock.epoch, since=since)


def _unclaimed(rollout: Rollout, node: str, seen: Observation, code: str, reason: str) -> NodeEvent:
    """A free lock that could not be had: fenced by an epoch that came between, or something that is no lock's fault."""
    if seen.epoch >= rollout.epoch and code != NOT_DONE:
        return LockRefused(node=node, holder="", host="", plan="", epoch=seen.epoch, since="")
    return MoveRefused(act=Act.CLAIM, node=node, code=code, reason=reason)


def _file_seen(progress: Progress, act: Act, seen: Observation, code: str, reason: str) -> NodeEvent:
    match act:
        case Act.STAGE:
            return _stage_seen(progress, seen, code, reason)
        case Act.COMMIT:
            return _commit_seen(progress, seen, code, reason)
        case Act.RESTORE:
            return _restore_seen(progress, seen, reason)
        case _:
            return _discard_seen(progress, seen, code, reason)


def _stage_seen(progress: Progress, seen: Observation, code: str, reason: str) -> NodeEvent:
    if seen.staged == progress.step.digest and code in (UNPROVEN, NOT_DONE):
        return ConfigStaged(node=progress.node, digest=progress.step.digest)
    return MoveRefused(act=Act.STAGE, node=progress.node, code=code, reason=reason)


def _commit_seen(progress: Progress, seen: Observation, code: str, reason: str) -> NodeEvent:
    """The file decides: ours and whole, or still the one before (nothing happened), or neither (harm)."""
    step, refused = progress.step, code not in (UNPROVEN, NOT_DONE)
    fault = fault_of_commit(step, seen)
    if fault is None and not refused:
        return ConfigCommitted(node=step.node, digest=step.digest, receipt=receipt_in(seen))
    if digest_on_disk(seen) == progress.lies:
        return MoveRefused(
            act=Act.COMMIT, node=step.node, code=code, reason=fault if fault and code == UNPROVEN else reason
        )
    return NodeSick(node=step.node, reason=reason if refused or not fault else f"after the commit {fault}")


def _restore_seen(progress: Progress, seen: Observation, reason: str) -> NodeEvent:
    step = progress.step
    found = digest_on_disk(seen)
    if found == step.expected:
        return ConfigRestored(node=step.node, digest=step.expected, receipt=receipt_in(seen))
    return NodeSick(
        node=step.node,
        reason=f"the earlier file could not be put back ({found or 'an unreadable file'} lies there): {reason}",
    )


def _discard_seen(progress: Progress, seen: Observation, code: str, reason: str) -> NodeEvent:
    """A commit that was taken for lost, and not found, can have arrived since: then the file tells.

    What a node calls staged is its lock holder's: where the lock has gone, ours is among the leftovers.
    """
    step = progress.step
    arrived = Act.COMMIT in progress.tried and step.digest != step.expected and digest_on_disk(seen) == step.digest
    if arrived and not progress.wrote:
        return ConfigCommitted(node=step.node, digest=step.digest, receipt=receipt_in(seen))
    lies = seen.staged is not None or (code != UNPROVEN and bool(seen.leftovers))
    return StageLeft(node=step.node, reason=reason) if lies else StageDiscarded(node=step.node)
