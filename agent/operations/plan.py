"""What would be done, in which order, why, and what it would mean; observes and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.report import Report
from agent.errors import Outcome, weightiest
from agent.operations import proposal_words, verdicts
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.looking import look_at_cluster
from agent.operations.proposing import propose, within_reach

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.planning.plan import Shape
    from agent.operations.proposing import Proposal
    from agent.operations.world import Choice, World


def plan(world: World, choice: Choice, *, template: Path | None, shape: Shape, said: frozenset[str]) -> Report:
    """Observe one cluster and tell what deploy-config would do to it.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.

    """
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    judgements = look_at_cluster(world, cluster, forks=choice.forks)
    proposal = propose(cluster, judgements, shape=shape, said=said)
    seen = verdicts.verdict_of(within_reach(cluster, judgements)) - {Outcome.DRIFT}
    outcome = weightiest({*seen, _verdict(proposal)})
    return Report(
        task="plan",
        cluster=cluster.name,
        outcome=outcome,
        sentence=proposal_words.sentence(proposal),
        findings=inputs.findings,
        nodes=verdicts.rows(judgements),
        facts=proposal_words.facts(proposal),
        lines=proposal_words.lines(proposal),
        next_command=proposal_words.mending_command(proposal, choice),
    )


def _verdict(proposal: Proposal) -> Outcome:
    pending = any(judgement.needs_restart for judgement in proposal.judgements)
    return Outcome.CHANGES if proposal.plan.steps or pending else Outcome.OK
