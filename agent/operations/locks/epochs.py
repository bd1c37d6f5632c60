"""Under which epoch does a controller come? One more than any node has seen; what nobody counted up to is none.

A node is not believed more than it has to be: an epoch that it has made up would be remembered by all the others as
soon as a rollout has come under it, and leave them no number to count on with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.observation import Observation

LEAP: Final = 1_000_000
"""More rollouts than a cluster sees: who is so far ahead of every other node has not come there by counting."""


def next_epoch(seen: Mapping[str, Observation]) -> int:
    """Return an epoch that every node takes which has counted."""
    ahead = far_ahead(seen)
    return 1 + max((it.epoch for name, it in seen.items() if name != ahead), default=0)


def require_counted(cluster: str, seen: Mapping[str, Observation]) -> None:
    """Insist that there is an epoch which every one of these nodes takes.

    Raises:
        Refused: one of them has not counted.

    """
    ahead = far_ahead(seen)
    if ahead is not None:
        raise Refused(
            f"{cluster}: {ahead} is at epoch {seen[ahead].epoch}, far ahead of every other node: damaged or forged;"
            " find out who wrote .filestore-agent/epoch there, remove it while no rollout runs, and say the same again"
        )


def far_ahead(seen: Mapping[str, Observation]) -> str | None:
    """Return the node that is far ahead of every other one; a node alone has none beside it to be measured by."""
    ranked = sorted(seen, key=lambda name: seen[name].epoch)
    return ranked[-1] if len(ranked) > 1 and seen[ranked[-1]].epoch - seen[ranked[-2]].epoch > LEAP else None
