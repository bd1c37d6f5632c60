"""The next command, ready to be pasted: for the same inventory, cluster and nodes as the one that suggests it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.operations.world import Choice


def command(task: str, choice: Choice, *words: str, limit: str | None = None) -> str:
    """Return `filestore-agent TASK ...` for the same choice; limit replaces the choice's own."""
    parts = ["filestore-agent", task]
    if choice.inventory_flag:
        parts += ["--inventory", choice.inventory_flag]
    if choice.template_flag:
        parts += ["--template", choice.template_flag]
    for cluster in choice.clusters:
        parts += ["--cluster", cluster]
    chosen = limit or choice.limit
    if chosen:
        parts += ["--limit", chosen]
    if choice.exclude and not limit:
        parts += ["--exclude", choice.exclude]
    return shlex.join([*parts, *words])


def of_cluster(cluster: str, choice: Choice) -> Choice:
    """Return the choice for one cluster alone; a command names it where the choice named any."""
    return replace(choice, clusters=(cluster,) if choice.clusters else ())
