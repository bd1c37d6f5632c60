"""How many nodes of a cluster may be down at once? A count or a share becomes a number, with the arithmetic told."""

from __future__ import annotations

from dataclasses import dataclass

STARTS_SERIALLY_SINCE = (9, 1)
"""From Jira 9.1 on nodes wait for each other at start; before, to start one at a time was the administrator's duty
(Atlassian, "Changes to index management on the Jira startup in version 9.1")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """asked is what was wished for, as a number; count is what is granted, told how that came about."""

    asked: int
    count: int
    told: str


def number_of(allowed: int | str, nodes: int) -> int:
    """Return how many of `nodes` a count or a share such as 25% means: rounded down, and one is always allowed."""
    return allowed if isinstance(allowed, int) else max(1, nodes * int(allowed.removesuffix("%")) // 100)


def budget_of(allowed: int | str, *, nodes: int, version: str, serving: int) -> Budget:
    """Return how many of a cluster's nodes may be down at once, where at least `serving` have to go on serving.

    Args:
        allowed: as the inventory or --max-unavailable says it.
        nodes: how many the cluster has.
        version: Jira's, three numbers; before 9.1 only one node may be down.
        serving: 1, or 0 where a downtime is accepted.
    """
    asked = number_of(allowed, nodes)
    told = str(asked) if isinstance(allowed, int) else _arithmetic(allowed, nodes, asked)
    most = max(1, nodes - serving)
    if tuple(map(int, version.split(".")))[:2] < STARTS_SERIALLY_SINCE and asked > 1:
        return Budget(asked=asked, count=1, told=f"{told}, but 1: nodes of Jira {version} must start one at a time")
    if asked > most:
        why = f"{serving} of {nodes} must go on serving" if serving else "there are no more nodes"
        return Budget(asked=asked, count=most, told=f"{told}, but {most}: {why}")
    return Budget(asked=asked, count=asked, told=told)


def _arithmetic(share: str, nodes: int, asked: int) -> str:
    least = ", at least 1" if nodes * int(share.removesuffix("%")) < 100 else ""  # noqa: PLR2004 - a share is of 100
    return f"{share} of {nodes} = {asked}{least}"
