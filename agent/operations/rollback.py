"""Put an earlier document back: what lay on each node before a past rollout, "no file" included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.core.planning.guards import Objection, standing_after
from agent.core.report import Line, Tone
from agent.core.rollout.events import Act, ConfigCommitted, MoveStarted
from agent.core.rollout.past import Fate, past_of
from agent.core.text.names import fold
from agent.core.text.printable import printable
from agent.edges.journal import is_plan_name, journal_path, read, read_plan, rollouts
from agent.errors import InputError, JournalError, Outcome, Refused
from agent.operations.commands import command
from agent.operations.deploy import QUESTIONS
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.proposal.policy import Policy
from agent.operations.proposal.proposing import Proposal, propose
from agent.operations.rollout.earlier import before, judged_by, steps_with_file
from agent.operations.rollout.rolling_out import Deed, carry_out, rollouts_folder
from agent.operations.undoing.settling import settled_by, still_declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.core.document import Document
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Shape
    from agent.core.report import Report
    from agent.core.rollout.events import Event
    from agent.operations.consent import Consent
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.world import Choice, World

_CURE: Final = "choose the others with --limit (and --allow-partial), or deploy what you want instead"


def rollback(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    consent: Consent,
    shape: Shape,
    rollout: str | None,
    policy: Policy | None = None,
) -> Report:
    """Bring the nodes that a rollout changed to the documents that they had before it.

    Raises:
        InputError: the user's files or words are wrong, or there is no such rollout; nothing was connected.
        Refused: what lay there before was not kept; or nobody said yes.
        JournalError: the journal cannot be kept.

    """
    inputs = reachable_inputs(choice, template=template)
    declared = one_cluster(inputs)
    undone = plan_to_undo(declared.name, rollouts_folder(world, declared.name), rollout)
    cluster, documents = _as_before(declared, undone)
    for line in _target(undone, declared):
        world.progress(line.text, line.tone)
    words = ("--rollout", rollout) if rollout else ()
    way = _Way(undone=undone, shape=shape, said=said, policy=policy or Policy(), words=words)
    deed = Deed(
        task="rollback",
        cluster=cluster,
        findings=inputs.findings,
        propose=lambda seen: _proposal(cluster, seen, way),
        question=QUESTIONS[shape].replace("the file", "the file they had before"),
        policy=way.policy,
    )
    report = carry_out(world, choice, deed, consent)
    return _settled(world, choice, report, way, has=documents, declared=declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Which rollout is undone, how, and by which words of the user; words name it again in the next command."""

    undone: Plan
    shape: Shape
    said: frozenset[str]
    policy: Policy
    words: tuple[str, ...]


def _as_before(cluster: ClusterInput, undone: Plan) -> tuple[ClusterInput, Mapping[str, Document]]:
    """Return the cluster with the selected nodes that the rollout changed, and the documents that they had before."""
    changed = {step.node for step in steps_with_file(undone)}
    selected = tuple(node for node in cluster.selected if node.name in changed)
    if not selected:
        raise InputError(
            f"{cluster.name}: the rollout {undone.id} changed the file of {fold(changed)} alone, of which none is"
            " selected (or in the inventory any more); nothing was connected"
        )
    documents = before(undone, {node.name for node in selected}, cure=_CURE)
    return replace(judged_by(cluster, documents), selected=selected), documents


def _target(undone: Plan, declared: ClusterInput) -> Iterator[Line]:
    changed = [step.node for step in steps_with_file(undone)]
    yield Line(text=f"{undone.cluster}: put back what the rollout {undone.id} changed on {fold(changed)}")
    gone = set(changed) - {node.name for node in declared.nodes}
    if gone:
        yield Line(text=f"  {fold(gone)}: not in the inventory any more, so its file stays as it is", tone=Tone.CARE)


def _proposal(cluster: ClusterInput, seen: tuple[Judgement, ...], way: _Way) -> Proposal:
    proposal = propose(cluster, seen, shape=way.shape, said=way.said, policy=way.policy)
    found = tuple(_left_behind(proposal, seen))
    standing = standing_after(found, way.said)
    return replace(
        proposal,
        task="rollback",
        words=way.words,
        plan=replace(proposal.plan, undoes=way.undone.id),
        objections=(*proposal.objections, *standing),
        overridden=(*proposal.overridden, *(it for it in found if it not in standing)),
    )


def _left_behind(proposal: Proposal, seen: tuple[Judgement, ...]) -> Iterator[Objection]:
    """A node that the rollout did not change keeps its file, whatever the others had before."""
    chosen = {node.name for node in proposal.cluster.selected}
    places = {it.desired_routing for it in seen if it.node.name in chosen}
    behind = [
        it.node.name
        for it in seen
        if it.node.name not in chosen and it.disk_routing is not None and {it.disk_routing} != places
    ]
    known = {objection.code for objection in (*proposal.objections, *proposal.overridden)}
    if behind and proposal.plan.steps and "left-behind" not in known:
        yield Objection(
            code="left-behind",
            sentence=f"{fold(behind)}: not put back, and data goes elsewhere by the file there than by the earlier"
            " ones; name an earlier rollout with --rollout, deploy what you want, or say --allow-partial",
            flags=("--allow-partial",),
        )


def _settled(
    world: World,
    choice: Choice,
    report: Report,
    way: _Way,
    *,
    has: Mapping[str, Document],
    declared: ClusterInput,
) -> Report:
    """Without a restart nothing is in force yet, and rolling-restart would refuse what the inventory does not have."""
    other = any(declared.documents[name].canonical != document.canonical for name, document in has.items())
    if other and report.next_command == command("rolling-restart", replace(choice, limit=None)):
        again = command("rollback", choice, "--rollout", way.undone.id, "--restart")
        report = replace(report, next_command=again)
    if report.outcome is Outcome.OK and not report.facts.get("rollout"):
        return still_declared(report, has, declared.documents)
    by = str(report.facts.get("plan"))
    return settled_by(world, report, declared.name, way.undone.id, by=by, has=has, declared=declared.documents)


def plan_to_undo(cluster: str, folder: Path, rollout: str | None) -> Plan:
    """Return the plan that was named, or the last one that brought documents and was no putting back itself.

    Raises:
        InputError: there is none of that name.
        Refused: none has changed a file.

    """
    if rollout is not None:
        return _named(cluster, folder, rollout)
    for plan_id, path in rollouts(folder):
        plan = _changing(folder, plan_id, path)
        if plan is not None and plan.undoes is None:
            return plan
    raise Refused(
        f"{cluster}: no rollout that changed a file is recorded on this workstation; nothing to put back;"
        " deploy what you want instead"
    )


def _named(cluster: str, folder: Path, rollout: str) -> Plan:
    if not is_plan_name(rollout) or not journal_path(folder, rollout).is_file():
        told = printable(rollout, limit=100)
        raise InputError(f"--rollout {told}: {cluster} has no such rollout on this workstation; see `history`")
    plan = read_plan(folder, rollout)
    if not steps_with_file(plan):
        raise Refused(f"{cluster}: the rollout {rollout} changed no file; nothing to put back")
    return plan


def _changing(folder: Path, plan_id: str, path: Path) -> Plan | None:
    """Return the plan of a rollout that may have committed on a node; one that cannot be read is passed over.

    One without an end here may have been brought to its end on another workstation.
    """
    try:
        told, _ = read(path)
        plan = read_plan(folder, plan_id)
    except JournalError:
        return None
    may_have = any(map(_commits, told)) or past_of(plan_id, told).fate is Fate.BROKEN_OFF
    return plan if steps_with_file(plan) and may_have else None


def _commits(event: Event) -> bool:
    return isinstance(event, ConfigCommitted) or (isinstance(event, MoveStarted) and event.act is Act.COMMIT)
