"""What does a machine in memory do with an errand for a backup? The same as the script, with bytes that are values."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from agent.core.s3.answers import StoreFault
from agent.core.s3.backups import PREFIX, Backup, Listing
from agent.core.s3.brought import (
    Digests,
    Fetched,
    FileInImport,
    Finished,
    ImportFolder,
    PutAside,
    Rights,
    StoreSaid,
)
from agent.core.s3.proof import Digest
from agent.node.memory.refusing import Refusal
from agent.node.port import (
    DescribeBackup,
    FetchSlice,
    FinishFetch,
    InImport,
    ListBackups,
    Owned,
    ReadThrough,
    SetAside,
    TakeDigests,
)

if TYPE_CHECKING:
    from agent.core.s3.brought import Brought
    from agent.core.s3.proof import BackupFacts
    from agent.node.memory.machine import Machine
    from agent.node.memory.pretend_backups import PretendBackups
    from agent.node.port import Errand

_RIGHTS = Rights(tool="curl", surroundings="process", chain="environment")
_NOT_MATCHING = StoreFault(code="PreconditionFailed", message="At least one of the pre-conditions did not hold")


def run_errand(machine: Machine, errand: Errand) -> Brought | None:
    """Carry an errand for a backup out; raises Refusal."""
    if isinstance(errand, InImport):
        return _in_import(machine, errand)
    match errand:
        case ListBackups():
            return StoreSaid(rights=_RIGHTS, said=machine.backups.fault or _listing(machine.backups))
        case DescribeBackup():
            return StoreSaid(rights=_RIGHTS, said=machine.backups.fault or _described(machine.backups, errand.key))
    return None


def _listing(there: PretendBackups) -> Listing:
    facts = {key: there.facts_of(key) for key in there.objects}
    direct = [key for key in facts if "/" not in key.removeprefix(PREFIX)]
    folders = {PREFIX + key.removeprefix(PREFIX).split("/", 1)[0] + "/" for key in facts if key not in direct}
    return Listing(
        backups=tuple(
            Backup(key=key, size=facts[key].size, etag=facts[key].etag, modified=facts[key].modified)
            for key in sorted(direct)
        ),
        folders=tuple(sorted(folders)),
        next_page=there.next_page,
    )


def _described(there: PretendBackups, key: str) -> BackupFacts | StoreFault:
    return there.facts_of(key) if key in there.objects else StoreFault(code="NotFound", message="Not Found")


def _in_import(machine: Machine, errand: InImport) -> Brought:
    if machine.backups.broken is not None:
        raise Refusal(*machine.backups.broken)
    match errand:
        case FetchSlice():
            return _fetched(machine.backups, errand)
        case TakeDigests():
            return _digests(_content(machine.backups, errand), errand)
        case ReadThrough():
            _content(machine.backups, errand)
            return machine.backups.archive
        case FinishFetch():
            return _finished(machine, errand)
        case SetAside():
            files = machine.backups.files
            files[_damaged(errand)] = _taken(files, errand)
            return PutAside(name=_damaged(errand))
        case _:
            return _surveyed(machine, errand)


def _surveyed(machine: Machine, errand: InImport) -> ImportFolder:
    there = machine.backups
    return ImportFolder(
        free_bytes=there.free_bytes,
        whole=_file(machine, errand.name),
        half=_file(machine, _half(errand), mode="0600"),
        damaged=_file(machine, _damaged(errand), mode="0600"),
    )


def _file(machine: Machine, name: str, mode: str | None = None) -> FileInImport | None:
    content = machine.backups.files.get(name)
    if content is None:
        return None
    node = machine.node
    return FileInImport(size=len(content), mode=mode or node.mode, owner=node.owner, group=node.group)


def _half(errand: InImport) -> str:
    return f".{errand.name}.{errand.tag}.part"


def _damaged(errand: InImport) -> str:
    return f".{errand.name}.{errand.tag}.damaged"


def _fetched(there: PretendBackups, errand: FetchSlice) -> Fetched:
    _require_no_file(there, errand)
    content = there.files.setdefault(_half(errand), b"")
    before = len(content)
    if before > errand.size:
        raise Refusal("too-long", f"{_half(errand)} has {before} bytes, the backup has {errand.size}")
    if there.free_bytes < errand.size - before + errand.spare:
        raise Refusal("no-room", f"{there.free_bytes} bytes are free there")
    key = errand.way.key if isinstance(errand.way, Owned) else _key_of(there, errand.way.url)
    fault = there.fault or _fault_of(there, key, errand.etag)
    if before == errand.size or fault is not None:
        return Fetched(before=before, after=before, fault=None if before == errand.size else fault)
    there.files[_half(errand)] = content + there.objects[key][before:][: there.flow]
    return Fetched(before=before, after=len(there.files[_half(errand)]))


def _key_of(there: PretendBackups, url: str) -> str:
    path = unquote(urlsplit(url).path)
    return next((key for key in there.objects if path.endswith(f"/{key}")), path)


def _fault_of(there: PretendBackups, key: str, etag: str) -> StoreFault | None:
    if key not in there.objects:
        return StoreFault(code="NoSuchKey", message="The specified key does not exist.")
    return _NOT_MATCHING if there.facts_of(key).etag != etag else None


def _require_no_file(there: PretendBackups, errand: InImport) -> None:
    if errand.name in there.files:
        raise Refusal("in-the-way", f"{errand.sharedhome}/import/{errand.name}")


def _content(there: PretendBackups, errand: InImport) -> bytes:
    found = there.files.get(_half(errand), there.files.get(errand.name))
    if found is None:
        raise Refusal("not-fetched", f"{errand.sharedhome}/import/{errand.name} is not there, or cannot be read")
    return found


def _taken(files: dict[str, bytes], errand: InImport) -> bytes:
    if _half(errand) not in files:
        raise Refusal("not-fetched", f"{errand.sharedhome}/import/{_half(errand)} is not there")
    return files.pop(_half(errand))


def _digests(content: bytes, errand: TakeDigests) -> Digests:
    pieces = range(errand.first, errand.first + errand.count)
    parts = [content if not errand.piece else content[errand.piece * at :][: errand.piece] for at in pieces]
    return Digests(found=tuple(_digest_of(errand.digest, part) for part in parts))


def _digest_of(digest: Digest, content: bytes) -> str:
    if digest is Digest.CRC32:
        return f"{zlib.crc32(content):08x}"
    return hashlib.new(digest, content, usedforsecurity=False).hexdigest()


def _finished(machine: Machine, errand: FinishFetch) -> Finished:
    there = machine.backups
    _require_no_file(there, errand)
    half = there.files.get(_half(errand))
    if half is None or len(half) != errand.size:
        raise Refusal("not-fetched", f"{errand.sharedhome}/import/{_half(errand)}")
    there.files[errand.name] = _taken(there.files, errand)
    return Finished(whole=_file(machine, errand.name))
