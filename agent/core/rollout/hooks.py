"""What is said to a drain hook, and how it ended, as values: the conductor asks, whoever runs commands answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.planning.plan import Hook

BEFORE_STOP, AFTER_READY = "before-stop", "after-ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookCall:
    """One run of a hook for one node; facts become environment variables, each name with FILESTORE_AGENT_ before it."""

    name: str
    node: str
    hook: Hook
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEnd:
    """How a hook ended: code None where it did not end by itself, and then why; output is printable and cut."""

    code: int | None
    output: str = ""
    seconds: float = 0.0
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether the hook did what it is for, by its own word."""
        return self.code == 0
