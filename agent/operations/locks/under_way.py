"""Which of the plans that hold nodes is nobody on this host at work on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.operations.locks.holding import HeldNode
    from agent.operations.world import World


def nobody_at_work(world: World, cluster: str, judgements: tuple[Judgement, ...]) -> frozenset[str]:
    """Return the plans whose journal lies here and is written by nobody; of what runs elsewhere nothing is known."""
    if not any(map(plan_on, judgements)):
        return frozenset()
    from agent.operations.locks.holding import holdings  # noqa: PLC0415 - journals are read where a node is held
    from agent.operations.locks.journal_here import Pace  # noqa: PLC0415 - as above

    found = holdings(world, cluster, held_nodes(judgements))
    return frozenset(it.holder.plan for it in found if it.pace in {Pace.RESUMABLE, Pace.OVER})


def plan_on(judgement: Judgement) -> str | None:
    """Return the plan that holds a node, None where none does or nothing was seen."""
    seen = judgement.observation
    return seen.lock.plan if seen and seen.lock else None


def held_nodes(judgements: tuple[Judgement, ...]) -> tuple[HeldNode, ...]:
    """Return the nodes that are held, each with its holder."""
    from agent.operations.locks.holding import HeldNode  # noqa: PLC0415 - as above

    return tuple(
        HeldNode(name=it.node.name, lock=it.observation.lock, state=it.state)
        for it in judgements
        if it.observation and it.observation.lock
    )
