"""Which names an ssh configuration cannot tell apart: of those, ssh -G has to be asked about one alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Family = tuple[bool, ...]
    """Whether each Host line of the file is about a name; names of one family get the same answers."""

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\s+|\s*=\s*)(\S.*)")
_BEYOND_US = re.compile(r"match|include|canonical.*", re.IGNORECASE)
"""Keywords whose effect on a name cannot be seen in the file alone (ssh_config(5))."""
_PATTERNS = re.compile(r"!?[A-Za-z0-9.*?_:-]+(\s+!?[A-Za-z0-9.*?_:-]+)*")
_JUMP = re.compile(r"^\s*ProxyJump(.*)", re.IGNORECASE | re.MULTILINE)
_PLAIN_NAME = re.compile(r"[a-z0-9._:-]+")


def family_finder(text: str) -> Callable[[str], Family | None]:
    """Return what tells the family of a name; None means that nothing can be said, and ssh is to be asked.

    Only files of plain Host sections are understood. A percent sign may put the name itself into a value, so a file
    that has one is left to ssh, as is a name with capitals, which ssh would write otherwise.
    """
    sections = _sections(text)
    if sections is None:
        return lambda _name: None
    jumps = " ".join(_JUMP.findall(text)).lower()

    def family(name: str) -> Family | None:
        # ssh takes a jump to the very host for a loop, so a jump host is not like the others.
        if not _PLAIN_NAME.fullmatch(name) or name in jumps:
            return None
        return tuple(_is_about(patterns, name) for patterns in sections)

    return family


def _sections(text: str) -> list[list[str]] | None:
    """Return the patterns of each Host line, or None where the file is not of the simple kind."""
    sections = []
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None or "%" in line or _BEYOND_US.fullmatch(found[1]):
            return None
        if found[1].lower() == "host":
            if not _PATTERNS.fullmatch(found[2]):
                return None
            sections.append(found[2].split())
    return sections


def _is_about(patterns: list[str], name: str) -> bool:
    """Whether one pattern matches and none that is negated does (ssh_config(5), PATTERNS)."""
    if any(pattern.startswith("!") and _matches(pattern[1:], name) for pattern in patterns):
        return False
    return any(_matches(pattern, name) for pattern in patterns)


def _matches(pattern: str, name: str) -> bool:
    written = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(written, name) is not None
