"""A port that remembers what its node said last, so that the end of a rollout needs no further look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.node.port import Answer, NodePort, Request


class LastSeen:
    """Passes everything through; `answer` is the last one, None before the first."""

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
        self.answer = self._port.perform(request)
        return self.answer

    def close(self) -> None:
        """Give the connection back."""
        self._port.close()
