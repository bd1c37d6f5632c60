"""The verdict on a cluster: each node with its standing and what else was noticed, and what it comes to together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.drift.landscape import desired_documents, majority
from agent.core.drift.transition import transitions
from agent.core.judging.origin import origins
from agent.core.judging.remarks import Severity, remarks
from agent.core.judging.since import since_of
from agent.core.judging.standing import Standing
from agent.core.judging.unproven import unproven
from agent.errors import Outcome, weightiest

if TYPE_CHECKING:
    from agent.core.drift.landscape import Desired, Majority
    from agent.core.drift.transition import Transition
    from agent.core.judging.origin import Origin
    from agent.core.judging.remarks import Remark
    from agent.core.judging.since import Since
    from agent.core.judging.standing import Judgement

OUTCOMES: Final = {
    Standing.CURRENT: Outcome.OK,
    Standing.UNREACHABLE: Outcome.UNREACHABLE,
    Standing.UNKNOWN: Outcome.PARTIAL,
}
"""What a standing means for the exit code; every other one is drift."""

SILENT: Final = frozenset({Standing.UNREACHABLE, Standing.UNKNOWN})
"""Of such a node nothing is known: it is neither as it should be nor not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """One node: its judgement, and what the cluster as a whole says of it besides.

    in_transition: a rollout at work explains its standing. That nothing is known of a node is explained by none.
    """

    judgement: Judgement
    remarks: tuple[Remark, ...]
    unproven: tuple[str, ...]
    origin: Origin
    since: Since | None
    in_transition: bool

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        return self.judgement.node.name

    @property
    def faults(self) -> tuple[Remark, ...]:
        """The remarks that no standing can make up for."""
        return tuple(remark for remark in self.remarks if remark.severity is Severity.FAULT)

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.judgement.standing is Standing.CURRENT and not self.faults

    @property
    def outcome(self) -> Outcome:
        """What the node means for the exit code: what a rollout has not finished yet is no cause for alarm."""
        standing = Outcome.OK if self.in_transition else OUTCOMES.get(self.judgement.standing, Outcome.DRIFT)
        return weightiest((standing, Outcome.DRIFT if self.faults else Outcome.OK))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """The nodes of a cluster that were looked at, what they should have, what most have, and who is at work there.

    size is how many nodes the cluster has: a split shows only where all of them are looked at.
    """

    cluster: str
    size: int
    nodes: tuple[NodeView, ...]
    desired: tuple[Desired, ...]
    majority: Majority | None
    transitions: tuple[Transition, ...]

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The judgement of each node."""
        return tuple(node.judgement for node in self.nodes)

    @property
    def outcome(self) -> Outcome:
        """The weightiest of its nodes."""
        return weightiest(node.outcome for node in self.nodes)


def view_of(
    cluster: str,
    judgements: tuple[Judgement, ...],
    *,
    size: int,
    now: float,
    patience: float,
    ended: frozenset[str],
) -> ClusterView:
    """Return the verdict on a cluster of so many nodes; the times and ended are as for transitions()."""
    under_way = transitions(judgements, now=now, patience=patience, ended=ended)
    on_the_way = {name for it in under_way if not it.stands_still for name in it.nodes}
    whence = origins(judgements)
    noticed = remarks(judgements, whence)
    return ClusterView(
        cluster=cluster,
        size=size,
        nodes=tuple(
            NodeView(
                judgement=it,
                remarks=noticed[it.node.name],
                unproven=unproven(it),
                origin=whence[it.node.name],
                since=since_of(it),
                in_transition=it.node.name in on_the_way and it.standing not in SILENT,
            )
            for it in judgements
        ),
        desired=desired_documents(judgements),
        majority=majority(judgements),
        transitions=under_way,
    )
