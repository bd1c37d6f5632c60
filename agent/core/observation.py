"""What one node says of itself in one round trip: facts only, judged elsewhere (core/judging)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.s3.brought import Brought
    from agent.core.s3.probe import StoreView


class FileKind(StrEnum):
    """What lies at the target path, by lstat: a link is never followed."""

    REGULAR = "regular"
    ABSENT = "absent"
    SYMLINK = "symlink"
    DIRECTORY = "directory"
    FIFO = "fifo"
    OTHER = "other"
    HIDDEN = "hidden"
    """The script's user may not look into the localhome; nothing is known about the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """The file as it is: mode as four octal digits, times in whole seconds since the epoch by the node's clock.

    The content is None where it was not read: not a regular file, not readable, or larger than the cap of 64 KiB.
    The digest is "sha256:" and 64 hex digits, computed by the controller from the content.
    """

    kind: FileKind
    size: int = 0
    mode: str = ""
    owner: str = ""
    group: str = ""
    links: int = 1
    device: str = ""
    inode: str = ""
    mtime: int = 0
    ctime: int = 0
    content: bytes | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """The localhome folder; writable says whether the file's owner may create files in it (None: not known)."""

    kind: FileKind
    owner: str = ""
    group: str = ""
    mode: str = ""
    device: str = ""
    inode: str = ""
    writable: bool | None = None
    free_bytes: int | None = None
    free_inodes: int | None = None
    filesystem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTimes:
    """Times around the localhome, in seconds of the node's clock with their fractions.

    changed: when a name last came, went or was renamed in it; lock_changed: when Jira's own lock file in it was last
    altered, which may be when Jira made it (None: there is none). booted is when the machine was, by which start ticks
    become a time; slack is how far that may be wrong.
    """

    changed: float
    lock_changed: float | None
    booted: float
    slack: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a commit left behind: which document, and when by the node's own clock of boot id and start ticks.

    previous is the digest that the commit replaced ("absent" where there was none); routing is the one-line form of
    core/routing, so that a later reader knows where a loaded document sent the data without fetching it.
    """

    digest: str
    canonical: str
    routing: str
    previous: str
    boot_id: str
    ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedMark:
    """Evidence, noted at a commit, of what one process had loaded before it: the process is named by boot and ticks."""

    canonical: str
    routing: str
    boot_id: str
    ticks: int


class Presence(StrEnum):
    """Whether the process that uses this localhome was found."""

    FOUND = "found"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The Jira process: start in clock ticks since boot, the home it was started with, and by which evidence found."""

    presence: Presence
    pid: int | None = None
    start_ticks: int | None = None
    home: str | None = None
    evidence: str = ""
    elsewhere: tuple[str, ...] = ()
    """The homes of other Jira processes on the machine, at most eight; looked for only where none has this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incarnation:
    """One process of one boot: start ticks count from the boot, so only the pair names the process."""

    boot_id: str
    ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMark:
    """A place in Jira's own log: which file by its inode, and how long it was. What comes after it is news."""

    inode: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogExcerpt:
    """The lines of the log after a mark that bear a known sign, oldest first, printable and cut; evidence, no verdict.

    whole is False where more lines bore one than were carried, or where the mark's file could not be found again.
    """

    lines: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One node as the cluster itself lists it (GET /rest/api/2/cluster/nodes); healthy is ACTIVE and alive.

    version is that of the node's Jira; None where the page leaves it open.
    """

    node_id: str
    state: str
    alive: bool
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """One of Jira's own checks (GET /rest/troubleshooting/1.0/check/)."""

    name: str
    healthy: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSummary:
    """How far the node's index is (GET /rest/api/2/index/summary); node_id is whose page answered."""

    node_id: str | None
    readable: bool
    in_database: int
    in_index: int
    queued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestView:
    """What Jira's REST pages said, asked of the node itself. None: not asked, or not to be had (then faults says why).

    upgrade is the state of the vendor's zero-downtime upgrade (GET /rest/api/2/cluster/zdu/state), such as STABLE.
    """

    members: tuple[Member, ...] | None = None
    checks: tuple[HealthCheck, ...] | None = None
    index: IndexSummary | None = None
    upgrade: str | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """The answer of /status: HTTP code and state, or the reason why there is none.

    refused is true when nobody listens on the port, which is a fact; any other failure leaves all three open.
    """

    code: int | None = None
    state: str | None = None
    refused: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Who holds the node: since is ISO 8601 by the holder's clock, for people only; plan and epoch are compared."""

    holder: str
    host: str
    plan: str
    epoch: int
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One node's letter. Every field comes from the node and is untrusted text or a checked number.

    ran_as is the user the script ran as; it differs from the owner where sudo was not allowed (degraded).
    brief says that an act answered with the file and our folder alone: process, status and home were not asked, and
    nothing is judged by it. epoch is the highest the node has seen; staged is the digest of the lock's holder's staged
    document, if any.
    btime and ticks_per_second turn start ticks into seconds of the node's clock.
    """

    ran_as: str
    boot_id: str
    btime: int
    ticks_per_second: int
    now: int
    file: FileFacts
    home: HomeFacts
    process: Process
    status: StatusPage
    folder: FolderTimes | None = None
    """Only where a look has found no file, since else its own times tell more."""
    receipts: tuple[Receipt, ...] = ()
    loaded: tuple[LoadedMark, ...] = ()
    lock: LockHolder | None = None
    epoch: int = 0
    staged: str | None = None
    leftovers: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    """Other names in the localhome that begin like the file's, at most twenty; none of them is a temp of ours."""
    ours_hidden: bool = False
    """Our folder is there, and the script's user may not read it: lock, receipts and marks are not known then."""
    node_id: str | None = None
    machine_id: str | None = None
    host_name: str = ""
    container: str | None = None
    missing_tools: tuple[str, ...] = ()
    brief: bool = False
    unit: tuple[tuple[str, str], ...] = ()
    """Facts of the systemd unit (LoadState, ActiveState, MainPID, TimeoutStopUSec, FragmentPath), where asked for."""
    log: LogMark | None = None
    """The end of log/atlassian-jira.log in the localhome at this moment; None where there is none to be read."""
    excerpt: LogExcerpt | None = None
    """Only in the answer to ReadLog."""
    rest: RestView | None = None
    """Only in the answer to Consult."""
    plan_copy: bytes | None = field(default=None, repr=False)
    """Only in the answer to Recall: the plan that the lock's holder left here, None where there is none."""
    brought: Brought | None = None
    """Only in the answer to an errand for a backup (agent/node/restoring)."""
    stores: StoreView | None = None
    """Only in the answer to ProbeStores."""
