"""The one door to a node: requests and answers as values, and the protocol that every adapter implements."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agent.core.observation import LogMark, Observation

ABSENT = "absent"
"""The digest of a file that is not there."""
HIGHEST_EPOCH = 10**12 - 1
"""Epochs are counted one by one, so that nobody comes near it: a higher one is damaged or forged, and is not followed.

It is all the digits that the shapes on the node take (agent/node/wire/script/prelude.sh).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockToken:
    """What a holder shows to prove that the lock on the node is its own."""

    plan: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Observe:
    """Look and change nothing; the bytes that travel for it hold no command that could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine(Observe):
    """Look as Observe does, and ask systemd after the unit as well, also where Jira's lock names the process."""


class Page(StrEnum):
    """A page of Jira's REST interface that a node is asked for."""

    MEMBERS = "members"
    CHECKS = "checks"
    INDEX = "index"
    UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult(Observe):
    """Look as Observe does, and ask the node's own Jira for these pages; the token never enters an argument list."""

    pages: frozenset[Page]
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog(Observe):
    """Look as Observe does, and bring the lines of Jira's log after the mark that bear a sign (None: its last part)."""

    since: LogMark | None
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Observe):
    """Look as Observe does, and bring the copy of the plan that the lock's holder left on the node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Take the lock if it is free and the epoch is higher than any the node has seen, or if it is ours already.

    A lock of the same plan at a lower epoch is taken over, so that a rollout can be resumed; its old holder is fenced.
    So is one of the plan `undoes`, which is put back: the node is never without a lock in between.
    plan_copy, where given, is kept on the node until the lock is released, so that others can resume. An epoch above
    HIGHEST_EPOCH is refused before anything is written.
    """

    token: LockToken
    holder: str
    host: str
    since: str
    plan_copy: bytes = field(default=b"", repr=False)
    undoes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Give the lock back if plan and epoch are those on the node; remembers raise_epoch, which fences the holder.

    What the node remembers never goes down. An epoch above HIGHEST_EPOCH is refused before anything is written.
    """

    token: LockToken
    raise_epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Put the document beside the target: temp in the same folder, mode and group set, fsynced, digest checked.

    Refused unless the lock is ours and the file on disk has the expected digest (ABSENT where there must be none).
    """

    token: LockToken
    document: bytes = field(repr=False)
    digest: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Replace the file by the staged document: keep the previous, rename, fsync the folder, leave a receipt.

    Refused unless the lock is ours, the staged digest is the given one and the file on disk is still the expected.
    canonical and routing go into the receipt. loaded_canonical and loaded_routing, where known, are what the running
    process (named by its start ticks) has in force now; the node keeps them as a loaded mark.
    """

    token: LockToken
    digest: str
    expected: str
    canonical: str
    routing: str
    loaded_canonical: str | None = None
    loaded_routing: str | None = None
    loaded_ticks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discard:
    """Remove what we staged, and temps of ours that a dead rollout left."""

    token: LockToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Put the document with this digest back (kept by an earlier commit), or remove the file where it is ABSENT.

    Refused unless the lock is ours and the file on disk has the expected digest. Leaves a receipt as Commit does.
    """

    token: LockToken
    digest: str
    expected: str
    canonical: str
    routing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Ask the service to stop and return at once; whether it has stopped is observed."""

    token: LockToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Ask the service to start and return at once; whether it is ready is observed."""

    token: LockToken


Request = Observe | Claim | Release | Stage | Commit | Discard | Restore | Stop | Start

BRIEFLY_ANSWERED = (Claim, Stage, Commit)
"""Acts that are never the last of a rollout: once done, their observation is brief (see there)."""


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
    """It may or may not have happened, or the answer was garbled: look before acting."""

    reason: str


Answer = Ok | Refused | Unreachable | Lost


class NodePort(Protocol):
    """The only way to reach a node. One request is one round trip; no request raises, each ends in an Answer."""

    @property
    def name(self) -> str:
        """The node's name in the inventory."""
        ...

    @property
    def identity(self) -> str | None:
        """What the machine proved to be (by ssh its host key, as SHA256:...); None before it proved anything."""
        ...

    def perform(self, request: Request) -> Answer:
        """Carry out one request within its deadline."""
        ...

    def close(self) -> None:
        """Give the connection back; never raises, and may be called twice."""
        ...
