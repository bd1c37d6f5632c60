"""How hostile text is quoted in a message: secrets masked, nothing that a terminal would obey, cut at 60 letters."""

from __future__ import annotations

import unicodedata

from agent.core.text.printable import printable
from agent.core.text.secret_shapes import masked

LONGEST_SHOWN = 60
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def shown(text: str) -> str:
    r"""Return text in double quotes, as a message may show it: \x1b for an escape, **** for a credential."""
    return f'"{plainly(text)}"'


def plainly(text: str) -> str:
    """Return text as shown() does, without the quotes; for the keys of a path."""
    return printable(masked(text), limit=LONGEST_SHOWN)


def named(letter: str) -> str:
    """Return a character as its code point and name: U+0430 CYRILLIC SMALL LETTER A."""
    return f"U+{ord(letter):04X} {unicodedata.name(letter, '')}".strip()


def invisible_in(text: str) -> str | None:
    """Return the first character that cannot be seen or would disturb a terminal: C0, C1, bidi, zero-width."""
    if text.isascii() and text.isprintable():
        return None
    return next((letter for letter in text if unicodedata.category(letter) in _INVISIBLE), None)
