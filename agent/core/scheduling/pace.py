"""How often: a length of time as each scheduler's own words; what one cannot say is refused, never rounded."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from agent.core.text.durations import duration_words
from agent.errors import InputError

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
LEAST: Final = MINUTE
"""A check more often than this would begin before the one before it has ended."""
LEAST_IN_CI: Final = 5 * MINUTE
"""GitHub starts no workflow more often (Events that trigger workflows, schedule)."""
MOST_DELAY: Final = 5 * MINUTE
_EVEN: Final = (*(f"{n}m" for n in range(1, 60) if 60 % n == 0), *(f"{n}h" for n in range(1, 25) if 24 % n == 0))


def require_pace(every: float) -> int:
    """Return the seconds between two checks.

    Raises:
        InputError: they are too few.

    """
    if every < LEAST:
        raise InputError(f"--every: {every:g} s are too few, since a check may take that long; at least 1m")
    return int(every)


def cron_times(every: int, seed: str, *, least: int = LEAST) -> str:
    """Return the five fields of cron; at which minute it begins, the seed alone decides.

    Raises:
        InputError: cron cannot say this length: its steps begin anew with each hour and each day.

    """
    if every < least or not _is_even(every):
        sayable = ", ".join(it for it in _EVEN if least <= MINUTE or it not in {"1m", "2m", "3m", "4m"})
        raise InputError(f"--every: a cron expression cannot say {_said(every)}; one of {sayable}")
    moment = int.from_bytes(sha256(seed.encode("utf-8", "backslashreplace")).digest()[:8], "big") % every // MINUTE
    hour, minute = divmod(moment, 60)
    if every <= HOUR:
        return f"{_steps(minute, every // MINUTE, 60)} * * * *"
    return f"{minute} {_steps(hour, every // HOUR, 24)} * * *"


def timer_lines(every: int) -> tuple[str, ...]:
    """Return the lines of a systemd timer: moments of the day where the length goes into it, else a distance.

    The moments get a delay, of each machine its own: half the interval, and not more than five minutes. A distance is
    counted from when the machine came up, which differs anyway, and a delay would be added to it each time.
    """
    if not _is_even(every):
        return ("OnActiveSec=1min", f"OnUnitActiveSec={every}s")
    delay = min(every // 2, MOST_DELAY)
    return (f"OnCalendar={_calendar(every)}", "Persistent=yes", f"RandomizedDelaySec={delay}s", "FixedRandomDelay=yes")


def _calendar(every: int) -> str:
    if every < HOUR:
        return f"*-*-* *:0/{every // MINUTE}:00" if every > MINUTE else "*-*-* *:*:00"
    hours = {HOUR: "*", DAY: "00"}.get(every, f"0/{every // HOUR}")
    return f"*-*-* {hours}:00:00"


def pace_words(every: int) -> str:
    """Return the length as people say it."""
    return f"every {_said(every)}"


def _is_even(every: int) -> bool:
    """Tell whether the same minutes come round each hour, or the same hours each day."""
    if every % MINUTE or every > DAY:
        return False
    return HOUR % every == 0 if every <= HOUR else every % HOUR == 0 and DAY % every == 0


def _steps(first: int, step: int, among: int) -> str:
    if step == 1:
        return "*"
    return str(first) if step == among else f"{first}-{among - 1}/{step}"


def _said(every: int) -> str:
    return duration_words(every) if every % MINUTE == 0 and every >= 2 * MINUTE else f"{every}s"
