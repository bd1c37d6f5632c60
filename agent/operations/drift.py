"""Is every node as it should be? Looks, judges, changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.standing import Judgement, Standing
from agent.core.report import Line, Report, Tone
from agent.core.text.names import counted, fold
from agent.errors import Outcome, weightiest
from agent.operations.commands import command
from agent.operations.inputs.clusters import reachable_inputs
from agent.operations.looking import verdicts
from agent.operations.looking.gathering import look_at_selected

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.observation import LockHolder
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.world import Choice, World


def drift(
    world: World, choice: Choice, *, template: Path | None, on_change: bool = False, notify: bool = True
) -> Report:
    """Judge the nodes of one or more clusters.

    Raises:
        InputError: the user's files are wrong; nothing was connected.

    """
    del on_change, notify
    inputs = reachable_inputs(choice, template=template)
    seen = [(cluster, look_at_selected(world, cluster, forks=choice.forks)) for cluster in inputs.clusters]
    judgements = tuple(judgement for _, judged in seen for judgement in judged)
    outcome = weightiest(verdicts.verdict_of(judgements))
    return Report(
        task="drift",
        cluster=seen[0][0].name if len(seen) == 1 else None,
        outcome=outcome,
        sentence=_sentence(judgements),
        findings=inputs.findings,
        quiet_findings=True,
        nodes=verdicts.rows(judgements),
        facts={"differences": verdicts.differences(judgements)},
        lines=tuple(line for cluster, judged in seen for line in _lines(cluster, judged)),
        next_command=_next(choice, judgements, outcome),
    )


def _lines(cluster: ClusterInput, judgements: tuple[Judgement, ...]) -> tuple[Line, ...]:
    return (
        Line(text=f"{cluster.name}: {counted(len(judgements), 'node')}", tone=Tone.TITLE),
        *verdicts.folded_lines(judgements),
        *(Line(text=f"  in transition: {text}", tone=Tone.CARE) for text in _holdings(judgements)),
        *verdicts.difference_lines(judgements),
    )


def _holdings(judgements: tuple[Judgement, ...]) -> tuple[str, ...]:
    """Who holds which nodes for which plan; each was claimed at a moment of its own, of which the first is told."""
    found: dict[tuple[str, str, str], dict[str, LockHolder]] = {}
    for judgement in judgements:
        lock = judgement.observation.lock if judgement.observation else None
        if lock:
            found.setdefault((lock.holder, lock.host, lock.plan), {})[judgement.node.name] = lock
    return tuple(
        f"{holder}@{host} holds {fold(locks)} since {min(lock.since for lock in locks.values())} for plan {plan}"
        for (holder, host, plan), locks in found.items()
    )


def _sentence(judgements: tuple[Judgement, ...]) -> str:
    odd = [judgement for judgement in judgements if judgement.standing is not Standing.CURRENT]
    if not odd:
        return "The one node is CURRENT." if len(judgements) == 1 else f"All {len(judgements)} nodes are CURRENT."
    found = ", ".join(
        f"{sum(judgement.standing is standing for judgement in odd)} {standing}"
        for standing in Standing
        if any(judgement.standing is standing for judgement in odd)
    )
    verb = "is not as it should be" if len(odd) == 1 else "are not as they should be"
    return f"{len(odd)} of {counted(len(judgements), 'node')} {verb}: {found}."


def _next(choice: Choice, judgements: tuple[Judgement, ...], outcome: Outcome) -> str | None:
    if outcome is Outcome.OK:
        return None
    silent = [
        judgement.node.name
        for judgement in judgements
        if judgement.standing in {Standing.UNREACHABLE, Standing.UNKNOWN}
    ]
    if silent:
        return command("doctor", choice, limit=fold(silent))
    if all(judgement.standing in {Standing.CURRENT, Standing.RESTART_PENDING} for judgement in judgements):
        return command("rolling-restart", choice)
    return command("plan", choice)
