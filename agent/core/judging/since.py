"""Since when is a node as it is? By its own evidence and its own clock, as far as there is any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.in_force import TOLERANCE_SECONDS, Known
from agent.core.judging.standing import Standing
from agent.core.observation import FileKind, Presence

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation

_EARLIEST = 946_684_800
"""The year 2000: an earlier time is that of a machine without a clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A moment in whole seconds since the epoch by the node's clock, and what happened then."""

    at: int
    event: str


def since_of(judgement: Judgement) -> Since | None:
    """Return the latest moment that can have made the standing what it is; None where nothing tells."""
    seen = judgement.observation
    if seen is None:
        return None
    found = _moment(judgement, seen)
    return found if found is not None and _EARLIEST <= found.at <= seen.now + 1 else None


def _moment(judgement: Judgement, seen: Observation) -> Since | None:
    match judgement.standing:
        case Standing.CURRENT:
            return _start(seen)
        case Standing.RESTART_PENDING:
            return _latest(_commit(seen, judgement), _change(seen))
        case Standing.SPLIT if isinstance(judgement.in_force, Known):
            return _start(seen)
        case _:
            return _change(seen)


def _latest(commit: Since | None, change: Since | None) -> Since | None:
    """A commit alters the file itself; only what came clearly later is another event."""
    if commit and change and change.at <= commit.at + TOLERANCE_SECONDS:
        return commit
    return change or commit


def _start(seen: Observation) -> Since | None:
    ticks, rate = seen.process.start_ticks, seen.ticks_per_second
    if seen.process.presence is not Presence.FOUND or ticks is None or rate <= 0 or seen.btime <= 0:
        return None
    return Since(at=seen.btime + ticks // rate, event="when Jira started")


def _commit(seen: Observation, judgement: Judgement) -> Since | None:
    """Ticks count from the boot: those of an earlier one tell no time any more."""
    last = seen.receipts[-1] if seen.receipts else None
    if last is None or last.boot_id != seen.boot_id or last.digest != judgement.digest or seen.ticks_per_second <= 0:
        return None
    return Since(at=seen.btime + last.ticks // seen.ticks_per_second, event="when the file was committed")


def _change(seen: Observation) -> Since | None:
    """No time tells when a file was removed."""
    if seen.file.kind in {FileKind.ABSENT, FileKind.HIDDEN} or not seen.file.ctime:
        return None
    return Since(at=seen.file.ctime, event="when the file was last altered")
