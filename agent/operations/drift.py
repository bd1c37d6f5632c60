"""Is every node as it should be? Looks, judges, remembers, tells of changes; on the nodes it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.drift import lines
from agent.core.drift.facts import node_facts
from agent.core.drift.words import sentence_of_several
from agent.core.judging.cases import cases_of
from agent.core.report import Line, Report, Tone
from agent.core.text.names import counted
from agent.errors import Outcome, weightiest
from agent.operations.inputs.watchable import watchable_inputs
from agent.operations.looking import verdicts
from agent.operations.watching.checks import check_each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.drift.view import ClusterView
    from agent.core.report import NodeRow
    from agent.operations.inputs.watchable import Watchable
    from agent.operations.watching.checks import Check
    from agent.operations.world import Choice, World


def drift(
    world: World, choice: Choice, *, template: Path | None, on_change: bool = False, notify: bool = True
) -> Report:
    """Judge the nodes of one or more clusters.

    With on_change the report is silent unless there is news in it, or no memory to tell it by.

    Raises:
        InputError: the user's files are wrong, and not those of one cluster alone; nothing was connected.

    """
    watchable = watchable_inputs(choice, template=template)
    checks = check_each(world, choice, watchable, notify=notify)
    silent = on_change and not any(check.watched.changed or not check.watched.is_kept for check in checks)
    for note in dict.fromkeys(note for check in checks for note in check.watched.notes if not silent):
        world.progress(note, Tone.CARE)
    judgements = tuple(judgement for check in checks if check.view for judgement in check.view.judgements)
    return Report(
        task="drift",
        cluster=checks[0].cluster if len(checks) == 1 else None,
        outcome=weightiest((*_interruption(checks), *(check.outcome for check in checks))),
        sentence=_sentence(choice, checks, watchable),
        findings=watchable.inputs.findings,
        quiet_findings=not watchable.broken,
        silent=silent,
        nodes=tuple(row for check in checks if check.view for row in _rows(check, check.view)),
        facts={"differences": verdicts.differences(judgements), "clusters": [dict(check.facts) for check in checks]},
        lines=tuple(line for check in checks for line in _lines(check)),
        next_command=next((check.next_command for check in checks if check.next_command), None),
    )


def _interruption(checks: tuple[Check, ...]) -> tuple[Outcome, ...]:
    """Whoever ends the telling keeps the verdict, and gets the code for what he did."""
    return (Outcome.INTERRUPTED,) if any(check.watched.interrupted for check in checks) else ()


def _sentence(choice: Choice, checks: tuple[Check, ...], watchable: Watchable) -> str:
    if len(checks) > 1:
        good = frozenset(it.cluster for it in checks if it.view and all(node.is_good for node in it.view.nodes))
        return sentence_of_several({check.cluster: check.sentence for check in checks}, good)
    faults = sum(len(among) for among in watchable.broken.values())
    if faults:
        return f"{choice.inventory}: {counted(faults, 'error')}; nothing was connected, nothing written"
    return checks[0].sentence if checks else "No node was chosen."


def _rows(check: Check, view: ClusterView) -> Iterator[NodeRow]:
    past = check.watched.nodes
    for node, row in zip(view.nodes, verdicts.rows(view.judgements), strict=True):
        cases = cases_of(node.judgement, remarks=node.remarks, in_transition=node.in_transition, unproven=node.unproven)
        yield replace(row, facts={**row.facts, **node_facts(node, past.get(node.name))}, cases=cases)


def _lines(check: Check) -> Iterator[Line]:
    view, past = check.view, check.watched.nodes
    if view is None:
        yield Line(text=f"{check.cluster}: not checked", tone=Tone.TITLE)
        yield Line(text=f"  {check.sentence}", tone=Tone.BAD)
        return
    yield from lines.head_lines(view)
    yield from verdicts.folded_lines(
        view.judgements, besides=lambda group: lines.group_lines(group, view, past, check.at)
    )
    yield from lines.tail_lines(view)
    yield from verdicts.difference_lines(view.judgements)
