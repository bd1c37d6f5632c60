"""What may reach a terminal, a log or a JSON document: printable text only, the rest escaped where it stood.

Text from a node or a file can hold cursor movements, clipboard writes, reordering marks and invisible letters; all of
them are shown as escapes, so that what a person reads is what is there.
"""

from __future__ import annotations

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories with nothing to see: controls, format marks (bidi, zero width), surrogates, unassigned."""
_HIDDEN_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
"""Letters and marks of other categories that show nothing: joiners, fillers, selectors, the blank Braille pattern
(Unicode, DerivedCoreProperties, Default_Ignorable_Code_Point)."""
JSON_LIMIT = 1 << 20
"""Letters; a script can bear a long line better than one that is cut."""


def printable(text: str, *, limit: int = 2000) -> str:
    r"""Return the text on one line with everything unprintable as \xNN, \uNNNN or \UNNNNNNNN, cut to limit letters."""
    first = text[: limit + 1]
    shown = first if first.isascii() and first.isprintable() else "".join(map(_shown, first))
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def printable_lines(text: str, *, limit: int = 2000) -> str:
    """As printable, line by line: line feeds stay, all else that is unprintable is escaped."""
    return "\n".join(printable(line, limit=limit) for line in text.split("\n"))


def printable_value(value: object) -> object:
    """Return a JSON-like value with every text in it, keys too, made printable (line feeds stay)."""
    if isinstance(value, str):
        return printable_lines(value, limit=JSON_LIMIT)
    if isinstance(value, dict):
        return {printable(str(key)): printable_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_value(item) for item in value]
    return value


def _shown(letter: str) -> str:
    hidden = unicodedata.category(letter) in _HIDDEN_CATEGORIES or (letter != " " and letter.isspace())
    if not hidden and not any(first <= ord(letter) <= last for first, last in _HIDDEN_RANGES):
        return letter
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")
