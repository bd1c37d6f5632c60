"""What is to be told of a rollout that was put back: in its journal, and to whoever did it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.report import Line, Tone
from agent.core.rollout.events import RolloutUndone
from agent.edges.journal import Journal, journal_path
from agent.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report
    from agent.operations.world import World


def mark_undone(world: World, folder: Path, plan_id: str, *, by: str | None) -> None:
    """Write down that a rollout was put back; where its journal is not here, or cannot be written, say so only."""
    if not journal_path(folder, plan_id).is_file():
        return
    try:
        with Journal.reopen(folder, plan_id) as journal:
            journal.append(RolloutUndone(by=by, holder=world.user, host=world.host, at=world.clock.now_iso()))
    except JournalError as fault:
        world.progress(f"the journal of {plan_id} does not tell that it was put back ({fault})", Tone.CARE)


def still_declared(report: Report) -> Report:
    """Remind of the inventory, which has not changed: the next deploy-config would bring it about again."""
    if report.outcome.exit_code:
        return report
    text = (
        "The inventory still declares what was undone: change it, or the next deploy-config brings it about again."
    )
    return replace(report, lines=(*report.lines, Line(text=text, tone=Tone.CARE)))
