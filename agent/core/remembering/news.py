"""What is to be told to one receiver? How the condition of a cluster differs from what this receiver was last told.

Not what differs from the check before: whoever could not be told, or was not to be, is told later, and once. A node
of which a receiver knows nothing counts as good, so a first check that finds nothing wrong is no news.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.altered import altered
from agent.core.remembering.memory import GOOD, LEFT, Memory, Told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from agent.core.remembering.memory import NodeMemory, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One node: what the receiver takes it for (None: it never heard of it), and what it is (None: it has left)."""

    node: str
    before: str | None
    after: str | None
    reason: str
    first_seen: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one receiver does not know yet; unmade and was_unmade: whether a check could be made at all."""

    differences: tuple[Difference, ...]
    unmade: bool = False
    was_unmade: bool = False


def compared(seen: Iterable[Seen]) -> frozenset[str]:
    """Return the nodes that a check may bring news of: those that it saw, without those in transition."""
    return frozenset(look.node for look in seen if not look.in_transition)


def news_for(memory: Memory, told: Told | None, about: frozenset[str]) -> News | None:
    """Return what a receiver is to be told of these nodes; None where it knows all of it."""
    was_unmade = told is not None and told.unmade
    if memory.unmade:
        return None if was_unmade else News(differences=(), unmade=True)
    differences = (*_differences(memory, told, about), *_departures(memory, told))
    return News(differences=differences, was_unmade=was_unmade) if differences or was_unmade else None


def conditions_differ(before: Memory, after: Memory, about: frozenset[str]) -> bool:
    """Tell whether a check found the cluster in another condition than the check before it; a good first one did not.

    The check before is taken for a receiver that was told of everything.
    """
    told = Told(at=0.0, conditions=_lasting(before), unmade=before.unmade)
    return news_for(after, told, about) is not None


def told_now(memory: Memory, told: Told | None, about: frozenset[str]) -> Told:
    """Return what a receiver knows once it has been told its news of these nodes, or where there is none."""
    at = memory.checked_at or 0.0
    earlier = told.conditions if told else {}
    if memory.unmade:
        return Told(at=at, conditions=earlier, unmade=True)
    heard = {name: condition for name, condition in _lasting(memory).items() if name in about}
    kept = {name: condition for name, condition in earlier.items() if name in memory.nodes}
    return Told(at=at, conditions={**kept, **heard})


def with_told(memory: Memory, told: Mapping[str, Told]) -> Memory:
    """Return the memory with what these receivers know by now, by their keys; no moment in it is after its check."""
    latest = memory.checked_at or 0.0
    return altered(
        memory, told={**memory.told, **{key: altered(it, at=min(it.at, latest)) for key, it in told.items()}}
    )


def told_only(memory: Memory, keys: Collection[str]) -> Memory:
    """Return the memory without the receivers that there are no more."""
    return altered(memory, told={key: told for key, told in memory.told.items() if key in keys})


def _lasting(memory: Memory) -> dict[str, str]:
    return {name: node.lasting for name, node in memory.nodes.items() if node.lasting is not None}


def _differences(memory: Memory, told: Told | None, about: frozenset[str]) -> Iterator[Difference]:
    for name, node in memory.nodes.items():
        before = told.conditions.get(name) if told else None
        if name in about and node.lasting not in {None, before or GOOD}:
            reason = _to_and_fro(node) if node.flapping else node.reason
            yield Difference(node=name, before=before, after=node.lasting, reason=reason, first_seen=node.first_seen)


def _departures(memory: Memory, told: Told | None) -> Iterator[Difference]:
    """What was told to be wrong and is no node any more would be thought wrong for ever."""
    for name, before in (told.conditions if told else {}).items():
        if name not in memory.nodes and before != GOOD:
            yield Difference(node=name, before=before, after=None, reason=LEFT, first_seen=None)


def _to_and_fro(node: NodeMemory) -> str:
    seen = ", ".join(dict.fromkeys(node.recent))
    return f"it goes to and fro ({seen}) and is told of again when it is steady; now {node.condition}: {node.reason}"
