"""How a request ends: in one of four values, and never in an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Ok:
    """The request was carried out; this is the node afterwards."""

    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The node said no and changed nothing; code is a short stable word, reason a sentence, and the node as it is."""

    code: str
    reason: str
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """Never connected, or not let in: nothing happened. The reason names the phase that failed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """It may or may not have happened, or the answer was garbled: look before acting.

    torn: it came whole and contradicts itself, as when the file is replaced between two looks at it; a second look at
    once most likely says more.
    """

    reason: str
    torn: bool = False


Answer = Ok | Refused | Unreachable | Lost
