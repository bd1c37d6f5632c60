"""How text of a node becomes harmless: cut, and printable ASCII only."""

from __future__ import annotations

TEXT_CAP = 300
PLAIN = range(0x20, 0x7F)
"""Printable ASCII."""


class Garbled(Exception):  # noqa: N818 - it never leaves the wire, where it becomes an answer: Lost
    """The letter breaks its grammar, so nothing in it counts."""


class Torn(Garbled):
    """The letter contradicts itself in a way that a file which is being replaced just now would explain."""


def printable(text: str, cap: int = TEXT_CAP) -> str:
    r"""Cut a text of the node and write all but printable ASCII as \x escapes, so no terminal can be moved by it.

    A JSON page may spell half a surrogate pair, which no encoding has: it is written as the bytes it would be.
    """
    raw = b"".join(_bytes_of(letter) for letter in text[:cap])
    return "".join(chr(byte) if byte in PLAIN else f"\\x{byte:02x}" for byte in raw)[:cap]


def _bytes_of(letter: str) -> bytes:
    try:
        return letter.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return letter.encode("utf-8", "surrogatepass")
