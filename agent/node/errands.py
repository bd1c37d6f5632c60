"""The requests that a node carries out elsewhere, with the rights of its own Jira; filestore-config.xml is not touched.

An errand needs no lock, and is run as the file's owner or not at all: with another user's rights it proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What every errand is; each answers with an observation that carries what it brought back."""
