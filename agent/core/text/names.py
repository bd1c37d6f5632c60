"""Many names as one short word, and in the order that people count: jira-[1-3] for three, jira-2 before jira-10."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGITS = re.compile(r"([0-9]{1,18})")


def fold(names: Iterable[str]) -> str:
    """Return the short word for names, in natural order; core/inventory/nodeset expands it to the same names again.

    Names that hold brackets or commas cannot be node names; they are shown as they are.
    """
    by_skeleton: dict[tuple[str, ...], list[list[str]]] = {}
    for name in sorted(set(names), key=natural):
        parts = _DIGITS.split(name)
        by_skeleton.setdefault(tuple(parts[::2]), []).append(parts)
    return ",".join(word for alike in by_skeleton.values() for word in _fold_alike(alike))


def natural(name: str) -> tuple[tuple[str, int, int], ...]:
    """Return the sort key under which jira-2 comes before jira-10."""
    parts = [*_DIGITS.split(name), "0"]
    return tuple((parts[i], int(parts[i + 1]), len(parts[i + 1])) for i in range(0, len(parts), 2))


def counted(number: int, thing: str) -> str:
    """Return how many there are of a thing, in words that fit one as well: 1 node, 3 nodes."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def renamed(text: str, name: str, other: str) -> str:
    """Replace a node's name where it stands alone: jira-1 is not part of jira-10 nor of jira-1.example.com."""
    alone = rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)"
    return re.sub(alone, lambda _: other, text)


def is_padded(number: str) -> bool:
    """Tell whether a number is written with leading zeros, which belong to the name."""
    return number.startswith("0") and len(number) > 1


def _fold_alike(alike: list[list[str]]) -> list[str]:
    """Fold names that differ in their numbers only, along the number that leaves the fewest words."""
    axes = range(1, len(alike[0]), 2)
    foldings = [_fold_along(axis, alike) for axis in axes]
    return min(foldings, key=len, default=["".join(parts) for parts in alike])


def _fold_along(axis: int, alike: list[list[str]]) -> list[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for parts in alike:
        groups.setdefault(("".join(parts[:axis]), "".join(parts[axis + 1 :])), []).append(parts[axis])
    return [f"{before}{_bracketed(numbers)}{after}" for (before, after), numbers in groups.items()]


def _bracketed(numbers: list[str]) -> str:
    if len(numbers) == 1:
        return numbers[0]
    padded = {len(number) for number in numbers if is_padded(number)}
    runs: list[list[str]] = []
    for number in sorted(numbers, key=lambda text: (len(text) if len(text) in padded else 0, int(text))):
        if runs and _follows(runs[-1][-1], number, padded):
            runs[-1].append(number)
        else:
            runs.append([number])
    return "[" + ",".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs) + "]"


def _follows(number: str, following: str, padded: set[int]) -> bool:
    alike = len(number) == len(following) or not {len(number), len(following)} & padded
    return alike and int(following) == int(number) + 1
