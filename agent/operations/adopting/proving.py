"""Does the inventory that was shaped say what the nodes have? Read back as any inventory is, and held against them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.core.finding import errors_among
from agent.core.inventory.resolve import resolve_filestores, resolve_nodes
from agent.core.judging.on_disk import Written
from agent.core.text.names import fold
from agent.core.xml.render import render
from agent.edges.loader import estate_with
from agent.errors import Refused
from agent.operations.inputs.checking import check_configs, waived

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.document import Document
    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.core.node import Node
    from agent.edges.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the inventory says of each node, and what the rules have against it."""

    nodes: Mapping[str, Node]
    documents: Mapping[str, Document]
    findings: tuple[Finding, ...]


def proved(
    content: bytes, name: str, out: Path | None, template: Template, meant: tuple[Judgement, ...]
) -> Proof | tuple[Finding, ...]:
    """Read the inventory back; return the errors where format 1 cannot hold it.

    Raises:
        Refused: it says something else than the nodes have. That is a fault of ours, and nothing is written.
        InputError: the template does not render it.

    """
    estate = estate_with(content, out or Path(f"{name}.yml"), folder=out.parent if out else None)
    inventory = estate.clusters.get(name)
    if inventory is None:
        return errors_among(estate.findings)
    nodes = {node.name: node for node in resolve_nodes(inventory, name)}
    configs = {it: resolve_filestores(inventory, it) for it in nodes}
    documents = _rendered(configs, template)
    _require_the_same(name, documents, meant)
    findings = (*estate.findings, *check_configs(name, inventory, configs, estate))
    heard = tuple(dict.fromkeys(waived(finding, estate) for finding in findings))
    return Proof(nodes=nodes, documents=documents, findings=heard)


def _rendered(configs: Mapping[str, FilestoreConfig], template: Template) -> Mapping[str, Document]:
    """Return each node's document; what is equal is rendered once."""
    rendered = {config: render(config, template.text, template_name=template.name) for config in set(configs.values())}
    return {name: rendered[config] for name, config in configs.items()}


def _require_the_same(name: str, documents: Mapping[str, Document], meant: tuple[Judgement, ...]) -> None:
    wrong = [it.node.name for it in meant if not _says_the_same(it, documents.get(it.node.name))]
    if wrong:
        raise Refused(
            f"{name}: the inventory would not say what {fold(wrong)} has, so nothing was written; that is a fault of"
            " filestore-agent, or a defaults.yml in that folder has filestores of its own"
        )


def _says_the_same(judgement: Judgement, document: Document | None) -> bool:
    on_disk = judgement.on_disk
    return document is not None and isinstance(on_disk, Written) and on_disk.canonical == document.canonical
