"""How is a node freed, and its old holder kept out: the lock goes, and no epoch up to a new one is taken any more.

The holder is fenced on nodes that it does not hold as well: a claim of it may still be on its way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.node.port import Claim, LockToken, Lost, Observe, Ok, Refused, Release, Unreachable
from agent.operations.locks.epochs import far_ahead, next_epoch
from agent.operations.looking.gathering import observation_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.node.port import Answer, NodePort
    from agent.operations.world import World

FENCE = "lock-release"
"""The plan in whose name a node is claimed that has never been: only a claim makes the place where an epoch is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one node is asked: to drop exactly the lock that was shown, if it has one, and to take later epochs only."""

    release: Release
    fence: Claim


def orders(world: World, answers: Mapping[str, Answer]) -> Mapping[str, Order]:
    """Return the order for each node that answered; on a free one it names the latest holder, whose claim may come."""
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    epoch, ahead = next_epoch(seen), far_ahead(seen)
    held = {name: LockToken(plan=it.lock.plan, epoch=it.lock.epoch) for name, it in seen.items() if it.lock}
    latest = max(
        (token for name, token in held.items() if name != ahead),
        key=lambda token: token.epoch,
        default=LockToken(plan=FENCE, epoch=epoch),
    )
    fence = Claim(
        token=LockToken(plan=FENCE, epoch=epoch), holder=world.user, host=world.host, since=world.clock.now_iso()
    )
    return {name: Order(release=Release(token=held.get(name, latest), raise_epoch=epoch), fence=fence) for name in seen}


def carry_out(port: NodePort, order: Order) -> Answer:
    """Free one node and fence its holder; after a lost answer the node is looked at before anything else."""
    answer = port.perform(order.release)
    if isinstance(answer, Lost):
        answer = port.perform(Observe())
    if is_held(answer) or not isinstance(answer, Ok) or is_fenced(answer, order):
        return answer
    return _fenced_by_a_claim(port, order)


def _fenced_by_a_claim(port: NodePort, order: Order) -> Answer:
    """Make a node that has never been claimed remember the epoch: claim it for a moment."""
    match port.perform(order.fence):
        case Refused(code="locked" | "epoch"):
            return port.perform(order.release)
        case Refused() | Unreachable() as no:
            return no
        case _:
            return port.perform(replace(order.release, token=order.fence.token))


def is_held(answer: Answer) -> bool:
    """Tell whether the node says that somebody holds it."""
    seen = observation_in(answer)
    return seen is not None and seen.lock is not None


def is_fenced(answer: Answer, order: Order) -> bool:
    """Tell whether the node itself says that it is free and has seen the new epoch."""
    seen = observation_in(answer)
    return seen is not None and seen.lock is None and seen.epoch >= order.release.raise_epoch
