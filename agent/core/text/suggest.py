"""Did you mean: the known word that is nearest to a mistyped one, or none where nothing is near."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NEAR_ENOUGH = 0.66
"""Ratio of SequenceMatcher, just passed by two letters swapped in a word of three; below it suggestions are noise."""

LONGEST_WORD = 64
"""Longer words are not typing slips, and comparing them costs the square of their length."""

MOST_CANDIDATES = 100
"""Of more known words only the first are compared, so that a thousand typing slips stay cheap."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to `word`; case, hyphens and underscores count little.

    Args:
        word: what was written.
        known: what could have been meant, in order of preference.
    """
    if not 0 < len(word) <= LONGEST_WORD:
        return None
    matcher = SequenceMatcher(None, "", _bare(word), autojunk=False)
    best, best_ratio = None, NEAR_ENOUGH
    for candidate in islice(known, MOST_CANDIDATES):
        matcher.set_seq1(_bare(candidate))
        ratio = _likeness(matcher, best_ratio)
        if ratio > best_ratio:
            best, best_ratio = candidate, ratio
    return best


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the hint `did you mean "x"?`, or None where nothing is near."""
    candidate = closest(word, known)
    return None if candidate is None else f'did you mean "{candidate}"?'


def _bare(word: str) -> str:
    return word.casefold().replace("-", "").replace("_", "")


def _likeness(matcher: SequenceMatcher[str], at_least: float) -> float:
    """Return the ratio, or 0 as soon as a cheaper bound tells that it is too low."""
    if matcher.real_quick_ratio() <= at_least or matcher.quick_ratio() <= at_least:
        return 0.0
    return matcher.ratio()
