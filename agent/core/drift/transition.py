"""Is a rollout at work on these nodes, so that what they show is on its way and no cause for alarm?

A lock alone proves little: a rollout that was cut off holds its nodes for ever. So it counts as under way only as long
as something has happened lately that it leaves behind: a claim, a commit, a start of Jira. From one of these to the
next it may take as long as the inventory lets a start, a stop and the hooks last; after that it stands still, and its
nodes are judged like all others. A Jira that starts again and again by itself excuses nothing for ever: all of it may
take as long as each of its nodes may, one after the other.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.text.moments import seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            stands_still=not plan or plan in ended or _is_overdue(among, now, patience),
        )
        for (holder, host, plan), among in held.items()
    )


def _is_overdue(among: _Held, now: float, patience: float) -> bool:
    """Tell whether nothing has happened for too long, or all of it has taken too long."""
    claims = [at for lock, _ in among.values() if (at := _claimed(lock)) <= now + SKEW]
    acts = [at for _, seen in among.values() for at in _acts(seen) if at <= now + SKEW]
    begun, last = min(claims, default=None), max((*claims, *acts), default=0.0)
    if begun is not None and now - begun > patience * (len(among) + 1):
        return True
    return now - min(last, now) > patience


def _claimed(lock: LockHolder) -> float:
    """Return when a node was claimed, by the holder's clock."""
    try:
        return seconds_of(lock.since)
    except ValueError:
        return 0.0


def _acts(seen: Observation) -> Iterator[float]:
    """Return when a file was committed and when Jira was started, by the node's clock."""
    if seen.ticks_per_second <= 0:
        return
    for ticks in (*(it.ticks for it in seen.receipts if it.boot_id == seen.boot_id), seen.process.start_ticks):
        if ticks is not None:
            yield float(seen.btime + ticks // seen.ticks_per_second)


_Held = dict[str, tuple["LockHolder", "Observation"]]
