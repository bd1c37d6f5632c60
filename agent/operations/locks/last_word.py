"""What does the journal on this host say last of a plan: where it lies, and its last event with the time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.core.rollout import events
from agent.core.rollout.telling import tell
from agent.core.text.names import fold
from agent.edges.journal import is_live, is_plan_name, journal_path, read
from agent.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.rollout.events import Event

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def last_word(folder: Path, plan: str) -> str | None:
    """Return one sentence on the journal of a plan in a folder; None where there is none. Never raises.

    The plan's name comes from a node here, and must not lead out of the folder.
    """
    if not is_plan_name(plan):
        return None
    path = journal_path(folder, plan)
    try:
        return f"the journal of plan {plan} lies at {path}; {_end_of(path)}" if path.is_file() else None
    except OSError as fault:
        return f"the journal of plan {plan} at {path} may not be looked at ({fault.strerror or type(fault).__name__})"


def _end_of(path: Path) -> str:
    held = "it is being written by a process that runs now; " if is_live(path) else ""
    try:
        told, torn = read(path)
    except JournalError as fault:
        return f"{held}it cannot be read ({fault})"
    last = f"{held}its last event is: {_words(told[-1])}, at {told[-1].at}" if told else f"{held}it holds no event"
    return f"{last}; after that it was cut off in the middle of a line" if torn else last


def _words(event: Event) -> str:
    match event:
        case events.MoveStarted(act=act, nodes=nodes):
            return f"{act} begun on {fold(nodes)}"
        case events.RolloutEnded(outcome=outcome):
            return f"ended, {outcome}"
    line = tell(event)
    return line.text if line else _named(event)


def _named(event: Event) -> str:
    """An event without words of its own, by its name and its node: jira-1: process seen."""
    name = _CAPITAL.sub(" ", type(event).__name__).lower()
    node = getattr(event, "node", None)
    return f"{node}: {name}" if node else name
