"""Which documents does a plan bring, and which lay there before? For judging nodes by a plan, not the inventory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.document import ABSENT, absent_document, document_of
from agent.core.judging.on_disk import NoFile, Written
from agent.core.xml.parse import parse
from agent.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.document import Document
    from agent.core.judging.standing import Judgement
    from agent.core.planning.plan import Plan, Step
    from agent.operations.inputs import ClusterInput


def judged_by(cluster: ClusterInput, documents: Mapping[str, Document]) -> ClusterInput:
    """Return the cluster with these documents in the place of the inventory's."""
    return replace(cluster, documents={**cluster.documents, **documents})


def brought_by(plan: Plan) -> Mapping[str, Document]:
    """Return what each node is to have by a plan; a node that only restarts is not in it."""
    return {step.node: _document(step.digest, step.document, step.node) for step in steps_with_file(plan)}


def before(plan: Plan) -> Mapping[str, Document]:
    """Return what each node had before a plan, where the plan changes its file.

    Raises:
        Refused: an earlier file was not kept, or is one that Jira would not start on.

    """
    kept = dict(plan.previous)
    return {step.node: _document(step.expected, kept.get(step.expected), step.node) for step in steps_with_file(plan)}


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


def _document(digest: str, content: bytes | None, node: str) -> Document:
    if digest == ABSENT:
        return absent_document()
    if content is None:
        raise Refused(
            f"{node}: what lay there before was not kept with the plan ({digest}); deploy what you want instead"
        )
    config = parse(content, file=node).config
    if config is None:
        told = f"{node}: what lay there before is no file that Jira is sure to start on ({digest})"
        raise Refused(f"{told}; it is not put back; deploy what you want instead")
    return document_of(content, config)
