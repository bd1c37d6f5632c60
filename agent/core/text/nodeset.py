"""Many node names as one short word: jira-[1-3].example.com stands for three, and three fold into it again.

A range keeps the zeros it is written with: [08-10] is 08, 09, 10. Several ranges in one word are combined, and words
are joined by commas.
"""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from agent.core.inventory.codes import Rule
from agent.core.inventory.host_grammar import host
from agent.core.inventory.unfit import Unfit
from agent.core.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_NAMES = 10_000
LONGEST_PATTERN = 4_096
_DIGITS = re.compile(r"([0-9]{1,18})")
_BRACKETS = re.compile(r"\[([^\]]*)\]")
_RANGE = re.compile(r"(?P<first>[0-9]{1,18})(?:-(?P<last>[0-9]{1,18}))?")


def expand(pattern: str) -> tuple[str, ...]:
    """Return every name that the pattern stands for, in the order written and each once.

    Raises:
        Unfit: the pattern is malformed, empty, or stands for more than 10,000 names.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise Unfit(Rule.RANGE, f"{shown(pattern)} is longer than {LONGEST_PATTERN} characters", "split it")
    names: dict[str, None] = {}
    for word in split_words(pattern):
        names.update(dict.fromkeys(_expand_word(word, room=MOST_NAMES - len(names))))
    return tuple(names)


def hosts(pattern: str) -> tuple[str, ...]:
    """Return the host names or addresses that a pattern stands for; [::1] is an address, not a range.

    Raises:
        Unfit: the pattern is malformed, or a name in it is no host name.
    """
    if ":" in pattern:
        return (host(pattern),)
    return tuple(host(name) for name in expand(pattern))


def count(pattern: str) -> int:
    """Return how many names a pattern stands for, repeated ones included, without writing them down.

    Raises:
        Unfit: the pattern is malformed.
    """
    return 1 if ":" in pattern else sum(_count_word(word) for word in split_words(pattern))


def split_words(pattern: str) -> tuple[str, ...]:
    """Split at the commas that are not inside brackets; spaces around a word do not count.

    Raises:
        Unfit: a bracket is not closed, not opened, or nested; or a word is empty.
    """
    words, depth = [""], 0
    for letter in pattern:
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if depth not in {0, 1}:
            raise Unfit(Rule.RANGE, f"{shown(pattern)} has brackets that do not pair", "write it like jira-[1-3]")
        if letter == "," and not depth:
            words.append("")
        else:
            words[-1] += letter
    if depth:
        raise Unfit(Rule.RANGE, f"{shown(pattern)} has a bracket that is not closed", "write it like jira-[1-3]")
    stripped = tuple(word.strip(" ") for word in words)
    if not all(stripped):
        raise Unfit(Rule.RANGE, f"{shown(pattern)} holds an empty name", "separate names by single commas")
    return stripped


def fold(names: Iterable[str]) -> str:
    """Return the short word for names, in natural order; expand() of it gives the same names back.

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


def _expand_word(word: str, *, room: int) -> list[str]:
    if _count_word(word) > room:
        raise Unfit(Rule.RANGE, f"{shown(word)} stands for more than {MOST_NAMES:,} names", "name fewer nodes")
    pieces = _BRACKETS.split(word)
    spelled = [_spelled(piece) if at % 2 else [piece] for at, piece in enumerate(pieces)]
    return ["".join(parts) for parts in product(*spelled)]


def _count_word(word: str) -> int:
    insides = _BRACKETS.split(word)[1::2]
    return prod(sum(numbers.stop - numbers.start for numbers in _items(inside, word)) for inside in insides)


def _items(inside: str, word: str) -> list[range]:
    return [_numbers(item.strip(" "), word) for item in inside.split(",")]


def _numbers(item: str, word: str) -> range:
    found = _RANGE.fullmatch(item)
    if found is None:
        raise Unfit(Rule.RANGE, f"{shown(word)}: {shown(item)} is not a range of numbers", "write it like jira-[1-3,5]")
    first, last = found["first"], found["last"] or found["first"]
    if int(first) > int(last):
        raise Unfit(Rule.RANGE, f"{shown(word)}: {shown(item)} runs backwards", f"write {last}-{first}")
    if len(first) != len(last) and (_is_padded(first) or _is_padded(last)):
        raise Unfit(Rule.RANGE, f"{shown(word)}: {shown(item)} mixes widths", "write both ends with as many digits")
    return range(int(first), int(last) + 1)


def _is_padded(number: str) -> bool:
    return number.startswith("0") and len(number) > 1


def _spelled(inside: str) -> list[str]:
    spelled: list[str] = []
    for item in inside.split(","):
        first, _, last = item.strip(" ").partition("-")
        width = len(first) if _is_padded(first) else 0
        spelled += [f"{number:0{width}d}" for number in range(int(first), int(last or first) + 1)]
    return spelled


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
    padded = {len(number) for number in numbers if _is_padded(number)}
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
