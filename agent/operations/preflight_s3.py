"""What will Jira be able to do with each bucket: every node asks with its own identity, in one round trip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.report import Line, Report, Tone
from agent.edges.s3 import probe
from agent.errors import Outcome, weightiest
from agent.operations.buckets import words
from agent.operations.buckets.probing import ask_from_here, ask_nodes
from agent.operations.commands import command, of_cluster
from agent.operations.inputs.clusters import reachable_inputs, valid_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from agent.operations.buckets.probing import Findings
    from agent.operations.inputs.clusters import Inputs
    from agent.operations.world import Choice, World


def preflight_from_nodes(world: World, choice: Choice, *, template: Path | None) -> Report:
    """Ask from the selected nodes of one or more clusters.

    Raises:
        InputError: the user's files are wrong; nothing was connected.

    """
    inputs = reachable_inputs(choice, template=template)
    found = tuple(ask_nodes(world, cluster, forks=choice.forks) for cluster in inputs.clusters)
    return _report(inputs, found, choice)


def preflight_from_workstation(choice: Choice, *, template: Path | None) -> Report:
    """Ask with the workstation's own rights, by boto3; no node is connected.

    Raises:
        InputError: the user's files are wrong; nobody was asked.
        NoLibrary: boto3 is not installed.

    """
    inputs = valid_inputs(choice, template=template)
    return _report(inputs, tuple(ask_from_here(cluster, probe) for cluster in inputs.clusters), choice)


def _report(inputs: Inputs, found: tuple[Findings, ...], choice: Choice) -> Report:
    outcome = weightiest(one.outcome for one in found)
    return Report(
        task="preflight-s3",
        cluster=found[0].cluster if len(found) == 1 else None,
        outcome=outcome,
        sentence=words.sentence(found),
        findings=inputs.findings,
        quiet_findings=True,
        nodes=tuple(row for one in found for row in words.rows(one)),
        facts={"clusters": [words.cluster_facts(one) for one in found]},
        lines=tuple(_lines(found)),
        next_command=_next(found, choice),
    )


def _lines(found: tuple[Findings, ...]) -> list[Line]:
    told: list[Line] = []
    for one in found:
        if len(found) > 1:
            told.append(Line(text=f"{one.cluster}:", tone=Tone.TITLE))
        told += words.lines(one)
    return told


def _next(found: tuple[Findings, ...], choice: Choice) -> str | None:
    """Rights that are missing, or too wide, are what bucket-policy prints; a silent node is the doctor's."""
    worst = max(found, key=lambda one: one.outcome.exit_code, default=None)
    if worst is None or not worst.asked:
        return None
    about = of_cluster(worst.cluster, choice)
    if any(it.preflight is None for it in worst.asked):
        return command("doctor", about)
    wants_policy = any(
        check.cure is not None and "`bucket-policy`" in check.cure
        for it in worst.asked
        if it.preflight
        for check in it.preflight.checks
    )
    if wants_policy:
        return command("bucket-policy", about)
    return None if worst.outcome is not Outcome.OK else command("plan", about)
