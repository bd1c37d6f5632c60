"""Which ports a lab may use for its status pages: free ones that no outgoing connection is given meanwhile."""

from __future__ import annotations

import random
import socket

RANGE = range(20000, 32000)
"""Below Linux' ephemeral ports (ip_local_port_range, from 32768): a node that is down keeps its port meanwhile."""


def free_ports(count: int) -> tuple[int, ...]:
    """Return that many different ports of the loopback address on which nobody listens."""
    candidates = iter(random.sample(RANGE, len(RANGE)))
    found: list[int] = []
    while len(found) < count:
        port = next(candidates)
        if _is_free(port):
            found.append(port)
    return tuple(found)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
