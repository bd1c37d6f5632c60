"""Restart nodes within the budget, gated on health: those that need it, or every one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.make_plan import restart_plan, restart_plan_for_everyone
from agent.core.planning.plan import Shape
from agent.operations.inputs.clusters import one_cluster
from agent.operations.proposal.policy import Policy
from agent.operations.proposal.proposing import propose_restart
from agent.operations.rollout.rolling_out import Deed, carry_out
from agent.operations.saved_plan.applying import applied, as_saved, inputs_for
from agent.operations.saved_plan.bound import EVERY_NODE

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.world import Choice, World


def restart_pending_nodes(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    consent: Consent,
    policy: Policy | None = None,
    saved: Path | None = None,
) -> Report:
    """Restart the selected nodes whose right file is not proven to be loaded; saved is the file of a plan to follow.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: a guard or the user said no; nothing was changed.
        JournalError: the journal cannot be kept.

    """
    wish = as_saved(choice, said=said, policy=policy or Policy(), shape=Shape.RESTART, file=saved)
    inputs = inputs_for(wish, template=template)
    cluster = one_cluster(inputs)
    everyone = EVERY_NODE in wish.said
    make = restart_plan_for_everyone if everyone else restart_plan
    deed = Deed(
        task="rolling-restart",
        cluster=cluster,
        findings=inputs.findings,
        propose=lambda seen: propose_restart(cluster, seen, make=make, said=wish.said, policy=wish.policy),
        question="Restart ALL these nodes, also those that do not need it?" if everyone else "Restart these nodes?",
        policy=wish.policy,
    )
    return carry_out(world, wish.choice, applied(world, deed, wish), consent)


def restart_every_node(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    consent: Consent,
    policy: Policy | None = None,
    saved: Path | None = None,
) -> Report:
    """Restart every selected node, whether it needs it or not; raises as restart_pending_nodes."""
    return restart_pending_nodes(
        world,
        choice,
        template=template,
        said=said | {EVERY_NODE},
        consent=consent,
        policy=policy,
        saved=saved,
    )
