"""Carry a proposal out: look, propose, ask, conduct, look again, and say what came of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.conductor import Wishes
from agent.core.relocation import announcement
from agent.core.routing import Confirmation
from agent.edges.journal import Journal
from agent.errors import AgentError, Refused
from agent.node.port import Observe
from agent.operations.confirming import at_the_question, confirm, confirm_by_name
from agent.operations.locks.epochs import next_epoch
from agent.operations.looking.gathering import gather, judged, observation_in
from agent.operations.looking.last_seen import LastSeen
from agent.operations.proposal import words as proposal_words
from agent.operations.proposal.consulting import first_look
from agent.operations.proposal.facts import moved
from agent.operations.proposal.foretelling import foretold
from agent.operations.proposal.policy import Policy, looked_up
from agent.operations.rollout.conducting import Errand, carry_on, seen_by
from agent.operations.rollout.report import done, not_agreed, not_done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.core.report import Report
    from agent.node.port import Answer, NodePort
    from agent.operations.consent import Consent
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.world import Choice, World

    Ports = Mapping[str, LastSeen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a task is about to do to a cluster, and what it asks before.

    bound holds a proposal to what was saved, by the ports that were just looked through, and raises Refused where
    something has moved. before is done when the yes has been given, right before the rollout begins.
    """

    task: str
    cluster: ClusterInput
    findings: tuple[Finding, ...]
    propose: Callable[[tuple[Judgement, ...]], Proposal]
    question: str
    policy: Policy = field(default_factory=Policy)
    bound: Callable[[Proposal, Ports], Proposal] = lambda proposal, _: proposal
    before: Callable[[Proposal, Ports], None] = lambda _, __: None


def carry_out(world: World, choice: Choice, deed: Deed, consent: Consent) -> Report:
    """Carry out what is proposed from a fresh look; every node is spoken to over one connection from first to last.

    Raises:
        InputError: a name or a reference in the user's words leads nowhere; nothing was connected.
        Interrupted: somebody left at the question, or asked a second time while the rollout ran.
        JournalError: the journal cannot be kept; nothing more was changed than it holds.

    """
    looked_up(deed.policy, deed.cluster.nodes)
    request = first_look(world, deed.cluster, deed.policy)
    with ports_of(world, deed.cluster) as ports:
        proposal = deed.propose(look(deed.cluster, ports, request, choice.forks))
        try:
            proposal = deed.bound(proposal, ports)
        except Refused as refusal:
            again = proposal_words.planning_command(proposal, choice)
            return not_agreed(deed.task, deed.findings, proposal, str(refusal), again)
        try:
            if not proposal.plan.steps or proposal.objections:
                return not_done(deed.task, deed.findings, proposal, choice)
            proposal = replace(proposal, forecast=foretold(world, proposal.plan))
            _show(world, proposal)
            _agree(world, proposal, deed.question, consent)
        except Refused as refusal:
            return not_agreed(deed.task, deed.findings, proposal, str(refusal))
        return _rolled_out(world, choice, deed, proposal, ports, events=consent.events)


def _rolled_out(
    world: World, choice: Choice, deed: Deed, proposal: Proposal, ports: Ports, *, events: Path | None
) -> Report:
    errand = Errand(
        cluster=deed.cluster,
        plan=proposal.plan,
        ports=ports,
        wishes=Wishes(pause_after=deed.policy.pause_after, reason=deed.policy.reason),
        events=events,
        first=lambda: deed.before(proposal, ports),
    )
    before = next_epoch(seen_by(ports)) - 1
    with Journal.create(rollouts_folder(world, deed.cluster.name), proposal.plan, epoch=before) as journal:
        try:
            rollout = carry_on(world, choice, errand, journal)
        except (AgentError, KeyboardInterrupt):
            journal.abandon()
            raise
    after = look_again(deed.cluster, ports, choice.forks)
    return done(deed.task, proposal, rollout, after=after, findings=deed.findings, choice=choice, journal=journal.path)


def rollouts_folder(world: World, cluster: str) -> Path:
    """Return where the journals of a cluster lie on this workstation."""
    return world.state_folder / "rollouts" / cluster


@contextmanager
def ports_of(world: World, cluster: ClusterInput) -> Iterator[Ports]:
    """Open the door to every watched node; what each said last is remembered, and all are closed in the end."""
    with world.dial() as port_of:
        ports = {node.name: LastSeen(port_of(node)) for node in cluster.watched}
        try:
            yield ports
        finally:
            for port in ports.values():
                port.close()


def look(cluster: ClusterInput, ports: Mapping[str, NodePort], request: Observe, forks: int) -> tuple[Judgement, ...]:
    """Judge all nodes by a fresh look at those that are watched."""
    answers = gather(lambda node: ports[node.name].perform(request), cluster.watched, forks=forks)
    return judged(cluster, cluster.nodes, answers)


def look_again(cluster: ClusterInput, ports: Ports, forks: int) -> tuple[Judgement, ...]:
    """Judge by what each node said last; only a node whose last answer told nothing, or not all, is asked again."""

    def last(node: Node) -> Answer:
        port = ports[node.name]
        seen = observation_in(port.answer) if port.answer else None
        return port.answer if port.answer and seen and not seen.brief else port.perform(Observe())

    return judged(cluster, cluster.nodes, gather(last, cluster.watched, forks=forks))


def _show(world: World, proposal: Proposal) -> None:
    for line in proposal_words.lines(proposal):
        world.progress(line.text, line.tone)


def _agree(world: World, proposal: Proposal, question: str, consent: Consent) -> None:
    cluster = proposal.plan.cluster
    with at_the_question(cluster):
        if proposal.plan.confirmation is Confirmation.NAME:
            told = f"{question} {announcement(moved(proposal))}".rstrip()
            confirm_by_name(world, told, name=cluster, given=consent.name)
        else:
            confirm(world, question, yes=consent.yes or consent.name == cluster)
