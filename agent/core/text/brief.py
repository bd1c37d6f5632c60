"""A digest as people read it: by its first letters."""

from __future__ import annotations

LETTERS = 12
"""Of 64 hex digits; two documents of one cluster that agree in so many do not occur by chance."""


def short_digest(digest: str | None) -> str:
    """Return a digest cut for people: sha256:0123456789ab; "absent" stays, and what is not known is a question mark."""
    if digest is None:
        return "?"
    kind, colon, hexadecimal = digest.partition(":")
    return f"{kind}{colon}{hexadecimal[:LETTERS]}"
