"""Carry a plan out: look, propose, ask, keep the journal, conduct, look again, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.conductor import Holder, conduct
from agent.core.judging.standing import Standing
from agent.core.planning.plan import Shape
from agent.core.report import Line, Report, Tone
from agent.core.rollout.outcome import NEXT_TASK
from agent.core.rollout.summary import summarise
from agent.core.rollout.table import LockState
from agent.core.rollout.telling import tell
from agent.core.routing import ChangeClass
from agent.core.text.names import fold
from agent.edges.journal import Journal
from agent.edges.jsonlog import event_file
from agent.edges.signals import listening
from agent.errors import AgentError, Interrupted, Outcome, Unsettled, weightiest
from agent.node.port import Observe, Ok, Refused
from agent.operations import plan as planning
from agent.operations import verdicts
from agent.operations.commands import command
from agent.operations.confirming import confirm, confirm_by_name
from agent.operations.last_act import LastAct
from agent.operations.last_seen import LastSeen
from agent.operations.looking import gather, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.core.planning.guards import Objection
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.core.rollout.summary import Summary
    from agent.node.port import Answer, NodePort
    from agent.operations.consent import Consent
    from agent.operations.inputs import ClusterInput
    from agent.operations.plan import Proposal
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
        Refused: a guard or the user said no; nothing was changed.
        JournalError: the journal cannot be kept; nothing more was changed than it holds.

    """
    with world.dial() as port_of:
        ports = {node.name: LastSeen(port_of(node)) for node in cluster.watched}
        try:
            proposal = propose(_look(cluster, ports, choice.forks))
            if not proposal.plan.steps or proposal.objections:
                return _not_done(task, findings, proposal, choice)
            _show(world, proposal)
            _agree(world, proposal, question, consent)
            rollout, journal = _roll_out(world, choice, proposal, ports, consent)
            after = _look_again(cluster, ports, choice.forks)
        finally:
            for port in ports.values():
                port.close()
    return _done(task, proposal, rollout, after=after, findings=findings, choice=choice, journal=journal)


def _look(cluster: ClusterInput, ports: Mapping[str, NodePort], forks: int) -> tuple[Judgement, ...]:
    answers = gather(lambda node: ports[node.name].perform(Observe()), cluster.watched, forks=forks)
    return judged(cluster, cluster.nodes, answers)


def _look_again(cluster: ClusterInput, ports: Mapping[str, LastSeen], forks: int) -> tuple[Judgement, ...]:
    """Judge by what each node said last; only a node whose last answer told nothing, or not all, is asked again."""

    def last(node: Node) -> Answer:
        port = ports[node.name]
        if isinstance(port.answer, Ok | Refused) and not port.answer.observation.brief:
            return port.answer
        return port.perform(Observe())

    return judged(cluster, cluster.nodes, gather(last, cluster.watched, forks=forks))


def _show(world: World, proposal: Proposal) -> None:
    for line in planning.lines(proposal):
        world.progress(line.text, line.tone)


def _agree(world: World, proposal: Proposal, question: str, consent: Consent) -> None:
    if proposal.plan.change is ChangeClass.ROUTING and proposal.plan.shape is not Shape.RESTART:
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


_SILENT = {"unreachable": Outcome.UNREACHABLE, "unknown": Outcome.PARTIAL}
"""What an objection to a silent node means for the exit code."""
_FOLLOWING = frozenset({"budget", "downtime"})
"""Objections that a silent node brings about by itself, since it counts as down."""


def _outcome(against: tuple[Objection, ...]) -> Outcome:
    """The first of the precedence that fits; what only follows from a silent node does not count beside it.

    Where a flag would do away with an objection it is a no, whatever it is about.
    """
    silent = [_SILENT[objection.code] for objection in against if objection.code in _SILENT and not objection.flags]
    rest = [objection for objection in against if objection.code not in _SILENT or objection.flags]
    own = [objection for objection in rest if not (silent and objection.code in _FOLLOWING)]
    return weightiest((*silent, *(Outcome.REFUSED for _ in own)))


def _not_done(task: str, findings: tuple[Finding, ...], proposal: Proposal, choice: Choice) -> Report:
    """Nothing is due, or something speaks against it: the plan is the answer."""
    against = proposal.objections
    reasons = f"{len(against)} reasons" if len(against) != 1 else "the reason is"
    return Report(
        task=task,
        cluster=proposal.plan.cluster,
        outcome=_outcome(against),
        sentence=f"Nothing was changed; {reasons} above." if against else planning.sentence(proposal),
        findings=findings,
        nodes=verdicts.rows(proposal.judgements),
        facts=planning.facts(proposal),
        lines=planning.lines(proposal),
        next_command=planning.mending_command(proposal, choice),
    )


def _done(
    task: str,
    proposal: Proposal,
    rollout: Rollout,
    *,
    after: tuple[Judgement, ...],
    findings: tuple[Finding, ...],
    choice: Choice,
    journal: Path,
) -> Report:
    """Say what came of it, from what the nodes themselves said last."""
    summary = summarise(rollout)
    return Report(
        task=task,
        cluster=proposal.plan.cluster,
        outcome=_outcome_of(summary, proposal, after),
        sentence=_sentence(summary, after),
        findings=findings,
        quiet_findings=True,
        nodes=verdicts.rows(after),
        facts={
            **planning.facts(proposal),
            "rollout": {"outcome": str(summary.outcome), "journal": str(journal), "halted": _halt(rollout)},
            "results": [{"node": row.node, "state": str(row.state), "meaning": row.text} for row in summary.rows],
        },
        lines=(
            *(Line(text=f"  {row.node}: {row.text}", tone=Tone.BAD) for row in summary.rows if not row.good),
            Line(text=f"{proposal.plan.cluster} afterwards:", tone=Tone.TITLE),
            *verdicts.folded_lines(after),
            Line(text=f"Journal: {journal}", tone=Tone.QUIET),
        ),
        next_command=_next(rollout, after, choice),
    )


def _outcome_of(summary: Summary, proposal: Proposal, after: tuple[Judgement, ...]) -> Outcome:
    """Weigh the rollout's own word with the last look; halted is only for a cluster that this look shows to be whole.

    The rollout knows its steps alone, the look knows every node of the cluster, also those that were left out.
    """
    found = weightiest({summary.outcome, *_afterwards(proposal, after)})
    return Outcome.PARTIAL if found is Outcome.HALTED and not verdicts.is_whole(after) else found


def _afterwards(proposal: Proposal, after: tuple[Judgement, ...]) -> frozenset[Outcome]:
    """What the last look says of the nodes that the plan was about: right, or right and waiting for a restart.

    A node that the plan restarted waits for none: what it has loaded is proven by now, or it is not done.
    """
    steps = {step.node: step for step in proposal.plan.steps}
    own = [judgement for judgement in after if judgement.node.name in steps]
    odd = [it for it in own if it.standing is not Standing.CURRENT]
    return verdicts.verdict_of(it for it in odd if steps[it.node.name].restart or not it.needs_restart)


def _halt(rollout: Rollout) -> dict[str, object] | None:
    halt = rollout.halted
    return None if halt is None else {"cause": str(halt.cause), "node": halt.node, "reason": halt.reason}


def _sentence(summary: Summary, after: tuple[Judgement, ...]) -> str:
    pending = [judgement.node.name for judgement in after if judgement.needs_restart]
    waiting = f" Not in force before a restart: {fold(pending)}." if pending and summary.outcome is Outcome.OK else ""
    return f"{summary.sentence}.{waiting}"


def _next(rollout: Rollout, after: tuple[Judgement, ...], choice: Choice) -> str | None:
    """A lock that may lie on comes first, since it holds up whatever else is to be done."""
    if any(lock.state is LockState.LEFT for lock in rollout.locks.values()):
        return command("lock", choice, "--release")
    if rollout.halted:
        return command(NEXT_TASK[rollout.halted.cause], choice)
    return command("rolling-restart", choice) if any(judgement.needs_restart for judgement in after) else None
