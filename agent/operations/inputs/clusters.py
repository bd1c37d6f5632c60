"""From the user's files to checked documents: which clusters, nodes and bytes, and every finding on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Severity, errors_among
from agent.core.inventory.cluster_name import EVERY_CLUSTER
from agent.core.inventory.documentation_names import documentation_address
from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.inventory.selection import select
from agent.core.rules.inventory_codes import Rule
from agent.core.text.names import counted, fold
from agent.core.text.suggest import did_you_mean
from agent.core.xml.render import render
from agent.edges.loader import read_estate
from agent.edges.templates import load_template
from agent.errors import InputError
from agent.operations.inputs.checking import check_across, check_configs, check_legible, waived
from agent.operations.inputs.trusting import trusted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.document import Document
    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Place
    from agent.core.inventory.estate import Estate
    from agent.core.inventory.resolve import Inventory
    from agent.core.node import Node
    from agent.edges.templates import Template
    from agent.operations.inputs.trusting import Trusted
    from agent.operations.world import Choice

_ONE_AT_A_TIME = "--cluster: this task works on one cluster at a time; name one"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterInput:
    """One cluster, ready to be worked on: its nodes, those selected, those watched (not excluded), the documents."""

    name: str
    inventory: Inventory
    nodes: tuple[Node, ...]
    selected: tuple[Node, ...]
    watched: tuple[Node, ...]
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that was asked for, as far as it is valid, and all findings.

    asked holds the names of all clusters that were meant; those that --limit leaves without a node are not in clusters.
    """

    asked: tuple[str, ...]
    clusters: tuple[ClusterInput, ...]
    findings: tuple[Finding, ...]
    names: tuple[str, ...]
    template: str
    estate: Estate


def read_inputs(choice: Choice, *, template: Path | None) -> Inputs:
    """Read, check and render what the choice names; faults become findings, not exceptions.

    Raises:
        InputError: there is no such folder, cluster, node or template.

    """
    estate = read_estate(choice.inventory)
    names = _chosen(choice.clusters, estate)
    selections = _select_in_each(names, estate, choice)
    source = load_template(template)
    findings = list(estate.findings)
    clusters = []
    for name in names:
        cluster, found = _read_cluster(name, estate, selections.get(name), source)
        findings += found
        if cluster and cluster.selected:
            clusters.append(cluster)
    findings += check_across(estate)
    return Inputs(
        asked=names,
        clusters=tuple(clusters),
        findings=tuple(dict.fromkeys(waived(finding, estate) for finding in findings)),
        names=names,
        template=source.name,
        estate=estate,
    )


def valid_inputs(choice: Choice, *, template: Path | None) -> Inputs:
    """Read what the choice names and insist that it is right; a fault in another cluster's file stops nobody here.

    Raises:
        InputError: with every finding about the choice, if one of them is an error.

    """
    inputs = about_the_choice(read_inputs(choice, template=template))
    faults = errors_among(inputs.findings)
    if faults:
        raise InputError(
            f"{choice.inventory}: {counted(len(faults), 'error')}; nothing was connected, nothing written",
            inputs.findings,
        )
    return inputs


def about_the_choice(inputs: Inputs) -> Inputs:
    """Leave out what was found about clusters that were not asked for; what speaks of no cluster is about all."""
    about = {None, *inputs.names}
    return replace(inputs, findings=tuple(finding for finding in inputs.findings if finding.cluster in about))


def reachable_inputs(choice: Choice, *, template: Path | None) -> Inputs:
    """Read valid inputs and insist that no selected node bears an address reserved for documentation.

    Raises:
        InputError: as valid_inputs, and for the example's own nodes.

    """
    inputs = valid_inputs(choice, template=template)
    examples = example_nodes(inputs)
    if examples:
        raise InputError(
            f"{choice.inventory}: {counted(len(examples), 'error')}; nothing was connected",
            (*inputs.findings, *examples),
        )
    return inputs


def example_nodes(inputs: Inputs) -> tuple[Finding, ...]:
    """Return a finding for each line that gives selected nodes an address which documentation uses."""
    alike: dict[tuple[str, Place], list[Node]] = {}
    for cluster in inputs.clusters:
        for node in filter(documentation_address, cluster.selected):
            place = inputs.estate.place_on_node(cluster.name, node.name, ())
            alike.setdefault((cluster.name, place), []).append(node)
    return tuple(_example_finding(cluster, place, nodes) for (cluster, place), nodes in alike.items())


def one_cluster(inputs: Inputs) -> ClusterInput:
    """Return the only cluster of a task that changes something.

    Raises:
        InputError: several clusters were asked for.

    """
    if len(inputs.asked) == 1 and inputs.clusters:
        return inputs.clusters[0]
    raise InputError(_ONE_AT_A_TIME)


def trusted_nodes(choice: Choice) -> Trusted:
    """Read leniently the one cluster of a task that only has to reach its nodes: what is wrong elsewhere stops nobody.

    Neither the template nor any document is asked for; the findings are all there, and none of them is raised.

    Raises:
        InputError: there is no such cluster, several are meant, or none of the nodes can be trusted.

    """
    estate = read_estate(choice.inventory)
    names = _chosen(choice.clusters, estate)
    if not names:
        raise InputError(f"{choice.inventory}: it holds no cluster; nothing was connected", estate.findings)
    if len(names) > 1:
        raise InputError(_ONE_AT_A_TIME)
    findings = (*estate.findings, *_of_the_rules(names[0], estate), *check_across(estate))
    about = tuple(waived(finding, estate) for finding in findings if finding.cluster in {None, names[0]})
    return trusted(names[0], estate, choice, tuple(dict.fromkeys(about)))


def _of_the_rules(name: str, estate: Estate) -> tuple[Finding, ...]:
    inventory = estate.clusters.get(name)
    if inventory is None:
        return check_legible(name, estate)
    nodes = resolve_nodes(inventory, name)
    return check_configs(name, inventory, {it.name: resolve_filestores(inventory, it.name) for it in nodes}, estate)


def _chosen(asked: tuple[str, ...], estate: Estate) -> tuple[str, ...]:
    known = estate.names
    if EVERY_CLUSTER in asked:
        return known
    unknown = [name for name in asked if name not in known]
    if unknown:
        hint = did_you_mean(unknown[0], known)
        there = f"known: {', '.join(known)}" if known else "the inventory holds no cluster"
        raise InputError(
            f"--cluster: there is no cluster {unknown[0]!r}{f' ({hint})' if hint else ''}; {there}",
            estate.findings,
        )
    if not asked and len(known) > 1:
        raise InputError(f"--cluster: say which one, or 'all' to read them all; known: {', '.join(known)}")
    return tuple(dict.fromkeys(asked)) or known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Selection:
    """The nodes of one cluster: all, those that --limit and --exclude leave, and those that --exclude alone leaves."""

    nodes: tuple[Node, ...]
    selected: tuple[Node, ...]
    watched: tuple[Node, ...]


def _select_in_each(names: tuple[str, ...], estate: Estate, choice: Choice) -> Mapping[str, _Selection]:
    """Select over all clusters at once: what is named must be in one of them, not in each."""
    nodes = {name: resolve_nodes(estate.clusters[name], name) for name in names if name in estate.clusters}
    everyone = tuple({node.name: node for among in nodes.values() for node in among}.values())
    if not everyone:
        return {}
    selected = {node.name for node in select(everyone, choice.limit, choice.exclude)}
    watched = {node.name for node in select(everyone, None, choice.exclude)}
    return {
        name: _Selection(
            nodes=among,
            selected=tuple(node for node in among if node.name in selected),
            watched=tuple(node for node in among if node.name in watched),
        )
        for name, among in nodes.items()
    }


def _read_cluster(
    name: str, estate: Estate, selection: _Selection | None, template: Template
) -> tuple[ClusterInput | None, tuple[Finding, ...]]:
    inventory = estate.clusters.get(name)
    if inventory is None or selection is None:
        return None, check_legible(name, estate)
    nodes = selection.nodes
    configs = {node.name: resolve_filestores(inventory, node.name) for node in nodes}
    findings = check_configs(name, inventory, configs, estate)
    if errors_among(findings):
        return None, findings
    documents, faults = _render_each(configs, template)
    if faults:
        return None, (*findings, *(replace(fault, cluster=name) for fault in faults))
    cluster = ClusterInput(
        name=name,
        inventory=inventory,
        nodes=nodes,
        selected=selection.selected,
        watched=selection.watched,
        documents=documents,
    )
    return cluster, findings


def _example_finding(cluster: str, place: Place, nodes: list[Node]) -> Finding:
    names, addresses = fold(node.name for node in nodes), fold(node.address for node in nodes)
    who = names if names == addresses else f"{names} ({addresses})"
    what = "is a name" if len(nodes) == 1 else "are names"
    machines = "machine" if len(nodes) == 1 else "machines"
    return Finding(
        rule=Rule.DOCUMENTATION_ADDRESS.value,
        severity=Severity.ERROR,
        message=f"{who} {what} for documentation; there {'is' if len(nodes) == 1 else 'are'} no such {machines}",
        place=place,
        hint="write the names or addresses of your own nodes here",
        cluster=cluster,
    )


def _render_each(
    configs: Mapping[str, FilestoreConfig], template: Template
) -> tuple[Mapping[str, Document], tuple[Finding, ...]]:
    rendered: dict[FilestoreConfig, Document] = {}
    for config in dict.fromkeys(configs.values()):
        try:
            rendered[config] = render(config, template.text, template_name=template.name)
        except InputError as error:
            return {}, error.findings
    return {node: rendered[config] for node, config in configs.items()}, ()
