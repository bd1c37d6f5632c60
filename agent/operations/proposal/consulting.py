"""With which request does a rollout look at the nodes first: at the node alone, or at Jira's own pages as well?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.edges.secrets import resolve
from agent.node.port import Consult, Observe, Page
from agent.operations.proposal.proposing import consults

if TYPE_CHECKING:
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.proposal.policy import Policy
    from agent.operations.world import World


def first_look(world: World, cluster: ClusterInput, policy: Policy | None) -> Observe:
    """Return the request: where the inventory has a token, all pages that the rollout will ask for later.

    Raises:
        InputError: the token's reference leads nowhere; nothing was connected.

    """
    rest = cluster.inventory.jira.rest
    if rest is None or not consults(cluster, policy):
        return Observe()
    return Consult(pages=frozenset(Page), token=resolve(rest.token, world.environment))
