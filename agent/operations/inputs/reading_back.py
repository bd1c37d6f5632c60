"""What does an inventory say that is not written yet? Read back as any inventory is, rendered and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.finding import errors_among
from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.xml.render import render
from agent.edges.loader import estate_with
from agent.operations.inputs.checking import check_across, check_configs, waived

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.document import Document
    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Finding
    from agent.core.node import Node
    from agent.edges.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """What the inventory says of each node, and what the rules have against it."""

    nodes: Mapping[str, Node]
    documents: Mapping[str, Document]
    findings: tuple[Finding, ...]


def read_back(content: bytes, name: str, out: Path | None, template: Template) -> ReadBack | tuple[Finding, ...]:
    """Read the bytes as a cluster's file, over the defaults.yml of its folder; or return the errors of its form.

    Raises:
        InputError: the template does not render it.

    """
    estate = estate_with(content, out or Path(f"{name}.yml"), folder=out.parent if out else None)
    inventory = estate.clusters.get(name)
    if inventory is None:
        return errors_among(estate.findings)
    nodes = {node.name: node for node in resolve_nodes(inventory, name)}
    configs = {it: resolve_filestores(inventory, it) for it in nodes}
    documents = _rendered(configs, template)
    findings = (*estate.findings, *check_configs(name, inventory, configs, estate), *check_across(estate))
    heard = tuple(dict.fromkeys(waived(finding, estate) for finding in findings))
    return ReadBack(nodes=nodes, documents=documents, findings=heard)


def _rendered(configs: Mapping[str, FilestoreConfig], template: Template) -> Mapping[str, Document]:
    """Return each node's document; what is equal is rendered once."""
    rendered = {config: render(config, template.text, template_name=template.name) for config in set(configs.values())}
    return {name: rendered[config] for name, config in configs.items()}
