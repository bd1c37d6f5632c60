"""A machine with one Jira node on it, as a value that requests change: the rules of the script, told once more."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.node import SystemdService
from agent.core.observation import (
    FileKind,
    HomeFacts,
    LoadedMark,
    LockHolder,
    Receipt,
)
from agent.node.port import ABSENT
from agent.node.wire.facts import CONTENT_CAP, TICKS_PER_SECOND
from agent.node.wire.script import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.node import Node
    from agent.node.port import Claim, Commit, LockToken, Release, Restore, Stage

BOOTED_AT = 1_700_000_000
TEMP = re.compile(r"\.filestore-config\.xml\.[0-9a-f]{16}(\.part)?\.tmp")
KEPT = 20
KEPT_DOCUMENTS = 10
_STICKY, _FOR_ALL = 0o1000, 0o002
_SLACK_BYTES, _SLACK_INODES = 98304, 6
_SOUND_UNIT = (("LoadState", "loaded"), ("ActiveState", "active"), ("TimeoutStopUSec", "10min"))
_KIND_WORDS = {
    FileKind.SYMLINK: "it is a symbolic link",
    FileKind.DIRECTORY: "it is a directory",
    FileKind.FIFO: "it is a FIFO",
    FileKind.OTHER: "it is a device or a socket",
}


class Refusal(Exception):  # noqa: N818 - the machine's "no" on its way to becoming an answer
    """The machine says no and has changed nothing."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in the localhome."""

    kind: FileKind = FileKind.REGULAR
    content: bytes = b""
    mode: str = "0640"
    owner: str
    group: str
    links: int = 1
    inode: int = 0
    changed: int = 0


@dataclass(slots=True, kw_only=True)
class Jira:
    """The process: what it read at its start, and the states it will show, one for each look, the last for ever."""

    pid: int
    ticks: int
    loaded: bytes | None
    states: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How this machine's Jira behaves: states it shows while it starts, and the documents it cannot start on."""

    warm_up: tuple[str, ...] = ("STARTING",)
    chokes_on: Callable[[bytes], bool] = field(default=lambda _: False)


class Machine:
    """Everything on one machine that a request can see or change. Its clock moves only when something happens."""

    def __init__(
        self, node: Node, *, content: bytes | None = None, running: bool = False, temper: Temper | None = None
    ) -> None:
        self._node = node
        self._temper = temper or Temper()
        self._inodes = 100
        self._pids = 1000
        self.ticks = 100_000
        self.boot_id = "00000000-0000-4000-8000-000000000001"
        self.home = HomeFacts(
            kind=FileKind.DIRECTORY,
            owner=node.owner,
            group=node.group,
            mode="0750",
            device="1",
            inode="2",
            writable=True,
            free_bytes=1 << 30,
            free_inodes=1 << 20,
            filesystem="ext2/ext3",
        )
        self.entries: dict[str, Entry] = {}
        self.lock: LockHolder | None = None
        self.epoch = 0
        self.receipts: list[Receipt] = []
        self.marks: list[LoadedMark] = []
        self.documents: dict[str, bytes] = {}
        self.missing_tools: tuple[str, ...] = ()
        self.jira: Jira | None = None
        self.unit = _SOUND_UNIT if isinstance(node.service, SystemdService) else ()
        if content is not None:
            self.put(FILE_NAME, content, mode=node.mode)
        if running:
            self.start_jira()
            self.settle()

    # What may be done to the machine behind the door's back.

    def put(self, name: str, content: bytes, *, mode: str = "0640", kind: FileKind = FileKind.REGULAR) -> None:
        """Lay a name into the localhome, over whatever has it now."""
        self._inodes += 1
        self.entries[name] = Entry(
            kind=kind,
            content=content,
            mode=mode,
            owner=self._node.owner,
            group=self._node.group,
            inode=self._inodes,
            changed=self.now,
        )

    def start_jira(self) -> None:
        """Start the process unless it runs: it reads the file now, and never again."""
        if self.jira is not None:
            return
        self._pids += 1
        self.ticks += 5
        content = self.entries[FILE_NAME].content if FILE_NAME in self.entries else None
        fails = content is not None and self._temper.chokes_on(content)
        states = [*self._temper.warm_up, "ERROR" if fails else "RUNNING"]
        self.jira = Jira(pid=self._pids, ticks=self.ticks, loaded=content, states=states)

    def stop_jira(self) -> None:
        """End the process, if there is one."""
        self.jira = None

    def settle(self) -> None:
        """Let the process come to the last of its states."""
        if self.jira is not None:
            del self.jira.states[:-1]

    def reboot(self) -> None:
        """Start the machine anew: another boot id, ticks from the beginning, no process."""
        number = int(self.boot_id[-12:], 16) + 1
        self.boot_id = f"{self.boot_id[:-12]}{number:012x}"
        self.ticks = 3_000
        self.jira = None

    @property
    def now(self) -> int:
        """Seconds since the epoch by this machine's clock."""
        return BOOTED_AT + self.ticks // TICKS_PER_SECOND

    # What the verbs do, each refusing in the order of the script.

    def claim(self, request: Claim) -> None:
        """Take the lock."""
        self._ready()
        token = request.token
        if self.lock is not None:
            if _holds(self.lock, token):
                return
            raise Refusal("locked")
        if token.epoch <= self.epoch:
            raise Refusal("epoch", f"the node has seen {self.epoch}, the claim has {token.epoch}")
        self.lock = LockHolder(
            holder=request.holder, host=request.host, plan=token.plan, epoch=token.epoch, since=request.since
        )
        self.epoch = token.epoch

    def release(self, request: Release) -> None:
        """Give the lock back and remember the epoch that fences its holder."""
        if self.lock is not None and not _holds(self.lock, request.token):
            raise Refusal("not-ours", "another rollout holds it")
        if self.lock is None and not self.epoch:
            return
        self.lock = None
        self.epoch = max(self.epoch, request.raise_epoch, request.token.epoch)

    def stage(self, request: Stage) -> None:
        """Lay the document beside the target."""
        self._has_tools()
        self.must_hold(request.token)
        self._as_expected(request.expected)
        self._ready()
        self._has_room(len(request.document))
        self._remove_temps()
        if digest_of(request.document) != request.digest:
            raise Refusal("damaged", f"sent {request.digest}, arrived {digest_of(request.document)}")
        self.put(_temp_name(request.token.plan), request.document, mode=self._node.mode)

    def commit(self, request: Commit) -> None:
        """Rename the staged document over the target and leave a receipt."""
        self.must_hold(request.token)
        self._as_expected(request.expected)
        staged = self.entries.get(_temp_name(request.token.plan))
        if staged is None:
            raise Refusal("not-staged", "nothing is staged")
        if digest_of(staged.content) != request.digest:
            raise Refusal("not-staged", f"staged is {digest_of(staged.content)}")
        self._ready()
        self._keep_previous()
        self.entries[FILE_NAME] = replace(self.entries.pop(_temp_name(request.token.plan)), changed=self.now)
        if request.loaded_canonical is not None and request.loaded_ticks is not None:
            mark = LoadedMark(
                canonical=request.loaded_canonical,
                routing=request.loaded_routing or "",
                boot_id=self.boot_id,
                ticks=request.loaded_ticks,
            )
            self.marks = [*self.marks, mark][-KEPT:]
        self._leave_receipt(request)

    def restore(self, request: Restore) -> None:
        """Put an earlier document back, or the absence of one."""
        self.must_hold(request.token)
        self._as_expected(request.expected)
        if request.digest == ABSENT:
            self._keep_previous()
            self.entries.pop(FILE_NAME, None)
        else:
            content = self.documents.get(request.digest)
            if content is None:
                raise Refusal("not-kept")
            self._ready()
            self._has_room(CONTENT_CAP)
            self._remove_temps()
            self._keep_previous()
            self.put(FILE_NAME, content, mode=self._node.mode)
        self._leave_receipt(request)

    def discard(self, token: LockToken) -> None:
        """Remove temps of ours, this rollout's and dead ones'."""
        self.must_hold(token)
        self._remove_temps()

    def stop(self, token: LockToken) -> None:
        """Ask the service to stop."""
        self.must_hold(token)
        self.stop_jira()

    def start(self, token: LockToken) -> None:
        """Ask the service to start."""
        self.must_hold(token)
        self.start_jira()

    def must_hold(self, token: LockToken) -> None:
        """Refuse unless the lock is the token's."""
        if self.home.kind is not FileKind.DIRECTORY:
            self._ready()
        if self.lock is None:
            raise Refusal("not-ours", "nobody holds it")
        if not _holds(self.lock, token):
            raise Refusal("not-ours", "another rollout holds it")

    def _has_tools(self) -> None:
        if self.missing_tools:
            raise Refusal("missing-tools", " ".join(self.missing_tools))

    def _ready(self) -> None:
        self._has_tools()
        home, path = self.home, self._node.localhome
        if home.kind is FileKind.SYMLINK:
            raise Refusal("home-unsafe", f"{path} is a symbolic link")
        if home.kind is not FileKind.DIRECTORY:
            raise Refusal("no-home", path)
        if home.owner != self._node.owner:
            raise Refusal("home-unsafe", f"{path} belongs to {home.owner}")
        if int(home.mode, 8) & (_STICKY | _FOR_ALL) == _FOR_ALL:
            raise Refusal("home-unsafe", f"{path} may be written by everybody")

    def _has_room(self, length: int) -> None:
        if self.home.free_bytes is not None and self.home.free_bytes < 2 * length + _SLACK_BYTES:
            raise Refusal("no-space", f"{self.home.free_bytes} bytes are free")
        if self.home.free_inodes is not None and self.home.free_inodes < _SLACK_INODES:
            raise Refusal("no-inodes", f"{self.home.free_inodes} are free")
        if not self.home.writable:
            raise Refusal("read-only", f"{self._node.localhome} may not be written")

    def _as_expected(self, expected: str) -> None:
        found = self._digest_on_disk()
        if found != expected:
            raise Refusal("changed", f"expected {expected}, found {found}")

    def _digest_on_disk(self) -> str:
        entry = self.entries.get(FILE_NAME)
        if entry is None:
            return ABSENT
        if entry.kind is not FileKind.REGULAR:
            raise Refusal("not-a-file", _KIND_WORDS[entry.kind])
        if entry.links != 1:
            raise Refusal("hard-link", f"it has {entry.links} names")
        if len(entry.content) > CONTENT_CAP:
            raise Refusal("changed", f"it has {len(entry.content)} bytes, more than any filestore-config.xml")
        return digest_of(entry.content)

    def _keep_previous(self) -> None:
        entry = self.entries.get(FILE_NAME)
        if entry is not None:
            digest = digest_of(entry.content)
            self.documents.pop(digest, None)
            self.documents[digest] = entry.content
            for old in list(self.documents)[:-KEPT_DOCUMENTS]:
                del self.documents[old]

    def _leave_receipt(self, request: Commit | Restore) -> None:
        self.ticks += 1
        receipt = Receipt(
            digest=request.digest,
            canonical=request.canonical,
            routing=request.routing,
            previous=request.expected,
            boot_id=self.boot_id,
            ticks=self.ticks,
        )
        self.receipts = [*self.receipts, receipt][-KEPT:]

    def _remove_temps(self) -> None:
        for name in self.temps():
            del self.entries[name]

    def temps(self) -> list[str]:
        """Return the temps of ours in the localhome, by name."""
        return sorted(name for name in self.entries if TEMP.fullmatch(name))

    def staged_name(self) -> str:
        """Return the name under which the lock's holder stages."""
        return _temp_name(self.lock.plan) if self.lock else ""

    def staged(self) -> str | None:
        """Return the digest of what the lock's holder has staged."""
        entry = self.entries.get(self.staged_name())
        return digest_of(entry.content) if entry else None


def _holds(lock: LockHolder, token: LockToken) -> bool:
    return (lock.plan, lock.epoch) == (token.plan, token.epoch)


def _temp_name(plan: str) -> str:
    return f".{FILE_NAME}.{tag_of(plan)}.tmp"
