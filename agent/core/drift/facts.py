"""The verdict on a cluster for scripts: what the JSON says of each node and of the cluster."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from agent.core.drift.words import sentence
from agent.core.judging.folding import fold_states
from agent.core.text.moments import iso, iso_or_none

if TYPE_CHECKING:
    from agent.core.drift.view import ClusterView, NodeView
    from agent.core.remembering.memory import NodeMemory
    from agent.core.routing import Routing


def node_facts(node: NodeView, past: NodeMemory | None) -> dict[str, object]:
    """Return what the cluster as a whole, and the memory of it, says of one node."""
    return {
        "in_transition": node.in_transition,
        "since": iso(node.since.at) if node.since else None,
        "since_evidence": node.since.event if node.since else None,
        "first_seen": iso(past.first_seen) if past else None,
        "last_good": iso_or_none(past.last_good) if past else None,
        "flapping": past.flapping if past else False,
        "remarks": [
            {"severity": str(it.severity), "code": it.code, "message": it.message, "hint": it.hint}
            for it in node.remarks
        ],
        "unproven": list(node.unproven),
        "origin": str(node.origin),
        "container": node.judgement.observation.container if node.judgement.observation else None,
        "stray_data": node.judgement.stray_data,
    }


def cluster_facts(view: ClusterView) -> dict[str, object]:
    """Return what is to be said of the cluster itself."""
    return {
        "cluster": view.cluster,
        "outcome": str(view.outcome),
        "sentence": sentence(view),
        "desired": [
            {"nodes": list(it.nodes), "digest": it.digest, "routing": _routing(it.routing)} for it in view.desired
        ],
        "majority": asdict(view.majority) | {"nodes": list(view.majority.nodes)} if view.majority else None,
        "distinct": _distinct(view),
        "transition": [asdict(it) | {"nodes": list(it.nodes)} for it in view.transitions],
    }


def unmade_facts(cluster: str, outcome: str, why: str) -> dict[str, object]:
    """Return the same of a cluster that could not be checked."""
    nothing: dict[str, object] = {"desired": [], "majority": None, "distinct": [], "transition": []}
    return {"cluster": cluster, "outcome": outcome, "sentence": why, **nothing}


def _distinct(view: ClusterView) -> list[dict[str, object]]:
    """Return each state once; nodes in transition stand beside those in the same state that are not."""
    moving = {node.name for node in view.nodes if node.in_transition}
    return [
        {
            "nodes": [name for name in group.names if (name in moving) is in_transition],
            "standing": str(group.standing),
            "state": str(group.state),
            "digest": group.digest,
            "in_transition": in_transition,
        }
        for group in fold_states(view.judgements)
        for in_transition in (False, True)
        if any((name in moving) is in_transition for name in group.names)
    ]


def _routing(routing: Routing) -> dict[str, str]:
    return {str(target): str(place) for target, place in routing.items()}
