"""Which nodes would be left out, left behind or led astray by a plan? Guards on who takes part and what it loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.on_disk import Broken, NoFile, Written
from agent.core.judging.standing import Standing
from agent.core.planning.change import introduces_routing
from agent.core.planning.objection import Case, Objection
from agent.core.planning.plan import Shape
from agent.core.relocation import moves
from agent.core.routing import routing_of
from agent.core.rules.wording import listed
from agent.core.text.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator


def silent_nodes(case: Case) -> Iterator[Objection]:
    """A node left out on purpose counts as down; one that should take part, or be asked, stops everything."""
    for judgement in case.judgements:
        if judgement.standing not in {Standing.UNREACHABLE, Standing.UNKNOWN}:
            continue
        name, code = judgement.node.name, judgement.standing.lower()
        if case.is_chosen(judgement) or (case.restarts and name not in case.plan.absent):
            cure = f"see to it, or go without it: --exclude '{name}' --allow-partial"
            yield Objection(code=code, sentence=f"{name}: {judgement.reason}; {cure}")
        else:
            cure = "it counts as down; say --allow-partial to go on without it"
            yield Objection(code=code, sentence=f"{name}: {judgement.reason}; {cure}", flags=("--allow-partial",))


def nodes_left_behind(case: Case) -> Iterator[Objection]:
    """Nodes with different files split the data sooner or later."""
    behind = [
        judgement.node.name
        for judgement in case.judgements
        if isinstance(judgement.on_disk, Written | NoFile | Broken)
        and not case.is_chosen(judgement)
        and not judgement.disk_is_right
    ]
    if case.plan.shape is Shape.RESTART:
        yield from _routings_left_behind(case)
    elif behind:
        sentence = (
            f"{fold(behind)}: not selected, but the file there differs as well (the nodes would have different files);"
            " select all nodes, or say --allow-partial"
        )
        yield Objection(code="left-behind", sentence=sentence, flags=("--allow-partial",))


def _routings_left_behind(case: Case) -> Iterator[Objection]:
    """A restart of some nodes alone brings the new routing into force on them, and leaves the others on the old."""
    behind = [
        judgement.node.name
        for judgement in case.judgements
        if not case.is_chosen(judgement) and judgement.effective_routing not in {None, judgement.desired_routing}
    ]
    if behind and case.plan.steps:
        sentence = (
            f"{fold(behind)}: not selected, and data goes elsewhere there than it will on the restarted nodes;"
            " select all nodes, or say --allow-partial"
        )
        yield Objection(code="left-behind", sentence=sentence, flags=("--allow-partial",))


def restarts_into_a_wrong_file(case: Case) -> Iterator[Objection]:
    """A restart brings into force whatever lies there."""
    wrong = [step.node for step, it in case.pairs if case.plan.shape is Shape.RESTART and not it.disk_is_right]
    if wrong:
        sentence = (
            f"{fold(wrong)}: the file on disk is not the desired one, and a restart loads it; deploy-config first"
        )
        yield Objection(code="wrong-file", sentence=sentence)


def routing_without_a_way(case: Case) -> Iterator[Objection]:
    """Committed and left alone, each node would change over at its next restart, whenever that happens to be."""
    if case.plan.shape is not Shape.COMMIT or not case.plan.steps or not introduces_routing(case.judgements):
        return
    moved = dict.fromkeys(
        str(move.target)
        for judgement in case.judgements
        if judgement.effective_routing is not None
        for move in moves(judgement.effective_routing, routing_of(judgement.desired.config))
    )
    sentence = (
        f"{case.plan.cluster}: {listed(moved)} will be stored elsewhere, and the file alone changes no node over before"
        " its next restart; say --restart, --together or --no-restart"
    )
    yield Objection(code="routing", sentence=sentence, flags=("--restart", "--together", "--no-restart"))
