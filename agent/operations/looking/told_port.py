"""A port that tells of each request how it was answered and how long that took, for whoever said --verbose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.node.port import Answer, NodePort, Request


class ToldPort:
    """Passes everything through; seconds gives the time, tell gets one line per request."""

    def __init__(self, port: NodePort, *, seconds: Callable[[], float], tell: Callable[[str], None]) -> None:
        self._port = port
        self._seconds = seconds
        self._tell = tell

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        return self._port.name

    @property
    def identity(self) -> str | None:
        """What the machine proved to be."""
        return self._port.identity

    def perform(self, request: Request) -> Answer:
        """Carry out one request and tell of it."""
        begun = self._seconds()
        answer = self._port.perform(request)
        took = 1000 * (self._seconds() - begun)
        words = f"{type(request).__name__.lower()}: {type(answer).__name__.lower()} after {took:.0f} ms"
        self._tell(f"  {self.name}: {words}{_why(answer)}")
        return answer

    def close(self) -> None:
        """Give the connection back."""
        self._port.close()


def _why(answer: Answer) -> str:
    reason = getattr(answer, "reason", "")
    return f" ({reason})" if reason else ""
