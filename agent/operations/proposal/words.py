"""A proposal in words: what a person reads before a yes or no."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING

from agent.core.judging.standing import Standing
from agent.core.planning.capacity import capacities
from agent.core.planning.plan import Shape
from agent.core.report import Line, Tone
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP
from agent.core.text.names import counted, fold, renamed
from agent.operations.looking import verdicts
from agent.operations.proposal.change_words import asking, meaning, relocation_lines, ways
from agent.operations.proposal.facts import facts, relocations
from agent.operations.proposal.next_command import WAYS, mending_command, next_command, planning_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.planning.plan import Plan, Step
    from agent.operations.proposal.proposing import Proposal

__all__ = ["WAYS", "facts", "lines", "mending_command", "next_command", "planning_command", "relocations", "sentence"]

ANYBODY = "\0"
"""Stands for the node in a sentence that several share; no text from outside can hold it."""
_SHAPES = {
    Shape.COMMIT: "stage on all, commit on all only if none objects",
    Shape.ROLLING: "stage on all, then {pace}: stop, commit, start, wait until it is ready",
    Shape.TOGETHER: "stage on all, stop all, commit all, start all: Jira is down for everybody meanwhile",
    Shape.RESTART: "{pace}: stop, start, wait until it is ready",
}
_PACED = frozenset({Shape.ROLLING, Shape.RESTART})


def lines(proposal: Proposal) -> tuple[Line, ...]:
    """Return the plan as a person reads it: standings, differences, class, order and capacity, forecast, objections."""
    made = proposal.plan
    shown = [
        Line(text=f"{made.cluster}: {counted(len(proposal.judgements), 'node')}", tone=Tone.TITLE),
        *verdicts.folded_lines(proposal.judgements),
        *verdicts.difference_lines(proposal.judgements),
    ]
    if made.steps:
        shown += [
            Line(text=f"Class of the change: {made.change} ({meaning(proposal)})", tone=Tone.TITLE),
            *(Line(text=f"  {text}", tone=Tone.CARE) for text in (*relocation_lines(proposal), *asking(proposal.plan))),
            Line(text=f"Order ({_SHAPES[made.shape].format(pace=_pace(made))}):", tone=Tone.TITLE),
            *_order_lines(proposal),
            *_terms_lines(proposal),
        ]
    if proposal.forecast:
        shown += [Line(text="Forecast:", tone=Tone.TITLE), *(Line(text=f"  {text}") for text in proposal.forecast)]
    shown += [Line(text=text, tone=Tone.CARE) for text in _overridden(proposal)]
    shown += _objection_lines(proposal)
    return tuple(shown)


def _pace(made: Plan) -> str:
    return "one node at a time" if made.budget == 1 else f"up to {made.budget} nodes at a time"


def _order_lines(proposal: Proposal) -> tuple[Line, ...]:
    """Number the steps, turn by turn; neighbours of the same reason share a line, and each turn tells its capacity."""
    made, taken = proposal.plan, 0
    serving = {during.turn: during.sentence for during in capacities(made, proposal.judgements)}
    restarts = any(step.restart for step in made.steps)
    shown: list[Line] = []
    for turn, steps in groupby(made.steps, key=lambda step: step.turn):
        company = tuple(steps)
        shown += _step_lines(company, taken)
        taken += len(company)
        shown += [Line(text=f"     {serving[turn]}", tone=Tone.QUIET)] if restarts else []
    return tuple(shown)


def _step_lines(steps: tuple[Step, ...], taken: int) -> list[Line]:
    shown = []
    for reason, alike in groupby(steps, key=lambda step: step.reason):
        names = [step.node for step in alike]
        first, taken = taken + 1, taken + len(names)
        number = f"{first}." if first == taken else f"{first}-{taken}."
        shown.append(Line(text=f"  {number} {fold(names)}: {reason}"))
    return shown


def _terms_lines(proposal: Proposal) -> Iterable[Line]:
    """What holds for the whole rollout; where nothing restarts, none of it matters."""
    made = proposal.plan
    if not any(step.restart for step in made.steps):
        return
    if made.shape in _PACED:
        yield Line(text=f"Down at once: at most {made.budget} (max-unavailable {proposal.budget.told})")
    if made.absent:
        yield Line(text=f"Left out, counted as down: {fold(made.absent)}", tone=Tone.CARE)
    if made.max_failures:
        yield Line(text=f"Nodes that may fail before it halts: {made.max_failures}")
    for name, hook in ((BEFORE_STOP, made.before_stop), (AFTER_READY, made.after_ready)):
        if hook is not None:
            yield Line(text=f"Hook {name}: {shlex.join(hook.run)} (on {hook.on}, at most {hook.timeout:g} s)")
    drain = proposal.cluster.inventory.rollout.drain
    if "--skip-hooks" in proposal.said and (drain.before_stop or drain.after_ready):
        yield Line(text="Hooks of the inventory: left out (--skip-hooks)", tone=Tone.CARE)


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


def _overridden(proposal: Proposal) -> list[str]:
    """Say what would speak against it, had a flag not been said; what to do about it is left out."""
    said = proposal.said
    return [
        f"Accepted by {' '.join(sorted(said.intersection(it.flags)))}: {it.sentence.rpartition('; ')[0]}. [{it.code}]"
        for it in proposal.overridden
    ]


def _objection_lines(proposal: Proposal) -> tuple[Line, ...]:
    """Say each objection once, with all the nodes it is about and the flags that override it, or the ways to choose."""
    nodes = {judgement.node.name for judgement in proposal.judgements}
    about: dict[str, list[str]] = {}
    for objection in proposal.objections:
        who, colon, _ = objection.sentence.partition(": ")
        unsaid = [flag for flag in objection.flags if flag not in objection.sentence]
        override = f" Override: {' or '.join(unsaid)}." if unsaid else ""
        named = who if colon and who in nodes else None
        told = renamed(objection.sentence, named, ANYBODY) if named else objection.sentence
        about.setdefault(f"Refused: {told}. [{objection.code}]{override}", []).extend([named] if named else [])
    shown: list[Line] = []
    for text, names in about.items():
        shown.append(Line(text=text.replace(ANYBODY, fold(names)), tone=Tone.BAD))
        shown += [Line(text=f"  {way}") for way in (ways(proposal) if "[routing]" in text else ())]
    return tuple(shown)
