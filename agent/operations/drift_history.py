"""How have the nodes stood, as this machine has seen it? Since when, when they were last good, and every change.

Only the memory of the drift checks is read: no node is spoken to, and an inventory that cannot be read hinders nobody
who names the cluster. A memory that cannot be read is listed with the reason, and the outcome is error then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.report import Report
from agent.edges import memory as shelf
from agent.errors import InputError, Outcome
from agent.operations import drift_history_words as words
from agent.operations.drift_history_words import Entry
from agent.operations.inputs.known import known_clusters

if TYPE_CHECKING:
    from agent.core.remembering.memory import Memory
    from agent.operations.world import Choice, World


def drift_history(world: World, choice: Choice, *, last: int) -> Report:
    """Tell what is remembered of the chosen clusters, with their last changes.

    Raises:
        InputError: there is no such cluster, or only some nodes are asked for.
    """
    if choice.limit is not None or choice.exclude is not None:
        raise InputError("--history tells of whole clusters; leave --limit and --exclude out")
    folder = world.memory_folder
    names = known_clusters(choice, here=shelf.known_clusters(folder))
    entries = tuple(_entry(*shelf.read(folder, name)) for name in names)
    return Report(
        task="drift",
        cluster=names[0] if len(names) == 1 else None,
        outcome=Outcome.ERROR if any(entry.damage for entry in entries) else Outcome.OK,
        sentence=words.sentence(entries),
        facts={"history": {"clusters": [words.facts(entry, last) for entry in entries]}},
        lines=tuple(line for entry in entries for line in words.lines(entry, last)),
    )


def _entry(memory: Memory, damage: str | None) -> Entry:
    return Entry(memory=memory, damage=damage)
