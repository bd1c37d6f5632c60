"""What an ssh configuration can say of one name, as a value; dial asks, ssh_config answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Directives:
    """What an ssh configuration says of one name, tokens not yet put in; the empty one says nothing."""

    host: str | None = None
    port: int | None = None
    user: str | None = None
    identities: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    identities_only: bool = False
    agent: str | None = None
    known_hosts: tuple[str, ...] = ()
    known_as: str | None = None
    jump: tuple[str, ...] = ()
    proxy_command: str | None = None


Consult = Callable[[str, str | None, int | None], Directives]
"""Ask the ssh configuration for a name, given the user and the port that are asked for, if any."""
