"""Write each cluster's documents to a folder, or print one; offline."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agent.core.filestore import FILE_NAME
from agent.core.report import Case, Line, NodeRow, Report
from agent.core.text.names import fold
from agent.edges.documents import write_document
from agent.errors import InputError, Outcome
from agent.operations.inputs.clusters import valid_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.document import Document
    from agent.operations.inputs.clusters import ClusterInput, Inputs
    from agent.operations.world import Choice


def render(choice: Choice, *, template: Path | None, out: Path | None) -> Report:
    """Render the documents of the selected nodes: into OUT/CLUSTER/NODE/, or the only distinct one to the terminal.

    Raises:
        InputError: the user's files are wrong, or several distinct documents were asked for without a folder.

    """
    inputs = valid_inputs(choice, template=template)
    written = _write_all(inputs, out) if out else {}
    distinct = {document.digest: document for _, _, document in _selected(inputs)}
    if not out and len(distinct) > 1:
        raise InputError(f"render: {len(distinct)} distinct documents ({_who(inputs)}); say --out DIR, or --limit NODE")
    only = next(iter(distinct.values()), None)
    return Report(
        task="render",
        cluster=inputs.clusters[0].name if len(inputs.clusters) == 1 else None,
        outcome=Outcome.OK,
        sentence=_sentence(inputs, out),
        findings=inputs.findings,
        nodes=tuple(
            NodeRow(
                name=node,
                cluster=cluster,
                desired_digest=document.digest,
                facts={"path": written.get((cluster, node)), "content": document.content.decode("ascii")},
                cases=(Case(name="document"),),
            )
            for cluster, node, document in _selected(inputs)
        ),
        lines=() if out or only is None else _content_lines(only),
        is_product=not out,
    )


def _selected(inputs: Inputs) -> list[tuple[str, str, Document]]:
    return [
        (cluster.name, node.name, cluster.documents[node.name])
        for cluster in inputs.clusters
        for node in cluster.selected
    ]


def _write_all(inputs: Inputs, out: Path) -> dict[tuple[str, str], str]:
    written = {}
    for cluster, node, document in _selected(inputs):
        path = out / cluster / node / FILE_NAME
        write_document(path, document.content)
        written[cluster, node] = str(path)
    return written


def _content_lines(document: Document) -> tuple[Line, ...]:
    return tuple(Line(text=line, exact=True) for line in document.content.decode("ascii").rstrip("\n").split("\n"))


def _sentence(inputs: Inputs, out: Path | None) -> str:
    said = "; ".join(_described(cluster) for cluster in inputs.clusters)
    return f"{said}; written to {out}." if out else f"{said}."


def _described(cluster: ClusterInput) -> str:
    by_digest: dict[str, list[str]] = defaultdict(list)
    for node in cluster.selected:
        by_digest[cluster.documents[node.name].digest].append(node.name)
    return f"{cluster.name}: " + ", ".join(f"{fold(names)} {digest[:19]}" for digest, names in by_digest.items())


def _who(inputs: Inputs) -> str:
    return "; ".join(map(_described, inputs.clusters))
