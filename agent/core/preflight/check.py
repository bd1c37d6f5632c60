"""One thing that was found out about a bucket or about a node's identity, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Health(StrEnum):
    """How a check came out; unknown is never taken for good."""

    GOOD = "good"
    CARE = "care"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of one node, worded so that equal nodes say the same: neither names nor keys of theirs are in it.

    bucket and target are empty where it is about the node itself. says is what Jira's health check will complain of;
    verified tells whether those are Jira's own words, as documented. needed: Jira cannot do without it, so that not to
    know is no all-clear. detail is the store's own message, which differs from node to node.
    """

    what: str
    health: Health
    seen: str
    bucket: str = ""
    target: str = ""
    cure: str | None = None
    says: str | None = None
    verified: bool = False
    needed: bool = False
    detail: str = field(default="", compare=False)
