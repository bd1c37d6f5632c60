"""The memory of drift checks in words: lines for people, whole facts for scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.remembering.memory import GOOD
from agent.core.report import Line, Tone, columns
from agent.core.text.durations import duration_words
from agent.core.text.moments import iso, iso_or_none
from agent.core.text.names import counted, fold, natural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.remembering.memory import Change, Memory, NodeMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One cluster: its memory, or an empty one and why there is no other."""

    memory: Memory
    damage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A change, and how many seconds the condition before it had been seen; None where that is not remembered."""

    change: Change
    lasted: float | None


def sentence(entries: tuple[Entry, ...]) -> str:
    """Sum up what is remembered."""
    remembered = [entry.memory for entry in entries if entry.memory.checked_at is not None]
    damaged = sum(entry.damage is not None for entry in entries)
    broken = f" {_memories(damaged)} cannot be read." if damaged else ""
    if not remembered:
        return f"No drift check of this machine is remembered.{broken}"
    names = ", ".join(memory.cluster for memory in remembered)
    changes = sum(len(memory.changes) for memory in remembered)
    return f"{names}: {counted(changes, 'change')} remembered on this machine.{broken}"


def lines(entry: Entry, last: int) -> Iterator[Line]:
    """Return one cluster for people: its last check, its nodes folded, its last changes."""
    memory = entry.memory
    if entry.damage:
        yield Line(text=entry.damage, tone=Tone.BAD)
    if memory.checked_at is None:
        return
    made = "could not be made" if memory.unmade else "ended"
    yield Line(
        text=f"{memory.cluster}: the last check {made} {iso(memory.checked_at)}: {memory.outcome}", tone=Tone.TITLE
    )
    yield from _node_lines(memory)
    yield from _change_lines(memory, last)


def facts(entry: Entry, last: int) -> dict[str, object]:
    """Return one cluster for scripts; what is not known is null."""
    memory = entry.memory
    return {
        "cluster": memory.cluster,
        "checked_at": iso_or_none(memory.checked_at),
        "outcome": memory.outcome,
        "unmade": memory.unmade,
        "nodes": [_node(name, memory.nodes[name]) for name in sorted(memory.nodes, key=natural)],
        "changes": [_change(turn) for turn in _turns(memory)[:last]],
        "earlier": max(0, len(memory.changes) - last),
        "damage": entry.damage,
    }


def _memories(number: int) -> str:
    return "1 memory" if number == 1 else f"{number} memories"


def _node_lines(memory: Memory) -> Iterator[Line]:
    """One line for all nodes of which the same is to be said."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, node in memory.nodes.items():
        alike.setdefault(_words(node), []).append(name)
    rows = sorted(alike.items(), key=lambda it: (it[0][0] == GOOD, natural(min(it[1], key=natural))))
    table = columns([(said[0], fold(names), *said[1:]) for said, names in rows])
    for text, (said, _) in zip(table, rows, strict=True):
        yield Line(text=f"  {text}", tone=Tone.GOOD if said[0] == GOOD else Tone.CARE)


def _words(node: NodeMemory) -> tuple[str, ...]:
    good = "never seen good" if node.last_good is None else f"last good {iso(node.last_good)}"
    more = (*(("flapping",) if node.flapping else ()), *(("in transition",) if node.in_transition else ()))
    since = f"since {iso(node.first_seen)}"
    seen = "good all the while" if node.condition == GOOD else good
    return (node.condition, since, ", ".join((seen, *more)))


def _change_lines(memory: Memory, last: int) -> Iterator[Line]:
    if not memory.changes:
        return
    yield Line(text="Changes, the latest first:", tone=Tone.TITLE)
    alike: dict[tuple[str, ...], list[str]] = {}
    turns = _turns(memory)
    for turn in turns[:last]:
        alike.setdefault(_told(turn), []).append(turn.change.node)
    table = columns([(at, fold(names), way, reason) for (at, way, reason), names in alike.items()])
    yield from (Line(text=f"  {text}") for text in table)
    if len(turns) > last:
        yield Line(text=f"  ... and {len(turns) - last} earlier (--last N)", tone=Tone.QUIET)


def _told(turn: _Turn) -> tuple[str, str, str]:
    change = turn.change
    way = f"{change.before or '(first seen)'} -> {change.after or '(left)'}"
    after = "" if turn.lasted is None else f" after {duration_words(turn.lasted)}"
    aside = " (in transition)" if change.in_transition else ""
    return iso(change.at), f"{way}{after}{aside}", change.reason


def _turns(memory: Memory) -> tuple[_Turn, ...]:
    """Return the changes, the latest first, each with the time since the one before it of the same node."""
    found, begun = [], dict[str, float]()
    for change in reversed(memory.changes):
        since = begun.get(change.node) if change.before is not None else None
        found.append(_Turn(change=change, lasted=None if since is None else change.at - since))
        begun[change.node] = change.at
    return tuple(reversed(found))


def _node(name: str, node: NodeMemory) -> dict[str, object]:
    return {
        "node": name,
        "standing": node.standing,
        "faults": list(node.faults),
        "reason": node.reason,
        "first_seen": iso(node.first_seen),
        "last_seen": iso(node.last_seen),
        "last_good": iso_or_none(node.last_good),
        "flapping": node.flapping,
        "in_transition": node.in_transition,
    }


def _change(turn: _Turn) -> dict[str, object]:
    change = turn.change
    return {
        "at": iso(change.at),
        "node": change.node,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
        "in_transition": change.in_transition,
        "lasted_seconds": turn.lasted,
    }
