"""What has truly happened in one life of a plan? Known from the machines alone, whoever was at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulator.draw import Scenario

Process = tuple[str, int] | None
"""Boot and start ticks; None: none runs."""


@dataclass(kw_only=True)
class Facts:
    """What all controllers of one plan have done so far, and what befell the nodes beside that.

    first is each node's process when the plan was made, proven the process that we started with the right file. moved
    are those that we stopped or started since the plan was begun (anew), and nobody else has. edited: somebody else
    wrote its file. rivals: so often was another plan tried. split: one controller has slept while another went on, so
    no journal tells of everything any more.
    """

    scenario: Scenario
    first: dict[str, Process] = field(default_factory=dict)
    proven: dict[str, Process] = field(default_factory=dict)
    drained: set[str] = field(default_factory=set)
    edited: dict[str, bytes] = field(default_factory=dict)
    rivals: int = 0
    moved: set[str] = field(default_factory=set)
    split: bool = False

    def __post_init__(self) -> None:
        self.first = {name: self.process(name) for name in self.scenario.cluster.names}

    def process(self, name: str) -> Process:
        """Return what runs on a node now."""
        machine = self.scenario.cluster.machines[name]
        return (machine.boot_id, machine.jira.ticks) if machine.jira else None

    def serves(self, name: str) -> bool:
        """Whether Jira serves on a node now."""
        jira = self.scenario.cluster.machines[name].jira
        return jira is not None and jira.states[0] == "RUNNING"

    def start_by_itself(self, name: str) -> None:
        """Let a machine start its Jira, unasked; one that flaps is settled: no look would tell when it serves."""
        machine = self.scenario.cluster.machines[name]
        machine.start_jira()
        self.moved.discard(name)
        if machine.jira is not None and "RUNNING" in machine.jira.states[:-1]:
            machine.settle()

    def comes_up(self, name: str) -> bool:
        """Whether Jira serves on a node, or will if nobody touches it."""
        jira = self.scenario.cluster.machines[name].jira
        return jira is not None and jira.states[-1] == "RUNNING"

    def counts(self, name: str) -> bool:
        """Whether a node serves, and the cluster itself knows it, where that is asked."""
        pages = self.scenario.pages
        return self.serves(name) and (pages is None or pages.alive(name))

    def content(self, name: str) -> bytes | None:
        """Return the node's file."""
        return self.scenario.cluster.content(name)

    def loaded(self, name: str) -> bytes | None:
        """Return what the node's process has read."""
        return self.scenario.cluster.loaded(name)

    def is_right(self, name: str) -> bool:
        """Whether a process has loaded what the plan wants there."""
        wanted = self.scenario.after[name]
        return self.process(name) is not None and self.content(name) == wanted == self.loaded(name)

    def traces(self, name: str) -> tuple[object, ...]:
        """Return all of a node that a request can change."""
        machine = self.scenario.cluster.machines[name]
        return (machine.lock, machine.epoch, dict(machine.entries), self.process(name), len(machine.receipts))
