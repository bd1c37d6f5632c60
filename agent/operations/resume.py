"""Go on with a rollout after any interruption, from this or another workstation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.conductor import Wishes
from agent.core.planning.budget import Budget
from agent.core.report import Line, Tone
from agent.core.rollout.progress import is_finished
from agent.core.text.names import counted, fold
from agent.errors import InputError, Interrupted
from agent.node.port import Recall
from agent.operations.conducting import Errand, carry_on
from agent.operations.confirming import confirm
from agent.operations.earlier import brought_by, judged_by
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.looking import gather, judged
from agent.operations.proposing import Proposal
from agent.operations.rolling_out import look_again, ports_of, seen_epoch
from agent.operations.rollout_report import done
from agent.operations.unfinished import unfinished

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.report import Report
    from agent.core.rollout.progress import Rollout
    from agent.operations.consent import Consent
    from agent.operations.inputs import ClusterInput
    from agent.operations.unfinished import Unfinished
    from agent.operations.world import Choice, World


def resume(world: World, choice: Choice, *, template: Path | None, consent: Consent, pause_after: int | None) -> Report:
    """Claim the nodes again, look where each step stands, and go on from there; what is done is not done again.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: there is nothing to go on with, or nobody said yes.
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
    folder = world.state_folder / "rollouts" / cluster.name
    with ports_of(world, cluster) as ports:
        answers = gather(lambda node: ports[node.name].perform(Recall()), cluster.watched, forks=choice.forks)
        found = unfinished(cluster.name, folder, answers)
        require_nodes(cluster, found)
        try:
            _agree(world, found, consent)
        except KeyboardInterrupt:
            raise Interrupted(f"{cluster.name}: interrupted at the question; nothing was changed") from None
        cluster = judged_by(cluster, brought_by(found.plan))
        proposal = _as_proposed(cluster, judged(cluster, cluster.nodes, answers), found)
        with found.journal() as journal:
            errand = Errand(
                cluster=cluster,
                plan=found.plan,
                ports=ports,
                seen_epoch=seen_epoch(ports),
                past=found.past or (),
                wishes=Wishes(pause_after=pause_after),
                events=consent.events,
            )
            rollout = carry_on(world, choice, errand, journal)
        after = look_again(cluster, ports, choice.forks)
    return done("resume", proposal, rollout, after=after, findings=inputs.findings, choice=choice, journal=journal.path)


def require_nodes(cluster: ClusterInput, found: Unfinished) -> None:
    """Insist that the inventory still has every node of the plan.

    Raises:
        InputError: it lacks one.

    """
    known = {node.name for node in cluster.nodes}
    missing = sorted({*(step.node for step in found.plan.steps), *found.plan.bystanders} - known)
    if missing:
        raise InputError(f"{cluster.name}: the plan {found.plan.id} has {fold(missing)}, which the inventory lacks now")


def told(found: Unfinished) -> tuple[Line, ...]:
    """Return what is known of it before anything is looked at, for the one who is to say yes."""
    lines = [Line(text=f"{found.plan.cluster}: the rollout {found.plan.id} ({found.plan.shape})", tone=Tone.TITLE)]
    for holder in dict.fromkeys((lock.holder, lock.host, lock.epoch) for lock in found.holders.values()):
        held = fold(name for name, lock in found.holders.items() if (lock.holder, lock.host, lock.epoch) == holder)
        lines.append(Line(text=f"  {held}: held by {holder[0]}@{holder[1]} (epoch {holder[2]})"))
    so_far = found.so_far
    lines.append(Line(text=f"  {_progress(so_far)}" if so_far else "  its journal is not on this workstation"))
    return tuple(lines)


def _progress(so_far: Rollout) -> str:
    done_ = [node for node, it in so_far.steps.items() if is_finished(so_far.plan, it)]
    rest = [f"{node} {it.state}" for node, it in so_far.steps.items() if node not in done_]
    halted = f"; halted: {so_far.halted.reason}" if so_far.halted else "; broken off" if so_far.outcome is None else ""
    return (
        f"{len(done_)} of {counted(len(so_far.steps), 'node')} done; by its journal: {', '.join(rest) or 'all'}{halted}"
    )


def _agree(world: World, found: Unfinished, consent: Consent) -> None:
    for line in told(found):
        world.progress(line.text, line.tone)
    confirm(world, "Go on with it? Whoever else is at it is refused at the next step.", yes=consent.yes)


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
