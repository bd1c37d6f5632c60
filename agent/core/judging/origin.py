"""Who put the file there: this tool, or somebody else?"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.document import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.judging.standing import Judgement


class Origin(StrEnum):
    """Where the bytes on disk come from.

    FOREIGN: no receipt of any node of the cluster knows their digest, and they are not the desired ones either (which
    an image may have brought). UNKNOWN: the bytes or the receipts could not be read.
    """

    OURS = "ours"
    FOREIGN = "foreign"
    ABSENT = "absent"
    UNKNOWN = "unknown"


def origins(judgements: tuple[Judgement, ...]) -> Mapping[str, Origin]:
    """Return the origin of each node's file, by name; a file that we put on another node may have been copied."""
    deployed = {receipt.digest for it in judgements if it.observation for receipt in it.observation.receipts} | {
        it.desired_digest for it in judgements
    }
    return {it.node.name: _origin(it, deployed) for it in judgements}


def _origin(judgement: Judgement, deployed: set[str]) -> Origin:
    seen = judgement.observation
    if seen is None or judgement.digest is None:
        return Origin.UNKNOWN
    if judgement.digest == ABSENT:
        return Origin.ABSENT
    if judgement.digest in deployed:
        return Origin.OURS
    return Origin.UNKNOWN if seen.ours_hidden else Origin.FOREIGN
