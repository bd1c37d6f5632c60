"""The requests that a node carries out elsewhere, with the rights of its own Jira; filestore-config.xml is not touched.

An errand needs no lock, and is run as the file's owner or not at all: with another user's rights it proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.s3.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What every errand is; each answers with an observation that carries what it brought back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeStores(Errand):
    """Try to write, read, delete and list in each bucket with a tiny object of a name that nobody else uses."""

    probes: tuple[Probe, ...]
