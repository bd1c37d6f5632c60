"""Does each machine belong to one cluster, or, where two Jiras live on it, does each have what is its own?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.node import Node, StatusEndpoint, SystemdService
from agent.core.rules.example import nodes
from agent.core.rules.registry import Evidence, Fault, Rule, check
from agent.core.rules.wording import listed
from agent.core.text.names import fold
from agent.core.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Address, IPv6Address

Machines = Mapping[str, tuple[Node, ...]]
"""The nodes of each cluster by the cluster's name."""

Seat = tuple[str, int, tuple[str, ...]]
"""What makes a machine the same: its address, the SSH port, and the way there where addresses repeat themselves."""

_OURS: Final = "this product's own rule: one inventory file is one Jira, and has its nodes for itself"
_SSH_PORT: Final = 22
_HOME: Final = "/var/atlassian/application-data/jira"
_OTHER_HOME: Final = "/data/jira-test"


def _node(name: str, address: str, **own: object) -> Node:
    return Node(**{"name": name, "cluster": "", "address": address, "localhome": _HOME, **own})  # type: ignore[arg-type]  # an example's shorthand


_ONE: Final = _node("jira-1", "jira-1.example.com")
_TWIN: Final = _node("test-1", "JIRA-1.example.com.")
_BESIDE: Final = _node("test-1", "jira-1.example.com", localhome=_OTHER_HOME)
_APART: Final = _node(
    "test-1",
    "jira-1.example.com",
    localhome=_OTHER_HOME,
    status=StatusEndpoint(port=8081),
    service=SystemdService(unit="jira-test"),
)


@check(
    Rule(
        code="FS404",
        severity=Severity.ERROR,
        title="one node in two clusters",
        explanation=(
            "The same machine with the same local home is one Jira, and it reads one file. In two clusters each push"
            " writes over the other's, each drift check finds the other's file, and two rollouts restart one node."
            " Two Jiras on one machine are another matter: they have two local homes."
        ),
        source=_OURS,
        evidence=Evidence.VERIFIED,
        bad=nodes((_ONE,), (_TWIN,)),
        good=nodes((_ONE,), (_node("test-1", "test-1.example.com"),)),
    )
)
def node_in_two_clusters(machines: Machines) -> Iterator[Fault]:
    """Find machines whose local home more than one cluster has; the nodes of two clusters in one sentence."""
    pairs = defaultdict[tuple[str, str], list[tuple[Node, Node]]](list)
    for cluster, node, others in _shared(machines, lambda node: (*seat_of(node), _plain(node.localhome))):
        for other, it in others:
            pairs[cluster, other].append((node, it))
    for (cluster, other), alike in pairs.items():
        mine, theirs = (fold(list(dict.fromkeys(node.name for node in side))) for side in zip(*alike, strict=True))
        yield Fault(
            path=(cluster, "nodes", alike[0][0].name),
            message=f"{mine}: same machine and local home as {theirs} of cluster {shown(other)}; both write one file",
            hint="leave it in the cluster that it belongs to; two Jiras on one machine have two local homes",
        )


@check(
    Rule(
        code="FS405",
        severity=Severity.ERROR,
        title="two Jiras on one machine with one port or one unit",
        explanation=(
            "Two Jiras may share a machine. Then each needs a status page and a service of its own in the inventory:"
            " with one port for both a rollout would take the other Jira's answer for that of the one it restarted,"
            " and with one unit it would stop the other."
        ),
        source=_OURS,
        evidence=Evidence.VERIFIED,
        bad=nodes((_ONE,), (_BESIDE,)),
        good=nodes((_ONE,), (_APART,)),
    )
)
def shared_on_machine(machines: Machines) -> Iterator[Fault]:
    """Find Jiras of several clusters on one machine that have not each their own."""
    for cluster, node, others in _shared(machines, seat_of):
        beside = [(other, it) for other, it in others if _plain(it.localhome) != _plain(node.localhome)]
        for other, it in beside[:5]:
            both = tuple(_common(node, it))
            if both:
                yield Fault(
                    path=(cluster, "nodes", node.name),
                    message=(
                        f"{shown(node.name)} is on the same machine as {shown(it.name)} of cluster {shown(other)},"
                        f" and has the same {listed(both)}"
                    ),
                    hint="give each Jira its own under jira.status and jira.service, or under the node",
                )


def seat_of(node: Node) -> Seat:
    """Return what makes the node's machine the same; the way there counts where the address is not unique."""
    address = node.address.casefold().rstrip(".")
    ip = _ip(address)
    own = ip.is_private if ip is not None else "." not in address
    return str(ip or address), node.ssh.port or _SSH_PORT, node.ssh.jump if own else ()


def _shared(machines: Machines, key_of: Callable[[Node], object]) -> Iterator[tuple[str, Node, list[tuple[str, Node]]]]:
    """Yield each node that has the key of nodes in other clusters, with those."""
    having = defaultdict[object, list[tuple[str, Node]]](list)
    for cluster, among in machines.items():
        for node in among:
            having[key_of(node)].append((cluster, node))
    for alike in having.values():
        for cluster, node in alike if len({cluster for cluster, _ in alike}) > 1 else ():
            yield cluster, node, [(other, it) for other, it in alike if other != cluster]


def _common(one: Node, other: Node) -> Iterator[str]:
    if (one.status.address, one.status.port) == (other.status.address, other.status.port):
        yield f"status port {one.status.port}"
    if one.service == other.service and isinstance(one.service, SystemdService):
        yield f"unit {shown(one.service.unit)}"
    elif one.service == other.service:
        yield "commands to start and stop"


def _ip(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _plain(home: str) -> str:
    return home.rstrip("/") or "/"


CHECKS: Final = (node_in_two_clusters, shared_on_machine)
