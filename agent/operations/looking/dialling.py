"""Which door a task uses: ssh, for everybody but the tests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.operations.looking.told_port import ToldPort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agent.core.node import Node
    from agent.node.port import NodePort
    from agent.operations.world import Dial


def dialling(environment: Mapping[str, str]) -> Dial:
    """Return the door that dials nodes by ssh, with the keys and settings this environment names."""

    @contextmanager
    def dial() -> Iterator[Callable[[Node], NodePort]]:
        from agent.node.ssh.adapter import Lines  # noqa: PLC0415 - a quarter of a second that only connecting tasks pay

        with Lines(environment) as lines:
            yield lines.port

    return dial


def told(dial: Dial, *, seconds: Callable[[], float], tell: Callable[[str], None]) -> Dial:
    """Return the same door, telling of each request that goes through it."""

    @contextmanager
    def dial_and_tell() -> Iterator[Callable[[Node], NodePort]]:
        with dial() as port_of:
            yield lambda node: ToldPort(port_of(node), seconds=seconds, tell=tell)

    return dial_and_tell
