"""What happens before a node is stopped and after it is ready: the question whether it may be, and the hooks."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.observation import Incarnation, LogMark  # noqa: TC001 - events_json reads the types of fields
from agent.core.rollout.events.words import Act, Cause  # noqa: TC001 - events_json reads the types of fields


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCleared:
    """All that count were looked at just now, and this node may be stopped; process is what runs on it."""

    node: str
    state: str
    process: Incarnation | None
    at: str = ""
    log: LogMark | None = None
    """Where Jira's log ended then: what a later start says comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearancePostponed:
    """The node may not be stopped now, since others of this rollout are on their way: asked again after them."""

    node: str
    other: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceLapsed:
    """So long has passed since the node was cleared that it is asked anew (a sleeping workstation, a busy service)."""

    node: str
    seconds: float
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceDenied:
    """The node may not be stopped now, because of what another one (or itself) is or does not answer."""

    node: str
    other: str
    cause: Cause
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDrained:
    """The hook before the stop has ended well."""

    node: str
    seconds: float
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAdmitted:
    """The hook after the node was ready has ended well."""

    node: str
    seconds: float
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReadmitted:
    """The same hook, for a node that was drained and serves on as it was before."""

    node: str
    seconds: float
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFailed:
    """A hook ended badly, or not at all in its time; the balancer may have heard half of it."""

    act: Act
    node: str
    reason: str
    output: str
    at: str = ""
