"""What a rollout may do next, as values: imperatives that the conductor turns into requests to nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.rollout.events import Act, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLock:
    """Take the lock on one node."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDocument:
    """Put the step's document beside the file, and so ask for the node's vote."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClearance:
    """Look at the node and at all others that count, and judge whether the node may be stopped now.

    taken names those of this rollout that are on their way: they count as down, whatever they say.
    """

    node: str
    others: tuple[str, ...]
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainNode:
    """Run the hook before the stop."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitNode:
    """Run the hook after a node is ready, or serves on as it was."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopNode:
    """Tell the service to stop."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitStopped:
    """Look until the process is gone or patience ends."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitDocument:
    """Make the staged document the file."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartNode:
    """Tell the service to start."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitReady:
    """Look until the new process is ready, has failed for good, or patience ends; the witnesses say if they see it.

    Who is asked may change while it is waited for: it is the same wait, with the same patience.
    """

    node: str
    witnesses: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnose:
    """Read in Jira's log why a node did not come up."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardStaged:
    """Remove what was staged."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDocument:
    """Put the file back that lay there before the rollout."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """Read a node in doubt: whether the act happened whose answer was lost, or (None) where its step stands at all."""

    node: str
    act: Act | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLock:
    """Give the lock on one node back."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltRollout:
    """Say that no new work begins; touches no node."""

    cause: Cause
    node: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipStep:
    """Give a node up under the failure budget; touches no node."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRollout:
    """Say how it ended; touches no node."""


ActingMove = (
    ClaimLock
    | StageDocument
    | DrainNode
    | StopNode
    | CommitDocument
    | StartNode
    | AdmitNode
    | DiscardStaged
    | RestoreDocument
    | ReleaseLock
)
LookingMove = AskClearance | AwaitStopped | AwaitReady | LookAgain | Diagnose
SayingMove = HaltRollout | SkipStep | EndRollout
"""Moves that touch nobody."""
Move = ActingMove | LookingMove | SayingMove
