"""How were the nodes found when the plan was made? What its steps compare with later, and what can be put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from agent.core.judging.on_disk import NoFile, Written
from agent.core.observation import Incarnation, Presence
from agent.core.planning.change import proven
from agent.core.routing import routing_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.core.planning.plan import Step


class Found(TypedDict, total=False):
    """The part of a step that tells how the node was found; what is not known is left out."""

    owner: str
    group: str
    mode: str
    loaded_canonical: str
    loaded_routing: str
    loaded_ticks: int | None
    expected_canonical: str
    expected_routing: str
    node_id: str | None
    process: Incarnation | None


def found(judgement: Judgement) -> Found:
    """Return what the plan is made from: process, node id, file, and the owner and mode that the file is held to."""
    facts: Found = {"owner": judgement.node.owner, "group": judgement.node.group, "mode": judgement.node.mode}
    loaded, observation, on_disk = proven(judgement), judgement.observation, judgement.on_disk
    if observation is not None:
        facts["node_id"] = observation.node_id
        facts["process"] = running_process(observation)
    if loaded is not None and observation is not None:
        facts["loaded_canonical"] = loaded.canonical
        facts["loaded_routing"] = routing_line(loaded.routing)
        facts["loaded_ticks"] = observation.process.start_ticks
    if isinstance(on_disk, Written | NoFile):
        facts["expected_canonical"] = on_disk.canonical
        facts["expected_routing"] = routing_line(on_disk.routing)
    return facts


def running_process(observation: Observation) -> Incarnation | None:
    """Return which process the node runs; None where there is none, or it cannot be named."""
    process = observation.process
    if process.presence is not Presence.FOUND or process.start_ticks is None or not observation.boot_id:
        return None
    return Incarnation(boot_id=observation.boot_id, ticks=process.start_ticks)


def node_ids(judgements: Iterable[Judgement]) -> tuple[tuple[str, str], ...]:
    """Return each node's name with what Jira calls it, as far as that was seen."""
    seen = ((judgement.node.name, judgement.observation) for judgement in judgements)
    return tuple((name, at.node_id) for name, at in seen if at is not None and at.node_id)


def replaced_documents(judgements: Iterable[Judgement], steps: Iterable[Step]) -> tuple[tuple[str, bytes], ...]:
    """Return digest and bytes of each document that the steps replace, once each, as far as they were read."""
    files = {it.node.name: it.observation.file for it in judgements if it.observation is not None}
    replaced = (files[step.node] for step in steps if step.document is not None)
    return tuple({file.digest: file.content for file in replaced if file.digest and file.content is not None}.items())
