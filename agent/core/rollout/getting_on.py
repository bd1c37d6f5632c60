"""Is a node that takes long getting on? A reindex writes to its log, a catch-up moves the counts of its index.

Jira says MAINTENANCE only while an index holds it up (Atlassian, "Jira status endpoint response meanings"), so a log
that grows then is a reindex that works; in any other state a growing log proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of

if TYPE_CHECKING:
    from agent.core.observation import LogMark, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far it was: what the index counts, and where the log ended; two that differ are progress."""

    counts: tuple[int, int] | None
    log: LogMark | None

    @property
    def words(self) -> str:
        """What is getting on, for people."""
        if self.counts is None:
            return "a reindex is at work"
        return f"its index catches up ({self.counts[0]} issues in it, {self.counts[1]} operations waiting)"


def mark_of(look: Observation) -> Mark | None:
    """Return how far a node is with its index; None where it is not at that."""
    index = look.rest.index if look.rest else None
    counts = (index.in_index, index.queued) if index and not index.readable else None
    log = look.log if state_of(look) is State.MAINTENANCE else None
    return None if counts is None and log is None else Mark(counts=counts, log=log)
