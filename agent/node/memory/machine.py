"""What is on a machine with one Jira node? A value that requests change (filing, locking) and accidents, too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.node import SystemdService
from agent.core.observation import FileKind, FolderTimes, HomeFacts
from agent.node.memory.log import JiraLog
from agent.node.memory.pretend_backups import PretendBackups
from agent.node.memory.store import PretendStore
from agent.node.port import HIGHEST_EPOCH
from agent.node.wire.facts import TICKS_PER_SECOND
from agent.node.wire.script import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.node import Node
    from agent.core.observation import LoadedMark, LockHolder, Receipt, RestView

BOOTED_AT = 1_700_000_000
TEMP = re.compile(r"\.filestore-config\.xml\.[0-9a-f]{16}(\.part)?\.tmp")
_SOUND_UNIT = (("LoadState", "loaded"), ("ActiveState", "active"), ("TimeoutStopUSec", "10min"))


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


class Folder(dict[str, Entry]):
    """The names in the localhome; changed is when one of them last came or went."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self.changed = 0.0

    def __setitem__(self, name: str, entry: Entry) -> None:
        """Lay a name there, or replace what has it."""
        if name not in self:
            self.changed = self._now()
        super().__setitem__(name, entry)

    def __delitem__(self, name: str) -> None:
        """Remove a name."""
        super().__delitem__(name)
        self.changed = self._now()

    def take(self, name: str) -> Entry | None:
        """Remove a name, if it is there."""
        entry = self.get(name)
        if entry is not None:
            del self[name]
        return entry


@dataclass(slots=True, kw_only=True)
class Jira:
    """The process: what it read at its start, and the states it will show, one for each look, the last for ever."""

    pid: int
    ticks: int
    loaded: bytes | None
    states: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How this machine's Jira behaves: states it shows while it starts, and the documents it cannot start on.

    says is what it writes into its log at a start with the file it then finds.
    """

    warm_up: tuple[str, ...] = ("STARTING",)
    chokes_on: Callable[[bytes], bool] = field(default=lambda _: False)
    says: Callable[[bytes | None], tuple[str, ...]] = field(default=lambda _: ())


class Machine:
    """Everything on one machine that a request can see or change. Its clock moves only when something happens."""

    def __init__(
        self, node: Node, *, content: bytes | None = None, running: bool = False, temper: Temper | None = None
    ) -> None:
        self.node = node
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
        self.entries = Folder(lambda: BOOTED_AT + self.ticks / TICKS_PER_SECOND)
        self.lock: LockHolder | None = None
        self.epoch = 0
        self.plan_copy: bytes | None = None
        self.log = JiraLog()
        self.store = PretendStore()
        self.backups = PretendBackups()
        self.receipts: list[Receipt] = []
        self.marks: list[LoadedMark] = []
        self.documents: dict[str, bytes] = {}
        self.missing_tools: tuple[str, ...] = ()
        self.jira: Jira | None = None
        self.rest: Callable[[], RestView | None] = lambda: None
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
            owner=self.node.owner,
            group=self.node.group,
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
        self.log.write(*self._temper.says(content))
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

    @property
    def folder_times(self) -> FolderTimes | None:
        """Return the times around the localhome, where there is no file in it."""
        if FILE_NAME in self.entries or not self.entries.changed:
            return None
        return FolderTimes(changed=self.entries.changed, lock_changed=None, booted=BOOTED_AT, slack=0.0)

    def temps(self) -> list[str]:
        """Return the temps of ours in the localhome, by name."""
        return sorted(name for name in self.entries if TEMP.fullmatch(name))

    def strays(self) -> tuple[str, ...]:
        """Return the other names in the localhome that begin like the file's."""
        alike = sorted(name for name in self.entries if name.removeprefix(".").startswith(FILE_NAME))
        return tuple(name for name in alike if name != FILE_NAME and not TEMP.fullmatch(name))

    @property
    def forgot(self) -> bool:
        """Whether what it remembers is no epoch that can be."""
        return self.epoch > HIGHEST_EPOCH and self.home.kind is FileKind.DIRECTORY

    def staged_name(self) -> str:
        """Return the name under which the lock's holder stages."""
        return _staged_name(self.lock.plan) if self.lock else ""

    def staged(self) -> str | None:
        """Return the digest of what the lock's holder has staged."""
        entry = self.entries.get(self.staged_name())
        return digest_of(entry.content) if entry else None


@lru_cache
def _staged_name(plan: str) -> str:
    return f".{FILE_NAME}.{tag_of(plan)}.tmp"
