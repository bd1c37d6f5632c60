"""What was meant by letters that look like others: hyphens of every kind, and letters that nobody sees?"""

from __future__ import annotations

import unicodedata
from typing import Final

_HYPHENS: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")


def plain_letters(text: str) -> str:
    """Return the text with plain hyphens for all that look like one, and without letters that show nothing."""
    seen = (letter for letter in text if unicodedata.category(letter) != "Cf")
    return "".join(seen).translate(_HYPHENS)
