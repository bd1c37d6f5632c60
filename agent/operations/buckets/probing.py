"""Who asks the buckets, and what came of it: each node with its own Jira's rights, or this workstation with its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.preflight.aims import probes_for
from agent.core.preflight.identity import differences
from agent.core.preflight.judge import Preflight, judge
from agent.core.report import Tone
from agent.core.text.names import counted
from agent.errors import Outcome, weightiest
from agent.node.port import Lost, Ok, ProbeStores, Refused, Unreachable
from agent.node.wire.letter import NODE_SECONDS
from agent.operations.looking.gathering import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.node import Node
    from agent.core.s3.probe import Probe, StoreView
    from agent.node.port import Answer
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.world import World

WORKSTATION: Final = "workstation"
"""The name under which its own rights are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One machine of one cluster: what it learnt, or why there is nothing, and how that counts."""

    name: str
    cluster: str
    preflight: Preflight | None = None
    view: StoreView | None = None
    reason: str = ""
    silence: Outcome = Outcome.OK

    @property
    def outcome(self) -> Outcome:
        """Return how this machine counts."""
        return self.preflight.outcome if self.preflight else self.silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """One cluster's buckets, as all its machines that were asked see them; apart: who is who where they differ."""

    cluster: str
    asked: tuple[Asked, ...]
    buckets: tuple[str, ...]

    @property
    def apart(self) -> tuple[str, ...]:
        """Return who is who, where the nodes come with different identities."""
        return differences({it.name: it.view for it in self.asked if it.view is not None})

    @property
    def outcome(self) -> Outcome:
        """Return the weightiest of all."""
        return weightiest(it.outcome for it in self.asked)


def ask_nodes(world: World, cluster: ClusterInput, *, forks: int) -> Findings:
    """Let every selected node of a cluster ask its buckets, all at once, each in one round trip."""
    aims = {node.name: _aims(cluster, node) for node in cluster.selected}
    if not any(aims.values()):
        return _nowhere(cluster)
    who, what = counted(len(cluster.selected), "node"), counted(len(_buckets(aims)), "bucket")
    world.progress(f"{cluster.name}: {who} asking {what}; at most {NODE_SECONDS} s each", Tone.QUIET)
    with world.dial() as port_of:

        def ask(node: Node) -> Answer:
            port = port_of(node)
            try:
                return port.perform(ProbeStores(probes=aims[node.name]))
            finally:
                port.close()

        answers = gather(ask, cluster.selected, forks=forks)
    asked = tuple(_asked(cluster.name, node.name, answers[node.name]) for node in cluster.selected)
    return Findings(cluster=cluster.name, asked=asked, buckets=_buckets(aims))


def ask_from_here(cluster: ClusterInput, probe: Callable[[tuple[Probe, ...]], StoreView]) -> Findings:
    """Ask with the workstation's own rights, once for all nodes: where their endpoints differ, the first node's."""
    probes = _aims(cluster, cluster.selected[0])
    if not probes:
        return _nowhere(cluster)
    view = probe(probes)
    asked = Asked(name=WORKSTATION, cluster=cluster.name, preflight=judge(view), view=view)
    return Findings(cluster=cluster.name, asked=(asked,), buckets=_buckets({WORKSTATION: probes}))


def _aims(cluster: ClusterInput, node: Node) -> tuple[Probe, ...]:
    """Each machine tries with names of its own, so that none reads or removes what another one wrote."""
    return probes_for(cluster.documents[node.name].config, secrets.token_hex(8))


def _buckets(aims: Mapping[str, tuple[Probe, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(probe.address.bucket for probes in aims.values() for probe in probes))


def _nowhere(cluster: ClusterInput) -> Findings:
    return Findings(cluster=cluster.name, asked=(), buckets=())


def _asked(cluster: str, name: str, answer: Answer) -> Asked:
    match answer:
        case Ok(observation=seen) if seen.stores is not None:
            return Asked(name=name, cluster=cluster, preflight=judge(seen.stores), view=seen.stores)
        case Unreachable(reason=reason):
            return Asked(name=name, cluster=cluster, reason=reason, silence=Outcome.UNREACHABLE)
        case Refused(reason=reason):
            return Asked(name=name, cluster=cluster, reason=reason, silence=Outcome.REFUSED)
        case Lost(reason=reason):
            return Asked(name=name, cluster=cluster, reason=reason, silence=Outcome.PARTIAL)
    return Asked(name=name, cluster=cluster, reason="the node told nothing of its buckets", silence=Outcome.PARTIAL)
