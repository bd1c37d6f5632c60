"""Which door a task uses: ssh, for everybody but the tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agent.core.node import Node
    from agent.node.port import NodePort
    from agent.operations.world import Dial


def dialling(environment: Mapping[str, str]) -> Dial:
    """Return the door that dials nodes by ssh, with the keys and settings this environment names."""

    @contextmanager
    def dial() -> Iterator[Callable[[Node], NodePort]]:
        from agent.node.ssh import Lines  # noqa: PLC0415 - a quarter of a second that only connecting tasks pay

        with Lines(environment) as lines:
            yield lines.port

    return dial
