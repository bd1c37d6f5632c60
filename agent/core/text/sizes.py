"""A number of bytes as people say it: 812 B, 5.0 MiB, 12.4 GiB."""

from __future__ import annotations

from typing import Final

_STEP: Final = 1024
_UNITS: Final = ("KiB", "MiB", "GiB", "TiB")


def size_words(count: float) -> str:
    """Return a number of bytes with one decimal of the largest fitting unit; below 1 KiB the bytes themselves."""
    if count < _STEP:
        return f"{int(count)} B"
    power = 1
    while power < len(_UNITS) and count >= _STEP ** (power + 1):
        power += 1
    return f"{count / _STEP**power:.1f} {_UNITS[power - 1]}"
