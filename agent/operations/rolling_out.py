"""Carry a plan out: look, propose, ask, keep the journal, conduct, look again, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.conductor import Holder, conduct
from agent.core.report import Report, Tone
from agent.core.rollout.telling import tell
from agent.core.routing import ChangeClass
from agent.edges.journal import Journal
from agent.edges.jsonlog import event_file
from agent.edges.signals import listening
from agent.errors import AgentError, Interrupted, Refused, Unsettled
from agent.node.port import Observe
from agent.operations import proposal_words
from agent.operations.commands import command
from agent.operations.confirming import confirm, confirm_by_name
from agent.operations.last_act import LastAct
from agent.operations.last_seen import LastSeen
from agent.operations.looking import gather, judged, observation_in
from agent.operations.rollout_report import done, not_agreed, not_done

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.node.port import Answer, NodePort
    from agent.operations.consent import Consent
    from agent.operations.inputs import ClusterInput
    from agent.operations.proposing import Proposal
    from agent.operations.world import Choice, World


def carry_out(
    world: World,
    choice: Choice,
    cluster: ClusterInput,
    *,
    task: str,
    findings: tuple[Finding, ...],
    propose: Callable[[tuple[Judgement, ...]], Proposal],
    question: str,
    consent: Consent,
) -> Report:
    """Carry out what is proposed from a fresh look; every node is spoken to over one connection from first to last.

    Raises:
        Interrupted: somebody left at the question, or asked a second time while the rollout ran.
        JournalError: the journal cannot be kept; nothing more was changed than it holds.

    """
    with world.dial() as port_of:
        ports = {node.name: LastSeen(port_of(node)) for node in cluster.watched}
        try:
            proposal = propose(_look(cluster, ports, choice.forks))
            if not proposal.plan.steps or proposal.objections:
                return not_done(task, findings, proposal, choice)
            _show(world, proposal)
            try:
                _agree(world, proposal, question, consent)
            except Refused as refusal:
                return not_agreed(task, findings, proposal, str(refusal))
            except KeyboardInterrupt:
                raise Interrupted(f"{cluster.name}: interrupted at the question; nothing was changed") from None
            rollout, journal = _roll_out(world, choice, proposal, ports, consent)
            after = _look_again(cluster, ports, choice.forks)
        finally:
            for port in ports.values():
                port.close()
    return done(task, proposal, rollout, after=after, findings=findings, choice=choice, journal=journal)


def _look(cluster: ClusterInput, ports: Mapping[str, NodePort], forks: int) -> tuple[Judgement, ...]:
    answers = gather(lambda node: ports[node.name].perform(Observe()), cluster.watched, forks=forks)
    return judged(cluster, cluster.nodes, answers)


def _look_again(cluster: ClusterInput, ports: Mapping[str, LastSeen], forks: int) -> tuple[Judgement, ...]:
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
    if proposal.plan.change is ChangeClass.ROUTING:
        moved = f"{question} It moves data. "
        confirm_by_name(world, moved.rstrip(), name=proposal.plan.cluster, given=consent.name)
    else:
        confirm(world, question, yes=consent.yes or consent.name == proposal.plan.cluster)


def _roll_out(
    world: World, choice: Choice, proposal: Proposal, ports: Mapping[str, NodePort], consent: Consent
) -> tuple[Rollout, Path]:
    """Conduct the plan; the journal hears each event first, every other listener cannot hinder it.

    Raises:
        Interrupted: asked a second time; what was in flight goes on by itself, and the locks stay.
        Unsettled: the rollout could not go on, most likely for want of its journal; nodes may be changed.
        JournalError: the same, before anything was begun.

    """
    concerned = {step.node for step in proposal.plan.steps} | set(proposal.plan.bystanders)
    acts = LastAct()
    with (
        event_file(consent.events) as log,
        Journal.create(world.state_folder / "rollouts" / proposal.plan.cluster, proposal.plan) as journal,
        listening(lambda text: world.progress(text, Tone.CARE), world.clock.woken) as interruptions,
    ):
        try:
            rollout = conduct(
                proposal.plan,
                {name: port for name, port in ports.items() if name in concerned},
                (journal.append, acts.hear, log, _teller(world)),
                world.clock,
                Holder(holder=world.user, host=world.host),
                epoch=1 + max((seen.epoch for seen in _observations(proposal)), default=0),
                forks=choice.forks,
                interrupted=interruptions.asked,
            )
        except KeyboardInterrupt:
            raise Interrupted(f"{proposal.plan.cluster}: let go; {_left(acts, journal.path, choice)}") from None
        except AgentError as fault:
            if acts.are_none:
                raise
            raise Unsettled(f"{fault}; {_left(acts, journal.path, choice)}") from fault
        return rollout, journal.path


def _left(acts: LastAct, journal: Path, choice: Choice) -> str:
    """What is left behind where a rollout did not come to an end of its own, and what to do about it."""
    return (
        f"{acts.in_flight()}; the nodes stay locked (journal {journal}); "
        f"look with `{command('status', choice)}`, then free them with `{command('lock', choice, '--release')}`"
    )


def _observations(proposal: Proposal) -> list[Observation]:
    return [judgement.observation for judgement in proposal.judgements if judgement.observation is not None]


def _teller(world: World) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        line = tell(event)
        if line:
            world.progress(f"  {line.text}", line.tone)

    return listen
