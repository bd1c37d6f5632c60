"""The requests that look at a node and change nothing; whoever imports only these cannot ask for anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.observation import LogMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe:
    """Look and change nothing; the bytes that travel for it hold no command that could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine(Observe):
    """Look as Observe does, and ask systemd after the unit as well, also where Jira's lock names the process."""


class Page(StrEnum):
    """A page of Jira's REST interface that a node is asked for."""

    MEMBERS = "members"
    CHECKS = "checks"
    INDEX = "index"
    UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult(Observe):
    """Look as Observe does, and ask the node's own Jira for these pages; the token never enters an argument list."""

    pages: frozenset[Page]
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog(Observe):
    """Look as Observe does, and bring the lines of Jira's log after the mark that bear a sign (None: its last part)."""

    since: LogMark | None
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Observe):
    """Look as Observe does, and bring the copy of the plan that the lock's holder left on the node."""


LOOKS = frozenset({Observe, Examine, Consult, ReadLog, Recall})
"""Every kind of look."""
