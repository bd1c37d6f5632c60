"""Where a stand-in node's data goes: each target into its bucket's folder, or into the shared home."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.lab.jira.startup import Bucket

TARGETS = {"attachments": "data/attachments", "avatars": "data/avatars", "backups": "export"}
"""Where each target lies in the shared home while no association moves it."""


@dataclass(slots=True, kw_only=True)
class Storage:
    """What one start made of the file, and how much was stored since."""

    sharedhome: Path
    s3: str
    node_id: str
    buckets: dict[str, Bucket] = field(default_factory=dict)
    kept: int = 0

    def place_of(self, target: str) -> Path:
        """Return the folder that a target's data lands in: one of the bucket, or one of the shared home."""
        bucket = self.buckets.get(target)
        if bucket is None:
            return self.sharedhome / TARGETS[target]
        return Path(self.s3) / bucket.name / target

    def keep(self, target: str) -> Path:
        """Store one object, so that anybody can see where the data of this node goes."""
        self.kept += 1
        place = self.place_of(target)
        place.mkdir(parents=True, exist_ok=True)
        stored = place / f"{self.node_id}-{os.getpid()}-{self.kept}.bin"
        stored.write_text(
            f"Stored by filestore-agent's stand-in for Jira\n{target} of {self.node_id}\n", encoding="utf-8"
        )
        return stored
