"""Go on with a rollout after any interruption, from this or another workstation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.conductor import Wishes
from agent.core.planning.budget import Budget
from agent.core.text.names import fold
from agent.edges.secrets import resolve
from agent.errors import InputError, Refused
from agent.node.port import Recall
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.looking.gathering import gather, judged, observation_in
from agent.operations.proposal.proposing import Proposal
from agent.operations.rollout.conducting import Errand, carry_on
from agent.operations.rollout.report import done
from agent.operations.rollout.rolling_out import look_again, ports_of, rollouts_folder
from agent.operations.undoing.settling import settled
from agent.operations.unfinished.choosing import unfinished
from agent.operations.unfinished.going_on import agree, change_now, judged_by_plan
from agent.operations.unfinished.meanwhile import require_as_left, require_unclaimed
from agent.operations.unfinished.plan_bounds import require_bounds_of
from agent.operations.unfinished.words import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.report import Report
    from agent.node.port import Answer
    from agent.operations.consent import Consent
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.rollout.rolling_out import Ports
    from agent.operations.unfinished.choosing import Unfinished
    from agent.operations.world import Choice, World


def resume(world: World, choice: Choice, *, template: Path | None, consent: Consent, pause_after: int | None) -> Report:
    """Claim the nodes again, look where each step stands, and go on from there; what is done is not done again.

    A change of routing was confirmed by name when the rollout began; to go on with it takes a plain yes, as long as its
    locks hold the nodes and its journal is here.

    Raises:
        InputError: the user's files or words are wrong, or do not have what the plan needs.
        Refused: there is nothing to go on with, somebody else has been there, or nobody said yes.
        Locked: it runs right now.
        Interrupted: somebody left at the question, or asked a second time while the rollout ran.
        JournalError: the journal cannot be read or kept.

    """
    if choice.limit or choice.exclude:
        raise InputError(
            "--limit, --exclude: a rollout is gone on with as it was planned, on all its nodes; leave them out"
        )
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    with ports_of(world, cluster) as ports:
        answers = gather(lambda node: ports[node.name].perform(Recall()), cluster.watched, forks=choice.forks)
        found = unfinished(cluster.name, rollouts_folder(world, cluster.name), answers)
        _require_ready(world, cluster, found, answers)
        for line in told(found, cluster, change_now(cluster, found, answers)):
            world.progress(line.text, line.tone)
        agree(world, cluster, found, answers, consent)
        by_plan = judged_by_plan(cluster, found, answers)
        proposal = _as_proposed(by_plan, judged(by_plan, by_plan.nodes, answers), found)
        with found.journal() as journal:
            rollout = carry_on(world, choice, _errand(by_plan, found, ports, consent, pause_after), journal)
        after = look_again(by_plan, ports, choice.forks)
    report = done(
        "resume", proposal, rollout, after=after, findings=inputs.findings, choice=choice, journal=journal.path
    )
    return settled(world, report, found.plan, declared=cluster.documents)


def require_nodes(cluster: ClusterInput, found: Unfinished, names: Iterable[str]) -> None:
    """Insist that the inventory still has these nodes of the plan.

    Raises:
        InputError: it lacks one.

    """
    missing = sorted(set(names) - {node.name for node in cluster.nodes})
    if missing:
        raise InputError(
            f"{cluster.name}: the rollout {found.plan.id} is about {fold(missing)} as well, which the inventory lacks"
            " now; write that back into it until this rollout has come to its end"
        )


def _require_ready(world: World, cluster: ClusterInput, found: Unfinished, answers: Mapping[str, Answer]) -> None:
    """All that would keep it from going on is told before anybody is asked."""
    if found.undone_by is not None:
        raise Refused(
            f"{cluster.name}: the rollout {found.plan.id} was to be put back (by {found.undone_by}), which broke off"
            " while the nodes were taken over; go on with `abort`"
        )
    require_nodes(cluster, found, {*(step.node for step in found.plan.steps), *found.plan.bystanders})
    if found.from_nodes:
        require_bounds_of(cluster, found.plan)
    if found.plan.consults:
        _require_token(world, cluster, found)
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    require_as_left(found, seen)
    require_unclaimed(found, seen)


def _require_token(world: World, cluster: ClusterInput, found: Unfinished) -> None:
    rest = cluster.inventory.jira.rest
    if rest is None:
        raise InputError(
            f"{cluster.name}: the rollout {found.plan.id} asks Jira's REST pages whether a node is ready, and the"
            " inventory has no jira.rest.token now; write that back into it"
        )
    resolve(rest.token, world.environment)


def _errand(
    cluster: ClusterInput, found: Unfinished, ports: Ports, consent: Consent, pause_after: int | None
) -> Errand:
    return Errand(
        cluster=cluster,
        plan=found.plan,
        ports=ports,
        past=found.past or (),
        wishes=Wishes(pause_after=pause_after),
        events=consent.events,
    )


def _as_proposed(cluster: ClusterInput, judgements: tuple[Judgement, ...], found: Unfinished) -> Proposal:
    """What was agreed to when the rollout began, as far as it is still to be told."""
    plan = found.plan
    return Proposal(
        cluster=cluster,
        judgements=judgements,
        plan=plan,
        objections=(),
        said=frozenset(),
        budget=Budget(asked=plan.budget, count=plan.budget, told=str(plan.budget)),
    )
