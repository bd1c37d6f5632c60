"""Which flag did somebody mean who used a word of another tool, or named a file without a flag? A small, honest table.

Nothing is taken for what it may mean: the guess is told, and nothing runs.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    "--values": ("helm",),
    "--helm-values": ("helm",),
    "-f": ("helm", "file"),
    "--compose": ("env",),
    "--env-file": ("env",),
    "--version": ("jira-version",),
    "--hosts": ("nodes", "limit"),
    "-i": ("ansible", "inventory"),
    "--output": ("out",),
    "-o": ("out",),
}
"""What other tools call it, and the flags that may be meant: the first that the task has."""
_READING: Final[Mapping[str, tuple[str, ...]]] = {
    ".yaml": ("helm",),
    ".yml": ("helm",),
    ".json": ("ansible-json",),
    ".env": ("env",),
    ".ini": ("ansible",),
    ".xml": ("xml", "file"),
}
_LONGEST: Final = 200


def flag_guessed(word: str, flags: Collection[str]) -> str | None:
    """Return the hint for a flag of another tool, where the task has one for the same."""
    meant = next((name for name in _MEANT.get(word, ()) if name in flags), None)
    return f'did you mean "--{meant}"?' if meant else None


def source_guessed(word: str, flags: Collection[str]) -> str | None:
    """Return the hint for a file that was named without a flag, by how its name ends."""
    names = next((names for ending, names in _READING.items() if word.endswith(ending)), ())
    meant = next((name for name in names if name in flags), None)
    return f"did you mean --{meant} {shlex.quote(word)}?" if meant and len(word) <= _LONGEST else None
