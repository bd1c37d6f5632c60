"""Put a rollout back that has not come to its end: every node as it was, and free."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.text.names import fold
from agent.errors import InputError, Outcome, Refused, weightiest
from agent.node.port import Discard, LockToken, Ok, Recall
from agent.operations import verdicts
from agent.operations.commands import command
from agent.operations.confirming import confirm
from agent.operations.earlier import before, judged_by, on_disk_now
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.looking import gather, judged, rejudged
from agent.operations.proposing import propose
from agent.operations.releasing import carry_out as free
from agent.operations.releasing import is_fenced, orders
from agent.operations.resume import require_nodes, told
from agent.operations.rolling_out import Deed, carry_out, look, ports_of
from agent.operations.undoing import mark_undone, still_declared
from agent.operations.unfinished import unfinished

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.report import Report
    from agent.node.port import Answer, NodePort
    from agent.operations.consent import Consent
    from agent.operations.inputs import ClusterInput, Inputs
    from agent.operations.proposing import Proposal
    from agent.operations.unfinished import Unfinished
    from agent.operations.world import Choice, World

QUESTION = "Put everything back as it was before that rollout, restarting what has loaded its file?"


def abort(world: World, choice: Choice, *, template: Path | None, said: frozenset[str], consent: Consent) -> Report:
    """Take the nodes over from an unfinished rollout and bring them back, by a plan of the same engine.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.
        Refused: there is nothing to put back, or nobody said yes.
        Locked: the rollout runs right now.
        JournalError: a journal cannot be read or kept.

    """
    if choice.limit or choice.exclude:
        raise InputError("--limit, --exclude: a rollout is put back on all its nodes; leave them out")
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    folder = world.state_folder / "rollouts" / cluster.name
    with ports_of(world, cluster) as ports:
        answers = gather(lambda node: ports[node.name].perform(Recall()), cluster.watched, forks=choice.forks)
    found = unfinished(cluster.name, folder, answers)
    require_nodes(cluster, found)
    for line in told(found):
        world.progress(line.text, line.tone)
    cluster = _as_it_was(cluster, found, judged(cluster, cluster.nodes, answers))
    report = carry_out(world, choice, _deed(world, cluster, inputs, found, said), consent)
    if report.outcome is Outcome.OK and not report.facts.get("rollout"):
        confirm(world, "Every node is as it was before. Free them, and end that rollout?", yes=consent.yes)
        return _freed(world, choice, cluster, found, report)
    return still_declared(report)


def _deed(world: World, cluster: ClusterInput, inputs: Inputs, found: Unfinished, said: frozenset[str]) -> Deed:
    return Deed(
        task="abort",
        cluster=cluster,
        findings=inputs.findings,
        propose=lambda seen: _proposal(cluster, seen, found, said),
        question=QUESTION,
        before=lambda proposal, ports: _take_over(world, found, proposal, ports),
    )


def _as_it_was(cluster: ClusterInput, found: Unfinished, seen: tuple[Judgement, ...]) -> ClusterInput:
    """The nodes that it is about are to have what they had; every other node is judged by what it has."""
    concerned = {step.node for step in found.plan.steps}
    selected = tuple(node for node in cluster.nodes if node.name in concerned)
    return replace(judged_by(cluster, {**on_disk_now(seen), **before(found.plan)}), selected=selected)


def _proposal(cluster: ClusterInput, seen: tuple[Judgement, ...], found: Unfinished, said: frozenset[str]) -> Proposal:
    """Its own lock is no news."""
    seen = rejudged(tuple(_without_lock(judgement, found.plan.id) for judgement in seen), cluster.documents)
    shape = Shape.COMMIT if found.plan.shape is Shape.COMMIT else Shape.ROLLING
    proposal = propose(cluster, seen, shape=shape, said=said | {"--no-restart"})
    return replace(proposal, task="abort", plan=replace(proposal.plan, undoes=found.plan.id))


def _without_lock(judgement: Judgement, plan_id: str) -> Judgement:
    seen = judgement.observation
    if seen is None or seen.lock is None or seen.lock.plan != plan_id:
        return judgement
    return replace(judgement, observation=replace(seen, lock=None))


def _take_over(world: World, found: Unfinished, proposal: Proposal, ports: Mapping[str, NodePort]) -> None:
    """Remove what it staged, free its nodes and fence its controller; then its journal tells who puts it back."""
    _free(world, found, ports)
    mark_undone(world, found.folder, found.plan.id, by=proposal.plan.id)


def _free(world: World, found: Unfinished, ports: Mapping[str, NodePort]) -> dict[str, Answer]:
    held = {name: lock for name, lock in found.holders.items() if name in ports}
    for name, lock in held.items():
        ports[name].perform(Discard(token=LockToken(plan=lock.plan, epoch=lock.epoch)))
    answers = {name: ports[name].perform(Recall()) for name in held}
    wanted = orders(world, answers)
    freed = {name: free(ports[name], order) for name, order in wanted.items()}
    missing = sorted(set(held) - {name for name, answer in freed.items() if is_fenced(answer, wanted[name])})
    if missing:
        raise Refused(f"{fold(missing)}: could not be taken over from the rollout {found.plan.id}; look with `lock`")
    return freed


def _freed(world: World, choice: Choice, cluster: ClusterInput, found: Unfinished, report: Report) -> Report:
    """Nothing was to be put back: every node is as it was, and is only freed."""
    with ports_of(world, cluster) as ports:
        freed = _free(world, found, ports)
        seen = look(cluster, ports, Recall(), choice.forks)
    mark_undone(world, found.folder, found.plan.id, by=None)
    good = all(isinstance(answer, Ok) for answer in freed.values())
    return replace(
        report,
        outcome=weightiest({report.outcome, Outcome.OK if good else Outcome.PARTIAL}),
        sentence=f"The rollout {found.plan.id} is ended; there was nothing to put back, and its nodes are free.",
        nodes=verdicts.rows(seen),
        next_command=command("plan", choice),
    )
