"""All clusters of one inventory folder, every finding about them, and where each of their keys was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.inventory.nodeset import hosts
from agent.core.inventory.unfit import Unfit
from agent.core.text.names import natural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.finding import Finding, Place
    from agent.core.inventory.model import Inventory
    from agent.core.inventory.written import KeyPath, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The clusters that could be read, by name; the findings of all; what was written, also for broken clusters."""

    clusters: Mapping[str, Inventory]
    findings: tuple[Finding, ...] = ()
    places: Mapping[str, Written] = field(default_factory=dict, repr=False)
    unread: tuple[str, ...] = ()
    """Clusters whose file holds nothing that could be read."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all clusters that have a file, broken ones too, in natural order."""
        return tuple(sorted({*self.clusters, *self.places, *self.unread}, key=natural))

    def place(self, cluster: str, path: KeyPath) -> Place:
        """Return where a key's value was written, or the nearest mapping above it.

        Raises:
            KeyError: no file of this cluster was read.
        """
        return self.places[cluster].nearest(path).place

    def key_place(self, cluster: str, path: KeyPath) -> Place:
        """Return where a key itself was written, or the nearest mapping above it; KeyError as place()."""
        nearest = self.places[cluster].nearest(path)
        return nearest.key_place or nearest.place

    def place_on_node(self, cluster: str, node: str, path: KeyPath) -> Place:
        """Return where a filestore's key was written for one node: the node's own line, else the cluster's."""
        written = self.places[cluster]
        own = (written.at(("nodes", key, *path)) for key in written.entries("nodes") if _means(key, node))
        return next((found.place for found in own if found is not None), self.place(cluster, path))


def _means(pattern: str, node: str) -> bool:
    try:
        return pattern == node or node in hosts(pattern)
    except Unfit:
        return False
