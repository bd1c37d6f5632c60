"""What would be done, in which order, why, and what it would mean; observes and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.judging.standing import Standing
from agent.core.planning.make_plan import restart_plan, restart_plan_for_everyone
from agent.core.planning.plan import Shape
from agent.core.report import Line, Report
from agent.errors import Outcome, weightiest
from agent.operations.buckets.beside_plan import ask_nobody
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import gather, judged, proven_here
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
    from agent.node.port import Answer
    from agent.operations.buckets.beside_plan import AskBuckets
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.saved_plan.saving import Keep, Kept
    from agent.operations.world import Choice, World

    Propose = Callable[[ClusterInput, tuple[Judgement, ...]], Proposal]


def plan(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    shape: Shape,
    said: frozenset[str],
    policy: Policy | None = None,
    keep: Keep | None = None,
    preflight: AskBuckets = ask_nobody,
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
        preflight=preflight,
    )


def plan_restart_of_pending_nodes(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    policy: Policy | None = None,
    keep: Keep | None = None,
    preflight: AskBuckets = ask_nobody,
) -> Report:
    """Observe one cluster and tell what rolling-restart would do to it; raises as plan."""
    make = _restarting(restart_plan, said, policy)
    return _told(world, choice, template=template, policy=policy or Policy(), make=make, keep=keep, preflight=preflight)


def plan_restart_of_every_node(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    policy: Policy | None = None,
    keep: Keep | None = None,
    preflight: AskBuckets = ask_nobody,
) -> Report:
    """The same for rolling-restart --all; raises as plan."""
    make = _restarting(restart_plan_for_everyone, said, policy)
    return _told(world, choice, template=template, policy=policy or Policy(), make=make, keep=keep, preflight=preflight)


def _restarting(make: Callable[..., Plan], said: frozenset[str], policy: Policy | None) -> Propose:
    return lambda cluster, seen: propose_restart(cluster, seen, make=make, said=said, policy=policy)


def _told(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    policy: Policy,
    make: Propose,
    keep: Keep | None,
    preflight: AskBuckets,
) -> Report:
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    looked_up(policy, cluster.nodes)
    judgements, host_keys = _look(world, cluster, policy, choice.forks)
    proposal = make(cluster, judgements)
    proposal = replace(proposal, forecast=foretold(world, proposal.plan))
    found = preflight(world, cluster, choice.forks)
    kept = keep(cluster, proposal, host_keys) if keep is not None else None
    seen = verdicts.verdict_of(within_reach(cluster, judgements)) - {Outcome.DRIFT}
    outcome = weightiest({*seen, _verdict(proposal), *_held(proposal), *found.outcomes})
    return Report(
        task="plan",
        cluster=cluster.name,
        outcome=outcome,
        sentence=proposal_words.sentence(proposal),
        findings=inputs.findings,
        nodes=tuple(map(found.beside, verdicts.rows(judgements))),
        facts={**proposal_words.facts(proposal), **found.facts, **_saved(kept)},
        lines=(*proposal_words.lines(proposal), *found.lines, *_saved_lines(kept)),
        next_command=found.mending(choice) or _next(proposal, choice, kept),
    )


def _saved(kept: Kept | None) -> dict[str, object]:
    return {} if kept is None else {"saved": {"path": str(kept.path), "expires_at": kept.expires_at}}


def _saved_lines(kept: Kept | None) -> tuple[Line, ...]:
    return () if kept is None else (Line(text=f"Saved in {kept.path}; it holds until {kept.expires_at}", exact=True),)


def _next(proposal: Proposal, choice: Choice, kept: Kept | None) -> str | None:
    """A plan that was saved to be carried out is carried out, where nothing speaks against it."""
    can_be_done = proposal.plan.steps and not proposal.objections
    return kept.command if kept and can_be_done else proposal_words.mending_command(proposal, choice)


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

        answers = gather(ask, cluster.watched, forks=forks)
        return judged(cluster, cluster.nodes, answers, proven_here(world, cluster)), host_keys


def _held(proposal: Proposal) -> frozenset[Outcome]:
    """What is held by another is not to be changed now, whatever there would be to change."""
    return frozenset({Outcome.LOCKED} if any(it.code == "locked" for it in proposal.objections) else ())


def _verdict(proposal: Proposal) -> Outcome:
    if proposal.plan.shape is Shape.RESTART:
        return Outcome.CHANGES if proposal.plan.steps else Outcome.OK
    pending = any(judgement.needs_restart for judgement in proposal.judgements)
    if proposal.plan.steps or pending:
        return Outcome.CHANGES
    # What lies there has to be moved away by hand: no plan can do it, and nothing to do is not what it is.
    by_hand = any(judgement.standing is Standing.UNREADABLE for judgement in proposal.judgements)
    return Outcome.REFUSED if by_hand else Outcome.OK
