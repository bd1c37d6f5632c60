"""What does one drift check leave behind? A memory for the next one, whether anything changed, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.remembering.memory import Memory, remember
from agent.core.remembering.news import compared, conditions_differ, told_only
from agent.core.remembering.news_json import Bearings
from agent.core.remembering.receivers import key_of
from agent.edges import memory as shelf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.core.inventory.model import Receiver
    from agent.core.remembering.memory import NodeMemory, Seen
    from agent.operations.watching.telling import Heard, Telling
    from agent.operations.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one check has to say of a cluster.

    receivers is None where the inventory is so broken that it does not say who they are. unmade: the check could not be
    made, and the sentence says why; seen may be empty otherwise too, and then there is nothing to remember. known are
    the nodes of the inventory, at is seconds since 1970.
    """

    cluster: str
    receivers: Sequence[Receiver] | None
    seen: Sequence[Seen]
    at: float
    outcome: str
    known: frozenset[str]
    sentence: str
    unmade: bool = False
    next_command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The memory of a cluster after a check; changed: the condition is another than at the check before.

    notes are lines for stderr and the JSON, and change no verdict; telling is what there may be to tell, None where
    nobody is to be told.
    """

    memory: Memory
    is_kept: bool
    changed: bool
    notes: tuple[str, ...]
    telling: Telling | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What became of one check of a cluster; nodes is what is remembered of each, nothing where that cannot be kept.

    told has one object for each receiver that had to be told: {"receiver", "delivered", "attempts", "reason"}.
    """

    nodes: Mapping[str, NodeMemory]
    is_kept: bool
    changed: bool
    notes: tuple[str, ...] = ()
    told: tuple[dict[str, object], ...] = ()
    interrupted: bool = False


def watch(world: World, sightings: Sequence[Sighting], *, notify: bool) -> tuple[Watched, ...]:
    """Remember the check of each cluster, and then tell all receivers of what changed since each was last told.

    The memories are on the disk before anybody is told, so a Ctrl-C loses nothing but the telling, which the next check
    makes up for; the commands that are told are ended.
    """
    kept = [_kept(world, it) for it in sightings]
    tellings = {place: it.telling for place, it in enumerate(kept) if notify and it.telling}
    heard = dict(zip(tellings, _told(world, tuple(tellings.values())), strict=True))
    return tuple(
        Watched(
            nodes=it.memory.nodes if it.is_kept else {},
            is_kept=it.is_kept,
            changed=it.changed,
            notes=(*it.notes, *(heard[place].notes if place in heard else ())),
            told=heard[place].facts if place in heard else (),
            interrupted=place in heard and heard[place].interrupted,
        )
        for place, it in enumerate(kept)
    )


def _told(world: World, tellings: Sequence[Telling]) -> Sequence[Heard]:
    if not tellings:
        return ()
    from agent.operations.watching.telling import tell_all  # noqa: PLC0415 - only who has receivers pays for it

    return tell_all(tellings, world.environment)


def _kept(world: World, sighting: Sighting) -> Kept:
    folder, about = world.memory_folder, compared(sighting.seen)
    if not sighting.seen and not sighting.unmade:
        memory, _ = shelf.read(folder, sighting.cluster)
        return Kept(memory=memory, is_kept=True, changed=True, notes=(), telling=None)
    keys = None if sighting.receivers is None else [key_of(receiver) for receiver in sighting.receivers]

    def after_check(before: Memory) -> Memory:
        fitting = before if keys is None else told_only(before, keys)
        return remember(fitting, sighting.seen, at=sighting.at, outcome=sighting.outcome, known=sighting.known)

    updated = shelf.update(folder, sighting.cluster, after_check)
    return Kept(
        memory=updated.after,
        is_kept=updated.kept,
        changed=conditions_differ(updated.before, updated.after, about),
        notes=(updated.note,) if updated.note else (),
        telling=_telling(world, sighting, updated, about),
    )


def _telling(world: World, sighting: Sighting, updated: shelf.Updated, about: frozenset[str]) -> Telling | None:
    if not sighting.receivers or updated.busy:
        return None
    from agent.operations.watching.telling import Telling  # noqa: PLC0415 - as above

    forgetful = "" if updated.kept else "this machine cannot keep its memory, so this may be told again"
    bearings = Bearings(
        at=sighting.at,
        host=world.host,
        outcome=sighting.outcome,
        sentence=sighting.sentence,
        next_command=sighting.next_command,
        notes=(forgetful,) if forgetful else (),
    )
    return Telling(
        folder=world.memory_folder,
        memory=updated.after,
        kept=updated.kept,
        about=about,
        bearings=bearings,
        receivers=sighting.receivers,
    )
