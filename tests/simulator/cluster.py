"""A cluster in memory that remembers what it was asked, and a plan for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.conductor import Holder, Wishes, conduct
from agent.conductor.loop import no_hooks
from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.node import Node
from agent.core.planning.plan import Patience, Plan, Shape, Step
from agent.core.routing import ChangeClass
from agent.node.memory.adapter import MemoryNode
from agent.node.memory.machine import Machine, Temper
from tests.simulator.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.core.observation import Incarnation
    from agent.core.planning.plan import Hook
    from agent.core.rollout.events import Event
    from agent.core.rollout.hooks import HookCall, HookEnd
    from agent.core.rollout.progress import Rollout
    from agent.node.memory.adapter import Fault
    from agent.node.port import Answer, NodePort, Request

OLD, NEW = b"<old/>", b"<new/>"
OLD_DIGEST, NEW_DIGEST = digest_of(OLD), digest_of(NEW)
OLD_ROUTING, NEW_ROUTING = "old-routing", "new-routing"
PATIENCE = Patience(ready_timeout=600.0, ready_streak=3, ready_interval=5.0, stop_timeout=60.0)
IDENTITY = Holder(holder="ops", host="workstation")


class Witnessed:
    """A port that keeps what it was asked, in the order of the whole cluster."""

    def __init__(self, port: MemoryNode, requests: list[tuple[str, Request]]) -> None:
        self.inner = port
        self._requests = requests

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def identity(self) -> str | None:
        return self.inner.identity

    def perform(self, request: Request) -> Answer:
        self._requests.append((self.name, request))
        return self.inner.perform(request)

    def close(self) -> None:
        self.inner.close()


class Cluster:
    """Nodes jira-1 on, all serving with the old file unless said otherwise."""

    def __init__(
        self,
        size: int = 3,
        *,
        faults: Mapping[str, Iterable[Fault]] | None = None,
        tempers: Mapping[str, Temper] | None = None,
        down: Iterable[str] = (),
        content: bytes | None = OLD,
    ) -> None:
        self.requests: list[tuple[str, Request]] = []
        self.events: list[Event] = []
        self.clock = FakeClock()
        self.names = tuple(f"jira-{number}" for number in range(1, size + 1))
        self.machines: dict[str, Machine] = {}
        self.ports: dict[str, Witnessed] = {}
        for name in self.names:
            node = Node(name=name, cluster="prod", address=f"{name}.example.com", localhome="/var/jira")
            temper = (tempers or {}).get(name)
            machine = Machine(node, content=content, running=name not in set(down), temper=temper)
            self.machines[name] = machine
            self.ports[name] = Witnessed(MemoryNode(node, machine, (faults or {}).get(name, ())), self.requests)

    def content(self, name: str) -> bytes | None:
        entry = self.machines[name].entries.get(FILE_NAME)
        return entry.content if entry else None

    def loaded(self, name: str) -> bytes | None:
        jira = self.machines[name].jira
        return jira.loaded if jira else None

    def asked(self, kind: type[Request], name: str | None = None) -> int:
        """Count the requests of a kind that were sent, to one node or to all."""
        return sum(isinstance(request, kind) and name in (None, node) for node, request in self.requests)

    def order(self, *kinds: type[Request]) -> list[tuple[str, str]]:
        """Return the requests of these kinds in the order in which they were sent."""
        return [(node, type(request).__name__) for node, request in self.requests if isinstance(request, kinds)]

    def conduct(
        self,
        plan: Plan,
        *,
        ports: Mapping[str, NodePort] | None = None,
        listeners: tuple[Callable[[Event], None], ...] = (),
        forks: int = 1,
        epoch: int = 1,
        interrupted: Callable[[], bool] = lambda: False,
        hooks: Callable[[HookCall], HookEnd] = no_hooks,
        wishes: Wishes = Wishes(),  # noqa: B008 - frozen
        past: Iterable[Event] | None = None,
        identity: Holder = IDENTITY,
    ) -> Rollout:
        return conduct(
            plan,
            ports or self.ports,
            (*listeners, self.events.append) if listeners else (self.events.append,),
            self.clock,
            identity,
            epoch=epoch,
            forks=forks,
            interrupted=interrupted,
            hooks=hooks,
            wishes=wishes,
            past=past,
        )


def step_for(
    name: str,
    *,
    shape: Shape = Shape.ROLLING,
    document: bytes | None = NEW,
    running: bool = True,
    restart: bool = True,
    turn: int = 0,
    process: Incarnation | None = None,
) -> Step:
    brings = document if shape is not Shape.RESTART else None
    return Step(
        node=name,
        reason="it differs",
        expected=OLD_DIGEST,
        digest=digest_of(brings) if brings is not None else OLD_DIGEST,
        canonical="sha256:canonical",
        routing=NEW_ROUTING if brings is not None else OLD_ROUTING,
        restart=restart and shape is not Shape.COMMIT,
        running=running,
        document=brings,
        loaded_routing=OLD_ROUTING if running else None,
        mode="0640",
        owner="jira",
        group="jira",
        turn=turn,
        process=process,
        node_id=name,
    )


def plan_for(
    names: Iterable[str],
    *,
    shape: Shape = Shape.ROLLING,
    change: ChangeClass = ChangeClass.TUNING,
    steps: tuple[Step, ...] | None = None,
    bystanders: tuple[str, ...] = (),
    patience: Patience = PATIENCE,
    budget: int = 1,
    max_failures: int = 0,
    accept_downtime: bool = False,
    absent: tuple[str, ...] = (),
    before_stop: Hook | None = None,
    after_ready: Hook | None = None,
) -> Plan:
    return Plan(
        id="plan-1",
        cluster="prod",
        shape=shape,
        change=change,
        steps=tuple(step_for(name, shape=shape) for name in names) if steps is None else steps,
        bystanders=bystanders,
        patience=patience,
        budget=budget,
        max_failures=max_failures,
        accept_downtime=accept_downtime,
        absent=absent,
        before_stop=before_stop,
        after_ready=after_ready,
    )
