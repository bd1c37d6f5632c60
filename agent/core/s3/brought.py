"""What an errand for a backup brought back: values, each checked by its own grammar."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.s3.answers import StoreFault
    from agent.core.s3.backups import Listing
    from agent.core.s3.proof import BackupFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """With whose rights the node asked: by which tool, from whose surroundings, by which link of the chain.

    Words of the script: tool is aws, curl or empty; surroundings are process, unit, owner or hidden; chain is as
    identity.sh names it, and empty where the aws command found its own way.
    """

    tool: str
    surroundings: str
    chain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSaid:
    """What the node's own request to the bucket gave."""

    rights: Rights
    said: Listing | BackupFacts | StoreFault


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInImport:
    """A regular file in the import folder."""

    size: int
    mode: str
    owner: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFolder:
    """The import folder as it is: what of the backup lies there, and the space around it."""

    free_bytes: int | None = None
    whole: FileInImport | None = None
    half: FileInImport | None = None
    damaged: FileInImport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Where a slice began and ended, in bytes of the object, and why it brought no more, where that is known."""

    before: int
    after: int
    fault: StoreFault | None = None


class ArchiveTest(StrEnum):
    """How the node's unzip found the file."""

    SOUND = "sound"
    DAMAGED = "damaged"
    TOO_LONG = "too long"
    NO_TOOL = "no tool"
    UNSURE = "unsure"
    """It warned of something, or knows no way to read a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Digests of pieces in their order, lower-case hex; fault says why there are not more, where time was not it."""

    found: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The whole as it lies in the import folder; None where the node needs more time to bring it to its disk."""

    whole: FileInImport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """The name that a damaged file has now."""

    name: str = field(default="")


Brought = StoreSaid | ImportFolder | Fetched | Digests | ArchiveTest | Finished | PutAside
