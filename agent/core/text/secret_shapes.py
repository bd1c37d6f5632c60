"""Whether a text looks like a credential, and the text with the credential masked.

The inventory is read by many and kept in version control; it holds references to secrets, never a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "****"

_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])(?P<kind>AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
"""AWS's access key ids: four letters that tell the kind, then sixteen (IAM, "Unique identifiers")."""

_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+.-])[A-Za-z0-9+][A-Za-z0-9/+]{39}(?![A-Za-z0-9/+=.-])")
"""Forty letters of base64, as AWS's secret access keys; a path begins with a slash, and a digest has one case only."""

_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,15}://)[^/\s?#]{0,1000}@")

_NAMES_OF_KEYS = (
    r"(?:sig|[A-Za-z0-9_-]{0,40}(?:passwd|password|pwd|token|signature|secret|credential|access[_-]?key|secret[_-]?key"
    r"|api[_-]?key|access[_-]?key[_-]?id))"
)
_NAMED = re.compile(rf"(?<![A-Za-z0-9])(?P<name>{_NAMES_OF_KEYS}=)[^\s&;\"'<>]+", re.IGNORECASE)
"""What is called a secret where it stands: ?password=..., X-Amz-Signature=..., aws_secret_access_key=..."""

_IN_QUERY = re.compile(rf"[?&]{_NAMES_OF_KEYS}=[^\s&;\"'<>$%{{]", re.IGNORECASE)
"""The same in an address, but for what a tool has yet to fill in."""

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL)


def secret_in(text: str) -> str | None:
    """Return what kind of credential the text looks like, or None."""
    if _PRIVATE_KEY.search(text):
        return "a private key"
    if _ACCESS_KEY.search(text):
        return "an AWS access key id"
    if _USERINFO.search(text):
        return "an address with a user name or password in it"
    if _IN_QUERY.search(text):
        return "an address with a secret in its query"
    return "an AWS secret access key" if _looks_like_secret_key(text) else None


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield where in a text something looks like a credential, and what kind, in the order of the text."""
    found = [(it.start(), "a private key") for it in _PRIVATE_KEY.finditer(text)]
    found += [(it.start(), "an AWS access key id") for it in _ACCESS_KEY.finditer(text)]
    found += [(it.start(), "an address with a user name or password in it") for it in _USERINFO.finditer(text)]
    found += [(it.start(), "an address with a secret in its query") for it in _IN_QUERY.finditer(text)]
    found += [(it.start(), "an AWS secret access key") for it in _SECRET_KEY.finditer(text) if _is_mixed(it[0])]
    yield from sorted(found)


def masked(text: str) -> str:
    """Return the text with everything that looks like a credential replaced by ****."""
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _ACCESS_KEY.sub(rf"\g<kind>{MASK}", text)
    text = _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
    text = _NAMED.sub(rf"\g<name>{MASK}", text)
    return _SECRET_KEY.sub(lambda found: MASK if _is_mixed(found[0]) else found[0], text)


def _looks_like_secret_key(text: str) -> bool:
    return any(_is_mixed(found[0]) for found in _SECRET_KEY.finditer(text))


def _is_mixed(text: str) -> bool:
    return any(map(str.isupper, text)) and any(map(str.islower, text)) and any(map(str.isdigit, text))
