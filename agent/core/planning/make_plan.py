"""Which nodes a plan touches, what is done on each, and why: standings and documents in, a plan out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.document import ABSENT
from agent.core.judging.in_force import Known
from agent.core.judging.on_disk import NoFile, Written
from agent.core.judging.state import State
from agent.core.planning.change import OUT_OF_REACH, change_class, proven
from agent.core.planning.found import found, node_ids, replaced_documents
from agent.core.planning.order import Canary, in_order
from agent.core.planning.plan import Plan, Shape, Step
from agent.core.routing import routing_line, routing_of
from agent.core.text.names import natural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.document import Document
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Patience

__all__ = ["Canary", "make_plan", "restart_plan", "restart_plan_for_everyone"]


def make_plan(
    judgements: tuple[Judgement, ...],
    *,
    cluster: str,
    plan_id: str,
    shape: Shape,
    documents: Mapping[str, Document],
    patience: Patience,
    selected: frozenset[str] | None = None,
    canary: Canary = 1,
) -> Plan:
    """Return the plan that brings the selected nodes (None: all) to their documents.

    A document with the digest ABSENT takes the file away. Nodes that already are as they should be, were not
    selected, or cannot be written to at all are bystanders; for the last sort core/planning/guards has an objection.
    Shape RESTART is not made here: see restart_plan. How many may be down, and what runs around a restart, is laid
    over it by core/planning/terms.

    Raises:
        KeyError: a judged node has no document.
    """
    due = {
        judgement.node.name: _step(judgement, documents[judgement.node.name], shape)
        for judgement in _selected(judgements, selected)
        if _is_due(judgement, documents[judgement.node.name], shape)
    }
    return _plan(judgements, due, cluster=cluster, plan_id=plan_id, shape=shape, patience=patience, canary=canary)


def restart_plan(
    judgements: tuple[Judgement, ...],
    *,
    cluster: str,
    plan_id: str,
    patience: Patience,
    selected: frozenset[str] | None = None,
    canary: Canary = 1,
) -> Plan:
    """Return the plan that restarts, of the selected nodes, those whose right file is not proven to be loaded."""
    pending = tuple(judgement for judgement in _selected(judgements, selected) if judgement.needs_restart)
    due = {judgement.node.name: _restart_step(judgement) for judgement in pending}
    return _plan(
        judgements, due, cluster=cluster, plan_id=plan_id, shape=Shape.RESTART, patience=patience, canary=canary
    )


def restart_plan_for_everyone(
    judgements: tuple[Judgement, ...],
    *,
    cluster: str,
    plan_id: str,
    patience: Patience,
    selected: frozenset[str] | None = None,
    canary: Canary = 1,
) -> Plan:
    """Return the plan that restarts every selected node that can be spoken to, whether it needs it or not."""
    due = {judgement.node.name: _restart_step(judgement) for judgement in _selected(judgements, selected)}
    return _plan(
        judgements, due, cluster=cluster, plan_id=plan_id, shape=Shape.RESTART, patience=patience, canary=canary
    )


def _selected(judgements: tuple[Judgement, ...], selected: frozenset[str] | None) -> tuple[Judgement, ...]:
    """The nodes that a step may name: chosen, seen, and with a digest that a commit can compare."""
    return tuple(
        judgement
        for judgement in judgements
        if judgement.standing not in OUT_OF_REACH
        and judgement.digest is not None
        and (selected is None or judgement.node.name in selected)
    )


def _is_due(judgement: Judgement, document: Document, shape: Shape) -> bool:
    return _needs_file(judgement, document) or (shape is not Shape.COMMIT and _needs_restart(judgement, document))


def _needs_file(judgement: Judgement, document: Document) -> bool:
    """Other bytes, or the right ones with another mode or owner."""
    return judgement.digest != document.digest or (document.digest != ABSENT and bool(judgement.blemishes))


def _needs_restart(judgement: Judgement, document: Document) -> bool:
    """Only what is proven counts as loaded.

    Where the file is to be away and is, nothing may ever have been there, and only a process that has loaded
    something is restarted: no receipt of ours could prove more of a node that we never wrote to.
    """
    if document.digest == judgement.digest == ABSENT:
        loaded = judgement.in_force
        return judgement.state is not State.RUNNING or (isinstance(loaded, Known) and loaded.canonical != ABSENT)
    proof = proven(judgement)
    return proof is None or proof.canonical != document.canonical


def _step(judgement: Judgement, document: Document, shape: Shape) -> Step:
    """One node's part where a document may travel; its reason is written when the order is known."""
    step = Step(
        node=judgement.node.name,
        reason="",
        expected=judgement.digest or "",
        digest=document.digest,
        canonical=document.canonical,
        routing=routing_line(routing_of(document.config)),
        restart=shape is not Shape.COMMIT and _needs_restart(judgement, document),
        running=judgement.state is State.RUNNING,
        document=document.content if _needs_file(judgement, document) else None,
        **found(judgement),
    )
    return replace(step, owner=None, group=None, mode=None) if document.digest == ABSENT else step


def _restart_step(judgement: Judgement) -> Step:
    """A restart loads what lies on disk, so the step promises that; guards refuse one that would load a wrong file."""
    meaning = judgement.on_disk if isinstance(judgement.on_disk, Written | NoFile) else judgement.desired
    return Step(
        node=judgement.node.name,
        reason="",
        expected=judgement.digest or "",
        digest=judgement.digest or "",
        canonical=meaning.canonical,
        routing=routing_line(judgement.disk_routing or judgement.desired_routing),
        restart=True,
        running=judgement.state is State.RUNNING,
        **found(judgement),
    )


def _plan(
    judgements: tuple[Judgement, ...],
    due: Mapping[str, Step],
    *,
    cluster: str,
    plan_id: str,
    shape: Shape,
    patience: Patience,
    canary: Canary,
) -> Plan:
    concerned = tuple(judgement for judgement in judgements if judgement.node.name in due)
    names = sorted((judgement.node.name for judgement in judgements), key=natural)
    return Plan(
        id=plan_id,
        cluster=cluster,
        shape=shape,
        change=change_class(judgements),
        steps=tuple(
            replace(step, turn=turn, reason=f"{why}; {_what(step, shape)}")
            for turn, why, step in in_order(due, concerned, shape, canary)
        ),
        bystanders=tuple(name for name in names if name not in due),
        patience=patience,
        known_node_ids=node_ids(judgements),
        previous=replaced_documents(judgements, due.values()),
    )


def _what(step: Step, shape: Shape) -> str:
    if shape is Shape.RESTART:
        return "stop, start" if step.running else "start"
    act = "remove the file" if step.removes else "commit the file"
    match step.document is not None, step.restart, step.running:
        case True, True, True:
            return f"stop, {act}, start"
        case True, True, False:
            return f"{act}, start"
        case True, False, _:
            return f"{act}, no restart"
        case _, _, True:
            return "the file is right already: stop, start"
        case _:
            return "the file is right already: start"
