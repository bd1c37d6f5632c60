"""A port that remembers what its node said last, so that the end of a rollout needs no further look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.node.port import Ok, Refused

if TYPE_CHECKING:
    from agent.node.port import Answer, NodePort, Request


class LastSeen:
    """Passes everything through; `answer` is the last one, None before the first, without the copy of a plan in it."""

    def __init__(self, port: NodePort) -> None:
        self._port = port
        self.answer: Answer | None = None

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        return self._port.name

    @property
    def identity(self) -> str | None:
        """What the machine proved to be."""
        return self._port.identity

    def perform(self, request: Request) -> Answer:
        """Carry out one request and remember the answer."""
        answer = self._port.perform(request)
        self.answer = _without_copy(answer)
        return answer

    def close(self) -> None:
        """Give the connection back."""
        self._port.close()


def _without_copy(answer: Answer) -> Answer:
    """What has megabytes on each node is for whoever asked for it, and not to be remembered for each."""
    if not isinstance(answer, Ok | Refused) or answer.observation.plan_copy is None:
        return answer
    return replace(answer, observation=replace(answer.observation, plan_copy=None))
