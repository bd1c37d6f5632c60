"""The waivers that waive nothing in any of the clusters that have them, told where all of these were checked whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.rules import idle_waivers
from agent.edges.loader import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.finding import Finding, Place
    from agent.operations.inputs.clusters import Inputs


def waivers_of_nothing(inputs: Inputs) -> tuple[Finding, ...]:
    """Return a note for each; one that defaults.yml gives to several clusters may be meant for one of them alone."""
    sound = [name for name in inputs.names if name in inputs.estate.clusters]
    found = {name: tuple(_idle(name, inputs)) for name in sound}
    idle = [(name, finding.place) for name, findings in found.items() for finding in findings]
    return tuple(
        dict.fromkeys(
            replace(finding, cluster=None if _is_shared(finding.place) else name)
            for name, findings in found.items()
            for finding in findings
            if not _is_shared(finding.place) or _is_idle_everywhere(finding.place, idle, inputs)
        )
    )


def _idle(name: str, inputs: Inputs) -> Iterator[Finding]:
    inventory, estate = inputs.estate.clusters[name], inputs.estate
    return idle_waivers(
        inventory.waivers,
        used={finding.rule for finding in inputs.findings if finding.waived and finding.cluster in {name, None}},
        config=resolve_filestores(inventory, resolve_nodes(inventory, name)[0].name),
        jira_version=inventory.jira.version,
        place_of=lambda path: estate.place(name, path),
    )


def _is_shared(place: Place) -> bool:
    return PurePath(place.file).stem == DEFAULTS


def _is_idle_everywhere(place: Place, idle: list[tuple[str, Place]], inputs: Inputs) -> bool:
    """A cluster that was not asked for, or is broken, may need it."""
    having = {name for name in inputs.estate.names if name not in inputs.estate.places or _has(name, place, inputs)}
    return having == {name for name, there in idle if there == place}


def _has(name: str, place: Place, inputs: Inputs) -> bool:
    written = inputs.estate.places[name]
    return any(value.place == place for value in written.entries("waivers").values())
