"""Which rollouts of a cluster were begun from this workstation, and what was one of them in detail?

Only the journals are read: no node is spoken to, and an inventory that cannot be read hinders nobody who names the
cluster. A damaged journal is listed with the reason and does not hide the others; the outcome is error then, since a
past that cannot be read needs somebody to look.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.inventory.cluster_name import is_cluster_name
from agent.core.report import Report
from agent.core.rollout.past import Fate, Past, is_whole, past_of
from agent.core.rollout.past_detail import detail_of
from agent.core.text.names import natural
from agent.core.text.suggest import did_you_mean
from agent.edges.journal import is_live, read, read_plan, rollouts
from agent.errors import InputError, JournalError, Outcome
from agent.operations import history_words
from agent.operations.commands import command
from agent.operations.history_words import Entry
from agent.operations.inputs.known import known_clusters

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.operations.world import Choice, World


def history(world: World, choice: Choice, *, rollout: str | None, last: int) -> Report:
    """Tell the last rollouts of the chosen clusters, or one of them in detail.

    Raises:
        InputError: there is no such cluster, or no such rollout.
        JournalError: the one that was asked for cannot be read, or others may enter the folder of journals.
    """
    shelf = world.state_folder / "rollouts"
    return _one(shelf, choice, rollout) if rollout is not None else _several(shelf, choice, last)


def _several(shelf: Path, choice: Choice, last: int) -> Report:
    if last < 1:
        raise InputError(f"--last {last}: a number from 1 on")
    names = _chosen(shelf, choice)
    found = {name: _entries(shelf / name, name, last) for name in names}
    entries = tuple(entry for listed, _ in found.values() for entry in listed)
    earlier = {name: left for name, (_, left) in found.items()}
    return Report(
        task="history",
        cluster=names[0] if len(names) == 1 else None,
        outcome=Outcome.ERROR if any(entry.damage for entry in entries) else Outcome.OK,
        sentence=history_words.sentence(names, entries, sum(earlier.values())),
        facts={"rollouts": [history_words.row(entry) for entry in entries], "earlier": sum(earlier.values())},
        lines=tuple(line for name in names for line in history_words.table(name, found[name][0], earlier[name])),
        next_command=_next(choice, entries) if len(names) == 1 else None,
    )


def _entries(folder: Path, cluster: str, last: int) -> tuple[tuple[Entry, ...], int]:
    """Return the last rollouts of a cluster, and how many there are before them."""
    known = rollouts(folder)
    return tuple(_entry(cluster, plan, path) for plan, path in known[:last]), max(0, len(known) - last)


def _entry(cluster: str, plan_id: str, path: Path) -> Entry:
    under_way = _under_way(path)
    try:
        told, _ = read(path)
    except JournalError as fault:
        return Entry(cluster=cluster, plan=plan_id, journal=path, damage=str(fault))
    plan = None if is_whole(told) else _plan(path.parent, plan_id)
    return Entry(cluster=cluster, plan=plan_id, journal=path, past=_seen(past_of(plan_id, told, plan), under_way))


def _under_way(path: Path) -> Fate | None:
    """Ask before the reading: what ends in between has its end in the journal then."""
    return Fate.RUNNING if is_live(path) else None


def _seen(past: Past, under_way: Fate | None) -> Past:
    """A journal that somebody holds, without an end, is that of a rollout under way."""
    has_no_end = past.fate in {Fate.BROKEN_OFF, Fate.NOT_BEGUN}
    return replace(past, fate=under_way) if under_way and has_no_end else past


def _plan(folder: Path, plan_id: str) -> Plan | None:
    try:
        return read_plan(folder, plan_id)
    except JournalError:
        return None


def _next(choice: Choice, entries: tuple[Entry, ...]) -> str | None:
    """What was broken off last waits to be gone on with; an older break has been seen to by what came after it."""
    newest = entries[0].past if entries else None
    return command("resume", choice) if newest and newest.fate is Fate.BROKEN_OFF else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    cluster: str
    journal: Path
    is_newest: bool


def _one(shelf: Path, choice: Choice, plan_id: str) -> Report:
    found = _find(shelf, choice, plan_id)
    under_way = _under_way(found.journal)
    told, torn = read(found.journal)
    plan = _plan(found.journal.parent, plan_id)
    return _report(found, told, torn=torn, plan=plan, under_way=under_way, choice=choice)


def _report(
    found: _Found,
    told: tuple[Event, ...],
    *,
    torn: bytes | None,
    plan: Plan | None,
    under_way: Fate | None,
    choice: Choice,
) -> Report:
    detail = detail_of(found.journal.stem, told, plan)
    detail = replace(detail, past=_seen(detail.past, under_way))
    entry = Entry(cluster=found.cluster, plan=found.journal.stem, journal=found.journal, past=detail.past)
    return Report(
        task="history",
        cluster=found.cluster,
        outcome=Outcome.OK,
        sentence=history_words.verdict(entry),
        nodes=history_words.node_rows(found.cluster, detail),
        facts={"rollouts": [history_words.row(entry)], "earlier": 0, "detail": history_words.facts(detail, torn)},
        lines=history_words.lines(entry, detail, torn),
        next_command=_next(replace(choice, clusters=(found.cluster,)), (entry,)) if found.is_newest else None,
    )


def _find(shelf: Path, choice: Choice, plan_id: str) -> _Found:
    """A rollout's name is its own in all clusters, so that no cluster need be named."""
    names = _chosen(shelf, choice) if choice.clusters else _on(shelf)
    known = {
        plan: _Found(cluster=name, journal=path, is_newest=place == 0)
        for name in names
        for place, (plan, path) in enumerate(rollouts(shelf / name))
    }
    if plan_id in known:
        return known[plan_id]
    hint = did_you_mean(plan_id, known)
    where = f" of {', '.join(names)}" if choice.clusters else ""
    raise InputError(
        f"--rollout: there is no rollout {plan_id!r}{where} on this workstation{f' ({hint})' if hint else ''}; "
        "`filestore-agent history` lists them"
    )


def _chosen(shelf: Path, choice: Choice) -> tuple[str, ...]:
    return known_clusters(choice, here=_on(shelf))


def _on(shelf: Path) -> tuple[str, ...]:
    """Return the clusters that have a folder of journals."""
    try:
        names = [path.name for path in shelf.iterdir() if path.is_dir() and is_cluster_name(path.name)]
    except FileNotFoundError:
        return ()
    except OSError as fault:
        raise JournalError(f"{shelf}: {fault.strerror}; look at this folder") from fault
    return tuple(sorted(names, key=natural))
