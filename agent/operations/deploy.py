"""Plan, confirm, stage on all nodes, all vote, commit everywhere, read back; with or without the restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.operations.inputs.clusters import one_cluster
from agent.operations.proposal.policy import Policy
from agent.operations.proposal.proposing import propose
from agent.operations.rollout.rolling_out import Deed, carry_out
from agent.operations.saved_plan.applying import applied, as_saved, inputs_for

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.world import Choice, World

QUESTIONS = {
    Shape.COMMIT: "Push the file to these nodes?",
    Shape.ROLLING: "Push the file to these nodes and restart them one after the other?",
    Shape.TOGETHER: "Stop ALL these nodes, push the file, and start them again? Jira is down for everybody meanwhile.",
}


def deploy(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    shape: Shape,
    said: frozenset[str],
    consent: Consent,
    policy: Policy | None = None,
    saved: Path | None = None,
) -> Report:
    """Bring the selected nodes of one cluster to their documents; saved is the file of a plan that is to be followed.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: a guard or the user said no; nothing was changed.
        JournalError: the journal cannot be kept; nothing more was changed than it holds.

    """
    wish = as_saved(choice, said=said, policy=policy or Policy(), shape=shape, file=saved)
    inputs = inputs_for(wish, template=template)
    cluster = one_cluster(inputs)
    deed = Deed(
        task="deploy-config",
        cluster=cluster,
        findings=inputs.findings,
        propose=lambda seen: propose(cluster, seen, shape=wish.shape, said=wish.said, policy=wish.policy),
        question=QUESTIONS.get(wish.shape, QUESTIONS[Shape.COMMIT]),
        policy=wish.policy,
    )
    return carry_out(world, wish.choice, applied(world, deed, wish), consent)
