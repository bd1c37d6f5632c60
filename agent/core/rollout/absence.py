"""Is a process that was told to start gone, or will it never come? Only a row of looks that all found none says so.

A unit that forks shows no process for a while, a slow disk makes that longer, and a service manager may bring back what
has ended: so one look proves nothing, and each look that does not prove the absence begins the row anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.altered import altered
from agent.core.observation import Presence
from agent.core.rollout.evidence import LOOK_INTO_LOG, process_in

if TYPE_CHECKING:
    from agent.core.observation import Observation
    from agent.core.planning.plan import Patience
    from agent.core.rollout.progress import Progress

FEWEST_LOOKS: Final = 3
"""A row is no shorter than this, however far apart its looks are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The row so far: how many looks, and since when by the controller's monotonic clock; lived: one was seen once."""

    looks: int = 0
    since: float = 0.0
    lived: bool = False


def absence_after(absence: Absence, progress: Progress, seen: Observation | None, now: float) -> Absence:
    """Return the row after one more look, None where it failed; the process from before the stop is no sign of life."""
    if seen is not None and seen.process.presence is Presence.NONE:
        return altered(absence, looks=absence.looks + 1, since=absence.since if absence.looks else now)
    process = process_in(seen) if seen is not None else None
    return Absence(lived=absence.lived or process not in (None, progress.process))


def judge_absence(absence: Absence, patience: Patience, now: float) -> str | None:
    """Return why the process is not waited for any longer, or None while it may still come."""
    limit = patience.return_timeout if absence.lived else patience.appear_timeout
    if absence.looks < FEWEST_LOOKS or now - absence.since < limit:
        return None
    ended = f"the process has ended again, and was not back after {limit:g} s"
    return f"{ended if absence.lived else f'no process has appeared for {limit:g} s'}; {LOOK_INTO_LOG}"
