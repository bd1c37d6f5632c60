"""How long will it take, by what the journals on this workstation tell of this cluster's own past? For people only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.forecasting import forecast, past_of, sentences, usual, waiting_words
from agent.core.rollout.events import NodeAwaited
from agent.edges.journal import read, rollouts
from agent.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from agent.core.forecasting import Past
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.operations.world import World

REMEMBERED: Final = 30
"""So many of the latest rollouts are looked into."""


def foretold(world: World, plan: Plan) -> tuple[str, ...]:
    """Return what the past lets expect of a plan, as sentences; none where there is no past."""
    return sentences(forecast(_past(world, plan.cluster), plan)) if plan.steps else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What to say while a node is waited for, beside how long that has been."""

    past: Past

    @classmethod
    def for_cluster(cls, world: World, cluster: str) -> Self:
        """Look into the journals once, before the rollout writes its own."""
        return cls(past=_past(world, cluster))

    def words(self, event: Event) -> str:
        """Return how long it usually takes, in brackets; nothing for any other event, or without a past."""
        if not isinstance(event, NodeAwaited):
            return ""
        told = waiting_words(usual(self.past, event.node, event.act))
        return f" ({told})" if told else ""


def _past(world: World, cluster: str) -> Past:
    return past_of(_streams(world, cluster))


def _streams(world: World, cluster: str) -> Iterator[tuple[Event, ...]]:
    """Yield the events of each past rollout, the oldest first; a damaged journal tells nothing, and hinders nobody."""
    try:
        latest = rollouts(world.state_folder / "rollouts" / cluster)[:REMEMBERED]
    except JournalError:
        return
    for _, path in reversed(latest):
        try:
            yield read(path)[0]
        except JournalError:
            continue
