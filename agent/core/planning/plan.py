"""What would be done, on which nodes, in which order, and why; the rollout does it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.routing import ChangeClass


class Shape(StrEnum):
    """The order of the acts. Every restart is stop, commit, start, so no node rests on a file it has not loaded."""

    COMMIT = "commit"
    """Stage on all, vote, commit on all; nobody restarts."""
    ROLLING = "rolling"
    """Stage on all, vote, then node by node: stop, commit, start, wait until ready."""
    TOGETHER = "together"
    """Stage on all, vote, stop all, commit all, start all."""
    RESTART = "restart"
    """Node by node: stop, start, wait until ready; no document travels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node's part. expected is the digest on disk that the plan was made from ("absent" where there is no file).

    document is None where the node's file is right already and only a restart is due; restart is False where the node
    only gets its file. running tells whether Jira served when the plan was made: those that did not come first.
    The loaded_ values are what the node's process has in force, where that is known; they travel into the commit.
    The expected_ values are the meaning of the file that the plan was made from, for the receipt when it is put back.
    owner, group and mode are what a commit is held to when it is read back; None is not checked.
    """

    node: str
    reason: str
    expected: str
    digest: str
    canonical: str
    routing: str
    restart: bool
    running: bool
    document: bytes | None = field(default=None, repr=False)
    loaded_canonical: str | None = None
    loaded_routing: str | None = None
    loaded_ticks: int | None = None
    expected_canonical: str | None = None
    expected_routing: str | None = None
    owner: str | None = None
    group: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a node may take to become ready, how many good looks in a row prove it, and the pause between them.

    A started process must show within appear_timeout; one that has ended must be back within return_timeout, which
    leaves a service manager the time to bring it back.

    All in seconds except the streak. A timeout halts the rollout; it never kills a process.
    """

    ready_timeout: float = 7200.0
    ready_streak: int = 3
    ready_interval: float = 5.0
    stop_timeout: float = 600.0
    appear_timeout: float = 60.0
    return_timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps in the order they are taken; bystanders are the cluster's other nodes, whose health counts too."""

    id: str
    cluster: str
    shape: Shape
    change: ChangeClass
    steps: tuple[Step, ...]
    bystanders: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)
