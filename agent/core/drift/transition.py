"""Is a rollout at work on these nodes, so that what they show is on its way and no cause for alarm?

A lock alone proves little: a rollout that was cut off holds its nodes for ever. So it counts as under way only as long
as something has happened lately: a node was claimed, a file altered, a Jira started. From one of these to the next it
may take as long as the inventory lets a start, a stop and the hooks last; after that it stands still, and its nodes are
judged like all others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.text.moments import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.judging.standing import Judgement
    from agent.core.observation import LockHolder, Observation

SKEW: Final = 300.0
"""Seconds by which the clocks of node and workstation may differ; a time further ahead is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A rollout and the nodes that it holds; since is by the holder's clock. One without a plan is a damaged lock.

    Where it stands still nothing has happened for longer than a step may last, or the journal here says so.
    """

    holder: str
    host: str
    plan: str
    since: str
    nodes: tuple[str, ...]
    stands_still: bool


def transitions(
    judgements: tuple[Judgement, ...],
    *,
    now: float,
    patience: float,
    ended: frozenset[str],
) -> tuple[Transition, ...]:
    """Return the rollouts that hold nodes, each with all of its nodes.

    Args:
        judgements: the nodes that were looked at.
        now: seconds since the epoch by this machine's clock.
        patience: seconds that may pass from one act to the next.
        ended: plans of which a journal here says that nobody is at work on them.

    """
    held: defaultdict[tuple[str, str, str], dict[str, tuple[LockHolder, Observation]]] = defaultdict(dict)
    for it in judgements:
        seen = it.observation
        if seen is not None and seen.lock is not None:
            held[seen.lock.holder, seen.lock.host, seen.lock.plan][it.node.name] = (seen.lock, seen)
    return tuple(
        Transition(
            holder=holder,
            host=host,
            plan=plan,
            since=min(lock.since for lock, _ in among.values()),
            nodes=tuple(among),
            stands_still=not plan or plan in ended or now - _last_act(among, now) > patience,
        )
        for (holder, host, plan), among in held.items()
    )


def _last_act(among: Mapping[str, tuple[LockHolder, Observation]], now: float) -> float:
    times = (at for lock, seen in among.values() for at in _acts(lock, seen))
    return max((min(at, now) for at in times if at <= now + SKEW), default=0.0)


def _acts(lock: LockHolder, seen: Observation) -> Iterator[float]:
    try:
        yield seconds_of(lock.since)
    except ValueError:
        yield 0.0
    yield float(seen.file.ctime)
    if seen.process.start_ticks is not None and seen.ticks_per_second > 0:
        yield float(seen.btime + seen.process.start_ticks // seen.ticks_per_second)
