"""What is known of the lock on each node after a look: held, free, or not known, which is not free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.on_disk import home_fault
from agent.core.judging.state import State, state_of
from agent.core.observation import FileKind
from agent.errors import Outcome
from agent.node.port import Lost, Unreachable
from agent.operations.locks.holding import HeldNode
from agent.operations.looking.gathering import observation_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.node import Node
    from agent.core.observation import Observation
    from agent.node.port import Answer
    from agent.operations.inputs.trusting import Trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSeen:
    """The answers of a cluster's nodes, read for their locks."""

    cluster: Trusted
    answers: Mapping[str, Answer]

    @property
    def held(self) -> tuple[HeldNode, ...]:
        """The nodes with a lock on them, whoever's it is."""
        found = ((node, self.observation(node.name)) for node in self.cluster.nodes)
        return tuple(
            HeldNode(name=node.name, lock=seen.lock, state=self.state(node.name))
            for node, seen in found
            if seen is not None and seen.lock is not None
        )

    @property
    def unknown(self) -> Mapping[str, str]:
        """The nodes of which it is not known whether anybody holds them, and why."""
        found = {node.name: self._doubt(node) for node in self.cluster.nodes}
        return {name: doubt for name, doubt in found.items() if doubt is not None}

    @property
    def free(self) -> tuple[str, ...]:
        """The nodes that nobody holds."""
        others = {*self.unknown, *(node.name for node in self.held)}
        return tuple(node.name for node in self.cluster.nodes if node.name not in others)

    @property
    def verdicts(self) -> frozenset[Outcome]:
        """What this means for the exit code; a node that could not be looked at has not been reached."""
        found = {Outcome.LOCKED} if self.held else {Outcome.OK}
        silent = any(isinstance(self.answers[name], Unreachable) for name in self.unknown)
        if silent or self.cluster.left_out:
            found.add(Outcome.UNREACHABLE)
        if any(not isinstance(self.answers[name], Unreachable) for name in self.unknown):
            found.add(Outcome.PARTIAL)
        return frozenset(found)

    def observation(self, name: str) -> Observation | None:
        """Return what a node said of itself."""
        return observation_in(self.answers[name])

    def state(self, name: str) -> State:
        """Return what Jira does on a node; unknown where the inventory does not say where to ask."""
        return State.UNKNOWN if name in self.cluster.stateless else state_of(self.observation(name))

    def _doubt(self, node: Node) -> str | None:
        answer = self.answers[node.name]
        if isinstance(answer, Unreachable | Lost):
            return answer.reason
        seen = answer.observation
        return None if seen.lock else _unseen(node, seen)


def _unseen(node: Node, seen: Observation) -> str | None:
    """Return why a lock may lie there and not show; None where there is none. Only the home's owner sees into it."""
    fault = home_fault(seen, node)
    if fault is not None:
        return f"{fault.reason}; {fault.cure}"
    owner = seen.home.owner if seen.home.kind is FileKind.DIRECTORY else node.owner
    if seen.ran_as == owner and seen.file.kind is not FileKind.HIDDEN:
        return None
    return f"user {seen.ran_as} may not look for a lock in {node.localhome}, which is {owner or 'another user'}'s"
