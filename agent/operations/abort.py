"""Put a rollout back that has not come to its end: every node as it was, and free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.inventory.resolve import patience
from agent.core.planning.make_plan import make_plan, restart_plan_for_everyone
from agent.core.planning.plan import Shape
from agent.core.report import Line, Tone
from agent.core.text.names import fold
from agent.errors import InputError, Outcome, Refused, weightiest
from agent.node.port import Recall
from agent.operations.commands import command
from agent.operations.confirming import at_the_question, confirm
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import gather, judged, observation_in, rejudged
from agent.operations.proposal.policy import Policy
from agent.operations.proposal.proposing import canary, new_plan_id, weigh, within_reach
from agent.operations.resume import require_nodes
from agent.operations.rollout.earlier import before, judged_by, on_disk_now
from agent.operations.rollout.rolling_out import Deed, carry_out, look, ports_of, rollouts_folder
from agent.operations.undoing.as_before import changed_files, exactly, shape_back, to_restart
from agent.operations.undoing.settling import mark_undone, settled_by
from agent.operations.undoing.taking_over import set_free, take_over
from agent.operations.unfinished.choosing import unfinished
from agent.operations.unfinished.going_on import change_now
from agent.operations.unfinished.meanwhile import claimed_since, require_as_left, require_not_ended_elsewhere
from agent.operations.unfinished.plan_copies import few_copies
from agent.operations.unfinished.words import told

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.document import Document
    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan
    from agent.core.report import Report
    from agent.operations.consent import Consent
    from agent.operations.inputs.clusters import ClusterInput, Inputs
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.rollout.rolling_out import Ports
    from agent.operations.unfinished.choosing import Unfinished
    from agent.operations.world import Choice, World

QUESTIONS = {
    Shape.COMMIT: "Put everything back as it was before that rollout? No node has loaded its file.",
    Shape.ROLLING: "Put everything back as it was before that rollout, restarting what has loaded its file?",
    Shape.TOGETHER: "Put everything back as it was before that rollout, stopping ALL that has loaded its file at once?",
}
_CURE = "go on with `resume`, or free the nodes with `lock --release` and deploy what you want"


def abort(
    world: World,
    choice: Choice,
    *,
    template: Path | None,
    said: frozenset[str],
    consent: Consent,
    policy: Policy | None = None,
) -> Report:
    """Take the nodes over from an unfinished rollout and bring them back, by a plan of the same engine.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: there is nothing to put back, somebody else has been there, or nobody said yes.
        Locked: the rollout runs right now.
        Unsettled: a node could not be taken over.
        JournalError: a journal cannot be read or kept.

    """
    if choice.limit:
        raise InputError("--limit: a rollout is put back on all its nodes; --exclude leaves out a dead machine")
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    with ports_of(world, cluster) as ports:
        answers = gather(lambda node: ports[node.name].perform(Recall()), cluster.watched, forks=choice.forks)
    found = unfinished(cluster.name, rollouts_folder(world, cluster.name), answers)
    _require_mendable(cluster, found)
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    require_as_left(found, seen, finished=False)
    require_not_ended_elsewhere(found, seen)
    consent = _known_well(world, cluster, found, seen, consent)
    for line in told(found, cluster, change_now(cluster, found, answers)):
        world.progress(line.text, line.tone)
    way = _way_back(cluster, found, judged(cluster, cluster.nodes, answers), said, policy or Policy())
    report = carry_out(world, choice, _deed(world, choice, way, inputs), consent)
    is_as_before = report.outcome is Outcome.OK and not report.facts.get("rollout")
    if is_as_before:
        report = _freed(world, choice, way, report, consent)
    left_out = sorted({step.node for step in found.plan.steps} - {node.name for node in cluster.watched})
    if left_out:
        return _in_part(report, found, left_out, choice)
    if is_as_before:
        mark_undone(world, cluster.name, found.plan.id, by=None)
        return report
    by = str(report.facts.get("plan"))
    return settled_by(world, report, cluster.name, found.plan.id, by=by, has=way.documents, declared=cluster.documents)


def _in_part(report: Report, found: Unfinished, left_out: list[str], choice: Choice) -> Report:
    """A node that was left out may keep the rollout's file and its lock, so that all of it is not put back."""
    if report.outcome is not Outcome.OK:
        return report
    text = (
        f"{fold(left_out)}: left out, so what the rollout {found.plan.id} did there is as it was, and its lock may lie"
        " there still"
    )
    whole = replace(choice, exclude=None)
    return replace(
        report,
        outcome=Outcome.PARTIAL,
        lines=(*report.lines, Line(text=text, tone=Tone.CARE)),
        next_command=command("lock", whole),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _WayBack:
    """What is put back, and by which words: cluster has the documents of before, for the nodes in `documents`."""

    cluster: ClusterInput
    found: Unfinished
    documents: Mapping[str, Document]
    shape: Shape
    said: frozenset[str]
    policy: Policy


def _require_mendable(cluster: ClusterInput, found: Unfinished) -> None:
    plan = found.plan
    if plan.undoes is not None:
        raise Refused(
            f"{cluster.name}: the rollout {plan.id} puts {plan.undoes} back itself; go on with it: `resume`, and deploy"
            " what you want when it has come to its end"
        )
    require_nodes(cluster, found, (step.node for step in plan.steps))


def _known_well(
    world: World, cluster: ClusterInput, found: Unfinished, seen: Mapping[str, Observation], consent: Consent
) -> Consent:
    """A mere --yes does not cover what only a few nodes tell, nor to undo what others may have done since."""
    few, since = few_copies(found.from_nodes, seen), claimed_since(found, seen)
    if (few is None and not since) or consent.name == cluster.name:
        return consent
    doubt = f"the plan {found.plan.id} is known from {few} alone" if few is not None else since
    elsewhere = "put it back where it was begun, " if found.past is None else ""
    if world.ask is None:
        raise Refused(
            f"{cluster.name}: {doubt}, which --yes does not cover; look at it at a terminal, {elsewhere}or say"
            f" --confirm {cluster.name}"
        )
    world.progress(f"{cluster.name}: {doubt}", Tone.CARE)
    return replace(consent, yes=False)


def _way_back(
    cluster: ClusterInput, found: Unfinished, seen: tuple[Judgement, ...], said: frozenset[str], policy: Policy
) -> _WayBack:
    """Nodes that it has changed are to have what they had; every other node is judged by what it has."""
    concerned = {step.node for step in found.plan.steps}
    restarting, on_disk = to_restart(found, seen), on_disk_now(seen)
    documents = before(found.plan, changed_files(found.plan, seen), cure=_CURE)
    _require_startable(cluster, restarting - documents.keys() - on_disk.keys())
    selected = tuple(node for node in cluster.watched if node.name in concerned)
    cluster = replace(judged_by(cluster, {**on_disk, **documents}), selected=selected)
    return _WayBack(
        cluster=cluster,
        found=found,
        documents=documents,
        shape=shape_back(found.plan, restarting),
        said=said,
        policy=policy,
    )


def _require_startable(cluster: ClusterInput, names: frozenset[str]) -> None:
    if names:
        raise Refused(
            f"{cluster.name}: {fold(names)}: stopped, and its file of before lies there still, on which Jira is not"
            f" sure to start; {_CURE}"
        )


def _deed(world: World, choice: Choice, way: _WayBack, inputs: Inputs) -> Deed:
    return Deed(
        task="abort",
        cluster=way.cluster,
        findings=inputs.findings,
        propose=lambda seen: _proposal(way, seen),
        question=QUESTIONS[way.shape],
        policy=way.policy,
        before=lambda proposal, ports: _take_over(world, choice, way, proposal, ports),
    )


def _take_over(world: World, choice: Choice, way: _WayBack, proposal: Proposal, ports: Ports) -> None:
    """Should what puts it back be refused, it lets go of the nodes; it must then be found again, from here at least."""
    if way.found.past is None:
        way.found.journal().close()
    take_over(world, way.cluster, way.found, ports, proposal.judgements, forks=choice.forks)


def _proposal(way: _WayBack, seen: tuple[Judgement, ...]) -> Proposal:
    """Its own lock is no news, and its way back needs no word of its own."""
    seen = rejudged(tuple(_without_lock(judgement, way.found.plan.id) for judgement in seen), way.cluster.documents)
    made = replace(_plan(way, seen), undoes=way.found.plan.id)
    proposal = weigh(way.cluster, seen, made, said=way.said, policy=way.policy)
    against = tuple(objection for objection in proposal.objections if objection.code != "routing")
    return replace(proposal, task="abort", objections=against)


def _plan(way: _WayBack, seen: tuple[Judgement, ...]) -> Plan:
    """What lies there in the place of an earlier file is replaced; only who does not run what he ran is restarted."""
    undone, cluster = way.found.plan, way.cluster
    restarting, changed = to_restart(way.found, seen), changed_files(undone, seen)
    if shape_back(undone, restarting) is not way.shape or changed != way.documents.keys():
        raise Refused(f"{cluster.name}: the rollout {undone.id} is going on elsewhere just now; say the same again")
    reached, plan_id = within_reach(cluster, seen), new_plan_id()
    patient, first = patience(cluster.inventory), canary(cluster, way.policy)
    made = make_plan(
        reached,
        cluster=cluster.name,
        plan_id=plan_id,
        shape=way.shape,
        documents=cluster.documents,
        patience=patient,
        selected=restarting | changed,
        canary=first,
    )
    restarts = restart_plan_for_everyone(
        reached, cluster=cluster.name, plan_id=plan_id, patience=patient, selected=restarting, canary=first
    )
    return exactly(made, restarts)


def _without_lock(judgement: Judgement, plan_id: str) -> Judgement:
    seen = judgement.observation
    if seen is None or seen.lock is None or seen.lock.plan != plan_id:
        return judgement
    return replace(judgement, observation=replace(seen, lock=None))


def _freed(world: World, choice: Choice, way: _WayBack, report: Report, consent: Consent) -> Report:
    """Nothing was to be put back: every node is as it was, and is only freed."""
    found, cluster = way.found, way.cluster
    with at_the_question(cluster.name):
        confirm(world, "Every node is as it was before. Free them, and end that rollout?", yes=consent.yes)
    with ports_of(world, cluster) as ports:
        take_over(world, cluster, found, ports, look(cluster, ports, Recall(), choice.forks), forks=choice.forks)
        set_free(world, cluster, found, ports, forks=choice.forks)
        seen = look(cluster, ports, Recall(), choice.forks)
    free = [it.node.name for it in seen if it.observation is not None and it.observation.lock is None]
    held = any(it.observation is not None and it.observation.lock is not None for it in seen)
    return replace(
        report,
        outcome=weightiest({report.outcome, Outcome.PARTIAL if held else Outcome.OK}),
        sentence=f"There was nothing to put back of the rollout {found.plan.id}; free of it: {fold(free)}.",
        nodes=verdicts.rows(seen),
        next_command=command("lock" if held else "plan", choice),
    )
