"""What the script of a consultation is told: the pages in the order they are asked, and the token in two spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.node.port import Page
from agent.node.wire.plain import PLAIN

if TYPE_CHECKING:
    from agent.node.port import Consult

_ORDER = (Page.MEMBERS, Page.UPGRADE, Page.INDEX, Page.CHECKS)
"""The longest and slowest last: it is what may not fit any more."""


def consultation(request: Consult) -> dict[str, str]:
    """Return the shell assignments of a consultation; raises ValueError where the token could end its line."""
    if not request.token or any(ord(sign) not in PLAIN for sign in request.token):
        raise ValueError("the token is not one line of printable ASCII")
    return {
        "pages": " ".join(page for page in _ORDER if page in request.pages),
        "token": request.token,
        "quoted_token": _quoted(request.token),
    }


def _quoted(text: str) -> str:
    """Write a text as it stands between double quotes in a configuration of curl (curl(1), --config)."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
