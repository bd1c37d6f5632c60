"""Which of the plans that hold nodes is nobody on this host at work on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.operations.locks.holding import HeldNode, holdings
from agent.operations.locks.journal_here import Pace

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.operations.world import World


def nobody_at_work(world: World, cluster: str, judgements: tuple[Judgement, ...]) -> frozenset[str]:
    """Return the plans whose journal lies here and is written by nobody; of what runs elsewhere nothing is known."""
    found = holdings(world, cluster, held_nodes(judgements))
    return frozenset(it.holder.plan for it in found if it.pace in {Pace.RESUMABLE, Pace.OVER})


def held_nodes(judgements: tuple[Judgement, ...]) -> tuple[HeldNode, ...]:
    """Return the nodes that are held, each with its holder."""
    return tuple(
        HeldNode(name=it.node.name, lock=it.observation.lock, state=it.state)
        for it in judgements
        if it.observation and it.observation.lock
    )
