"""What an earlier look has proven of a process: it loads once, so it has that in force until it ends.

Whatever happens to the file later cannot change it, and what is to be seen of the file later may hide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One process, by boot and start ticks, and what it has loaded; routing is the one-line form of core/routing."""

    boot_id: str
    ticks: int
    canonical: str
    routing: str

    def speaks_of(self, observation: Observation) -> bool:
        """Tell whether the process that was found is the one that this is about."""
        return (self.boot_id, self.ticks) == (observation.boot_id, observation.process.start_ticks)
