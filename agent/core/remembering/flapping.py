"""Does a node go to and fro? By how often its condition changed from one of its last checks to the next.

As Nagios does it, without weights: a node flaps from BEGINS changes on, and goes on flapping until no more than ENDS
are left among its last checks. Between the two it stays what it was, so that being told of it does not flap as well.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKS: Final = 20
"""How many checks of a node are looked back on."""
BEGINS: Final = 5
ENDS: Final = 2


def latest(conditions: Sequence[str]) -> tuple[str, ...]:
    """Return the conditions that are looked back on, the latest last."""
    return tuple(conditions[-CHECKS:])


def is_flapping(recent: Sequence[str], *, already: bool) -> bool:
    """Tell whether a node flaps, given whether it did so before its latest check."""
    changes = sum(before != after for before, after in pairwise(recent))
    return changes > ENDS if already else changes >= BEGINS
