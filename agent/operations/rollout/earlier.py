"""Which documents does a plan bring, and which lay there before? For judging nodes by a plan, not the inventory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.document import ABSENT, absent_document, document_of
from agent.core.judging.on_disk import NoFile, Written
from agent.core.xml.parse import parse
from agent.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from agent.core.document import Document
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Step
    from agent.operations.inputs.clusters import ClusterInput


def judged_by(cluster: ClusterInput, documents: Mapping[str, Document]) -> ClusterInput:
    """Return the cluster with these documents in the place of the inventory's."""
    return replace(cluster, documents={**cluster.documents, **documents})


def brought_by(plan: Plan) -> Mapping[str, Document]:
    """Return what each node is to have by a plan; a node that only restarts is not in it.

    Raises:
        Refused: a document of the plan is none that Jira is sure to start on, so the plan is not ours.

    """
    found: dict[str, Document] = {}
    for step in steps_with_file(plan):
        document = _document(step.digest, step.document)
        if document is None or document.digest != step.digest:
            raise Refused(
                f"{step.node}: the plan {plan.id} brings what is no file that Jira is sure to start on ({step.digest});"
                " it is not followed; free the nodes with `lock --release`, and plan again"
            )
        found[step.node] = document
    return found


def before(plan: Plan, names: Container[str], *, cure: str) -> Mapping[str, Document]:
    """Return what these nodes had before a plan, where the plan changes their file.

    Raises:
        Refused: an earlier file was not kept, or is one that Jira would not start on; cure says what to do then.

    """
    kept = dict(plan.previous)
    found: dict[str, Document] = {}
    for step in steps_with_file(plan):
        if step.node in names:
            found[step.node] = _earlier(step, kept.get(step.expected), cure)
    return found


def on_disk_now(judgements: Iterable[Judgement]) -> Mapping[str, Document]:
    """Return what lies on each node now, where it can be told: to leave a node as it is, it is judged by that."""
    found: dict[str, Document] = {}
    for judgement in judgements:
        content = judgement.observation.file.content if judgement.observation else None
        if isinstance(judgement.on_disk, NoFile):
            found[judgement.node.name] = absent_document()
        elif isinstance(judgement.on_disk, Written) and content is not None and judgement.config is not None:
            found[judgement.node.name] = document_of(content, judgement.config)
    return found


def steps_with_file(plan: Plan) -> tuple[Step, ...]:
    """Return the steps that bring or remove a file."""
    return tuple(step for step in plan.steps if step.document is not None)


def _earlier(step: Step, content: bytes | None, cure: str) -> Document:
    document = _document(step.expected, content)
    if document is not None:
        return document
    why = "was not kept with the plan" if content is None else "is no file that Jira is sure to start on"
    raise Refused(f"{step.node}: what lay there before {why} ({step.expected}), so it is not put back; {cure}")


def _document(digest: str, content: bytes | None) -> Document | None:
    """Return what these bytes are; None where there are none, or no meaning can be relied on."""
    if digest == ABSENT:
        return absent_document()
    config = parse(content, file="the plan").config if content is not None else None
    return document_of(content, config) if content is not None and config is not None else None
