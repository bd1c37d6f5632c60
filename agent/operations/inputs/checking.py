"""Clusters held against the rule book: sound ones, what is legible of broken ones, and all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Severity, errors_among
from agent.core.inventory.legible import legible_filestores, legible_waivers
from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.inventory.salvage import salvage
from agent.core.rules import check_config, check_estate
from agent.core.text.shown import plainly

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Place
    from agent.core.inventory.estate import Estate
    from agent.core.inventory.resolve import Inventory

_TOLD_OF_THE_FORM = frozenset({"FS307"})
"""Rules about documents that the inventory's own form tells too, at the key itself: ids that differ only by case."""


def check_configs(
    name: str, inventory: Inventory, configs: Mapping[str, FilestoreConfig], estate: Estate
) -> tuple[Finding, ...]:
    """Check each distinct meaning once; the cluster's own keys are the place of what no node overrides."""
    first_node_of: dict[FilestoreConfig, str] = {}
    for node, config in configs.items():
        first_node_of.setdefault(config, node)
    found = [
        replace(finding, cluster=name)
        for config, node in first_node_of.items()
        for finding in check_config(
            config,
            jira_version=inventory.jira.version,
            place_of=_placing(name, node, estate),
            waivers=inventory.waivers,
        )
    ]
    return tuple(dict.fromkeys(finding for finding in found if finding.rule not in _TOLD_OF_THE_FORM))


def check_legible(name: str, estate: Estate) -> tuple[Finding, ...]:
    """Hold what can be read of a broken cluster against the rules: its owner wants all errors at once."""
    if name not in estate.places:
        return ()
    config = legible_filestores(estate.places[name])
    waivers = legible_waivers(estate.places[name])
    found = check_config(config, jira_version=None, place_of=lambda path: estate.place(name, path), waivers=waivers)
    told = {finding.place for finding in estate.findings}
    return tuple(replace(finding, cluster=name) for finding in errors_among(found) if finding.place not in told)


def check_across(estate: Estate) -> tuple[Finding, ...]:
    """Check what only shows when all clusters of the inventory are seen together, whatever was asked for.

    Of a broken cluster what can be read counts too: its buckets and machines are taken, whatever else is wrong there.
    """
    nodes = {name: resolve_nodes(it, name) for name, it in estate.clusters.items()}
    configs = {name: resolve_filestores(it, nodes[name][0].name) for name, it in estate.clusters.items()}
    for name in estate.names:
        if name in estate.places and name not in estate.clusters:
            configs[name] = legible_filestores(estate.places[name])
            nodes[name] = salvage(estate.places[name], name).nodes
    waivers = {name: legible_waivers(written) for name, written in estate.places.items()}
    return check_estate(configs, _across(estate), waivers, nodes)


def _across(estate: Estate) -> Callable[[str, tuple[str, ...]], Place]:
    def place_of(cluster: str, path: tuple[str, ...]) -> Place:
        return estate.place_on_node(cluster, path[1], ()) if path[0] == "nodes" else estate.place(cluster, path)

    return place_of


def waived(finding: Finding, estate: Estate) -> Finding:
    """Turn a warning of the inventory's own form into a note, where its cluster waives the rule with a reason."""
    written = estate.places.get(finding.cluster or "")
    reason = legible_waivers(written).get(finding.rule) if written else None
    if reason is None or finding.severity is not Severity.WARNING:
        return finding
    message = f"{finding.message} (waived: {plainly(reason)})"
    return replace(finding, severity=Severity.NOTE, message=message, hint=None, waived=reason)


def _placing(cluster: str, node: str, estate: Estate) -> Callable[[tuple[str, ...]], Place]:
    return lambda path: estate.place_on_node(cluster, node, path)
