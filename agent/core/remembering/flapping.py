"""Does a node go to and fro? By how often it came back to a condition that it had in one of its last checks.

A node flaps from BEGINS returns on, and goes on flapping until no more than ENDS are left among its last checks.
Between the two it stays what it was, so that being told of it does not flap as well. One that is in a condition which
is new among them does not flap, whatever it did before: it has come to something else, which may be worse. And one that
has been the same for STEADY checks is steady.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKS: Final = 20
"""How many checks of a node are looked back on."""
BEGINS: Final = 4
ENDS: Final = 2
STEADY: Final = 6


def latest(conditions: Sequence[str]) -> tuple[str, ...]:
    """Return the conditions that are looked back on, the latest last."""
    return tuple(conditions[-CHECKS:])


def is_flapping(recent: Sequence[str], *, already: bool) -> bool:
    """Tell whether a node flaps, given whether it did so before its latest check."""
    steady = _steady_for(recent)
    is_new = not recent or recent[-1] not in recent[: len(recent) - steady]
    if is_new or steady >= STEADY:
        return False
    pairs = enumerate(pairwise(recent))
    returns = sum(before != after and after in recent[:place] for place, (before, after) in pairs)
    return returns > ENDS if already else returns >= BEGINS


def _steady_for(recent: Sequence[str]) -> int:
    """Return for how many of the last checks the condition has been what it is."""
    count = 0
    for condition in reversed(recent):
        if condition != recent[-1]:
            break
        count += 1
    return count
