"""Which nodes a plan touches, in which order, and why: standings and policy in, a plan out."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING, TypedDict

from agent.core.judging.in_force import Known
from agent.core.judging.on_disk import NoFile, Written
from agent.core.judging.standing import Standing
from agent.core.judging.state import State
from agent.core.planning.plan import Plan, Shape, Step
from agent.core.routing import ChangeClass, routing_line, routing_of
from agent.core.text.names import natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.document import Document
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Patience

Canary = int | tuple[str, ...]
"""How many of the healthy nodes go first and alone, or which of them by name."""

_OUT_OF_REACH = frozenset({Standing.UNREACHABLE, Standing.UNKNOWN})
_REPAIRS = frozenset({Standing.UNREADABLE, Standing.SPLIT, Standing.TIME_BOMB})
_CLASSES = {
    Standing.CURRENT: ChangeClass.NONE,
    Standing.COSMETIC: ChangeClass.COSMETIC,
    Standing.RESTART_PENDING: ChangeClass.TUNING,
    Standing.DRIFTED: ChangeClass.TUNING,
}


class _Found(TypedDict, total=False):
    """The part of a step that tells how the node was found; what is not known is left out."""

    owner: str
    group: str
    mode: str
    loaded_canonical: str
    loaded_routing: str
    loaded_ticks: int | None
    expected_canonical: str
    expected_routing: str


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

    Nodes that already are as they should be, were not selected, or cannot be written to at all are bystanders; for
    the last sort core/planning/guards has an objection. Shape RESTART is not made here: see restart_plan.

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
    return _restart(judgements, pending, cluster=cluster, plan_id=plan_id, patience=patience, canary=canary)


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
    chosen = _selected(judgements, selected)
    return _restart(judgements, chosen, cluster=cluster, plan_id=plan_id, patience=patience, canary=canary)


def change_class(judgements: Iterable[Judgement]) -> ChangeClass:
    """Return what bringing these nodes to their documents means for the users of Jira.

    A routing that most nodes would have to change to is a change of routing, even where the nodes also disagree: those
    that differ do not stand out. Otherwise a node that stands out makes it a repair.
    """
    judged = tuple(judgements)
    if introduces_routing(judged):
        return ChangeClass.ROUTING
    severity = list(ChangeClass).index
    classes = (_CLASSES.get(judgement.standing, ChangeClass.REPAIR) for judgement in _reached(judged))
    return max(classes, key=severity, default=ChangeClass.NONE)


def introduces_routing(judgements: Iterable[Judgement]) -> bool:
    """Whether more nodes' data goes elsewhere than desired than is proven to go there already.

    One node that has the desired routing does not make it the cluster's: it may be what an abandoned rollout, or a
    copy by hand, has left behind. A file that no process is proven to have loaded counts for nothing.
    """
    judged = tuple(judgements)
    elsewhere = sum(judgement.effective_routing not in {None, judgement.desired_routing} for judgement in judged)
    return elsewhere > sum(_goes_there(judgement) for judgement in judged)


def _goes_there(judgement: Judgement) -> bool:
    loaded = _proven(judgement)
    return loaded is not None and loaded.routing == judgement.desired_routing


def _reached(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    return tuple(judgement for judgement in judgements if judgement.standing not in _OUT_OF_REACH)


def _selected(judgements: tuple[Judgement, ...], selected: frozenset[str] | None) -> tuple[Judgement, ...]:
    """The nodes that a step may name: chosen, seen, and with a digest that a commit can compare."""
    return tuple(
        judgement
        for judgement in _reached(judgements)
        if judgement.digest is not None and (selected is None or judgement.node.name in selected)
    )


def _is_due(judgement: Judgement, document: Document, shape: Shape) -> bool:
    return _needs_file(judgement, document) or (shape is not Shape.COMMIT and _needs_restart(judgement, document))


def _needs_file(judgement: Judgement, document: Document) -> bool:
    """Other bytes, or the right ones with another mode or owner."""
    return judgement.digest != document.digest or bool(judgement.blemishes)


def _needs_restart(judgement: Judgement, document: Document) -> bool:
    """Only what is proven counts as loaded; a likely reading (a caveat) does not."""
    loaded = _proven(judgement)
    return loaded is None or loaded.canonical != document.canonical


def _proven(judgement: Judgement) -> Known | None:
    loaded = judgement.in_force
    return loaded if isinstance(loaded, Known) and loaded.caveat is None else None


def _step(judgement: Judgement, document: Document, shape: Shape) -> Step:
    """One node's part where a document may travel; its reason is written when the order is known."""
    return Step(
        node=judgement.node.name,
        reason="",
        expected=judgement.digest or "",
        digest=document.digest,
        canonical=document.canonical,
        routing=routing_line(routing_of(document.config)),
        restart=shape is not Shape.COMMIT and _needs_restart(judgement, document),
        running=judgement.state is State.RUNNING,
        document=document.content if _needs_file(judgement, document) else None,
        **_found(judgement),
    )


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
        **_found(judgement),
    )


def _found(judgement: Judgement) -> _Found:
    """What the plan was made from: process, file, and the owner and mode that the file is held to."""
    found: _Found = {"owner": judgement.node.owner, "group": judgement.node.group, "mode": judgement.node.mode}
    loaded, observation, on_disk = _proven(judgement), judgement.observation, judgement.on_disk
    if loaded is not None and observation is not None:
        found["loaded_canonical"] = loaded.canonical
        found["loaded_routing"] = routing_line(loaded.routing)
        found["loaded_ticks"] = observation.process.start_ticks
    if isinstance(on_disk, Written | NoFile):
        found["expected_canonical"] = on_disk.canonical
        found["expected_routing"] = routing_line(on_disk.routing)
    return found


def _restart(
    judgements: tuple[Judgement, ...],
    chosen: tuple[Judgement, ...],
    *,
    cluster: str,
    plan_id: str,
    patience: Patience,
    canary: Canary,
) -> Plan:
    due = {judgement.node.name: _restart_step(judgement) for judgement in chosen}
    return _plan(
        judgements, due, cluster=cluster, plan_id=plan_id, shape=Shape.RESTART, patience=patience, canary=canary
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
            replace(step, reason=f"{_why_now(turn, judgement, shape)}; {_what(step, shape)}")
            for turn, judgement in _in_order(concerned, canary)
            for step in (due[judgement.node.name],)
        ),
        bystanders=tuple(name for name in names if name not in due),
        patience=patience,
    )


class _Turn(IntEnum):
    """When a node's turn comes."""

    NOT_RUNNING = 0
    REPAIR = 1
    CANARY = 2
    REST = 3


def _in_order(concerned: tuple[Judgement, ...], canary: Canary) -> list[tuple[_Turn, Judgement]]:
    """Nodes that do not run cost nobody anything, the sick ones cost more each minute, the healthy follow a canary."""
    healthy = [judgement.node.name for judgement in concerned if _turn(judgement, frozenset()) is _Turn.REST]
    canaries = frozenset(sorted(healthy, key=natural)[:canary] if isinstance(canary, int) else canary)
    turns = ((_turn(judgement, canaries), judgement) for judgement in concerned)
    return sorted(turns, key=lambda pair: (pair[0], natural(pair[1].node.name)))


def _turn(judgement: Judgement, canaries: frozenset[str]) -> _Turn:
    if judgement.state is not State.RUNNING:
        return _Turn.NOT_RUNNING
    if judgement.standing in _REPAIRS:
        return _Turn.REPAIR
    return _Turn.CANARY if judgement.node.name in canaries else _Turn.REST


def _why_now(turn: _Turn, judgement: Judgement, shape: Shape) -> str:
    if shape is Shape.TOGETHER:
        return "with all the others at once"
    match turn:
        case _Turn.NOT_RUNNING:
            return f"first, since Jira does not serve here (state {judgement.state}) and nobody misses this node"
        case _Turn.REPAIR:
            return f"before the healthy nodes, since it is {judgement.standing}"
        case _Turn.CANARY:
            return "as a canary, before the other healthy nodes"
        case _Turn.REST:
            return "after the canary, in the order of the names"


def _what(step: Step, shape: Shape) -> str:
    if shape is Shape.RESTART:
        return "stop, start" if step.running else "start"
    match step.document is not None, step.restart, step.running:
        case True, True, True:
            return "stop, commit the file, start"
        case True, True, False:
            return "commit the file, start"
        case True, False, _:
            return "commit the file, no restart"
        case _, _, True:
            return "the file is right already: stop, start"
        case _:
            return "the file is right already: start"
