"""By whom, from where and to where is a backup brought: the first node that can be reached, and who speaks for it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.filestore import Target
from agent.core.report import Tone
from agent.core.s3.address import address_of
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean
from agent.edges.s3_backups import BucketFromHere
from agent.errors import InputError
from agent.node.answers import Unreachable
from agent.node.looks import Observe
from agent.operations.commands import command, of_cluster
from agent.operations.restoring.asking import Away
from agent.operations.restoring.source import NodeSource, WorkstationSource, shelf_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.core.node import Node
    from agent.node.port import NodePort
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.restoring.source import Shelf, Source
    from agent.operations.world import Choice, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was said with the flags; backup is a name or a key, None for the newest."""

    backup: str | None = None
    node: str | None = None
    yes: bool = False
    from_workstation: bool = False
    only_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """By whom, from where and to where."""

    choice: Choice
    wish: Wish
    cluster: ClusterInput
    node: Node
    port: NodePort
    source: Source
    bucket: str
    at_aws: bool

    def command(self, *besides: str) -> str:
        """Return the task's own command for the same cluster, node and rights."""
        own = ["--node", self.wish.node] if self.wish.node else []
        if self.wish.from_workstation:
            own.append("--from-workstation")
        return command("restore-backup", of_cluster(self.cluster.name, self.choice), *besides, *own)


@contextmanager
def ways(world: World, choice: Choice, wish: Wish, cluster: ClusterInput) -> Iterator[tuple[Way, Shelf]]:
    """Find the first node that can be reached and asked, and read the list by it.

    Raises:
        InputError: there is no such node, or no bucket.
        Away: none of the nodes can be reached.
        AgentError: as the source says.

    """
    nodes = _candidates(cluster, wish)
    with world.dial() as port_of:
        silent: list[str] = []
        for node in nodes:
            way = _way_by(node, port_of, choice, wish, cluster)
            try:
                shelf = shelf_of(way.source)
                if wish.from_workstation and not wish.only_list:
                    _meet(way.port)
            except Away as error:
                silent.append(str(error))
                world.progress(f"{error}; trying another node", Tone.CARE)
                continue
            try:
                yield way, shelf
            finally:
                way.port.close()
            return
        raise Away("; ".join(silent))


def _meet(port: NodePort) -> None:
    """Whoever was not spoken to yet may be away."""
    answer = port.perform(Observe())
    if isinstance(answer, Unreachable):
        raise Away(f"{port.name}: {answer.reason}")


def _candidates(cluster: ClusterInput, wish: Wish) -> tuple[Node, ...]:
    if wish.node is None:
        return cluster.selected
    names = [node.name for node in cluster.nodes]
    if wish.node not in names:
        hint = did_you_mean(wish.node, names)
        known = ", ".join(names)
        raise InputError(f"--node: there is no node {shown(wish.node)}{f' ({hint})' if hint else ''}; known: {known}")
    return tuple(node for node in cluster.nodes if node.name == wish.node)


def _way_by(node: Node, port_of: Callable[[Node], NodePort], choice: Choice, wish: Wish, cluster: ClusterInput) -> Way:
    store = cluster.documents[node.name].config.filestore_of(Target.BACKUPS)
    if store is None:
        home = cluster.inventory.jira.sharedhome or "<sharedhome>"
        raise InputError(
            f"{cluster.name}: no filestore is associated with {Target.BACKUPS}, so its backups are in the shared home "
            f"itself: {home}/export; move one to {home}/import by hand"
        )
    address, port = address_of(store), port_of(node)
    about = of_cluster(cluster.name, choice)
    words = ["--list"] if wish.only_list else ["--backup", wish.backup] if wish.backup else []
    words += ["--node", wish.node] if wish.node else []
    way_out = command("restore-backup", about, *words, "--from-workstation")
    source: Source = (
        WorkstationSource(BucketFromHere(address), f"bucket {address.bucket}")
        if wish.from_workstation
        else NodeSource(port, address, way_out)
    )
    return Way(
        choice=choice,
        wish=wish,
        cluster=cluster,
        node=node,
        port=port,
        source=source,
        bucket=f"bucket {address.bucket}",
        at_aws=bool(address.sts),
    )
