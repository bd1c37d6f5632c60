"""Whether Jira runs on a node: its state, which is another question than the node's standing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.observation import Presence

if TYPE_CHECKING:
    from agent.core.observation import Observation, StatusPage


class State(StrEnum):
    """What Jira does on one node. Only RUNNING serves users."""

    RUNNING = "running"
    STARTING = "starting"
    MAINTENANCE = "maintenance"
    ERROR = "error"
    DOWN = "down"
    UNKNOWN = "unknown"


_STATES = {
    (200, "RUNNING"): State.RUNNING,
    (200, "STARTING"): State.STARTING,
    (200, "FIRST_RUN"): State.STARTING,
    (503, "MAINTENANCE"): State.MAINTENANCE,
    (500, "ERROR"): State.ERROR,
}
"""Code and word together (Atlassian, "Jira status endpoint response meanings"); either alone proves nothing.

200 STOPPING is left out on purpose: a node on its way down is not running and not yet down, and only a later look
tells which; so is any answer that a login page or a proxy could have given.
"""


def state_of(observation: Observation | None) -> State:
    """Return the state that an observation proves; UNKNOWN where there is none or where it contradicts itself."""
    if observation is None:
        return State.UNKNOWN
    if observation.status.refused:
        return _state_without_listener(observation.process.presence)
    return _state_on_page(observation.status, observation.process.presence)


def _state_without_listener(presence: Presence) -> State:
    """A refused port with a process behind it is a Jira that has not opened it yet (or is closing it)."""
    match presence:
        case Presence.NONE:
            return State.DOWN
        case Presence.FOUND:
            return State.STARTING
        case Presence.UNKNOWN:
            return State.UNKNOWN


def _state_on_page(page: StatusPage, presence: Presence) -> State:
    """A page that answers although no process uses this localhome belongs to another Jira."""
    if presence is Presence.NONE or page.code is None or page.state is None:
        return State.UNKNOWN
    return _STATES.get((page.code, page.state), State.UNKNOWN)
