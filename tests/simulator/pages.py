"""What do the nodes' own Jiras say of the cluster and of themselves, on the REST pages that a plan may consult?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agent.core.observation import HealthCheck, IndexSummary, Member, RestView
from tests.simulator.cluster import NEW

if TYPE_CHECKING:
    import random

    from agent.node.memory.machine import Machine
    from tests.simulator.cluster import Cluster

STRANGER = Member(node_id="stranger", state="ACTIVE", alive=True)


class Pages:
    """The cluster's view of itself: a heartbeat that lags behind a start, checks that fail, an index that catches up.

    stranger: the cluster knows a node that the plan does not. failing: the new file's bucket is not what it should be,
    for good. glitch: how often a page is not to be had, or a check fails, for once.
    """

    def __init__(self, cluster: Cluster, chance: random.Random) -> None:
        self._machines = cluster.machines
        self._chance = chance
        self._beats = {name: (_process(machine), 99) for name, machine in cluster.machines.items()}
        self._lag = chance.randint(0, 6)
        self.stranger = chance.random() < 0.05
        self.failing = chance.random() < 0.05
        self.glitch = 0.0
        for name, machine in cluster.machines.items():
            machine.rest = partial(self._view, name)

    def alive(self, name: str) -> bool:
        """Whether the others have heard a node's heart since its process was started."""
        process, beats = self._beats[name]
        machine = self._machines[name]
        return _serves(machine) and process == _process(machine) and beats >= self._lag

    def settle(self, name: str) -> None:
        """Let the others have heard a node for long."""
        self._beats[name] = (_process(self._machines[name]), 99)

    def is_wrong_for(self, name: str) -> bool:
        """Whether a node's own check fails for good."""
        jira = self._machines[name].jira
        return self.failing and jira is not None and jira.loaded == NEW

    def _view(self, name: str) -> RestView | None:
        self._beat()
        if not _serves(self._machines[name]) or self._happens():
            return None
        members = [Member(node_id=it, state="ACTIVE", alive=self.alive(it)) for it in self._machines]
        healthy = not self.is_wrong_for(name) and not self._happens()
        queued = max(0, 3 - self._beats[name][1])
        return RestView(
            members=(*members, *([STRANGER] if self.stranger else [])),
            checks=(HealthCheck(name="Backup Filestore", healthy=healthy, reason="" if healthy else "no bucket"),),
            index=IndexSummary(node_id=name, readable=not queued, in_database=9, in_index=9 - queued, queued=queued),
        )

    def _beat(self) -> None:
        for name, machine in self._machines.items():
            process, beats = self._beats[name]
            is_same = _serves(machine) and process == _process(machine)
            self._beats[name] = (_process(machine), beats + 1 if is_same else 0)

    def _happens(self) -> bool:
        return bool(self.glitch) and self._chance.random() < self.glitch


def _serves(machine: Machine) -> bool:
    return machine.jira is not None and machine.jira.states[0] == "RUNNING"


def _process(machine: Machine) -> tuple[str, int]:
    return (machine.boot_id, machine.jira.ticks if machine.jira else 0)
