"""The requests that change a node; each shows a token, by which the node knows whose lock it is."""

from __future__ import annotations

from dataclasses import dataclass, field

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


Change = Claim | Release | Stage | Commit | Discard | Restore | Stop | Start

BRIEFLY_ANSWERED = (Claim, Stage, Commit)
"""Acts that are never the last of a rollout: once done, their observation is brief (see there)."""
