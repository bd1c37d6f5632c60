"""What would be done, in which order, why, and what it would mean; observes and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.planning.make_plan import restart_plan, restart_plan_for_everyone
from agent.core.planning.plan import Shape
from agent.core.report import Report
from agent.errors import Outcome, weightiest
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import gather, judged
from agent.operations.proposal import words as proposal_words
from agent.operations.proposal.consulting import first_look
from agent.operations.proposal.foretelling import foretold
from agent.operations.proposal.policy import Policy, looked_up
from agent.operations.proposal.proposing import propose, propose_restart, within_reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.core.planning.plan import Plan
    from agent.core.report import Line
    from agent.node.port import Answer
    from agent.operations.inputs.clusters import ClusterInput, Inputs
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.world import Choice, World

    Propose = Callable[[ClusterInput, tuple[Judgement, ...]], Proposal]
    Keep = Callable[[Inputs, ClusterInput, Proposal, Mapping[str, str | None]], Line]
    """Saves a plan, with what it is bound to: the host key of each node that was asked; says so in a line."""


def plan(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    shape: Shape,
    said: frozenset[str],
    policy: Policy | None = None,
    keep: Keep | None = None,
) -> Report:
    """Observe one cluster and tell what deploy-config would do to it.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.

    """
    return _told(
        world,
        choice,
        template=template,
        policy=policy or Policy(),
        make=lambda cluster, seen: propose(cluster, seen, shape=shape, said=said, policy=policy),
        keep=keep,
    )


def plan_restart_of_pending_nodes(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    policy: Policy | None = None,
    keep: Keep | None = None,
) -> Report:
    """Observe one cluster and tell what rolling-restart would do to it; raises as plan."""
    make = _restarting(restart_plan, said, policy)
    return _told(world, choice, template=template, policy=policy or Policy(), make=make, keep=keep)


def plan_restart_of_every_node(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    policy: Policy | None = None,
    keep: Keep | None = None,
) -> Report:
    """The same for rolling-restart --all; raises as plan."""
    make = _restarting(restart_plan_for_everyone, said, policy)
    return _told(world, choice, template=template, policy=policy or Policy(), make=make, keep=keep)


def _restarting(make: Callable[..., Plan], said: frozenset[str], policy: Policy | None) -> Propose:
    return lambda cluster, seen: propose_restart(cluster, seen, make=make, said=said, policy=policy)


def _told(
    world: World, choice: Choice, *, template: Path | None, policy: Policy, make: Propose, keep: Keep | None
) -> Report:
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    looked_up(policy, cluster.nodes)
    judgements, host_keys = _look(world, cluster, policy, choice.forks)
    proposal = make(cluster, judgements)
    proposal = replace(proposal, forecast=foretold(world, proposal.plan))
    kept = (keep(inputs, cluster, proposal, host_keys),) if keep is not None else ()
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
        lines=(*proposal_words.lines(proposal), *kept),
        next_command=proposal_words.mending_command(proposal, choice),
    )


def _look(
    world: World, cluster: ClusterInput, policy: Policy, forks: int
) -> tuple[tuple[Judgement, ...], Mapping[str, str | None]]:
    """Judge all nodes, and tell what each machine proved to be; those left out by --exclude are not asked."""
    request = first_look(world, cluster, policy)
    host_keys: dict[str, str | None] = {}
    with world.dial() as port_of:

        def ask(node: Node) -> Answer:
            port = port_of(node)
            try:
                answer = port.perform(request)
                host_keys[node.name] = port.identity
                return answer
            finally:
                port.close()

        return judged(cluster, cluster.nodes, gather(ask, cluster.watched, forks=forks)), host_keys


def _verdict(proposal: Proposal) -> Outcome:
    if proposal.plan.shape is Shape.RESTART:
        return Outcome.CHANGES if proposal.plan.steps else Outcome.OK
    pending = any(judgement.needs_restart for judgement in proposal.judgements)
    return Outcome.CHANGES if proposal.plan.steps or pending else Outcome.OK
