"""What is to be told of a rollout that was put back: in its journal, and to whoever did it?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.report import Line, Tone
from agent.core.rollout.events import RolloutUndone
from agent.core.rollout.past import Fate, past_of
from agent.core.text.names import fold
from agent.edges.journal import Journal, journal_path
from agent.errors import JournalError, Outcome
from agent.operations.rollout.earlier import brought_by
from agent.operations.rollout.rolling_out import rollouts_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.document import Document
    from agent.core.planning.plan import Plan
    from agent.core.report import Report
    from agent.operations.world import World


def settled(world: World, report: Report, plan: Plan, *, declared: Mapping[str, Document]) -> Report:
    """Settle what a plan has put back; one that puts nothing back leaves the report as it is."""
    if plan.undoes is None:
        return report
    return settled_by(world, report, plan.cluster, plan.undoes, by=plan.id, has=brought_by(plan), declared=declared)


def settled_by(
    world: World,
    report: Report,
    cluster: str,
    undone: str,
    *,
    by: str,
    has: Mapping[str, Document],
    declared: Mapping[str, Document],
) -> Report:
    """Write down that a rollout was put back, once all of it was, and remind of an inventory that has not changed."""
    rollout = report.facts.get("rollout")
    if not isinstance(rollout, dict) or rollout["outcome"] != Outcome.OK:
        return report
    mark_undone(world, cluster, undone, by=by)
    return still_declared(report, has, declared)


def mark_undone(world: World, cluster: str, plan_id: str, *, by: str | None) -> None:
    """Write down once that a rollout was put back; where its journal is not here, or cannot be written, say so only."""
    folder = rollouts_folder(world, cluster)
    if not journal_path(folder, plan_id).is_file():
        return
    try:
        with Journal.reopen(folder, plan_id) as journal:
            if past_of(plan_id, journal.past).fate is not Fate.PUT_BACK:
                journal.append(RolloutUndone(by=by, holder=world.user, host=world.host, at=world.clock.now_iso()))
    except JournalError as fault:
        world.progress(f"the journal of {plan_id} does not tell that it was put back ({fault})", Tone.CARE)


def still_declared(report: Report, has: Mapping[str, Document], declared: Mapping[str, Document]) -> Report:
    """Remind of the inventory where it still declares what was undone: the next deploy-config would bring it again."""
    other = sorted(
        name for name, document in has.items() if name in declared and declared[name].canonical != document.canonical
    )
    if not other:
        return report
    text = (
        f"The inventory still declares another document for {fold(other)}: change it, or the next deploy-config brings"
        " that again."
    )
    return replace(report, lines=(*report.lines, Line(text=text, tone=Tone.CARE)))
