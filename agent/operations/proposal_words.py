"""A proposal in words: what a person reads before a yes or no, what a script gets, and the command that comes next."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from agent.core.judging.standing import Standing
from agent.core.planning.plan import Shape
from agent.core.report import Line, Tone
from agent.core.routing import ChangeClass, moves
from agent.core.text.names import counted, fold, renamed
from agent.operations import verdicts
from agent.operations.commands import command

if TYPE_CHECKING:
    from agent.core.planning.plan import Plan
    from agent.operations.proposing import Proposal
    from agent.operations.world import Choice

_MEANINGS = {
    ChangeClass.NONE: "nothing to do",
    ChangeClass.COSMETIC: "layout, mode or owner only: commit, no restart",
    ChangeClass.TUNING: "the data stays where it goes now: a rolling restart brings it into force",
    ChangeClass.ROUTING: "data is written to two places while the nodes are mixed",
    ChangeClass.REPAIR: "some nodes stand out from the rest: they come first",
}


ANYBODY = "\0"
"""Stands for the node in a sentence that several share; no text from outside can hold it."""
_SHAPES = {
    Shape.COMMIT: "stage on all, vote, commit on all",
    Shape.ROLLING: "stage on all, then one node at a time: stop, commit, start, wait until it is ready",
    Shape.TOGETHER: "stage on all, stop all, commit all, start all: Jira is down for everybody meanwhile",
    Shape.RESTART: "one node at a time: stop, start, wait until it is ready",
}
WAYS = frozenset({"--restart", "--together", "--no-restart"})
"""The ways to bring a change of routing about, one of which has to be said."""


def lines(proposal: Proposal) -> tuple[Line, ...]:
    """Return the plan as a person reads it: standings, differences, class, order with reasons, objections."""
    made = proposal.plan
    shown = [
        Line(text=f"{made.cluster}: {counted(len(proposal.judgements), 'node')}", tone=Tone.TITLE),
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
    """Return the plan in one sentence; where it is empty, what is not as it should be all the same."""
    steps = proposal.plan.steps
    if not steps:
        return _empty_sentence(proposal)
    pushed = sum(step.document is not None for step in steps)
    restarted = sum(step.restart for step in steps)
    doing = [f"{pushed} to be given the file"] if pushed else []
    doing += [f"{restarted} to be restarted"] if restarted else []
    of_all = counted(len(proposal.judgements), "node")
    return f"Plan {proposal.plan.id}: {len(steps)} of {of_all} concerned, {', '.join(doing)}."


def _empty_sentence(proposal: Proposal) -> str:
    off: dict[Standing, list[str]] = {}
    for judgement in proposal.judgements:
        if judgement.standing is not Standing.CURRENT:
            off.setdefault(judgement.standing, []).append(judgement.node.name)
    if not off:
        return f"Nothing to do: {counted(len(proposal.judgements), 'node')}, all CURRENT."
    told = ", ".join(f"{fold(names)} {standing}" for standing, names in off.items())
    nothing = "No node waits for a restart" if proposal.plan.shape is Shape.RESTART else "Nothing to push"
    return f"{nothing}; not CURRENT: {told}."


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
    """Return the command that does this plan; where it is empty, the one that does what is left."""
    if proposal.plan.steps:
        return command("deploy-config", choice, *_shape_words(proposal))
    wide = replace(choice, limit=None)
    if any(judgement.needs_restart for judgement in proposal.judgements):
        return command("rolling-restart", wide)
    wrong = any(judgement.standing not in _LEFT_ALONE for judgement in proposal.judgements)
    return command("plan", wide) if wrong and proposal.plan.shape is Shape.RESTART else None


def mending_command(proposal: Proposal, choice: Choice) -> str | None:
    """Return what to run where a plan was not done: what the first objection asks for, or what is left to do."""
    if not proposal.objections:
        return next_command(proposal, choice)
    return _CURES.get(proposal.objections[0].code, _examine)(proposal, choice)


def _examine(_: Proposal, choice: Choice) -> str:
    return command("doctor", choice)


def _look(_: Proposal, choice: Choice) -> str:
    return command("status", replace(choice, limit=None, exclude=None))


def _see_the_holder(_: Proposal, choice: Choice) -> str:
    return command("lock", replace(choice, limit=None))


def _plan_again(_: Proposal, choice: Choice) -> str:
    return command("plan", choice)


def _push_first(proposal: Proposal, choice: Choice) -> str:
    return command("deploy-config", choice, *sorted({*proposal.said, "--restart"}))


def _say_the_way(proposal: Proposal, choice: Choice) -> str:
    return command("deploy-config", choice, *_shape_words(proposal))


def _say_the_flag(proposal: Proposal, choice: Choice) -> str:
    """Only a person can decide for a flag that overrides; the command is that of the same task, with it."""
    task = "rolling-restart" if proposal.plan.shape is Shape.RESTART else "deploy-config"
    return command(task, choice, *sorted({*proposal.said, *proposal.objections[0].flags[:1]}))


def _take_all(proposal: Proposal, choice: Choice) -> str:
    task = "rolling-restart" if proposal.plan.shape is Shape.RESTART else "deploy-config"
    return command(task, replace(choice, limit=None, exclude=None), *sorted(proposal.said))


_CURES = {
    "budget": _look,
    "downtime": _say_the_flag,
    "left-behind": _take_all,
    "locked": _see_the_holder,
    "routing": _say_the_way,
    "unreadable": _plan_again,
    "wrong-file": _push_first,
}
"""What an objection asks the user to run next; any other sends him to the doctor."""
_LEFT_ALONE = frozenset({Standing.CURRENT, Standing.COSMETIC, Standing.UNREACHABLE, Standing.UNKNOWN})


def _shape_words(proposal: Proposal) -> tuple[str, ...]:
    """The flags that the deploy needs: those said, the shape, and for a change of routing the way and the name."""
    said = tuple(sorted(proposal.said))
    if proposal.plan.change is not ChangeClass.ROUTING:
        return said
    way = () if proposal.said & WAYS else ("--restart",)
    return (*said, *way, "--confirm", proposal.plan.cluster)


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
