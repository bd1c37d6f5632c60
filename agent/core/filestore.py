"""What one node's filestore-config.xml says, as a value: filestores, and which target uses which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FILE_NAME = "filestore-config.xml"


class Target(StrEnum):
    """What Jira can keep in a filestore; no other value is documented (Atlassian, "Storing backups in Amazon S3")."""

    ATTACHMENTS = "attachments"
    AVATARS = "avatars"
    BACKUPS = "backups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filestore:
    """One bucket and how to reach it; max_concurrency counts connections, None means Jira's default of 100."""

    id: str
    bucket_name: str
    region: str
    endpoint_override: str | None = None
    max_concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A target and the filestore that keeps it."""

    target: str
    file_store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilestoreConfig:
    """The meaning of one document: both tuples in canonical order (by id, by target), so that equal meaning is equal.

    A target without an association stays in the shared home; so does every target when the file is absent.
    """

    filestores: tuple[Filestore, ...] = ()
    associations: tuple[Association, ...] = ()

    def __post_init__(self) -> None:
        """Bring both tuples into canonical order."""
        object.__setattr__(self, "filestores", tuple(sorted(self.filestores, key=lambda store: store.id)))
        object.__setattr__(self, "associations", tuple(sorted(self.associations, key=lambda link: link.target)))

    def filestore_of(self, target: str) -> Filestore | None:
        """Return the filestore that keeps a target, or None where the shared home keeps it."""
        wanted = next((link.file_store for link in self.associations if link.target == target), None)
        return next((store for store in self.filestores if store.id == wanted), None)
