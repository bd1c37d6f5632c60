"""A world for operations: an inventory on disk, memory nodes behind a dial that writes down what it is asked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.core.document import ABSENT
from agent.core.filestore import FILE_NAME
from agent.core.finding import errors_among
from agent.core.observation import Receipt
from agent.core.routing import routing_line, routing_of
from agent.edges.clock import SystemClock
from agent.node.memory.adapter import Fault, MemoryNode
from agent.node.memory.machine import Machine, Temper
from agent.operations.inputs.clusters import read_inputs
from agent.operations.world import Choice, World
from tests.command_line import INVENTORY, write_inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.core.document import Document
    from agent.core.node import Node
    from agent.core.report import Tone
    from agent.node.port import Answer, NodePort, Request

SETTLED = 1000
"""Clock ticks between the file and the start of Jira: enough for the times to prove which came first."""
OTHER_BUCKET = INVENTORY.replace("co-jira-backup-bucket", "co-jira-other-bucket")
TUNED = INVENTORY.replace("region: ap-southeast-4", "region: ap-southeast-4, max-concurrency: 50")
EMPTY = INVENTORY.replace("{backups: backupBucket}", "{}")
HURRIED = "rollout: {ready-timeout: 1m, stop-timeout: 1m, ready-interval: 1s}\n"


class QuickClock(SystemClock):
    """A clock whose waits take no time, but count."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "_passed", [0.0])

    def monotonic(self) -> float:
        """Return the seconds waited for so far."""
        passed: list[float] = object.__getattribute__(self, "_passed")
        return passed[0]

    def wait(self, seconds: float) -> None:
        """Let the time be over."""
        passed: list[float] = object.__getattribute__(self, "_passed")
        passed[0] += max(0.01, seconds)

    def now_iso(self) -> str:
        """Return the one moment of this clock."""
        return "2026-01-02T03:04:05Z"


@dataclass(slots=True)
class Listening:
    """A port that writes down what goes through it."""

    inner: MemoryNode
    yard: Yard

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def identity(self) -> str | None:
        return self.inner.identity

    def perform(self, request: Request) -> Answer:
        self.yard.requests.append((self.name, request))
        self.yard.before(self.name, request)
        answer = self.inner.perform(request)
        self.yard.after(self.name, request)
        return answer

    def close(self) -> None:
        self.yard.closed.append(self.name)
        self.inner.close()


@dataclass(slots=True)
class Yard:
    """The nodes of an inventory, all as they should be until a test changes them, and what was said and asked."""

    folder: Path
    inventory: Path
    nodes: dict[str, MemoryNode] = field(default_factory=dict)
    desired: dict[str, Document] = field(default_factory=dict)
    requests: list[tuple[str, Request]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    dialled: int = 0
    told: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    before: Callable[[str, Request], None] = lambda _, __: None
    after: Callable[[str, Request], None] = lambda _, __: None

    def machine(self, name: str) -> Machine:
        """Return the machine of a node."""
        return self.nodes[name].machine

    def kinds(self) -> list[str]:
        """Return the kinds of the requests, in the order they came."""
        return [type(request).__name__ for _, request in self.requests]

    def changed_nothing(self) -> bool:
        """Tell whether only looks were asked for."""
        return set(self.kinds()) <= {"Observe", "Examine", "Recall", "Consult", "ReadLog"}

    def fault(self, name: str, *faults: Fault) -> None:
        """Let these faults strike a node."""
        self.nodes[name] = MemoryNode(self.nodes[name]._node, self.nodes[name].machine, faults)

    def world(self, *answers: str, terminal: bool = True) -> World:
        """Return the outside, with a person who gives these answers and then none."""
        waiting = list(answers)

        def ask(question: str) -> str:
            self.questions.append(question)
            return waiting.pop(0) if waiting else ""

        def progress(text: str, tone: Tone) -> None:
            del tone
            self.told.append(text)

        return World(
            environment={},
            state_folder=self.folder / "state",
            clock=QuickClock(),
            progress=progress,
            tell=progress,
            ask=ask if terminal else None,
            dial=self.dial,
            user="kim",
            host="desk",
        )

    @contextmanager
    def dial(self) -> Iterator[Callable[[Node], NodePort]]:
        """Give a port for each node asked for."""
        self.dialled += 1
        yield lambda node: Listening(self.nodes[node.name], self)

    def choice(
        self, *clusters: str, limit: str | None = None, exclude: str | None = None, inventory_flag: str | None = None
    ) -> Choice:
        """Return the choice of these clusters and nodes; two forks, so that fanning out is tried."""
        return Choice(
            inventory=self.inventory,
            inventory_flag=inventory_flag,
            clusters=clusters,
            limit=limit,
            exclude=exclude,
            forks=2,
        )

    def rewrite(self, text: str, cluster: str = "prod") -> None:
        """Let the user want something else from now on."""
        (self.inventory / f"{cluster}.yml").write_text(text, encoding="utf-8")
        self.desired |= _desired(self.inventory)

    def start_jira(self, name: str) -> None:
        """Start Jira so long after the file was written that the times prove it."""
        machine = self.machine(name)
        machine.stop_jira()
        machine.ticks += SETTLED
        machine.start_jira()
        machine.settle()
        machine.ticks += SETTLED

    def lay(self, name: str, content: bytes | None) -> None:
        """Let a person write, or remove, the file by hand; the running Jira does not notice."""
        machine = self.machine(name)
        if content is None:
            machine.entries.take(FILE_NAME)
        else:
            machine.put(FILE_NAME, content, mode=self.nodes[name]._node.mode)
        machine.ticks += SETTLED


def yard(tmp_path: Path, *, temper: Temper | None = None, **clusters: str) -> Yard:
    """Return nodes that are CURRENT for these clusters, or for one called prod."""
    inventory = write_inventory(tmp_path, **(clusters or {"prod": INVENTORY + HURRIED}))
    made = Yard(folder=tmp_path, inventory=inventory, desired=_desired(inventory))
    inputs = read_inputs(Choice(inventory=inventory, clusters=("all",)), template=None)
    assert not errors_among(inputs.findings), inputs.findings
    for cluster in inputs.clusters:
        for node in cluster.nodes:
            machine = Machine(node, content=made.desired[node.name].content, temper=temper)
            machine.receipts.append(_receipt(made.desired[node.name], machine))
            made.nodes[node.name] = MemoryNode(node, machine)
            made.start_jira(node.name)
    return made


def _receipt(document: Document, machine: Machine) -> Receipt:
    """What our own commit of this document would have left there."""
    return Receipt(
        digest=document.digest,
        canonical=document.canonical,
        routing=routing_line(routing_of(document.config)),
        previous=ABSENT,
        boot_id=machine.boot_id,
        ticks=machine.ticks,
    )


def _desired(inventory: Path) -> dict[str, Document]:
    inputs = read_inputs(Choice(inventory=inventory, clusters=("all",)), template=None)
    return {name: document for cluster in inputs.clusters for name, document in cluster.documents.items()}
