"""Put an earlier document back: what lay on each node before a past rollout, "no file" included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.rollout.past import past_of
from agent.edges.journal import is_plan_name, journal_path, read, read_plan, rollouts
from agent.errors import InputError, JournalError, Refused
from agent.operations.deploy import QUESTIONS
from agent.operations.earlier import before, judged_by, steps_with_file
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.looking import rejudged
from agent.operations.proposing import Proposal, propose
from agent.operations.rolling_out import Deed, carry_out
from agent.operations.undoing import mark_undone, still_declared

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Shape
    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.inputs import ClusterInput
    from agent.operations.world import Choice, World


def rollback(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    consent: Consent,
    shape: Shape,
    rollout: str | None,
) -> Report:
    """Bring the nodes that a rollout changed to the documents that they had before it.

    Raises:
        InputError: the user's files or words are wrong, or there is no such rollout; nothing was connected.
        Refused: what lay there before was not kept; or nobody said yes.
        JournalError: the journal cannot be kept.

    """
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    folder = world.state_folder / "rollouts" / cluster.name
    undone = _plan_to_undo(cluster.name, folder, rollout)
    cluster = _only(judged_by(cluster, before(undone)), undone)
    report = carry_out(
        world,
        choice,
        Deed(
            task="rollback",
            cluster=cluster,
            findings=inputs.findings,
            propose=lambda seen: _proposal(cluster, seen, undone, shape, said),
            question=QUESTIONS[shape].replace("the file", "the file they had before"),
        ),
        consent,
    )
    if not report.outcome.exit_code:
        mark_undone(world, folder, undone.id, by=str(report.facts.get("plan")) if report.facts.get("rollout") else None)
    return still_declared(report)


def _proposal(
    cluster: ClusterInput, seen: tuple[Judgement, ...], undone: Plan, shape: Shape, said: frozenset[str]
) -> Proposal:
    proposal = propose(cluster, rejudged(seen, cluster.documents), shape=shape, said=said)
    return replace(proposal, task="rollback", plan=replace(proposal.plan, undoes=undone.id))


def _only(cluster: ClusterInput, undone: Plan) -> ClusterInput:
    """The nodes that were selected, and that the rollout changed."""
    changed = {step.node for step in steps_with_file(undone)}
    return replace(cluster, selected=tuple(node for node in cluster.selected if node.name in changed))


def _plan_to_undo(cluster: str, folder: Path, rollout: str | None) -> Plan:
    """Return the plan that was named, or the last one that brought documents and was no putting back itself."""
    if rollout is not None:
        return _named(cluster, folder, rollout)
    for plan_id, path in rollouts(folder):
        plan = _changing(folder, plan_id, path)
        if plan is not None and plan.undoes is None:
            return plan
    raise Refused(
        f"{cluster}: no rollout that changed a file is recorded on this workstation; nothing to put back;"
        " deploy what you want instead"
    )


def _named(cluster: str, folder: Path, rollout: str) -> Plan:
    if not is_plan_name(rollout) or not journal_path(folder, rollout).is_file():
        raise InputError(f"--rollout {rollout}: {cluster} has no such rollout on this workstation; see `history`")
    plan = read_plan(folder, rollout)
    if not steps_with_file(plan):
        raise Refused(f"{cluster}: the rollout {rollout} changed no file; nothing to put back")
    return plan


def _changing(folder: Path, plan_id: str, path: Path) -> Plan | None:
    """Return the plan of a rollout that brought a document to a node; one that cannot be read is passed over."""
    try:
        told, _ = read(path)
        plan = read_plan(folder, plan_id)
    except JournalError:
        return None
    return plan if steps_with_file(plan) and past_of(plan_id, told).nodes else None
