"""What the user has agreed to beforehand, by flags, for a task that changes nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The answers given: yes to plain questions, the cluster's name for a change of routing; and a file for events."""

    yes: bool = False
    name: str | None = None
    events: Path | None = None
