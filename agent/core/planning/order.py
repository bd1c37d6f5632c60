"""In which order are the nodes of a plan taken, in which turns, and why?"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from agent.core.judging.standing import Standing
from agent.core.judging.state import State
from agent.core.planning.plan import Shape
from agent.core.text.names import fold, natural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Step

Canary = int | tuple[str, ...]
"""How many of the healthy nodes go first and alone, or which of them by name."""

AS_CANARY: Final = "as a canary"
"""How the reason of a canary's step begins."""
_REPAIRS = frozenset({Standing.UNREADABLE, Standing.SPLIT, Standing.TIME_BOMB})
_AT_ONCE = frozenset({Shape.COMMIT, Shape.TOGETHER})
"""The shapes in which every node does the same at the same time: they have one turn."""


class Rank(IntEnum):
    """Where in the order a node stands."""

    NOT_RUNNING = 0
    REPAIR = 1
    CANARY = 2
    REST = 3


def in_order(
    steps: Mapping[str, Step], concerned: tuple[Judgement, ...], shape: Shape, canary: Canary
) -> list[tuple[int, str, Step]]:
    """Return the steps in their order, each with its turn (dense from 0) and the reason for it.

    Nodes that do not run cost nobody anything, the sick ones cost more each minute, the healthy follow a canary.
    """
    if shape in _AT_ONCE:
        together = "with all the others at once" if len(concerned) > 1 else "the only node concerned"
        return [(0, together, steps[name]) for name in sorted((it.node.name for it in concerned), key=natural)]
    chosen = _Canaries(steps, concerned, canary)
    ranks = sorted(((chosen.rank_of(it), natural(it.node.name), it) for it in concerned), key=lambda entry: entry[:2])
    turns = {rank: turn for turn, rank in enumerate(sorted({rank for rank, _, _ in ranks}))}
    return [(turns[rank], chosen.why(rank, it), steps[it.node.name]) for rank, _, it in ranks]


class _Canaries:
    """Which healthy nodes go first; and, from there, where each node stands and why."""

    def __init__(self, steps: Mapping[str, Step], concerned: tuple[Judgement, ...], canary: Canary) -> None:
        healthy = [it.node.name for it in concerned if _rank_by_itself(it) is Rank.REST]
        self._steps = steps
        self._tried = sorted((name for name in healthy if steps[name].restart), key=natural)
        self._named = () if isinstance(canary, int) else tuple(canary)
        self._names = self._chosen(canary)
        self._others = len(healthy) > len(self._names)

    def rank_of(self, judgement: Judgement) -> Rank:
        """Return where a node stands: what is wrong with it outweighs its being a canary."""
        rank = _rank_by_itself(judgement)
        return Rank.CANARY if rank is Rank.REST and judgement.node.name in self._names else rank

    def why(self, rank: Rank, judgement: Judgement) -> str:
        """Return the reason for a node's place."""
        match rank:
            case Rank.NOT_RUNNING:
                return f"first, since Jira does not serve here (state {judgement.state}) and nobody misses this node"
            case Rank.REPAIR:
                return f"before the healthy nodes, since it is {judgement.standing}"
            case Rank.CANARY:
                return f"{AS_CANARY}{self._instead}{', before the other healthy nodes' if self._others else ''}"
            case _:
                return f"{'after the canary, ' if self._names else ''}in the order of the names"

    def _chosen(self, canary: Canary) -> frozenset[str]:
        """Only a restart tries anything out; where no named one is among them, the first by name takes its part."""
        if isinstance(canary, int):
            return frozenset(self._tried[:canary])
        return frozenset(canary).intersection(self._tried) or frozenset(self._tried[:1] if canary else ())

    @property
    def _instead(self) -> str:
        if not self._named or self._names.intersection(self._named):
            return ""
        return f" in place of {fold(self._named)}, which this plan does not restart as a healthy node"


def _rank_by_itself(judgement: Judgement) -> Rank:
    if judgement.state is not State.RUNNING:
        return Rank.NOT_RUNNING
    return Rank.REPAIR if judgement.standing in _REPAIRS else Rank.REST
