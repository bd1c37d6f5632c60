"""Which journal of a folder was begun after which? Each is numbered as it is begun, since a clock may be set back."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final

from agent.core.planning.plan_json import CAP
from agent.edges.journal.lines import sealed_line

if TYPE_CHECKING:
    from pathlib import Path

EPOCH: Final = "epoch"
"""The key of the highest epoch that any node had seen as the journal was begun, in its first line."""
SEQUENCE: Final = "sequence"
"""The key of the number in a journal's first line."""
OLD: Final = 0
"""Of a journal that has no number: it was begun before journals had one, or not even its first line was written."""
DAMAGED: Final = sys.maxsize
"""Of a journal whose first line is damaged: it may be the last one, so it is not passed over."""
_LONGEST: Final = CAP
"""Bytes of a line at the beginning; the one in which a rollout begins names each step once, as its plan does."""


def next_number(folder: Path) -> int:
    """Return a number above those of all journals in a folder.

    Raises:
        OSError: the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        names = [it.name for it in entries if it.name.endswith(".jsonl") and it.is_file(follow_symlinks=False)]
    return 1 + max((it for it in (number_of(folder / name) for name in names) if it != DAMAGED), default=OLD)


def number_of(path: Path) -> int:
    """Return the number of a journal; one that cannot be opened has none."""
    try:
        return number_in(first_lines(path)[0])
    except OSError:
        return OLD


def number_in(line: bytes) -> int:
    """Return the number in a first line."""
    if not line.endswith(b"\n"):
        return OLD
    try:
        body = json.loads(line.partition(b" ")[2])
    except (ValueError, RecursionError):
        return DAMAGED
    if not isinstance(body, dict) or sealed_line(body) != line:
        return DAMAGED
    found = body.get(SEQUENCE, OLD)
    return found if type(found) is int and OLD <= found < DAMAGED else DAMAGED


def epoch_at_birth(path: Path) -> int:
    """Return the highest epoch that any node had seen as a journal was begun; 0 where its first line has none.

    Raises:
        OSError: it cannot be read.
    """
    line = first_lines(path)[0]
    if number_in(line) in (OLD, DAMAGED):
        return 0
    found = json.loads(line.partition(b" ")[2]).get(EPOCH, 0)
    return found if type(found) is int else 0


def first_lines(path: Path) -> tuple[bytes, bytes]:
    """Return the first two lines of a file, as they are.

    Raises:
        OSError: it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.readline(_LONGEST), file.readline(_LONGEST)
