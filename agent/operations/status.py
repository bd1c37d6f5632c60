"""How do the nodes stand: versions, states, uptime, standing, and a rollout in progress; a view, not a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.observation import Presence
from agent.core.report import Line, Report, Tone, columns
from agent.core.text.names import fold
from agent.errors import Outcome
from agent.operations.commands import command
from agent.operations.inputs.clusters import reachable_inputs
from agent.operations.locks.holding import HeldNode, as_facts, holdings, next_for, of_cluster, told_lines, who_line
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import look_at_selected

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.locks.holding import Holding
    from agent.operations.world import Choice, World


def status(world: World, choice: Choice, *, template: Path | None) -> Report:
    """Look at the nodes of one or more clusters; the outcome is ok whatever is found.

    Raises:
        InputError: the user's files are wrong; nothing was connected.

    """
    inputs = reachable_inputs(choice, template=template)
    seen = [(cluster, look_at_selected(world, cluster, forks=choice.forks)) for cluster in inputs.clusters]
    judgements = tuple(judgement for _, judged in seen for judgement in judged)
    held = {cluster.name: holdings(world, cluster.name, _held(judged)) for cluster, judged in seen}
    return Report(
        task="status",
        cluster=seen[0][0].name if len(seen) == 1 else None,
        outcome=Outcome.OK,
        sentence=_sentence(judgements),
        findings=inputs.findings,
        quiet_findings=True,
        nodes=tuple(
            replace(row, facts={**row.facts, "uptime_seconds": _uptime(judgement.observation)})
            for row, judgement in zip(verdicts.rows(judgements), judgements, strict=True)
        ),
        facts={"rollouts": [as_facts(holding) for among in held.values() for holding in among]},
        lines=tuple(line for cluster, judged in seen for line in _lines(cluster, judged, held[cluster.name])),
        next_command=next((due for among in held.values() if (due := _next(among, choice))), None),
    )


def _next(held: tuple[Holding, ...], choice: Choice) -> str | None:
    """Where a rollout may still run on another host, the evidence comes before the resuming."""
    elsewhere = next((it for it in held if it.pace is None and not it.is_damaged), None)
    return next_for(held, choice) if elsewhere is None else command("lock", of_cluster(elsewhere.cluster, choice))


def _held(judgements: tuple[Judgement, ...]) -> tuple[HeldNode, ...]:
    return tuple(
        HeldNode(name=it.node.name, lock=it.observation.lock, state=it.state)
        for it in judgements
        if it.observation and it.observation.lock
    )


def _lines(cluster: ClusterInput, judgements: tuple[Judgement, ...], held: tuple[Holding, ...]) -> tuple[Line, ...]:
    table = columns(
        [
            ("  NODE", "STATE", "STANDING", "UP", "FILE", "LOCK"),
            *((f"  {judgement.node.name}", *_words(judgement)) for judgement in judgements),
        ]
    )
    head = Line(text=f"{cluster.name}: Jira {cluster.inventory.jira.version} (by the inventory)", tone=Tone.TITLE)
    rollouts = (replace(line, text=f"  {line.text}") for it in held for line in (who_line(it), *told_lines(it)))
    return (head, Line(text=table[0], tone=Tone.QUIET), *(Line(text=row) for row in table[1:]), *rollouts)


def _words(judgement: Judgement) -> tuple[str, str, str, str, str]:
    observation = judgement.observation
    lock = observation.lock if observation else None
    return (
        str(judgement.state),
        str(judgement.standing),
        _duration(_uptime(observation)),
        (judgement.digest or "?").removeprefix("sha256:")[:12],
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
    return "; ".join(f"{state}: {fold(names)}" for state, names in by_state.items() if names) + "."
