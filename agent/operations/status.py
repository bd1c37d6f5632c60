"""How do the nodes stand: versions, states, uptime, standing, and a rollout in progress; a view, not a verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.judging.standing import Standing
from agent.core.judging.state import State
from agent.core.judging.versions import member_of, version_of
from agent.core.observation import Presence
from agent.core.report import Line, Report, Tone, columns
from agent.core.text.names import fold
from agent.errors import Outcome
from agent.operations.commands import command, of_cluster
from agent.operations.inputs.clusters import reachable_inputs
from agent.operations.locks.holding import as_facts, holdings, next_for, told_lines, who_line
from agent.operations.locks.under_way import held_nodes
from agent.operations.looking import verdicts
from agent.operations.looking.version_words import cluster_facts, cluster_word, version_facts, version_lines
from agent.operations.looking.versions import Token, look_for_versions, token_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.core.report import NodeRow
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.locks.holding import Holding
    from agent.operations.world import Choice, World


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One cluster as it was found, and what Jira's own pages were asked with."""

    cluster: ClusterInput
    judgements: tuple[Judgement, ...]
    token: Token


def status(world: World, choice: Choice, *, template: Path | None) -> Report:
    """Look at the nodes of one or more clusters; the outcome is ok whatever is found.

    Raises:
        InputError: the user's files are wrong; nothing was connected.

    """
    return _status(world, choice, template, lambda cluster: token_for(world, cluster))


def status_without_rest(world: World, choice: Choice, *, template: Path | None) -> Report:
    """Look as status does, without asking Jira's REST pages, though the inventory has a token."""
    return _status(world, choice, template, lambda _: Token())


def _status(world: World, choice: Choice, template: Path | None, token_of: Callable[[ClusterInput], Token]) -> Report:
    inputs = reachable_inputs(choice, template=template)
    seen = tuple(_look(world, cluster, token_of(cluster), choice.forks) for cluster in inputs.clusters)
    judgements = tuple(judgement for it in seen for judgement in it.judgements)
    held = {it.cluster.name: holdings(world, it.cluster.name, held_nodes(it.judgements)) for it in seen}
    return Report(
        task="status",
        cluster=seen[0].cluster.name if len(seen) == 1 else None,
        outcome=Outcome.OK,
        sentence=_sentence(judgements),
        findings=inputs.findings,
        quiet_findings=True,
        nodes=tuple(row for it in seen for row in _rows(it)),
        facts={
            "clusters": [cluster_facts(it.cluster, it.judgements, it.token) for it in seen],
            "rollouts": [as_facts(holding) for among in held.values() for holding in among],
        },
        lines=tuple(line for it in seen for line in _lines(it, held[it.cluster.name])),
        next_command=next((due for among in held.values() if (due := _next(among, choice))), None),
    )


def _look(world: World, cluster: ClusterInput, token: Token, forks: int) -> _Seen:
    return _Seen(cluster=cluster, judgements=look_for_versions(world, cluster, token, forks=forks), token=token)


def _rows(seen: _Seen) -> tuple[NodeRow, ...]:
    rows = zip(verdicts.rows(seen.judgements), seen.judgements, strict=True)
    return tuple(
        replace(
            row,
            facts={
                **row.facts,
                "uptime_seconds": _uptime(judgement.observation),
                **version_facts(judgement, seen.judgements),
            },
        )
        for row, judgement in rows
    )


def _next(held: tuple[Holding, ...], choice: Choice) -> str | None:
    """Where a rollout may still run on another host, the evidence comes before the resuming."""
    elsewhere = next((it for it in held if it.pace is None and not it.is_damaged), None)
    return next_for(held, choice) if elsewhere is None else command("lock", of_cluster(elsewhere.cluster, choice))


def _lines(seen: _Seen, held: tuple[Holding, ...]) -> tuple[Line, ...]:
    cluster = seen.cluster
    table = columns(_columns_with_something([_HEAD, *(_words(it, seen.judgements) for it in seen.judgements)]))
    head = Line(text=f"{cluster.name}: Jira {cluster.inventory.jira.version} (by the inventory)", tone=Tone.TITLE)
    rollouts = (replace(line, text=f"  {line.text}") for it in held for line in (who_line(it), *told_lines(it)))
    rows = tuple(Line(text=row, exact=True) for row in table[1:])
    versions = version_lines(cluster, seen.judgements, seen.token)
    return (head, Line(text=table[0], tone=Tone.QUIET, exact=True), *rows, *versions, *rollouts)


_HEAD = ("  NODE", "STATE", "STANDING", "UP", "FILE", "VERSION", "CLUSTER", "LOCK")
_ALWAYS = 5
"""So many of the columns are there whatever they hold; the others only where one node has something to say in them."""


def _columns_with_something(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Leave out what would be a column of dashes: a terminal of 80 letters is soon full."""
    kept = [at for at in range(len(_HEAD)) if at < _ALWAYS or any(row[at] != "-" for row in rows[1:])]
    return [tuple(row[at] for at in kept) for row in rows]


def _words(judgement: Judgement, judgements: tuple[Judgement, ...]) -> tuple[str, ...]:
    observation = judgement.observation
    lock = observation.lock if observation else None
    told = version_of(judgement, judgements)
    return (
        f"  {judgement.node.name}",
        str(judgement.state),
        str(judgement.standing),
        _duration(_uptime(observation)),
        (judgement.digest or "?").removeprefix("sha256:")[:8],
        told.version if told else "-",
        cluster_word(member_of(judgement, judgements)),
        f"{lock.holder}@{lock.host}" if lock else "-",
    )


def _uptime(observation: Observation | None) -> int | None:
    """Whole seconds since the process started, by the node's own clock."""
    if (
        observation is None
        or observation.process.presence is not Presence.FOUND
        or observation.process.start_ticks is None
    ):
        return None
    started = observation.btime + observation.process.start_ticks // max(1, observation.ticks_per_second)
    return max(0, observation.now - started)


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "-"
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    return f"{days}d{hours:02}h" if days else f"{hours}h{minutes:02}m" if hours else f"{minutes}m{left:02}s"


def _sentence(judgements: tuple[Judgement, ...]) -> str:
    by_state = {state: [judgement.node.name for judgement in judgements if judgement.state is state] for state in State}
    states = [f"{state}: {fold(names)}" for state, names in by_state.items() if names]
    odd = Counter(str(it.standing) for it in judgements if it.standing is not Standing.CURRENT)
    told = ", ".join(f"{odd[standing]} {standing}" for standing in Standing if odd[standing])
    return "; ".join([*states, *([f"not CURRENT: {told} (drift tells why)"] if told else [])]) + "."
