"""A moment as scripts and people read it, and back: 2026-11-22T20:31:00Z for seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

LAST: Final = 253_402_300_799.0
"""The last second of the year 9999, after which there is no such text."""


def iso(seconds: float) -> str:
    """Return a moment from 0 to LAST in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(seconds: float | None) -> str | None:
    """Return a moment as iso() does, and None for none."""
    return None if seconds is None else iso(seconds)


def seconds_of(text: str) -> float:
    """Return the seconds of a moment that says its offset from UTC.

    Raises:
        ValueError: it is not such a moment, or out of bounds.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 0 <= found.timestamp() <= LAST:
        raise ValueError(f"{text!r} is not a moment with its offset from UTC")
    return found.timestamp()


def seconds_or_none(value: object) -> float | None:
    """Return the seconds of a moment as seconds_of() does, and None for whatever is none."""
    try:
        return seconds_of(value) if isinstance(value, str) else None
    except ValueError:
        return None
