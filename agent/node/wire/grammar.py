"""The grammar of single values in a letter: numbers, patterns, yes or no, and texts that travel as base64."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from agent.node.wire.plain import TEXT_CAP, Garbled, printable

if TYPE_CHECKING:
    import re


def text_of(word: str, cap: int = TEXT_CAP) -> str:
    """Read a text that travelled as base64 ("=" for the empty one)."""
    try:
        raw = b"" if word == "=" else base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Garbled("a text is not the base64 that it must be") from error
    return printable(raw.decode("utf-8", "surrogateescape"), cap)


def yes(value: str) -> bool:
    """Read a yes or a no."""
    if value not in ("yes", "no"):
        raise Garbled(f"yes or no was asked, the node said {printable(value, 40)}")
    return value == "yes"


def number(text: str, name: str, *, least: int = 0, digits: int = 18) -> int:
    """Read a whole number in plain ASCII digits, without sign, leading zeros or more digits than it can have."""
    if not text.isascii() or not text.isdigit() or len(text) > digits or text != str(int(text)) or int(text) < least:
        raise Garbled(f"{name} is not a number it can be: {printable(text, 40)}")
    return int(text)


def matching(pattern: re.Pattern[str], text: str, name: str) -> str:
    """Return the text if it has the pattern's shape."""
    if not pattern.match(text):
        raise Garbled(f"{name} is not written as it must be: {printable(text, 80)}")
    return text
