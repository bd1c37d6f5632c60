"""Restart nodes one at a time, gated on health: those that need it, or every one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.inventory.resolve import patience
from agent.core.planning.make_plan import restart_plan, restart_plan_for_everyone
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.proposing import canary, new_plan_id, weigh, within_reach
from agent.operations.rolling_out import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan
    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.inputs import ClusterInput
    from agent.operations.proposing import Proposal
    from agent.operations.world import Choice, World


def restart_pending_nodes(
    world: World, choice: Choice, *, template: Path | None, said: frozenset[str], consent: Consent
) -> Report:
    """Restart the selected nodes whose right file is not proven to be loaded.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: a guard or the user said no; nothing was changed.
        JournalError: the journal cannot be kept.

    """
    return _restart(world, choice, template, said, consent, make=restart_plan, question="Restart these nodes?")


def restart_every_node(
    world: World, choice: Choice, *, template: Path | None, said: frozenset[str], consent: Consent
) -> Report:
    """Restart every selected node, whether it needs it or not; raises as restart_pending_nodes."""
    question = "Restart ALL these nodes, also those that do not need it?"
    return _restart(world, choice, template, said, consent, make=restart_plan_for_everyone, question=question)


def _restart(
    world: World,
    choice: Choice,
    template: Path | None,
    said: frozenset[str],
    consent: Consent,
    *,
    make: Callable[..., Plan],
    question: str,
) -> Report:
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    return carry_out(
        world,
        choice,
        cluster,
        task="rolling-restart",
        findings=inputs.findings,
        propose=lambda judgements: _propose(cluster, judgements, make, said),
        question=question,
        consent=consent,
    )


def _propose(
    cluster: ClusterInput, judgements: tuple[Judgement, ...], make: Callable[..., Plan], said: frozenset[str]
) -> Proposal:
    made = make(
        within_reach(cluster, judgements),
        cluster=cluster.name,
        plan_id=new_plan_id(),
        patience=patience(cluster.inventory),
        selected=frozenset(node.name for node in cluster.selected),
        canary=canary(cluster),
    )
    return weigh(cluster, judgements, made, said=said)
