"""Which command is most likely wanted after a check?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.drift.view import SILENT
from agent.core.judging.standing import Standing
from agent.core.text.names import fold
from agent.errors import Outcome
from agent.operations.commands import command

if TYPE_CHECKING:
    from agent.core.drift.view import ClusterView
    from agent.operations.world import Choice


def next_step(view: ClusterView, choice: Choice) -> str | None:
    """Return the next command: to find out what is hidden, to see who holds the nodes, to restart, or to plan."""
    if view.outcome is Outcome.OK:
        return None
    unclear = [node.name for node in view.nodes if node.judgement.standing in SILENT or node.faults]
    if unclear:
        return command("doctor", choice, limit=fold(unclear))
    if any(it.stands_still for it in view.transitions):
        return command("lock", choice)
    odd = {node.judgement.standing for node in view.nodes if not node.in_transition}
    if odd <= {Standing.CURRENT, Standing.RESTART_PENDING}:
        return command("rolling-restart", choice)
    return command("plan", choice, *(("--restart",) if Standing.SPLIT in odd else ()))
