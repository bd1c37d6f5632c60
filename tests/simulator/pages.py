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

LONG = 1e6
STRANGER = Member(node_id="stranger", state="ACTIVE", alive=True)


class Pages:
    """The cluster's view of itself: a heartbeat up to a minute late, checks that fail, an index that catches up.

    stranger: the cluster knows a node that the plan does not. failing: the new file's bucket is not what it should be,
    for good. glitch: how often a page is not to be had, or a check fails, for once.
    """

    def __init__(self, cluster: Cluster, chance: random.Random) -> None:
        self._machines = cluster.machines
        self._clock = cluster.clock
        self._chance = chance
        self._served = {name: (_process(machine), -LONG) for name, machine in cluster.machines.items()}
        self._lag = chance.choice((0.0, 5.0, 20.0, 60.0))
        self.stranger = chance.random() < 0.05
        self.failing = chance.random() < 0.05
        self.glitch = 0.0
        for name, machine in cluster.machines.items():
            machine.rest = partial(self._view, name)

    def alive(self, name: str) -> bool:
        """Whether the others have heard a node's heart since its process was started."""
        process, since = self._served[name]
        machine = self._machines[name]
        return _serves(machine) and process == _process(machine) and self._clock.now - since >= self._lag

    def settle(self, name: str) -> None:
        """Let the others have heard a node for long."""
        self._served[name] = (_process(self._machines[name]), -LONG)

    def is_wrong_for(self, name: str) -> bool:
        """Whether a node's own check fails for good."""
        jira = self._machines[name].jira
        return self.failing and jira is not None and jira.loaded == NEW

    def _view(self, name: str) -> RestView | None:
        self._notice()
        if not _serves(self._machines[name]) or self._happens():
            return None
        members = [Member(node_id=it, state="ACTIVE", alive=self.alive(it)) for it in self._machines]
        healthy = not self.is_wrong_for(name) and not self._happens()
        queued = max(0, 3 - int((self._clock.now - self._served[name][1]) / 5))
        return RestView(
            members=(*members, *([STRANGER] if self.stranger else [])),
            checks=(HealthCheck(name="Backup Filestore", healthy=healthy, reason="" if healthy else "no bucket"),),
            index=IndexSummary(node_id=name, readable=not queued, in_database=9, in_index=9 - queued, queued=queued),
        )

    def _notice(self) -> None:
        """Remember since when each process serves."""
        for name, machine in self._machines.items():
            if not _serves(machine) or self._served[name][0] != _process(machine):
                self._served[name] = (_process(machine), self._clock.now)

    def _happens(self) -> bool:
        return bool(self.glitch) and self._chance.random() < self.glitch


def _serves(machine: Machine) -> bool:
    return machine.jira is not None and machine.jira.states[0] == "RUNNING"


def _process(machine: Machine) -> tuple[str, int]:
    return (machine.boot_id, machine.jira.ticks if machine.jira else 0)
