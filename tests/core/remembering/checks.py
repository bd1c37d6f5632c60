"""Drift checks as values: by hand for a story, by chance for a property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from agent.core.remembering.memory import Memory, Seen, remember

if TYPE_CHECKING:
    from collections.abc import Iterable

NODES = ("jira-1", "jira-2", "jira-3")
KNOWN = frozenset(NODES)
NOON = 1_795_348_800.0
"""2026-11-22T12:00:00Z."""


def saw(node: str, standing: str = "CURRENT", *faults: str, in_transition: bool = False) -> Seen:
    return Seen(node=node, standing=standing, reason=f"why {standing}", faults=faults, in_transition=in_transition)


def checked(memory: Memory, *seen: Seen, at: float, known: frozenset[str] = KNOWN) -> Memory:
    bad = any(look.condition != "CURRENT" for look in seen)
    return remember(memory, seen, at=at, outcome="drift" if bad else "ok", known=known)


def story(*standings: str, node: str = "jira-1", memory: Memory | None = None) -> Memory:
    """One node, looked at once a minute."""
    told = memory or Memory(cluster="prod")
    for number, standing in enumerate(standings):
        told = checked(told, saw(node, standing), at=NOON + 60 * number)
    return told


def whole(*standings: str) -> tuple[Seen, ...]:
    return tuple(saw(node, standing) for node, standing in zip(NODES, standings, strict=True))


LOOKS = st.builds(
    Seen,
    node=st.sampled_from(NODES),
    standing=st.sampled_from(("CURRENT", "SPLIT", "UNREACHABLE")),
    reason=st.text(max_size=8),
    faults=st.lists(st.sampled_from(("temp-left", "wrong-home")), max_size=2).map(tuple),
    in_transition=st.booleans(),
)
CHECKS = st.lists(
    st.tuples(
        st.integers(min_value=-500, max_value=5000),
        st.lists(LOOKS, max_size=3, unique_by=lambda look: look.node),
        st.sampled_from((KNOWN, KNOWN, KNOWN - {"jira-3"})),
    ),
    max_size=40,
)
"""Each: the seconds since the one before, what was seen, the nodes of the inventory."""
Check = tuple[int, list[Seen], frozenset[str]]


def after_each(checks: Iterable[Check]) -> Iterable[tuple[Memory, Memory, float, Check]]:
    """Fold checks; give the memory before and after each of them, and its moment."""
    memory, at = Memory(cluster="prod"), NOON
    for check in checks:
        passed, seen, known = check
        at += passed
        before = memory
        memory = remember(before, seen, at=at, outcome="ok", known=known | {it.node for it in seen})
        yield before, memory, at, check
