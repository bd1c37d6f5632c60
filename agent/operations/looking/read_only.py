"""The door for tasks that only look: through it no request can go that changes a node."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.node.looks import LOOKS, Observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.core.node import Node
    from agent.node.answers import Answer
    from agent.node.port import NodePort
    from agent.operations.world import World


class ReadOnlyPort:
    """A port whose one verb is to look; what it is given is checked once more before it goes through."""

    def __init__(self, port: NodePort) -> None:
        self._port = port

    def look(self, request: Observe) -> Answer:
        """Look at the node.

        Raises:
            TypeError: this is no look. Nothing has gone through.

        """
        if type(request) not in LOOKS:
            raise TypeError(f"{type(request).__name__} is no look, and nothing else goes through this door")
        return self._port.perform(request)

    def close(self) -> None:
        """Give the connection back."""
        self._port.close()


@contextmanager
def reading(world: World) -> Iterator[Callable[[Node], ReadOnlyPort]]:
    """Open the world's door for looking alone; what was opened is closed when the block ends."""
    with world.dial() as port_of:
        yield lambda node: ReadOnlyPort(port_of(node))
