"""What has each phase usually taken, on one node or on all of a cluster? Half of the time, and nine times in ten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.forecasting.phases import phases_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.rollout.events import Act, Event

KEPT: Final = 50
"""Samples of one phase on one node: what is older says little of how the node is now."""
ENOUGH: Final = 3
"""Samples of a node's own by which it is judged; with fewer, all nodes of the cluster speak for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """The newest samples of one phase on one node, in seconds, shortest first."""

    node: str
    act: Act
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the past rollouts of one cluster took."""

    durations: tuple[Durations, ...] = ()

    def of_node(self, node: str, act: Act) -> tuple[float, ...]:
        """Return the samples of one node, shortest first."""
        return next((it.seconds for it in self.durations if (it.node, it.act) == (node, act)), ())

    def of_all(self, act: Act) -> tuple[float, ...]:
        """Return the samples of all nodes, shortest first."""
        return tuple(sorted(seconds for it in self.durations if it.act is act for seconds in it.seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Seconds that are enough half of the time (p50) and nine times in ten (p90), from so many samples.

    node is whose samples they are; None: all nodes of the cluster.
    """

    p50: float
    p90: float
    samples: int
    node: str | None = None


def past_of(streams: Iterable[Iterable[Event]]) -> Past:
    """Return the past of one cluster from the events of its rollouts, the oldest rollout first."""
    kept: dict[tuple[str, Act], list[float]] = {}
    for stream in streams:
        for sample in phases_of(stream):
            kept.setdefault((sample.node, sample.act), []).append(sample.seconds)
    return Past(
        durations=tuple(
            Durations(node=node, act=act, seconds=tuple(sorted(seconds[-KEPT:])))
            for (node, act), seconds in kept.items()
        )
    )


def usual(past: Past, node: str, act: Act) -> Spread | None:
    """Return what a phase usually takes on a node, by its own past or else the cluster's; None: nothing is known."""
    own = past.of_node(node, act)
    return spread_of(own, node=node) if len(own) >= ENOUGH else spread_of(past.of_all(act))


def spread_of(shortest_first: tuple[float, ...], *, node: str | None = None) -> Spread | None:
    """Return the percentiles of sorted samples by nearest rank: each is a time that was really seen."""
    if not shortest_first:
        return None
    p50, p90 = (_nearest_rank(shortest_first, percent) for percent in (50, 90))
    return Spread(p50=p50, p90=p90, samples=len(shortest_first), node=node)


def _nearest_rank(shortest_first: tuple[float, ...], percent: int) -> float:
    rank = -(-percent * len(shortest_first) // 100)
    return shortest_first[rank - 1]
