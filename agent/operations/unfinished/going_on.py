"""What does it take to go on with an unfinished rollout? A yes, unless more is at stake than the yes was given for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.change import change_class
from agent.core.planning.plan import Shape
from agent.core.rollout.progress import is_finished
from agent.core.routing import ChangeClass
from agent.core.text.names import fold
from agent.operations.confirming import at_the_question, confirm, confirm_by_name
from agent.operations.looking.gathering import judged, observation_in
from agent.operations.rollout.earlier import brought_by, judged_by, on_disk_now
from agent.operations.unfinished.plan_copies import few_copies
from agent.operations.unfinished.words import brings_another

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.observation import Observation
    from agent.node.port import Answer
    from agent.operations.consent import Consent
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.unfinished.choosing import Unfinished
    from agent.operations.world import World

QUESTION = "Go on with it? Whoever else is at it is refused at the next step."


def agree(
    world: World, cluster: ClusterInput, found: Unfinished, answers: Mapping[str, Answer], consent: Consent
) -> None:
    """Get a yes, or the cluster's name where a yes is not enough.

    Raises:
        Refused: it was not given.
        Interrupted: somebody left at the question.

    """
    why = "; ".join(_at_stake(cluster, found, answers))
    with at_the_question(cluster.name):
        if why:
            question = f"The rollout {found.plan.id}: {why}. {QUESTION}"
            confirm_by_name(world, question, name=cluster.name, given=consent.name)
        else:
            confirm(world, QUESTION, yes=consent.yes or consent.name == cluster.name)


def judged_by_plan(cluster: ClusterInput, found: Unfinished, answers: Mapping[str, Answer]) -> ClusterInput:
    """The plan's documents count, not what the inventory says by now; a node that only restarts keeps what it has."""
    plan = found.plan
    on_disk = on_disk_now(judged(cluster, cluster.nodes, answers))
    kept = {
        step.node: on_disk[step.node]
        for step in plan.steps
        if step.node in on_disk and on_disk[step.node].digest == step.digest
    }
    return judged_by(cluster, {**kept, **brought_by(plan)})


def change_now(cluster: ClusterInput, found: Unfinished, answers: Mapping[str, Answer]) -> ChangeClass:
    """Return what the plan comes to, by its documents and the nodes as they are, whatever it says of itself."""
    by_plan = judged_by_plan(cluster, found, answers)
    steps = {step.node for step in found.plan.steps}
    return change_class(judged(by_plan, [node for node in by_plan.nodes if node.name in steps], answers))


def _at_stake(cluster: ClusterInput, found: Unfinished, answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """What this yes would be given for, beyond what was agreed to when it began.

    Where most of the nodes that answer hold the same copy of the plan, or the journal is here, that was agreed to. What
    only a few hold, one of them could have made up; and where nobody holds the nodes, the world may have moved on.
    """
    other = brings_another(found.plan, cluster.documents)
    foreign = (f"it brings another document than the inventory has now to {fold(other)}",) if other else ()
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    over = _claimed_over(found, seen)
    if not found.from_nodes:
        return over if found.holders or _is_done(found) else foreign
    few = few_copies(found.from_nodes, seen)
    harm = (*foreign, *_harm(cluster, found, answers))
    alone = (*harm, f"it is known from {few} alone") if few is not None and harm else ()
    return (*over, *alone)


def _claimed_over(found: Unfinished, seen: Mapping[str, Observation]) -> tuple[str, ...]:
    """Nodes that are free, and have seen a later epoch than it ever had: whoever had them has left one behind."""
    if not found.holders:
        return ()
    last = max(lock.epoch for lock in found.holders.values())
    free = [name for name, it in seen.items() if it.lock is None and it.epoch > last]
    return (f"{fold(free)} {'was' if len(free) == 1 else 'were'} claimed and freed after it",) if free else ()


def _is_done(found: Unfinished) -> bool:
    """Tell whether all of it is done by the journal here, so that it only has not been told to have ended."""
    so_far = found.so_far
    return so_far is not None and all(is_finished(so_far.plan, it) for it in so_far.steps.values())


def _harm(cluster: ClusterInput, found: Unfinished, answers: Mapping[str, Answer]) -> Iterator[str]:
    """What a single node could make up, and would cost all the others."""
    if change_now(cluster, found, answers) is ChangeClass.ROUTING:
        yield "it changes where new data is stored, and copies nothing"
    if found.plan.shape is Shape.TOGETHER:
        yield "it stops all its nodes at once"
    if found.plan.accept_downtime:
        yield "it may stop the last node that serves"
    if found.plan.undoes is not None:
        yield f"it puts the rollout {found.plan.undoes} back"
