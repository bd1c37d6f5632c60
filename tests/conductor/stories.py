"""What the stories of the conductor share: a plan's nodes, a runner of hooks, a Jira that says its pages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import HealthCheck, Incarnation, IndexSummary, Member, RestView
from agent.core.planning.plan import Hook
from agent.core.rollout.hooks import HookCall, HookEnd
from agent.errors import JournalError
from agent.node.port import Start, Stop
from tests.simulator.cluster import IDENTITY, Cluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.node.port import Answer, NodePort, Request

ALL = ("jira-1", "jira-2", "jira-3")
DRAIN, ADMIT = Hook(run=("drain", "{node}")), Hook(run=("admit", "{node}"))
GOOD = HookEnd(code=0, output="done\n", seconds=1.5)
BAD = HookEnd(code=3, output="asking the balancer\nno such server\n", seconds=0.5)
ASKING = replace(IDENTITY, token="opens-nothing")  # noqa: S106 - it opens nothing
BLAME = ("2026-01-01 00:00:00,000 localhost-startStop-1 ERROR Couldn't parse filestore-config.xml",)


@dataclass(slots=True, kw_only=True)
class Balancer:
    """Runs hooks: remembers who is out, in the order of all that happens, and fails where it is told to."""

    cluster: Cluster
    fails: tuple[tuple[str, str], ...] = ()
    end: HookEnd | Exception = BAD
    calls: list[HookCall] = field(default_factory=list)
    order: list[tuple[str, str]] = field(default_factory=list)
    out: set[str] = field(default_factory=set)

    def __call__(self, call: HookCall) -> HookEnd:
        self.calls.append(call)
        self._note()
        self.order.append((call.node, call.name))
        if (call.node, call.name) in self.fails:
            if isinstance(self.end, Exception):
                raise self.end
            return self.end
        (self.out.add if call.name == "before-stop" else self.out.discard)(call.node)
        return GOOD

    def story(self) -> list[tuple[str, str]]:
        """Return hooks, stops and starts in the order in which they came."""
        self._note()
        return self.order

    def _note(self) -> None:
        done = self.cluster.order(Stop, Start)
        known = [it for it in self.order if it[1] in ("Stop", "Start")]
        self.order += done[len(known) :]


class Attended:
    """A port beside which something happens on the node before each request."""

    def __init__(self, port: NodePort, happen: Callable[[Request], None]) -> None:
        self._port, self._happen = port, happen

    @property
    def name(self) -> str:
        return self._port.name

    @property
    def identity(self) -> str | None:
        return self._port.identity

    def perform(self, request: Request) -> Answer:
        self._happen(request)
        return self._port.perform(request)

    def close(self) -> None:
        """Nothing is open."""


def hooked(plan: Plan) -> Plan:
    return replace(plan, before_stop=DRAIN, after_ready=ADMIT)


def consulting(plan: Plan) -> Plan:
    """The same plan for a cluster whose inventory has a token; each node is known by its name."""
    nodes = (*(step.node for step in plan.steps), *plan.bystanders)
    return replace(plan, consults=True, known_node_ids=tuple((name, name) for name in nodes))


def member(name: str, state: str = "ACTIVE", *, alive: bool = True) -> Member:
    return Member(node_id=name, state=state, alive=alive)


def view(
    name: str,
    *,
    members: tuple[Member, ...] | None = None,
    checks: tuple[HealthCheck, ...] | None = (),
    readable: bool = True,
    in_index: int = 10,
    queued: int = 0,
) -> RestView:
    """What a node's Jira says of itself and of the cluster when all is well, but for what is given."""
    return RestView(
        members=tuple(member(it) for it in ALL) if members is None else members,
        checks=checks,
        index=IndexSummary(node_id=name, readable=readable, in_database=10, in_index=in_index, queued=queued),
    )


def let_all_say(cluster: Cluster) -> None:
    """Give every Jira its pages, all well."""
    for name in cluster.names:
        cluster.machines[name].rest = saying(view(name))


def saying(said: RestView) -> Callable[[], RestView]:
    return lambda: said


def kinds(cluster: Cluster, *wanted: type[Event]) -> list[Event]:
    return [event for event in cluster.events if isinstance(event, wanted)]


class Killed(JournalError):  # noqa: N818 - not an error: what was done to it
    """The controller is gone: it cannot even write this down."""


def killed_at(count: int) -> Callable[[Event], None]:
    """Return a listener that ends the controller at its so-manyth event."""
    left = [count]

    def kill(_: Event) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Killed("gone")

    return kill


def broken_off(plan: Plan, count: int) -> Cluster:
    """Return the cluster on which a controller died before its so-manyth event was written down."""
    cluster = Cluster()
    with pytest.raises(Killed):
        cluster.conduct(plan, listeners=(killed_at(count),))
    cluster.events = cluster.events[: count - 1]
    return cluster


def named(plan: Plan, cluster: Cluster) -> Plan:
    """The plan as it is made: it knows which process ran on each node."""
    steps = []
    for step in plan.steps:
        machine = cluster.machines[step.node]
        ran = Incarnation(boot_id=machine.boot_id, ticks=machine.jira.ticks) if machine.jira else None
        steps.append(replace(step, process=ran))
    return replace(plan, steps=tuple(steps))
