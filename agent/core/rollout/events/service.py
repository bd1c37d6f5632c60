"""What happens to the process of a node: stopped, started, waited for, ready, or not."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.observation import HealthCheck, Incarnation  # noqa: TC001 - events_json reads the types of fields
from agent.core.rollout.events.words import Act  # noqa: TC001 - events_json reads the types of fields


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked:
    """The service was told to stop."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStopped:
    """No process uses the localhome any more."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAsked:
    """The service was told to start, or a new process shows that it was.

    receipt: the look also showed the commit that this process is younger than.
    """

    node: str
    at: str = ""
    receipt: Incarnation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSeen:
    """A node that is waited for has changed its state, or spoiled a row of good looks (which starts anew then)."""

    node: str
    state: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAwaited:
    """The node is still waited for, told once a minute: so many seconds now, of at most limit.

    It moves nothing, but is an event like the others: every listener hears of it in the one way there is, and the
    journal of a controller that died shows to the minute until when it lived. It is not brought to the disk by itself.
    """

    act: Act
    node: str
    state: str
    seconds: float
    limit: float
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProgressed:
    """A node that takes long is getting on (a reindex, a catch-up): the deadline counts from here."""

    node: str
    what: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadySeen:
    """One good look at the new process: 200 and RUNNING together; streak counts how many in a row."""

    node: str
    streak: int
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReady:
    """Done in the full sense: right bytes, a process started after them, good several times in a row."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRevived:
    """A node that we had stopped serves again, with the file it had before."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSick:
    """The node is down or wrong, and waiting would not change that.

    check is Jira's own check of its filestores that fails: the bucket's or the permissions', so every node's.
    """

    node: str
    reason: str
    at: str = ""
    check: HealthCheck | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """Patience ended after so many seconds; nothing was killed, and the node may still get there."""

    act: Act
    node: str
    seconds: float
    reason: str
    at: str = ""
