"""Which clusters are meant by a task that tells of the past? Those with a past here, and those of the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.inventory.cluster_name import EVERY_CLUSTER
from agent.core.text.names import natural
from agent.core.text.suggest import did_you_mean
from agent.edges.loader import read_estate
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.operations.world import Choice


def known_clusters(choice: Choice, *, here: tuple[str, ...]) -> tuple[str, ...]:
    """Return the clusters that are meant: those with a past here are known, and those of the inventory, even if broken.

    The inventory is not read where all that are named have a past here.

    Raises:
        InputError: one of them is not known, or it is not said which of several is meant.
    """
    if EVERY_CLUSTER in choice.clusters:
        return here
    if choice.clusters and set(choice.clusters) <= set(here):
        return tuple(dict.fromkeys(choice.clusters))
    known = tuple(sorted({*here, *read_estate(choice.inventory).names}, key=natural))
    unknown = [name for name in choice.clusters if name not in known]
    if unknown:
        hint = did_you_mean(unknown[0], known)
        said = f"--cluster: no cluster {unknown[0]!r} is known here{f' ({hint})' if hint else ''}"
        there = f"known: {', '.join(known)}" if known else "there is none yet"
        raise InputError(f"{said}; {there}")
    if not choice.clusters and len(known) > 1:
        raise InputError(f"--cluster: say which one, or 'all' to read them all; known: {', '.join(known)}")
    return tuple(dict.fromkeys(choice.clusters)) or known
