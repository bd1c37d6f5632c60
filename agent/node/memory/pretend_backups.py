"""The backups that a machine in memory can reach, and the import folder that it would lay one into, as values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.s3.brought import ArchiveTest
from agent.core.s3.proof import BackupFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.s3.answers import StoreFault


@dataclass(slots=True, kw_only=True)
class PretendBackups:
    """The objects of the bucket by their key, and the files of the import folder by their name.

    flow is how many bytes come in one slice; fault is what the store says to everything; broken is the refusal of the
    import folder, as code and detail. next_page is what every page of the list says comes behind it.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    facts: Mapping[str, BackupFacts] = field(default_factory=dict)
    modified: dict[str, float] = field(default_factory=dict)
    free_bytes: int = 1 << 40
    flow: int = 1 << 40
    fault: StoreFault | None = None
    broken: tuple[str, str] | None = None
    next_page: str = ""
    archive: ArchiveTest = ArchiveTest.NO_TOOL

    def facts_of(self, key: str) -> BackupFacts:
        """Return what the store says of an object: its MD5 is its ETag, unless facts say something else."""
        content = self.objects[key]
        plain = BackupFacts(
            size=len(content),
            etag=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            modified=self.modified.get(key, 0.0),
        )
        return self.facts.get(key, plain)
