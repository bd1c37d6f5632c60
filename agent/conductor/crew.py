"""Who carries requests to the nodes? At most so many at a time, and none of them outlives the program's wish to end."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agent.core.rollout.hooks import HookCall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.rollout.hooks import HookEnd
    from agent.core.rollout.moves import ActingMove, LookingMove
    from agent.node.port import Answer, NodePort, Request

    Delivered = Answer | HookEnd | Exception
    Order = tuple[ActingMove | LookingMove, str, Request | HookCall]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came back for one request of a move; an exception is a fault of the port, which promises to raise none."""

    move: ActingMove | LookingMove
    node: str
    answer: Delivered


class Crew(Protocol):
    """Carries requests and gives the answers back in the order in which they arrive."""

    def send(self, move: ActingMove | LookingMove, node: str, request: Request | HookCall) -> None:
        """Take a request; returns at once, or when the answer is there."""
        ...

    def receive(self, seconds: float | None) -> Delivery | None:
        """Return the next answer, or None when none came within so many seconds (None: wait for it)."""
        ...

    def dismiss(self) -> None:
        """Take no more requests; does not wait for those under way."""
        ...


def crew_of(size: int, ports: Mapping[str, NodePort], hooks: Callable[[HookCall], HookEnd]) -> Crew:
    """Return a crew of at most that many threads; one alone works in the caller's own thread."""
    errands = Errands(ports, hooks)
    return _Alone(errands) if size <= 1 else _Threads(size, errands)


class Errands:
    """How one request is carried: to its node's port, or to whoever runs hooks."""

    def __init__(self, ports: Mapping[str, NodePort], hooks: Callable[[HookCall], HookEnd]) -> None:
        self._ports = ports
        self._hooks = hooks

    def carry(self, move: ActingMove | LookingMove, node: str, request: Request | HookCall) -> Delivery:
        """Return what came back, an exception included; never raises."""
        try:
            answer: Delivered = self._answer(node, request)
        except Exception as fault:  # noqa: BLE001 - whatever a port raises must become that node's fault, never silence
            answer = fault
        return Delivery(move=move, node=node, answer=answer)

    def _answer(self, node: str, request: Request | HookCall) -> Answer | HookEnd:
        return self._hooks(request) if isinstance(request, HookCall) else self._ports[node].perform(request)


class _Alone:
    """No threads: each answer is there before the next request is taken, in a fixed order."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._done: list[Delivery] = []

    def send(self, move: ActingMove | LookingMove, node: str, request: Request | HookCall) -> None:
        self._done.append(self._errands.carry(move, node, request))

    def receive(self, seconds: float | None) -> Delivery | None:
        del seconds
        return self._done.pop(0) if self._done else None

    def dismiss(self) -> None:
        self._done.clear()


class _Threads:
    """Daemon threads, hired when there is work: each request has its own deadline, so none stays for ever."""

    def __init__(self, size: int, errands: Errands) -> None:
        self._size = size
        self._errands = errands
        self._hired = 0
        self._open = 0
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Delivery] = queue.SimpleQueue()

    def send(self, move: ActingMove | LookingMove, node: str, request: Request | HookCall) -> None:
        self._open += 1
        if self._hired < min(self._size, self._open):
            self._hired += 1
            threading.Thread(target=self._work, name=f"crew-{self._hired}", daemon=True).start()
        self._orders.put((move, node, request))

    def receive(self, seconds: float | None) -> Delivery | None:
        try:
            delivery = self._done.get(timeout=seconds)
        except queue.Empty:
            return None
        self._open -= 1
        return delivery

    def dismiss(self) -> None:
        for _ in range(self._hired):
            self._orders.put(None)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            self._done.put(self._errands.carry(*order))
