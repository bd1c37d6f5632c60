"""The names that one short word stands for: jira-[1-3].example.com are three (core/text/names folds them again).

A range keeps the zeros it is written with: [08-10] is 08, 09, 10. Several ranges in one word are combined, and words
are joined by commas.
"""

from __future__ import annotations

import re
from itertools import product
from math import prod

from agent.core.inventory.host_grammar import host
from agent.core.inventory.unfit import Unfit
from agent.core.rules.inventory_codes import Rule
from agent.core.text.names import is_padded
from agent.core.text.shown import shown

MOST_NAMES = 10_000
LONGEST_PATTERN = 4_096
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
    if len(first) != len(last) and (is_padded(first) or is_padded(last)):
        raise Unfit(Rule.RANGE, f"{shown(word)}: {shown(item)} mixes widths", "write both ends with as many digits")
    return range(int(first), int(last) + 1)


def _spelled(inside: str) -> list[str]:
    spelled: list[str] = []
    for item in inside.split(","):
        first, _, last = item.strip(" ").partition("-")
        width = len(first) if is_padded(first) else 0
        spelled += [f"{number:0{width}d}" for number in range(int(first), int(last or first) + 1)]
    return spelled
