"""The time: monotonic seconds for durations, ISO 8601 for people, and a wait that an interruption ends."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class SystemClock:
    """This machine's clock; setting `woken` ends the wait under way, or else the next one, once."""

    woken: threading.Event = field(default_factory=threading.Event)

    def monotonic(self) -> float:
        """Return seconds since an arbitrary moment; never goes back."""
        return time.monotonic()

    def elapsed(self) -> float:
        """Return the same, and count the time that this machine was asleep as well, where the system can tell."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let time pass, or return early when woken; a wake-up serves one wait, so that no loop runs hot after it."""
        if self.woken.wait(max(0.0, seconds)):
            self.woken.clear()

    def now_iso(self) -> str:
        """Return the date and time in UTC, to the second."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
