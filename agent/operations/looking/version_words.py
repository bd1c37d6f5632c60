"""What is to be said of versions and of the cluster's own list: who differs, and who is listed besides."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.judging.versions import member_of, version_of
from agent.core.planning.members import strangers, word_for
from agent.core.report import Line, Tone
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Member
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.looking.versions import Token


def cluster_word(member: Member | None) -> str:
    """Return one word for how the cluster lists a node, as Jira's own page of the cluster says it."""
    if member is None:
        return "-"
    return "NO HEARTBEAT" if member.state == "ACTIVE" and not member.alive else printable(member.state, limit=20)


def version_facts(judgement: Judgement, judgements: tuple[Judgement, ...]) -> dict[str, object]:
    """Return a node's version and place in the cluster, for scripts."""
    told, member = version_of(judgement, judgements), member_of(judgement, judgements)
    return {
        "version": told.version if told else None,
        "version_source": str(told.source) if told else None,
        "member": _member_facts(member) if member else None,
    }


def cluster_facts(cluster: ClusterInput, judgements: tuple[Judgement, ...], token: Token) -> dict[str, object]:
    """Return what is known of the cluster as a whole, for scripts."""
    return {
        "cluster": cluster.name,
        "inventory_version": cluster.inventory.jira.version,
        "unlisted_members": [_member_facts(member) for member in _besides(cluster, judgements)],
        "rest_faults": [*([token.fault] if token.fault else []), *_faults(judgements)],
    }


def version_lines(cluster: ClusterInput, judgements: tuple[Judgement, ...], token: Token) -> tuple[Line, ...]:
    """Return only what is not as expected, one line each."""
    told = (
        *_differing(cluster, judgements),
        *(f"the cluster lists {printable(it.node_id)} ({word_for(it)}), which the inventory has not"
          for it in _besides(cluster, judgements)),
        *([token.fault] if token.fault else []),
        *(f"{fold(names)}: {fault}" for fault, names in _faults(judgements).items()),
    )  # fmt: skip
    return tuple(Line(text=f"  {text}", tone=Tone.CARE) for text in told)


def _differing(cluster: ClusterInput, judgements: tuple[Judgement, ...]) -> tuple[str, ...]:
    """Outside the vendor's own upgrade all nodes run the same version (Atlassian, "Installing Jira Data Center")."""
    nodes: defaultdict[str, list[str]] = defaultdict(list)
    for it in judgements:
        told = version_of(it, judgements)
        if told:
            nodes[told.version].append(it.node.name)
    declared = cluster.inventory.jira.version
    said = ", ".join(f"{printable(version)} on {fold(names)}" for version, names in sorted(nodes.items()))
    if len(nodes) > 1:
        return (f"the nodes differ in version: {said}",)
    return (f"the inventory says Jira {declared}, the nodes run {said}",) if nodes and declared not in nodes else ()


def _besides(cluster: ClusterInput, judgements: tuple[Judgement, ...]) -> tuple[Member, ...]:
    """Of a part of the nodes only that part's ids are known, so that every other member would look like a stranger."""
    return strangers(judgements) if len(judgements) == len(cluster.nodes) else ()


def _faults(judgements: tuple[Judgement, ...]) -> Mapping[str, list[str]]:
    """Why pages were not to be had; of a Jira that does not run, none is expected."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for it in judgements:
        rest = it.observation.rest if it.observation else None
        for fault in rest.faults if rest and it.state is not State.DOWN else ():
            found[f"Jira's page of {fault}"].append(it.node.name)
    return found


def _member_facts(member: Member) -> dict[str, object]:
    return {"node_id": member.node_id, "state": member.state, "alive": member.alive, "version": member.version}
