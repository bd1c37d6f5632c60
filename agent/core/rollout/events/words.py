"""In which words do events speak: the acts that change a node, and the causes of a halt."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """The moves that change a node; each is announced by a MoveStarted before its request is sent."""

    CLAIM = "claim"
    STAGE = "stage"
    STOP = "stop"
    COMMIT = "commit"
    START = "start"
    DISCARD = "discard"
    RESTORE = "restore"
    RELEASE = "release"
    DRAIN = "drain"
    """The hook before the stop: runs on the workstation or another host, never on the node."""
    ADMIT = "admit"
    """The hook after the node is ready."""


class Cause(StrEnum):
    """Why a rollout halted, in one word; core/rollout/outcome weighs it together with what had been changed by then."""

    REFUSED = "refused"
    """A node, or a guard of ours, said no."""
    LOCKED = "locked"
    """Another rollout holds a node, or held it since the epoch was chosen."""
    UNREACHABLE = "unreachable"
    """A node that is needed cannot be reached."""
    UNCERTAIN = "uncertain"
    """An answer was lost, and the node cannot be read."""
    SICK = "sick"
    """A node is down or wrong after we touched it."""
    INTERRUPTED = "interrupted"
    """The user or the system asked us to stop."""
    PAUSED = "paused"
    """As many nodes are done as were asked for before a pause."""
    HOOK = "hook"
    """A drain hook did not do its work."""
