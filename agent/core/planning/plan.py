"""What would be done, on which nodes, in which order, and why; the rollout does it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from agent.core.observation import Incarnation  # noqa: TC001 - plan_json reads the types of fields
from agent.core.routing import ChangeClass, Confirmation

ABSENT: Final = "absent"
"""Stands for the digest of a file that is not there."""


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
    turn: no step begins its restart before all of a lower turn are done. node_id is what Jira itself calls the node.
    process is what ran when the plan was made: another one has been started since.
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
    turn: int = 0
    node_id: str | None = None
    process: Incarnation | None = None

    @property
    def removes(self) -> bool:
        """Whether the step takes the file away: putting back that there was none."""
        return self.document is not None and self.digest == ABSENT

    @property
    def stages(self) -> bool:
        """Whether a document is laid beside the file first; for a removal there is nothing to lay."""
        return self.document is not None and self.digest != ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A command around a restart: words with {node}, {address}, {cluster} still in them, where it runs, seconds."""

    run: tuple[str, ...]
    on: str = "workstation"
    timeout: float = 60.0


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
    """The steps in the order they are taken; bystanders are the cluster's other nodes, whose health counts too.

    budget is how many nodes may be down at once, whoever took them down; absent names those that are not spoken to and
    count as down (left out on purpose, or known to the cluster alone). max_failures: so many nodes may not come up
    before the rollout halts. accept_downtime: a node may be stopped although no other serves.
    consults: Jira's REST pages are asked as well (the inventory has a token). undoes is the plan that this one puts
    back. known_node_ids holds what Jira calls the cluster's nodes, as far as they are known.
    """

    id: str
    cluster: str
    shape: Shape
    change: ChangeClass
    steps: tuple[Step, ...]
    bystanders: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)
    budget: int = 1
    max_failures: int = 0
    accept_downtime: bool = False
    absent: tuple[str, ...] = ()
    consults: bool = False
    before_stop: Hook | None = None
    after_ready: Hook | None = None
    undoes: str | None = None
    known_node_ids: tuple[tuple[str, str], ...] = ()
    previous: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """Digest and bytes of each document that the steps replace, so that what was can be put back."""

    @property
    def confirmation(self) -> Confirmation:
        """What a person gives before it is carried out; an empty plan asks for nothing."""
        return self.change.confirmation if self.steps else Confirmation.NONE
