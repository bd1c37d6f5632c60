"""The index start of one node: wait for the lock, catch up or rebuild, let go; and how far the index is.

Documented: the order, the lock, and the three lines that bear [INDEX_START]
(https://confluence.atlassian.com/jirakb/failed-getting-index-on-start-1141970837.html); that a foreground reindex shows
as MAINTENANCE (https://support.atlassian.com/jira/kb/jira-status-endpoint-response-meanings/). Guessed: the loggers,
the end of the waiting line, the wording of progress, and what the counts do meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.lab.jira.index_lock import NAME as LOCK

if TYPE_CHECKING:
    from agent.lab.jira.index_lock import IndexLock
    from agent.lab.jira.log import Log
    from agent.lab.jira.settings import Settings

LOGGER = "c.a.j.index.start.IndexStartup"
REINDEX_LOGGER = "c.a.j.util.index.CompositeIndexLifecycleManager"
STEP = 10
"""Per cent between two lines of progress."""
LAG = 0.1
"""How much of the index is missing when a node begins to catch up: Jira's own limit for doing so (10 %)."""


@dataclass(slots=True, kw_only=True)
class IndexStart:
    """Where the node is in it. Moments are seconds since the epoch, None before they have come."""

    settings: Settings
    lock: IndexLock
    log: Log
    begun: float | None = None
    ended: float | None = None
    waits_for: str | None = None
    told: int = -STEP

    @property
    def rebuilding(self) -> bool:
        """Whether it is in a foreground reindex."""
        return self.begun is not None and self.ended is None and self.settings.reindex_seconds > 0

    def go_on(self, now: float) -> bool:
        """Do what is due by now; True when that was the last of it."""
        if self.begun is None:
            self._ask_for_the_lock(now)
            return False
        self.lock.renew(now)
        self._tell_progress(now)
        if now < self.begun + self.settings.index_seconds + self.settings.reindex_seconds:
            return False
        self._let_go(now)
        return True

    def wait_for_ever(self) -> None:
        """Be a node whose turn never comes."""
        self._wait_for("another node")

    def missing(self, now: float) -> int:
        """Return how many issues of the database are not in the index yet."""
        return round(self.settings.issues * self._missing_part(now))

    def _missing_part(self, now: float) -> float:
        if self.ended is None:
            return 1 - self._done(now)
        left = self.ended + self.settings.catch_up_seconds - now
        return LAG * left / self.settings.catch_up_seconds if left > 0 else 0

    def _done(self, now: float) -> float:
        """Return the part of a foreground reindex that is done; without one there is nothing to rebuild."""
        if not self.settings.reindex_seconds:
            return 1
        passed = 0 if self.begun is None else now - self.begun - self.settings.index_seconds
        return min(1, max(0, passed / self.settings.reindex_seconds))

    def _ask_for_the_lock(self, now: float) -> None:
        holder = self.lock.take(now)
        if holder is not None:
            self._wait_for(holder)
            return
        self.begun = now
        self._say(
            f"Acquired lock {LOCK} to check the index availability. "
            "Other nodes will wait with starting until this one is done."
        )
        if self.rebuilding:
            self.log.say("INFO", REINDEX_LOGGER, "Reindexing all issues")

    def _wait_for(self, holder: str) -> None:
        """Say once for each holder that this node waits for it."""
        if self.waits_for != holder:
            self.waits_for = holder
            self._say(
                f"Waiting for lock {LOCK} to check index availability. The lock is currently held by node: {holder}."
            )

    def _tell_progress(self, now: float) -> None:
        done = int(100 * self._done(now)) if self.rebuilding else self.told
        while self.told + STEP <= done:
            self.told += STEP
            self.log.say("INFO", REINDEX_LOGGER, f"Re-indexing is {self.told}% complete. Current index: Issue")

    def _let_go(self, now: float) -> None:
        self.ended = now
        self.lock.release()
        self._say(f"Released lock {LOCK}")

    def _say(self, message: str) -> None:
        self.log.say("INFO", LOGGER, f"[INDEX_START] Current node: {self.lock.node_id}. {message}")
