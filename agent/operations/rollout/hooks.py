"""Where does a hook run, and with which words? On this machine or on the host that the inventory names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.node import Node, SshSettings
from agent.core.rollout.hook_words import filled
from agent.core.rollout.hooks import HookEnd
from agent.edges.hooks import run_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.rollout.hooks import HookCall
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.world import World

WORKSTATION: Final = "workstation"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRunner:
    """Runs the hooks of one cluster; it keeps nothing open between two of them, so any thread may use it.

    ssh is the cluster's, for hosts that are none of its nodes.
    """

    nodes: Mapping[str, Node]
    ssh: SshSettings
    environment: Mapping[str, str]

    def run(self, call: HookCall) -> HookEnd:
        """Fill the call's words for its node and run it where it belongs; never raises."""
        node = self.nodes.get(call.node)
        if node is None:
            return HookEnd(code=None, reason=f"{call.node} is not in the inventory any more; the hook was not run")
        ready = filled(call, node)
        if call.hook.on == WORKSTATION:
            return run_hook(ready, self.environment)
        from agent.node.ssh.command import run_hook_at  # noqa: PLC0415 - what connects is loaded where it is used

        return run_hook_at(ready, self._host(call.hook.on, node.cluster), self.environment)

    def _host(self, name: str, cluster: str) -> Node:
        """Return the host as something to dial: a node of the cluster as itself, any other by the cluster's ssh."""
        return self.nodes.get(name) or Node(name=name, cluster=cluster, address=name, localhome="/", ssh=self.ssh)


def hook_runner(world: World, cluster: ClusterInput) -> Callable[[HookCall], HookEnd]:
    """Return what runs the hooks of a cluster; nothing needs closing."""
    ssh = cluster.inventory.ssh
    settings = SshSettings(
        user=ssh.user,
        port=ssh.port,
        jump=ssh.jump,
        config=None if ssh.config == "none" else ssh.config,
        known_hosts=ssh.known_hosts,
    )
    nodes = {node.name: node for node in cluster.nodes}
    return HookRunner(nodes=nodes, ssh=settings, environment=world.environment).run
