"""What may reach a terminal, a log or a JSON document: printable text only, the rest escaped where it stood.

Text from a node or a file can hold cursor movements, clipboard writes, reordering marks and invisible letters; all of
them are shown as escapes, so that what a person reads is what is there.
"""

from __future__ import annotations

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories with nothing to see: controls, format marks (bidi, zero width), surrogates, unassigned."""


def printable(text: str, *, limit: int = 2000) -> str:
    r"""Return the text on one line with everything unprintable as \xNN, \uNNNN or \UNNNNNNNN, cut to limit letters."""
    shown = text if text.isascii() and text.isprintable() else "".join(map(_shown, text))
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def printable_lines(text: str) -> str:
    """As printable, line by line: line feeds stay, all else that is unprintable is escaped."""
    return "\n".join(printable(line) for line in text.split("\n"))


def printable_value(value: object) -> object:
    """Return a JSON-like value with every text in it, keys too, made printable (line feeds stay)."""
    if isinstance(value, str):
        return printable_lines(value)
    if isinstance(value, dict):
        return {printable(str(key)): printable_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_value(item) for item in value]
    return value


def _shown(letter: str) -> str:
    if unicodedata.category(letter) not in _HIDDEN_CATEGORIES and (letter == " " or not letter.isspace()):
        return letter
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")
