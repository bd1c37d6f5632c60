"""Hands on the bucket and on the import folder behind a door, be they real or only values."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from agent.node.port import FetchSlice, FinishFetch, Presigned, SetAside, SurveyImport, TakeDigests
from tests.support.bucket_standin import BucketStandIn, bucket_standin
from tests.support.hands import MachineHands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.node.memory.pretend_backups import PretendBackups
    from tests.node.contract.door import Door

SPARE = 1 << 10
TAG = "0123456789ab"
NAME = "a 'b' $(id) ü.zip"
"""A careless script would fall over it."""
KEY = f"backups/{NAME}"


class ImportYard(Protocol):
    """Files are those of the import folder."""

    sharedhome: str

    def put(self, content: bytes) -> None:
        """Let the bucket hold this backup."""
        ...

    def lay(self, name: str, content: bytes) -> None: ...

    def files(self) -> dict[str, bytes]: ...

    def url(self) -> str: ...

    def fill(self) -> None:
        """Leave no room on the disk, as far as the node can tell."""
        ...


class RealYard:
    """A folder and a port."""

    def __init__(self, folder: Path, bucket: BucketStandIn) -> None:
        self.sharedhome = str(folder)
        self.bucket = bucket
        self.spare = SPARE
        (folder / "data").mkdir(parents=True)
        folder.chmod(0o750)

    @property
    def folder(self) -> Path:
        return Path(self.sharedhome) / "import"

    def put(self, content: bytes) -> None:
        self.bucket.objects[KEY] = content

    def lay(self, name: str, content: bytes) -> None:
        self.folder.mkdir(exist_ok=True, mode=0o750)
        (self.folder / name).write_bytes(content)

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()} if self.folder.is_dir() else {}

    def url(self) -> str:
        return self.bucket.url(KEY)

    def fill(self) -> None:
        self.spare = 1 << 60


class PretendYard:
    """Values."""

    def __init__(self, backups: PretendBackups) -> None:
        self.sharedhome = "/mnt/shared"
        self.backups = backups
        self.spare = SPARE

    def put(self, content: bytes) -> None:
        self.backups.objects[KEY] = content

    def lay(self, name: str, content: bytes) -> None:
        self.backups.files[name] = content

    def files(self) -> dict[str, bytes]:
        return dict(self.backups.files)

    def url(self) -> str:
        return f"https://bucket.example.com/{KEY.replace(' ', '%20')}".replace("ü", "%C3%BC")

    def fill(self) -> None:
        self.spare = 1 << 60


@contextmanager
def yard_behind(door: Door, folder: Path) -> Iterator[RealYard | PretendYard]:
    """Return hands that fit the door."""
    if isinstance(door.hands, MachineHands):
        yield PretendYard(door.hands._machine.backups)
        return
    with bucket_standin() as bucket:
        yield RealYard(folder / "sha'red $(id) home", bucket)


def place(yard: RealYard | PretendYard) -> dict[str, Any]:
    return {"sharedhome": yard.sharedhome, "name": NAME, "tag": TAG}


def survey(yard: RealYard | PretendYard) -> SurveyImport:
    return SurveyImport(**place(yard))


def fetch(yard: RealYard | PretendYard, content: bytes, **other: Any) -> FetchSlice:
    """Return the slice of a backup that holds this."""
    etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
    words: dict[str, Any] = {"way": Presigned(url=yard.url()), "etag": etag, "size": len(content), "spare": yard.spare}
    return FetchSlice(**place(yard), **(words | other))


def finish(yard: RealYard | PretendYard, content: bytes) -> FinishFetch:
    return FinishFetch(**place(yard), size=len(content))


def digests(yard: RealYard | PretendYard, **words: Any) -> TakeDigests:
    return TakeDigests(**place(yard), **words)


def aside(yard: RealYard | PretendYard) -> SetAside:
    return SetAside(**place(yard))
