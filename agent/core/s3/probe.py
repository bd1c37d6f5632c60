"""What is tried with a bucket, and what came back: values that node, workstation and judging share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agent.core.s3.address import BucketAddress

CONTENT: Final = b"written by filestore-agent preflight-s3; may be deleted"
"""What the tiny object holds; where only the aws command is at hand it is empty, since that takes bodies from files."""


class Verb(StrEnum):
    """What is tried of one target, in this order."""

    WRITE = "write"
    READ = "read"
    DELETE = "delete"
    LIST = "list"


class Unasked(StrEnum):
    """Why something was not tried."""

    NO_TIME = "no-time"
    NO_KEYS = "no-keys"
    NO_TOOL = "no-tool"
    BARRED = "barred"
    """The bucket's host could not be spoken to, so nothing was sent to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One target whose data goes to a bucket, and the name of the object that is tried with."""

    target: str
    key: str

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """Jira lists no backups, so nobody asks whether it could."""
        return tuple(verb for verb in Verb if verb is not Verb.LIST or self.target != "backups")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One bucket, and what is tried there."""

    address: BucketAddress
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from one request, in plain words and checked numbers; everything in it is untrusted.

    ended is the exit code of curl or aws (124: its time was over); status is HTTP's, None where there was none. code
    and message are the store's own, region where it says the bucket is. date is the server's clock and at the asker's,
    both in seconds since 1970. tagged: an ETag came, as of every object. echoed: our own content came back. version:
    the bucket keeps versions. by_aws: asked by the aws command, which follows to another region by itself.
    signed: a HEAD that bore our own signature. complaint is the tool's own.
    """

    unasked: Unasked | None = None
    ended: int = 0
    status: int | None = None
    code: str = ""
    message: str = ""
    region: str = ""
    date: int | None = None
    at: int | None = None
    by_aws: bool = False
    signed: bool = False
    tagged: bool = False
    echoed: bool = False
    listed: bool = False
    version: bool = False
    complaint: str = ""


class Surroundings(StrEnum):
    """Where Jira's variables and properties were taken from."""

    PROCESS = "process"
    UNIT = "unit"
    OWNER = "owner"
    HIDDEN = "hidden"
    WORKSTATION = "workstation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """With whose rights a bucket was asked; no value of a credential is in it.

    tool is aws, curl, boto3 or none; chain the link of the client's default chain that gave the keys; key is a short
    digest of the access key's id. caller is what STS said, None where it was not asked or did not answer.
    """

    surroundings: Surroundings
    tool: str
    chain: str
    key: str | None = None
    proxy: bool = False
    caller: str | None = None


class LookUp(StrEnum):
    """Whether the host's name has an address."""

    FOUND = "found"
    NONE = "none"
    SLOW = "slow"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Everything that was learnt of one bucket. door is the answer to a HEAD of the bucket."""

    probe: Probe
    look_up: LookUp
    door: Reply
    replies: tuple[tuple[str, Verb, Reply], ...]

    def reply(self, target: str, verb: Verb) -> Reply:
        """Return what came back for one target and verb."""
        return next(reply for name, tried, reply in self.replies if (name, tried) == (target, verb))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """What one machine learnt of all the buckets that it was asked about."""

    rights: Rights
    tried: tuple[Tried, ...]
