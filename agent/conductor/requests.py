"""What does a move say to which nodes? One request for each, put together from the plan and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.rollout.events import Act
from agent.core.rollout.moves import (
    AskClearance,
    ClaimLock,
    CommitDocument,
    DiscardStaged,
    ReleaseLock,
    RestoreDocument,
    StageDocument,
    StartNode,
    StopNode,
)
from agent.node.port import Claim, Commit, Discard, LockToken, Observe, Release, Restore, Stage, Start, Stop

if TYPE_CHECKING:
    from agent.core.planning.plan import Step
    from agent.core.rollout.moves import ActingMove, LookingMove
    from agent.core.rollout.progress import Rollout
    from agent.node.port import Request

ACT_OF: dict[type, Act] = {
    ClaimLock: Act.CLAIM,
    StageDocument: Act.STAGE,
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
    """Who conducts, and on which machine: what another controller will be shown."""

    holder: str
    host: str


def token_of(rollout: Rollout) -> LockToken:
    """Return what proves to a node that a request is this rollout's."""
    return LockToken(plan=rollout.plan.id, epoch=rollout.epoch)


def nodes_of(move: ActingMove | LookingMove) -> set[str]:
    """Return the nodes that a move talks to."""
    return {move.node, *move.others} if isinstance(move, AskClearance) else {move.node}


def requests_of(
    rollout: Rollout, move: ActingMove | LookingMove, identity: Holder, since: str
) -> tuple[tuple[str, Request], ...]:
    """Return the requests of a move with the node that each goes to."""
    if isinstance(move, AskClearance):
        return tuple((node, Observe()) for node in (move.node, *move.others))
    act = ACT_OF.get(type(move))
    if act is None:
        return ((move.node, Observe()),)
    return ((move.node, _request(rollout, act, move.node, identity, since)),)


def _request(rollout: Rollout, act: Act, node: str, identity: Holder, since: str) -> Request:
    token = token_of(rollout)
    match act:
        case Act.CLAIM:
            return Claim(token=token, holder=identity.holder, host=identity.host, since=since)
        case Act.RELEASE:
            return Release(token=token, raise_epoch=rollout.epoch)
        case _:
            return _request_for_step(token, act, rollout.steps[node].step)


def _request_for_step(token: LockToken, act: Act, step: Step) -> Request:
    match act:
        case Act.STAGE:
            return Stage(token=token, document=step.document or b"", digest=step.digest, expected=step.expected)
        case Act.COMMIT:
            return _commit(token, step)
        case Act.RESTORE:
            return _restore(token, step)
        case Act.DISCARD:
            return Discard(token=token)
        case Act.STOP:
            return Stop(token=token)
        case _:
            return Start(token=token)


def _commit(token: LockToken, step: Step) -> Commit:
    return Commit(
        token=token,
        digest=step.digest,
        expected=step.expected,
        canonical=step.canonical,
        routing=step.routing,
        loaded_canonical=step.loaded_canonical,
        loaded_routing=step.loaded_routing,
        loaded_ticks=step.loaded_ticks,
    )


def _restore(token: LockToken, step: Step) -> Restore:
    return Restore(
        token=token,
        digest=step.expected,
        expected=step.digest,
        canonical=step.expected_canonical or NOT_KNOWN,
        routing=step.expected_routing or NOT_KNOWN,
    )
