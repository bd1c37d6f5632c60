"""What is a saved plan bound to, as it is found now: inputs, the file and host key of every node, the moment."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING, Final

from agent.core.planning.binding import BoundNode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from agent.core.judging.standing import Judgement
    from agent.operations.inputs.clusters import ClusterInput

EVERY_NODE: Final = "--all"
"""The word by which every node is restarted, needed or not; a saved plan remembers it."""


def moment(at: datetime) -> str:
    """Return a moment as a saved plan has it: ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def input_digests(cluster: ClusterInput) -> tuple[tuple[str, str], ...]:
    """Return what names the inventory (with its defaults) and the rendered documents as they are."""
    documents = "\n".join(f"{name} {document.digest}" for name, document in sorted(cluster.documents.items()))
    return (("inventory", _digest(cluster.inventory.model_dump_json())), ("documents", _digest(documents)))


def bound_nodes(judgements: tuple[Judgement, ...], host_keys: Mapping[str, str | None]) -> tuple[BoundNode, ...]:
    """Return every node of the cluster with what it proved to be and the digest of its file."""
    return tuple(
        BoundNode(name=it.node.name, host_key=host_keys.get(it.node.name), digest=it.digest) for it in judgements
    )


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"
