"""Which backups does a bucket hold, which of them can be fetched, and which one is meant?"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.text.shown import invisible_in, named

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "backups/"
"""Where Jira lays its backups (Atlassian, "Storing backups in Amazon S3")."""
LONGEST_NAME: Final = 233
"""Bytes: a file's name may have 255, and a temporary one has 22 more than its file."""
_HEALTH: Final = re.compile(r"healt(?:h)?check", re.IGNORECASE)
"""What Jira's own check leaves there; Atlassian's page spells it in two ways."""
_OURS: Final = re.compile(r"\.?filestore-agent", re.IGNORECASE)
_ARCHIVE: Final = re.compile(r".+\.(?:zip|xml)", re.IGNORECASE | re.DOTALL)
_DAY: Final = 86_400
_HOUR: Final = 3_600
_DAYS_SHOWN: Final = 2 * _DAY
_HOURS_SHOWN: Final = 2 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One object directly below backups/, as the bucket lists it; modified is in seconds since 1970.

    Every text is the store's own and untrusted.
    """

    key: str
    size: int
    etag: str
    modified: float
    storage: str = ""
    checksums: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what the file would be called."""
        return self.key.removeprefix(PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of what the bucket holds below backups/; next_page is the store's word for where the next one begins."""

    backups: tuple[Backup, ...] = ()
    folders: tuple[str, ...] = ()
    next_page: str = ""


def only_backups(found: Iterable[Backup]) -> tuple[Backup, ...]:
    """Return what is no mark of a folder, none of Jira's health check and none of ours: the newest first."""
    kept = (it for it in found if it.name and not _HEALTH.match(it.name) and not _OURS.match(it.name))
    return tuple(sorted(kept, key=lambda it: (-it.modified, it.name)))


def other_folders(found: Iterable[str]) -> tuple[str, ...]:
    """Return the folders below backups/ that nobody expects there; what lies in them is not listed."""
    return tuple(name for name in found if not _HEALTH.match(name.removeprefix(PREFIX)))


def newest(backups: Iterable[Backup]) -> Backup | None:
    """Return the newest that Jira could restore: a ZIP or XML file, not empty, with a name that can be fetched."""
    return next(
        (it for it in backups if it.size and _ARCHIVE.fullmatch(it.name) and fault_of_name(it.name) is None), None
    )


def fault_of_name(name: str) -> str | None:
    """Return why no file of this name is laid into Jira's import folder, or None where one may be."""
    if not name or "/" in name or name in {".", ".."}:
        return "it is no plain file name"
    stranger = invisible_in(name)
    if stranger is not None:
        return f"its name holds {named(stranger)}"
    blank = next((letter for letter in name if letter.isspace() and letter != " "), None)
    if blank is not None:
        return f"its name holds {named(blank)}"
    if name[0] in "-." or name[0] == " " or name[-1] == " ":
        return "its name begins with - or . or a space, or ends with a space"
    if "\\" in name:
        return "its name holds a backslash"
    size = len(name.encode("utf-8", "surrogatepass"))
    return f"its name has {size} bytes, at most {LONGEST_NAME} are possible" if size > LONGEST_NAME else None


def tag_of_object(etag: str) -> str:
    """Return the short word by which a half of one object is told from the half of another with the same name."""
    return hashlib.sha256(etag.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def age_words(seconds: float) -> str:
    """Return how long ago something was: 40m, 5h, 12d; what is to come is "just now"."""
    if seconds < _HOURS_SHOWN:
        return f"{int(seconds // 60)}m" if seconds >= 60 else "just now"  # noqa: PLR2004 - a minute
    return f"{int(seconds // _HOUR)}h" if seconds < _DAYS_SHOWN else f"{int(seconds // _DAY)}d"
