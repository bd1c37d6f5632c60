"""The errands that bring a backup out of the bucket into the import folder of the shared home, step by step.

None takes longer than a request may, and none leaves anything running: a backup of any size is fetched in slices, each
of which goes on where the file of the last one ends. The half lies hidden beside where the whole will be, under a name
that is its object's own, so that another node can go on with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.node.errands import Errand

if TYPE_CHECKING:
    from agent.core.s3.address import BucketAddress
    from agent.core.s3.proof import Digest

MOST_DIGESTS = 300
"""Pieces of one request whose digests fit into a letter."""
LISTED_AT_ONCE = 200
"""Objects on one page: as many of the longest names as there can be still fit into a letter."""
FETCHING_SECONDS = 20
"""How long the bytes of one slice may flow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBackups(Errand):
    """Bring one page of what lies directly below backups/; page is where the last one ended, empty for the first."""

    address: BucketAddress
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeBackup(Errand):
    """Bring what the store says of one object: size, checksums, parts."""

    address: BucketAddress
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InImport(Errand):
    """An errand in `<sharedhome>/import`, about a backup called name whose object has a tag of its own."""

    sharedhome: str
    name: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyImport(InImport):
    """Look at the folder, the space, and what of this backup lies there; makes the folder where Jira has not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A way to an object: with the node's own rights."""

    address: BucketAddress
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presigned:
    """A way to an object: by a URL that somebody else has signed, which is a secret as long as it lives."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSlice(InImport):
    """Bring the next bytes of the object with this ETag, for a bounded time; spare is what must stay free besides."""

    way: Owned | Presigned
    etag: str
    size: int
    spare: int
    seconds: int = FETCHING_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDigests(InImport):
    """Take digests of pieces of the fetched file from the first-th on, as many as time allows; piece 0 is the whole.

    Where the whole lies there already, under its own name, that is what is read.
    """

    digest: Digest
    piece: int
    first: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadThrough(InImport):
    """Let the node's unzip, where there is one, read the fetched file through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishFetch(InImport):
    """Bring the fetched file to the disk and give it owner, mode and name; never over a file that is there."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside(InImport):
    """Give what was fetched a hidden name that says it is damaged; an earlier one of the same object gives way."""
