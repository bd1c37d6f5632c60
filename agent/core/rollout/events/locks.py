"""What happens to the lock on a node."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeClaimed:
    """The node's lock is ours, seen in the node's own words."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRefused:
    """Somebody else's lock or epoch; the holder's fields are empty where the lock is free and only the epoch is not."""

    node: str
    holder: str
    host: str
    plan: str
    epoch: int
    since: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReleased:
    """The lock on the node is not ours any more."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLeft:
    """The lock may still lie there in our name."""

    node: str
    reason: str
    at: str = ""
