"""What does a move say to which nodes? One request for each, put together from the plan and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.diagnosis import signs
from agent.core.rollout.events import Act
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP, HookCall
from agent.core.rollout.moves import (
    AdmitNode,
    AskClearance,
    AwaitReady,
    ClaimLock,
    CommitDocument,
    Diagnose,
    DiscardStaged,
    DrainNode,
    ReleaseLock,
    RestoreDocument,
    StageDocument,
    StartNode,
    StopNode,
)
from agent.node.port import (
    Claim,
    Commit,
    Consult,
    Discard,
    LockToken,
    Observe,
    Page,
    ReadLog,
    Release,
    Restore,
    Stage,
    Start,
    Stop,
)

if TYPE_CHECKING:
    from agent.core.rollout.moves import ActingMove, LookingMove
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Request

ACT_OF: dict[type, Act] = {
    ClaimLock: Act.CLAIM,
    StageDocument: Act.STAGE,
    DrainNode: Act.DRAIN,
    AdmitNode: Act.ADMIT,
    StopNode: Act.STOP,
    CommitDocument: Act.COMMIT,
    StartNode: Act.START,
    DiscardStaged: Act.DISCARD,
    RestoreDocument: Act.RESTORE,
    ReleaseLock: Act.RELEASE,
}
"""The acts behind the moves that change a node; a move that is not here only looks."""

NOT_KNOWN = "unknown"
"""Stands in a receipt where the meaning of the earlier file is not known; it reads back as no routing at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who conducts, and on which machine: what another controller will be shown.

    plan_copy is what is left on every node, so that others can go on; token is for Jira's REST pages ("": not asked).
    """

    holder: str
    host: str
    plan_copy: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)


def token_of(rollout: Rollout) -> LockToken:
    """Return what proves to a node that a request is this rollout's."""
    return LockToken(plan=rollout.plan.id, epoch=rollout.epoch)


def nodes_of(move: ActingMove | LookingMove) -> set[str]:
    """Return the nodes that a move talks to."""
    match move:
        case AskClearance():
            return {move.node, *move.others}
        case AwaitReady():
            return {move.node, *move.witnesses}
        case _:
            return {move.node}


def requests_of(
    rollout: Rollout, move: ActingMove | LookingMove, identity: Holder, since: str
) -> tuple[tuple[str, Request | HookCall], ...]:
    """Return the requests of a move with the node that each goes to; a hook is asked of no node."""
    match move:
        case AskClearance():
            look = _look(rollout, identity, Page.MEMBERS)
            return tuple((node, look) for node in (move.node, *move.others))
        case AwaitReady():
            own, look = _look(rollout, identity, Page.CHECKS, Page.INDEX), _look(rollout, identity, Page.MEMBERS)
            return ((move.node, own), *((witness, look) for witness in move.witnesses))
        case Diagnose():
            return ((move.node, ReadLog(since=rollout.steps[move.node].log, signs=signs())),)
        case DrainNode() | AdmitNode():
            return ((move.node, _hook_call(rollout, move)),)
    act = ACT_OF.get(type(move))
    return ((move.node, Observe() if act is None else _request(rollout, act, move.node, identity, since)),)


def _look(rollout: Rollout, identity: Holder, *pages: Page) -> Observe:
    if not rollout.plan.consults or not identity.token:
        return Observe()
    return Consult(pages=frozenset(pages), token=identity.token)


def _hook_call(rollout: Rollout, move: DrainNode | AdmitNode) -> HookCall:
    plan, step = rollout.plan, rollout.steps[move.node].step
    name, hook = (BEFORE_STOP, plan.before_stop) if isinstance(move, DrainNode) else (AFTER_READY, plan.after_ready)
    if hook is None:
        raise LookupError(f"{move.node}: the plan has no hook {name}")
    facts = {"PLAN": plan.id, "HOOK": name, "SHAPE": str(plan.shape), "DIGEST": step.digest, "NODE_ID": step.node_id}
    return HookCall(
        name=name, node=move.node, hook=hook, facts=tuple((key, value) for key, value in facts.items() if value)
    )


def _request(rollout: Rollout, act: Act, node: str, identity: Holder, since: str) -> Request:
    token = token_of(rollout)
    match act:
        case Act.CLAIM:
            return Claim(
                token=token,
                holder=identity.holder,
                host=identity.host,
                since=since,
                plan_copy=identity.plan_copy,
                undoes=rollout.plan.undoes,
            )
        case Act.RELEASE:
            return Release(token=token, raise_epoch=rollout.epoch)
        case _:
            return _request_for_step(token, act, rollout.steps[node])


def _request_for_step(token: LockToken, act: Act, progress: Progress) -> Request:
    step = progress.step
    match act:
        case Act.STAGE:
            return Stage(token=token, document=step.document or b"", digest=step.digest, expected=progress.lies)
        case Act.COMMIT:
            return _removal(token, progress) if step.removes else _commit(token, progress)
        case Act.RESTORE:
            return _restore(token, progress)
        case Act.DISCARD:
            return Discard(token=token)
        case Act.STOP:
            return Stop(token=token)
        case _:
            return Start(token=token)


def _commit(token: LockToken, progress: Progress) -> Commit:
    step = progress.step
    return Commit(
        token=token,
        digest=step.digest,
        expected=progress.lies,
        canonical=step.canonical,
        routing=step.routing,
        loaded_canonical=step.loaded_canonical,
        loaded_routing=step.loaded_routing,
        loaded_ticks=step.loaded_ticks,
    )


def _removal(token: LockToken, progress: Progress) -> Restore:
    """To commit that there is no file is what a node calls putting the absence back; it leaves a receipt as well."""
    step = progress.step
    return Restore(
        token=token, digest=step.digest, expected=progress.lies, canonical=step.canonical, routing=step.routing
    )


def _restore(token: LockToken, progress: Progress) -> Restore:
    """Only over what we wrote, whole or not: a commit that was not believed has left the new bytes there."""
    step = progress.step
    return Restore(
        token=token,
        digest=step.expected,
        expected=step.digest,
        canonical=step.expected_canonical or NOT_KNOWN,
        routing=step.expected_routing or NOT_KNOWN,
    )
