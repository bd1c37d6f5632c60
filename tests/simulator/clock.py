"""A clock that moves only when somebody waits, so that hours pass in no time."""

from __future__ import annotations


class FakeClock:
    """Starts at 0; a wait takes exactly as long as was asked."""

    MOST_WAITS = 5_000
    """No rollout of a test waits more often; one that does would wait for ever."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept = 0.0
        self._waits = 0

    def sit_down(self) -> None:
        """Begin to count anew."""
        self._waits = 0

    def monotonic(self) -> float:
        return self.now

    def elapsed(self) -> float:
        return self.now + self.slept

    def wait(self, seconds: float) -> None:
        self._waits += 1
        assert self._waits <= self.MOST_WAITS, "the rollout waits for ever"
        self.now += max(seconds, 0.001)

    def now_iso(self) -> str:
        return f"2026-01-01T00:00:00+{self.now:.3f}s"
