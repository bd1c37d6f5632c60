"""What would be done, in which order, why, and what it would mean; observes and changes nothing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from agent.core.inventory.resolve import allowed_down, patience
from agent.core.judging.standing import Standing
from agent.core.planning.guards import Objection, objections
from agent.core.planning.make_plan import make_plan
from agent.core.planning.plan import Plan, Shape
from agent.core.report import Line, Report, Tone
from agent.core.routing import ChangeClass, moves
from agent.core.text.names import fold, renamed
from agent.errors import Outcome, weightiest
from agent.operations import verdicts
from agent.operations.commands import command
from agent.operations.inputs import one_cluster, reachable_inputs
from agent.operations.looking import look_at_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.operations.inputs import ClusterInput
    from agent.operations.world import Choice, World

_MEANINGS = {
    ChangeClass.NONE: "nothing to do",
    ChangeClass.COSMETIC: "layout, mode or owner only: commit, no restart",
    ChangeClass.TUNING: "the data stays where it goes now: a rolling restart brings it into force",
    ChangeClass.ROUTING: "data is written to two places while the nodes are mixed",
    ChangeClass.REPAIR: "some nodes stand out from the rest: they come first",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A plan with all that a person needs to say yes or no to it."""

    cluster: ClusterInput
    judgements: tuple[Judgement, ...]
    plan: Plan
    objections: tuple[Objection, ...]
    said: frozenset[str]


def plan(world: World, choice: Choice, *, template: Path | None, shape: Shape, said: frozenset[str]) -> Report:
    """Observe one cluster and tell what deploy-config would do to it.

    Raises:
        InputError: the user's files or words are wrong; nothing was connected.

    """
    inputs = reachable_inputs(choice, template=template)
    cluster = one_cluster(inputs)
    judgements = look_at_cluster(world, cluster, forks=choice.forks)
    proposal = propose(cluster, judgements, shape=shape, said=said)
    seen = verdicts.verdict_of(within_reach(cluster, judgements)) - {Outcome.DRIFT}
    outcome = weightiest({*seen, _verdict(proposal)})
    return Report(
        task="plan",
        cluster=cluster.name,
        outcome=outcome,
        sentence=sentence(proposal),
        findings=inputs.findings,
        nodes=verdicts.rows(judgements),
        facts=facts(proposal),
        lines=lines(proposal),
        next_command=mending_command(proposal, choice),
    )


def propose(
    cluster: ClusterInput, judgements: tuple[Judgement, ...], *, shape: Shape, said: frozenset[str]
) -> Proposal:
    """Return the plan that brings the selected nodes to their documents, and what speaks against it."""
    selected = frozenset(node.name for node in cluster.selected)
    made = make_plan(
        within_reach(cluster, judgements),
        cluster=cluster.name,
        plan_id=new_plan_id(),
        shape=shape,
        documents=cluster.documents,
        patience=patience(cluster.inventory),
        selected=selected,
        canary=canary(cluster),
    )
    return weigh(cluster, judgements, made, said=said)


def within_reach(cluster: ClusterInput, judgements: tuple[Judgement, ...]) -> tuple[Judgement, ...]:
    """Return the verdicts on the nodes that a plan may speak to; those left out by --exclude are only counted."""
    watched = {node.name for node in cluster.watched}
    return tuple(judgement for judgement in judgements if judgement.node.name in watched)


def weigh(cluster: ClusterInput, judgements: tuple[Judgement, ...], made: Plan, *, said: frozenset[str]) -> Proposal:
    """Put a plan beside what speaks against it."""
    against = objections(
        judgements,
        made,
        max_unavailable=allowed_down(cluster.inventory, len(cluster.nodes)),
        selected=frozenset(node.name for node in cluster.selected),
        said=said,
    )
    hooks = tuple(objection for objection in _hooks_not_run(cluster, made) if not said.intersection(objection.flags))
    return Proposal(cluster=cluster, judgements=judgements, plan=made, objections=(*against, *hooks), said=said)


def _hooks_not_run(cluster: ClusterInput, made: Plan) -> tuple[Objection, ...]:
    """A drain hook that is configured and not run would be worse than none: the balancer would not be told."""
    drain = cluster.inventory.rollout.drain
    if not (drain.before_stop or drain.after_ready) or not any(step.restart for step in made.steps):
        return ()
    sentence = (
        f"{cluster.name}: the inventory has drain hooks, which this version does not run; take the nodes out by hand"
    )
    return (Objection(code="drain-hooks", sentence=sentence, flags=("--skip-hooks",)),)


def canary(cluster: ClusterInput) -> int | tuple[str, ...]:
    """Return how many healthy nodes go first, or which."""
    chosen = cluster.inventory.rollout.canary
    return chosen if isinstance(chosen, int) else tuple(chosen)


def new_plan_id() -> str:
    """Return a name that no other plan has, short enough to be read out."""
    return secrets.token_hex(4)


def lines(proposal: Proposal) -> tuple[Line, ...]:
    """Return the plan as a person reads it: standings, differences, class, order with reasons, objections."""
    made = proposal.plan
    shown = [
        Line(text=f"{made.cluster}: {len(proposal.judgements)} nodes", tone=Tone.TITLE),
        *verdicts.folded_lines(proposal.judgements),
        *verdicts.difference_lines(proposal.judgements),
    ]
    if made.steps:
        shown += [
            Line(text=f"Class of the change: {made.change} ({_MEANINGS[made.change]})", tone=Tone.TITLE),
            *(Line(text=f"  {text}", tone=Tone.CARE) for text in relocations(proposal)),
            Line(text=f"Order ({_SHAPES[made.shape]}):", tone=Tone.TITLE),
            *_order_lines(made),
        ]
    shown += [Line(text=text, tone=Tone.BAD) for text in _objection_texts(proposal)]
    return tuple(shown)


def _order_lines(made: Plan) -> tuple[Line, ...]:
    """Number the steps; neighbours of the same reason share a line."""
    lines = []
    taken = 0
    for reason, steps in groupby(made.steps, key=lambda step: step.reason):
        names = [step.node for step in steps]
        first, taken = taken + 1, taken + len(names)
        number = f"{first}." if first == taken else f"{first}-{taken}."
        lines.append(Line(text=f"  {number} {fold(names)}: {reason}"))
    return tuple(lines)


def relocations(proposal: Proposal) -> tuple[str, ...]:
    """Return on which nodes which target's data goes elsewhere after the plan, and what becomes of the data there."""
    found: dict[str, list[str]] = {}
    for judgement in proposal.judgements:
        if judgement.effective_routing is not None:
            for move in moves(judgement.effective_routing, judgement.desired_routing):
                found.setdefault(move.sentence, []).append(judgement.node.name)
    return tuple(f"{fold(names)}: {sentence}" for sentence, names in found.items())


def sentence(proposal: Proposal) -> str:
    """Return the plan in one sentence."""
    steps = proposal.plan.steps
    if not steps:
        off = [judgement for judgement in proposal.judgements if judgement.standing is not Standing.CURRENT]
        return "Nothing to push." if off else f"Nothing to do: all {len(proposal.judgements)} nodes are CURRENT."
    pushed = sum(step.document is not None for step in steps)
    restarted = sum(step.restart for step in steps)
    doing = [f"{pushed} to be given the file"] if pushed else []
    doing += [f"{restarted} to be restarted"] if restarted else []
    return f"Plan {proposal.plan.id}: {len(steps)} of {len(proposal.judgements)} nodes concerned, {', '.join(doing)}."


def facts(proposal: Proposal) -> dict[str, object]:
    """Return the plan for scripts."""
    made = proposal.plan
    return {
        "plan": made.id,
        "class": str(made.change),
        "shape": str(made.shape),
        "relocations": list(relocations(proposal)),
        "differences": verdicts.differences(proposal.judgements),
        "steps": [
            {
                "node": step.node,
                "reason": step.reason,
                "commits": step.document is not None,
                "restarts": step.restart,
                "expected_digest": step.expected,
                "digest": step.digest,
            }
            for step in made.steps
        ],
        "objections": [
            {"code": objection.code, "sentence": objection.sentence, "flags": list(objection.flags)}
            for objection in proposal.objections
        ],
    }


def next_command(proposal: Proposal, choice: Choice) -> str | None:
    """Return the command that does this plan, or that mends what speaks against it."""
    if proposal.plan.steps:
        return command("deploy-config", choice, *_shape_words(proposal))
    pending = [judgement for judgement in proposal.judgements if judgement.needs_restart]
    return command("rolling-restart", choice) if pending else None


ANYBODY = "\0"
"""Stands for the node in a sentence that several share; no text from outside can hold it."""
_SHAPES = {
    Shape.COMMIT: "stage on all, vote, commit on all",
    Shape.ROLLING: "stage on all, then one node at a time: stop, commit, start, wait until it is ready",
    Shape.TOGETHER: "stage on all, stop all, commit all, start all",
    Shape.RESTART: "one node at a time: stop, start, wait until it is ready",
}
WAYS = frozenset({"--restart", "--together", "--no-restart"})
"""The ways to bring a change of routing about, one of which has to be said."""


def mending_command(proposal: Proposal, choice: Choice) -> str | None:
    """Return what to run where a plan was not done: the look at what speaks against it, or what is left to do."""
    if any(objection.code not in {"routing", "downtime", "left-behind"} for objection in proposal.objections):
        return command("doctor", choice)
    return next_command(proposal, choice)


def _shape_words(proposal: Proposal) -> tuple[str, ...]:
    """The flags that the deploy needs: those said, the shape, and for a change of routing the way and the name."""
    said = tuple(sorted(proposal.said))
    if proposal.plan.change is not ChangeClass.ROUTING:
        return said
    way = () if proposal.said & WAYS else ("--restart",)
    return (*said, *way, "--confirm", proposal.plan.cluster)


def _verdict(proposal: Proposal) -> Outcome:
    pending = any(judgement.needs_restart for judgement in proposal.judgements)
    return Outcome.CHANGES if proposal.plan.steps or pending else Outcome.OK


def _objection_texts(proposal: Proposal) -> tuple[str, ...]:
    """Say each objection once, with all the nodes it is about and the flags that override it."""
    nodes = {judgement.node.name for judgement in proposal.judgements}
    about: dict[str, list[str]] = {}
    for objection in proposal.objections:
        who, colon, _ = objection.sentence.partition(": ")
        override = f" Override: {' or '.join(objection.flags)}." if objection.flags else ""
        named = who if colon and who in nodes else None
        told = renamed(objection.sentence, named, ANYBODY) if named else objection.sentence
        about.setdefault(f"Refused: {told}. [{objection.code}]{override}", []).extend([named] if named else [])
    return tuple(told.replace(ANYBODY, fold(who)) for told, who in about.items())
