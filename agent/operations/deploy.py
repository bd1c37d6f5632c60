"""Plan, confirm, stage on all nodes, all vote, commit everywhere, read back; with or without the restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.proposing import propose
from agent.operations.rolling_out import carry_out

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.world import Choice, World

_QUESTIONS = {
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
) -> Report:
    """Bring the selected nodes of one cluster to their documents.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: a guard or the user said no; nothing was changed.
        JournalError: the journal cannot be kept; nothing more was changed than it holds.

    """
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    return carry_out(
        world,
        choice,
        cluster,
        task="deploy-config",
        findings=inputs.findings,
        propose=lambda judgements: propose(cluster, judgements, shape=shape, said=said),
        question=_QUESTIONS[shape],
        consent=consent,
    )
