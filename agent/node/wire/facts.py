"""What the headers of a node's letter mean: each checked by a grammar of its own, and joined to one observation."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.document import digest_of
from agent.core.filestore import FILE_NAME
from agent.core.node import SystemdService
from agent.core.observation import (
    FileFacts,
    FileKind,
    HomeFacts,
    LogMark,
    Observation,
    Presence,
    Process,
    StatusPage,
)
from agent.node.wire.folder import folder_times_in
from agent.node.wire.grammar import matching, number, yes
from agent.node.wire.ours import BOOT_ID, epoch_in, lock_in, traces_in
from agent.node.wire.plain import Garbled, Torn, printable
from agent.node.wire.rest_pages import rest_view_in
from agent.node.wire.status_page import page_of

if TYPE_CHECKING:
    from agent.core.node import Node

CONTENT_CAP = 1 << 16
"""A filestore-config.xml has a few hundred bytes; of a larger file only the facts are read."""
LOG = "log/atlassian-jira.log"
TICKS_PER_SECOND = 100
"""The unit of /proc/PID/stat: USER_HZ is 100 on every architecture that Jira runs on (linux/asm-generic/param.h)."""
_ONCE = {
    "verdict", "detail", "inside", "hidden", "btime", "node-id", "lock", "epoch", "sees-all", "process", "home", "page",
    "boot", "machine", "host", "container", "missing", "writable", "space", "folder", "length", "copy", "first", "last",
    "whole", "rights", "caller", "bucket-rights", "import-space", "fetched", "digests", "digests-fault", "archive",
    "finished", "aside",
}  # fmt: skip
_OFTEN = {
    "bucket-said": 3,
    "import-file": 3,
    "stat": 8,
    "trace": 99,
    "unit": 8,
    "leftover": 4096,
    "rest": 4,
    "sum": 3,
    "elsewhere": 8,
    "stray": 20,
    "store": 64,
}
_KINDS = {0x8: FileKind.REGULAR, 0xA: FileKind.SYMLINK, 0x4: FileKind.DIRECTORY, 0x1: FileKind.FIFO}
_STAT_WORDS, _SPACE_NUMBERS = 10, 4
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})\Z")
_TIME = re.compile(r"-?(0|[1-9][0-9]{0,11})\Z")
_ID = re.compile(r"[0-9]{1,10}\Z")
_HEX_MODE = re.compile(r"[0-9a-f]{1,8}\Z")
_SUM = re.compile(r"([0-9a-f]{64})  (\S+)\Z")
_LEFTOVER = re.compile(r"\.filestore-config\.xml\.[A-Za-z0-9._-]+\.tmp\Z")
_NODE_ID = re.compile(r"\s*jira\.node\.id(?:\s*[=:]\s*|\s+)(.*?)\s*\Z", re.DOTALL)


class Headers:
    """The headers of one letter: known names only, each as often as it may come."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            values = self._values.setdefault(name, [])
            values.append(value)
            if len(values) > (1 if name in _ONCE else _OFTEN.get(name, 0)):
                raise Garbled(f"the header {printable(name, 30)} is unknown or comes too often")

    def only(self, name: str) -> str:
        """Return the value of a header that must be there."""
        value = self.maybe(name)
        if value is None:
            raise Garbled(f"the header {name} is missing")
        return value

    def maybe(self, name: str) -> str | None:
        """Return the value of a header, or None where there is none."""
        return next(iter(self._values.get(name, ())), None)

    def every(self, name: str) -> list[str]:
        """Return all values of a header that may come several times."""
        return self._values.get(name, [])


def observation_from(node: Node, headers: Headers, content: bytes | None) -> Observation:
    """Join the headers and the file's bytes; raises Garbled where anything is not as it must be."""
    page = headers.only("page")
    if page == "not-asked":
        return _brief(node, headers, content)
    stats = _stats_of(node, headers)
    sums = dict(_sum(value) for value in headers.every("sum"))
    ran_as = stats["self"].owner
    lock, tag = lock_in(headers.maybe("lock"))
    receipts, marks = traces_in(headers.every("trace"))
    staged = f".{FILE_NAME}.{tag}.tmp"
    return Observation(
        ran_as=ran_as,
        boot_id=matching(BOOT_ID, headers.only("boot"), "boot"),
        btime=number(headers.only("btime"), "btime"),
        ticks_per_second=TICKS_PER_SECOND,
        now=stats["self"].mtime,
        file=_file(headers, stats, sums, content),
        home=_home(headers, stats, trusted=ran_as == node.owner),
        process=_process(headers, sees_all=yes(headers.only("sees-all")) or ran_as == node.owner),
        status=page_of(page),
        folder=folder_times_in(headers.maybe("folder")),
        receipts=receipts,
        loaded=marks,
        lock=lock,
        epoch=max(epoch_in(headers.maybe("epoch"), node.localhome), lock.epoch if lock else 0),
        staged=f"sha256:{sums[staged]}" if staged in sums else None,
        leftovers=tuple(_leftover(value) for value in headers.every("leftover") if value != staged),
        strays=tuple(printable(name, 120) for name in headers.every("stray")),
        ours_hidden=_is_hidden(stats.get("ours"), ran_as),
        node_id=_node_id(headers.maybe("node-id")),
        machine_id=printable(headers.only("machine"), 64) or None,
        host_name=printable(headers.only("host")),
        container=printable(headers.only("container"), 20) or None,
        missing_tools=tuple(printable(name, 40) for name in headers.only("missing").split()),
        unit=tuple(_fact(value) for value in headers.every("unit")) if isinstance(node.service, SystemdService) else (),
        log=_log(stats),
        rest=rest_view_in(headers.every("rest")),
    )


def _brief(node: Node, headers: Headers, content: bytes | None) -> Observation:
    """Read the letter of an act that tells what it touched, and leaves the rest to the last one."""
    stats = _stats_of(node, headers)
    sums = dict(_sum(value) for value in headers.every("sum"))
    lock, tag = lock_in(headers.maybe("lock"))
    receipts, marks = traces_in(headers.every("trace"))
    staged = sums.get(f".{FILE_NAME}.{tag}.tmp")
    return Observation(
        brief=True,
        ran_as=stats["self"].owner,
        boot_id=matching(BOOT_ID, headers.only("boot"), "boot"),
        btime=0,
        ticks_per_second=TICKS_PER_SECOND,
        now=stats["self"].mtime,
        file=_file(headers, stats, sums, content),
        home=_home(headers, stats, trusted=False),
        process=Process(presence=Presence.UNKNOWN, evidence="not asked"),
        status=StatusPage(reason="not asked"),
        receipts=receipts,
        loaded=marks,
        lock=lock,
        epoch=max(epoch_in(headers.maybe("epoch"), node.localhome), lock.epoch if lock else 0),
        staged=staged and f"sha256:{staged}",
    )


def _stats_of(node: Node, headers: Headers) -> dict[str, FileFacts]:
    """Read the lines of stat by the name at their end: the very paths that were asked for, and no others."""
    names = {
        node.localhome: "home",
        ".": ".",
        FILE_NAME: "file",
        ".jira-home.lock": "jira lock",
        ".filestore-agent": "ours",
        LOG: "log",
    }
    found: dict[str, FileFacts] = {}
    for line in headers.every("stat"):
        *_, path = parts = line.split(" ", _STAT_WORDS - 1)
        name = "self" if re.fullmatch(r"/proc/[0-9]+", path) and path != node.localhome else names.get(path)
        if len(parts) != _STAT_WORDS or name is None or name in found:
            raise Garbled(f"a file was described that was not asked for: {printable(line, 120)}")
        found[name] = _facts(parts)
    if "self" not in found:
        raise Garbled("the letter does not say as whom it was written")
    return found


def _facts(parts: list[str]) -> FileFacts:
    mode_word, size, owner, group, links, device, inode, mtime, ctime, _ = parts
    mode = int(matching(_HEX_MODE, mode_word, "mode"), 16)
    return FileFacts(
        kind=_KINDS.get(mode >> 12, FileKind.OTHER),
        size=number(size, "size"),
        mode=f"{mode & 0o7777:04o}",
        owner=_account(owner),
        group=_account(group),
        links=number(links, "links"),
        device=matching(_NUMBER, device, "device"),
        inode=str(number(inode, "inode", digits=20)),
        mtime=int(matching(_TIME, mtime, "mtime")),
        ctime=int(matching(_TIME, ctime, "ctime")),
    )


def _account(text: str) -> str:
    """Return an account's name, or its number where the node has no name for it."""
    name, _, number = text.rpartition(":")
    matching(_ID, number, "account")
    return number if name == "UNKNOWN" else printable(name, 64)


def _file(headers: Headers, stats: dict[str, FileFacts], sums: dict[str, str], content: bytes | None) -> FileFacts:
    if not yes(headers.only("inside")):
        gone = "home" not in stats and headers.maybe("hidden") is None
        return FileFacts(kind=FileKind.ABSENT if gone else FileKind.HIDDEN)
    facts = stats.get("file", FileFacts(kind=FileKind.ABSENT))
    if content is None:
        return facts
    digest = digest_of(content)
    if facts.kind is not FileKind.REGULAR or facts.size != len(content):
        raise Torn(f"the file has {facts.size} bytes, {len(content)} came back")
    if f"sha256:{sums.get(FILE_NAME)}" != digest:
        raise Torn("the file's bytes and the digest that the node took of them differ; it may be changing just now")
    return replace(facts, content=content, digest=digest)


def _home(headers: Headers, stats: dict[str, FileFacts], *, trusted: bool) -> HomeFacts:
    """Describe the folder; what a stranger may write there says nothing about the owner."""
    facts = stats.get("home")
    if facts is None:
        return HomeFacts(kind=FileKind.HIDDEN if headers.maybe("hidden") else FileKind.ABSENT)
    space = _space(headers.maybe("space"))
    writable = headers.maybe("writable")
    return HomeFacts(
        kind=facts.kind,
        owner=facts.owner,
        group=facts.group,
        mode=facts.mode,
        device=facts.device,
        inode=facts.inode,
        writable=yes(writable) if writable is not None and trusted else None,
        free_bytes=space[0],
        free_inodes=space[1],
        filesystem=space[2],
    )


def _is_hidden(ours: FileFacts | None, ran_as: str) -> bool:
    """Our folder has the mode 0700, so that only its owner, and root, can read what is in it."""
    return ours is not None and ran_as not in {ours.owner, "root"}


def _space(value: str | None) -> tuple[int | None, int | None, str]:
    """Read free blocks, block size, free inodes and type; a file system that counts no inodes says 0 of 0."""
    if not value:
        return None, None, ""
    match value.split(" ", 4):
        case [*numbers, kind] if len(numbers) == _SPACE_NUMBERS:
            blocks, size, inodes, total = (number(part, "space", digits=20) for part in numbers)
            return blocks * size, inodes if total else None, printable(kind, 40)
    raise Garbled(f"the free space is not described as it must be: {printable(value, 60)}")


def _log(stats: dict[str, FileFacts]) -> LogMark | None:
    facts = stats.get("log")
    return LogMark(inode=facts.inode, size=facts.size) if facts and facts.kind is FileKind.REGULAR else None


def _process(headers: Headers, *, sees_all: bool) -> Process:
    value = headers.maybe("process")
    if value is None:
        elsewhere = tuple(printable(home) for home in headers.every("elsewhere"))
        presence = Presence.NONE if sees_all else Presence.UNKNOWN
        return Process(presence=presence, evidence="" if sees_all else "hidden", elsewhere=elsewhere)
    match value.split(" "):
        case ["several", "locks" | "homes"]:
            return Process(presence=Presence.UNKNOWN, evidence=value)
        case ["lock" | "unit" | "home" as evidence, digits, "none"]:
            return Process(presence=Presence.UNKNOWN, evidence=evidence, pid=number(digits, "pid"))
        case ["lock" | "unit" | "home" as evidence, digits, start]:
            pid, ticks = number(digits, "pid", least=1), number(start, "ticks")
        case _:
            raise Garbled(f"the process is not described as it must be: {printable(value, 60)}")
    home = printable(headers.only("home")) or None
    return Process(presence=Presence.FOUND, pid=pid, start_ticks=ticks, home=home, evidence=evidence)


def _sum(value: str) -> tuple[str, str]:
    found = _SUM.match(value)
    if not found:
        raise Garbled(f"a digest is not written as it must be: {printable(value, 100)}")
    return found[2], found[1]


def _leftover(value: str) -> str:
    return printable(matching(_LEFTOVER, value, "leftover"))


def _node_id(value: str | None) -> str | None:
    found = _NODE_ID.match(value or "")
    return printable(found[1], 120) or None if found else None


def _fact(value: str) -> tuple[str, str]:
    name, _, fact = value.partition("=")
    return printable(name, 40), printable(fact)
