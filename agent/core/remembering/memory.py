"""What is remembered of a cluster from one drift check to the next? A fold: memory and one check give the next memory.

The condition of a node is its standing together with the codes of its serious remarks; one that is CURRENT without
any is good. A node in transition belongs to a rollout: its changes are written down, and marked, but its settled
condition stays the one from before, and what it passes through does not count as flapping.

Times are seconds since 1970 of this machine's clock. Where it was set back, the time of now is believed, and whatever
is remembered from later is drawn to now: nothing lies in the future, and no duration is negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent.core.altered import altered
from agent.core.judging.witness import Witness  # noqa: TC001 - read back by its type
from agent.core.remembering.flapping import is_flapping, latest
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GOOD: Final = "CURRENT"
"""The condition of a node with which nothing is wrong."""
FLAPPING: Final = "flapping"
"""Stands for the settled condition of a node that has none."""
LEFT: Final = "no longer in the inventory"
MOST_CHANGES: Final = 200
MOST_LETTERS: Final = 400
"""Of a reason; the whole of it is in the report of its check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One node's verdict in one check; faults are the codes of its serious remarks."""

    node: str
    standing: str
    reason: str
    faults: tuple[str, ...] = ()
    in_transition: bool = False
    loaded: Witness | None = None

    @property
    def condition(self) -> str:
        """The standing and the faults as one word: CURRENT, or CURRENT (wrong-home)."""
        return condition_of(self.standing, self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeMemory:
    """What is remembered of one node.

    first_seen is since when its condition has been seen without a break, last_seen the last check that looked at it.
    recent holds the conditions of its last checks outside of a rollout, the latest last; settled is the last of them.
    """

    standing: str
    faults: tuple[str, ...]
    reason: str
    first_seen: float
    last_seen: float
    last_good: float | None
    settled: str | None
    recent: tuple[str, ...]
    flapping: bool
    in_transition: bool
    loaded: Witness | None = None
    """What was last proven of a process of its; it speaks of that process alone."""

    @property
    def condition(self) -> str:
        """What it was in when it was seen last."""
        return condition_of(self.standing, self.faults)

    @property
    def lasting(self) -> str | None:
        """What others are told of: its settled condition, or that it flaps; None while only seen in transition."""
        return FLAPPING if self.flapping else self.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A node was in another condition than the time before; None before its first check, and once it has left."""

    at: float
    node: str
    before: str | None
    after: str | None
    reason: str
    in_transition: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one receiver knows: the conditions of the nodes at that moment, and whether no check could be made."""

    at: float
    conditions: Mapping[str, str]
    unmade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is remembered of one cluster; checked_at is None before its first check.

    unmade: the last check could not be made, no node was looked at. told is by the key of the receiver.
    """

    cluster: str
    checked_at: float | None = None
    outcome: str | None = None
    unmade: bool = False
    nodes: Mapping[str, NodeMemory] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    told: Mapping[str, Told] = field(default_factory=dict)


def condition_of(standing: str, faults: Iterable[str]) -> str:
    """Return a standing and the codes of faults as one word; their order and number say nothing."""
    codes = ", ".join(sorted(set(faults)))
    return f"{standing} ({codes})" if codes else standing


def remember(
    memory: Memory,
    seen: Iterable[Seen],
    *,
    at: float,
    outcome: str,
    known: frozenset[str],
) -> Memory:
    """Return the memory after one check.

    known are the nodes of the inventory: one that is not among them any more is forgotten, one that this check left
    out is remembered as it was. A check that saw no node could not be made: then nothing is known of the nodes, and
    all of them stay.
    """
    earlier = _not_later_than(at, memory)
    looks = {look.node: look for look in seen}
    if not looks:
        return altered(earlier, checked_at=at, outcome=outcome, unmade=True)
    left = sorted(set(earlier.nodes) - known - set(looks))
    stays = {name: node for name, node in earlier.nodes.items() if name not in left}
    met = {name: _met(earlier.nodes.get(name), look, at) for name, look in looks.items()}
    return altered(
        earlier,
        checked_at=at,
        outcome=outcome,
        unmade=False,
        nodes={**stays, **met},
        changes=(*_changes(earlier, looks, left, at), *earlier.changes)[:MOST_CHANGES],
    )


def _met(earlier: NodeMemory | None, look: Seen, at: float) -> NodeMemory:
    """Return what is remembered of a node that was looked at."""
    unbroken = earlier is not None and earlier.condition == look.condition
    recent = earlier.recent if earlier else ()
    settled = earlier.settled if earlier else None
    was_flapping = earlier is not None and earlier.flapping
    if not look.in_transition:
        recent, settled = latest((*recent, look.condition)), look.condition
    return NodeMemory(
        standing=look.standing,
        faults=tuple(sorted(set(look.faults))),
        reason=printable(look.reason, limit=MOST_LETTERS),
        first_seen=earlier.first_seen if earlier and unbroken else at,
        last_seen=at,
        last_good=at if look.condition == GOOD else earlier.last_good if earlier else None,
        settled=settled,
        recent=recent,
        flapping=is_flapping(recent, already=was_flapping),
        in_transition=look.in_transition,
        loaded=look.loaded or (earlier.loaded if earlier else None),
    )


def _changes(earlier: Memory, looks: Mapping[str, Seen], left: Iterable[str], at: float) -> Iterable[Change]:
    for name, look in looks.items():
        node = earlier.nodes.get(name)
        before = node.condition if node else None
        if before != look.condition:
            reason = printable(look.reason, limit=MOST_LETTERS)
            yield Change(
                at=at, node=name, before=before, after=look.condition, reason=reason, in_transition=look.in_transition
            )
    for name in left:
        before = earlier.nodes[name].condition
        yield Change(at=at, node=name, before=before, after=None, reason=LEFT)


def _not_later_than(at: float, memory: Memory) -> Memory:
    """Return the same memory with no moment in it after this one."""
    if memory.checked_at is None or memory.checked_at <= at:
        return memory
    return altered(
        memory,
        checked_at=at,
        nodes={
            name: altered(
                node,
                first_seen=min(at, node.first_seen),
                last_seen=min(at, node.last_seen),
                last_good=None if node.last_good is None else min(at, node.last_good),
            )
            for name, node in memory.nodes.items()
        },
        changes=tuple(altered(change, at=min(at, change.at)) for change in memory.changes),
        told={key: altered(told, at=min(at, told.at)) for key, told in memory.told.items()},
    )
