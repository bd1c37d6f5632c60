"""A length of time as people say it: 45s, 12m, 1h05m."""

from __future__ import annotations

MINUTE = 60
IN_SECONDS = 2 * MINUTE
"""Below this the minutes would be too coarse a word."""


def duration_words(seconds: float) -> str:
    """Return a length of time, which is finite: seconds below two minutes (1s at least), then minutes, then hours."""
    whole = max(1, _rounded(seconds, 1))
    if whole < IN_SECONDS:
        return f"{whole}s"
    hours, minutes = divmod(_rounded(seconds, MINUTE), MINUTE)
    if not hours:
        return f"{minutes}m"
    return f"{hours}h{minutes:02}m" if minutes else f"{hours}h"


def _rounded(seconds: float, unit: int) -> int:
    """Return how many units, the half counting as one more."""
    return int(seconds / unit + 0.5)
