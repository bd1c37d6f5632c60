"""What does one drift check leave behind? A memory for the next one, whether anything changed, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.remembering.memory import Memory, remember
from agent.core.remembering.news import compared, conditions_differ, told_only
from agent.core.remembering.news_json import Bearings
from agent.core.remembering.receivers import key_of
from agent.edges import memory as shelf
from agent.operations.watching.telling import Telling, tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.core.inventory.model import Receiver
    from agent.core.remembering.memory import Seen
    from agent.operations.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The memory after a check; changed: the condition is another than at the check before.

    notes are lines for stderr and the JSON, and change no verdict; told has one object for each receiver that had to be
    told: {"receiver", "delivered", "attempts", "reason"}.
    """

    memory: Memory
    changed: bool
    notes: tuple[str, ...] = ()
    told: tuple[dict[str, object], ...] = ()


def memory_folder(world: World) -> Path:
    """Return where the memories of all clusters lie."""
    return world.state_folder / "drift"


def earlier(world: World, cluster: str) -> Memory:
    """Return what is remembered of a cluster before a check; empty where nothing can be read. Never raises.

    What is wrong with the memory is told by watch(), which can do something about it.
    """
    return shelf.read(memory_folder(world), cluster)[0]


def watch(
    world: World,
    cluster: str,
    receivers: Sequence[Receiver] | None,
    seen: Sequence[Seen],
    *,
    at: float,
    outcome: str,
    known: frozenset[str],
    sentence: str,
    notify: bool,
    next_command: str | None = None,
) -> Watched:
    """Remember one check of a cluster, and tell its receivers of what changed since each was last told.

    The memory is on the disk before anybody is told, so a Ctrl-C loses nothing but the telling, which the next check
    makes up for. receivers is None where the inventory is so broken that it does not say who they are; seen is empty
    where the check could not be made, and then the sentence says why.

    Raises:
        KeyboardInterrupt: while somebody was being told; commands of ours are ended.
    """
    about = compared(seen)
    keys = None if receivers is None else [key_of(receiver) for receiver in receivers]

    def after_check(before: Memory) -> Memory:
        fitting = before if keys is None else told_only(before, keys)
        return remember(fitting, seen, at=at, outcome=outcome, known=known)

    updated = shelf.update(memory_folder(world), cluster, after_check)
    notes = (updated.note,) if updated.note else ()
    changed = conditions_differ(updated.before, updated.after, about)
    if not notify or not receivers or updated.busy:
        return Watched(memory=updated.after, changed=changed, notes=notes)
    forgetful = "" if updated.kept else "this machine cannot keep its memory, so this may be told again"
    bearings = Bearings(
        at=at,
        host=world.host,
        outcome=outcome,
        sentence=sentence,
        next_command=next_command,
        notes=(forgetful,) if forgetful else (),
    )
    telling = Telling(
        folder=memory_folder(world), memory=updated.after, kept=updated.kept, about=about, bearings=bearings
    )
    told = tell(telling, receivers, world.environment)
    return Watched(memory=updated.after, changed=changed, notes=(*notes, *told.notes), told=told.facts)
