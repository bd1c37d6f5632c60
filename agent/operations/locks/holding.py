"""Who holds which nodes, what Jira does there, and what is known of that rollout: as values, lines, and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.report import Line, Tone
from agent.core.text.names import fold
from agent.operations.commands import command, of_cluster
from agent.operations.locks.journal_here import Pace, told_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agent.core.observation import LockHolder
    from agent.operations.locks.journal_here import Told
    from agent.operations.world import Choice, World


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNode:
    """A node with a lock on it, and what its Jira does."""

    name: str
    lock: LockHolder
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One holder with all its nodes; folder is where a journal of this cluster would lie on this host.

    told is what the journal says, None where there is none here; is_here tells whether the holder is this very host.
    """

    cluster: str
    holder: LockHolder
    nodes: tuple[HeldNode, ...]
    is_here: bool
    folder: Path
    told: Told | None

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes that are held."""
        return tuple(node.name for node in self.nodes)

    @property
    def pace(self) -> Pace | None:
        """Whether it runs, as far as the journal on this host tells; None where that is known elsewhere only."""
        return self.told.pace if self.told else None

    @property
    def is_damaged(self) -> bool:
        """Whether the lock file is damaged: it still locks, and names nobody."""
        return not self.holder.plan


def holdings(world: World, cluster: str, held: Iterable[HeldNode]) -> tuple[Holding, ...]:
    """Return each holder once; it claims each node at a moment of its own, of which the first is told."""
    found: dict[LockHolder, list[HeldNode]] = {}
    for node in held:
        found.setdefault(replace(node.lock, since=""), []).append(node)
    return tuple(_holding(world, cluster, tuple(nodes)) for nodes in found.values())


def _holding(world: World, cluster: str, nodes: tuple[HeldNode, ...]) -> Holding:
    holder = min((node.lock for node in nodes), key=lambda lock: lock.since)
    folder = world.state_folder / "rollouts" / cluster
    is_here = holder.host == world.host
    told = told_here(folder, holder.plan) if is_here else None
    return Holding(cluster=cluster, holder=holder, nodes=nodes, is_here=is_here, folder=folder, told=told)


def who_line(holding: Holding) -> Line:
    """Return who holds which nodes since when, and by which plan and epoch."""
    holder = holding.holder
    who = f"held by {holder.holder}@{holder.host} since {holder.since} (plan {holder.plan}, epoch {holder.epoch})"
    damaged = "held, but the lock file is damaged, so that nobody can tell by whom"
    return Line(text=f"{fold(holding.names)}: {damaged if holding.is_damaged else who}", tone=Tone.CARE)


def state_line(holding: Holding) -> Line:
    """Return what Jira does on each node: one that is down or starting may be in the middle of a step."""
    there = ", ".join(f"{state} on {fold(names)}" for state, names in _by_state(holding).items())
    return Line(text=f"  Jira there is {there}", tone=Tone.CARE)


def told_lines(holding: Holding) -> tuple[Line, ...]:
    """Return what is known of the rollout itself, or where to ask."""
    if holding.is_damaged:
        return ()
    if holding.told:
        return tuple(Line(text=f"  {text}", tone=Tone.CARE) for text in (holding.told.word, holding.told.sentence))
    where = f"on {holding.holder.host}, where its journal is"
    if holding.is_here:
        where = f"to {holding.holder.holder}: this user has no journal of it in {holding.folder}"
    return (Line(text=f"  whether it still runs is known {where}", tone=Tone.CARE),)


def next_for(held: tuple[Holding, ...], choice: Choice) -> str | None:
    """Return the command that is most likely wanted: to go on; to free what nobody can go on with; or to wait."""
    paces = {Pace.OVER if holding.is_damaged else holding.pace for holding in held}
    if not held or Pace.RUNNING in paces:
        return None
    here = of_cluster(held[0].cluster, choice)
    if paces <= {Pace.OVER}:
        return command("lock", here, "--release")
    return command("resume", replace(here, limit=None, exclude=None))


def ways_on(held: tuple[Holding, ...], choice: Choice) -> tuple[Line, ...]:
    """Return what can be done about holders, the gentlest first."""
    if not held:
        return ()
    whole = replace(choice, limit=None, exclude=None)
    resume, abort, release = (command("resume", whole), command("abort", whole), command("lock", choice, "--release"))
    ways = [f"  {resume}: go on with it; all that is unfinished is looked at first", f"  {abort}: put everything back"]
    if any(holding.pace is Pace.RUNNING for holding in held):
        ways = ["  wait, or press Ctrl-C where it runs: it stops at its next safe point"]
    elif all(holding.is_damaged or holding.pace is Pace.OVER for holding in held):
        ways = []
    last = f"  {release}: only if nobody will resume; what was begun stays as it is"
    return tuple(Line(text=text, exact=True) for text in ("What can be done, in this order:", *ways, last))


def as_facts(holding: Holding) -> dict[str, object]:
    """Return a holder for scripts."""
    told = holding.told
    return {
        "cluster": holding.cluster,
        **asdict(holding.holder),
        "nodes": list(holding.names),
        "states": {str(state): names for state, names in _by_state(holding).items()},
        "journal": None
        if told is None
        else {
            "path": str(told.path),
            "last_word": told.word,
            "pace": str(told.pace),
            "done": told.done,
            "steps": told.steps,
        },
    }


def _by_state(holding: Holding) -> Mapping[State, list[str]]:
    found = {state: [node.name for node in holding.nodes if node.state is state] for state in State}
    return {state: names for state, names in found.items() if names}
