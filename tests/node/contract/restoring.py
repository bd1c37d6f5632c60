"""How a backup comes into the import folder: by slices, proven by pieces, and never over anything."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import pytest

from agent.core.s3.brought import Digests, Fetched, Finished, ImportFolder, PutAside
from agent.core.s3.proof import Digest
from tests.node.contract.given import Given
from tests.support.import_yard import (
    NAME,
    TAG,
    PretendYard,
    RealYard,
    aside,
    digests,
    fetch,
    finish,
    survey,
    yard_behind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.node.contract.door import Door

CONTENT = bytes(range(256)) * 5000 + b"end"
HALF = f".{NAME}.{TAG}.part"


class RestoringContract(Given):
    """The heir gives the door; the yard is what lies behind it."""

    @pytest.fixture
    def yard(self, door: Door, tmp_path: Path) -> Iterator[RealYard | PretendYard]:
        with yard_behind(door, tmp_path) as yard:
            yard.put(CONTENT)
            yield yard

    def test_an_import_folder_without_the_backup_is_empty_and_has_room(
        self, door: Door, yard: RealYard | PretendYard
    ) -> None:
        folder = door.ok(survey(yard)).brought
        assert isinstance(folder, ImportFolder)
        assert (folder.whole, folder.half, folder.damaged) == (None, None, None)
        assert folder.free_bytes is not None
        assert folder.free_bytes > 1 << 20
        assert yard.files() == {}

    def test_a_backup_is_fetched_finished_and_then_lies_there_whole(
        self, door: Door, yard: RealYard | PretendYard
    ) -> None:
        assert door.ok(fetch(yard, CONTENT)).brought == Fetched(before=0, after=len(CONTENT))
        assert yard.files() == {HALF: CONTENT}
        done = door.ok(finish(yard, CONTENT)).brought
        assert isinstance(done, Finished)
        assert done.whole is not None
        assert (done.whole.size, done.whole.mode) == (len(CONTENT), door.node.mode)
        assert (done.whole.owner, done.whole.group) == (door.node.owner, door.node.group)
        assert yard.files() == {NAME: CONTENT}
        folder = door.ok(survey(yard)).brought
        assert isinstance(folder, ImportFolder)
        assert folder.whole == done.whole

    def test_an_empty_backup_is_a_backup(self, door: Door, yard: RealYard | PretendYard) -> None:
        yard.put(b"")
        assert door.ok(fetch(yard, b"")).brought == Fetched(before=0, after=0)
        door.ok(finish(yard, b""))
        assert yard.files() == {NAME: b""}

    def test_a_slice_goes_on_where_the_half_ends(self, door: Door, yard: RealYard | PretendYard) -> None:
        yard.lay(HALF, CONTENT[:1000])
        folder = door.ok(survey(yard)).brought
        assert isinstance(folder, ImportFolder)
        assert folder.half is not None
        assert folder.half.size == 1000
        assert door.ok(fetch(yard, CONTENT)).brought == Fetched(before=1000, after=len(CONTENT))
        assert door.ok(fetch(yard, CONTENT)).brought == Fetched(before=len(CONTENT), after=len(CONTENT))
        assert yard.files() == {HALF: CONTENT}

    def test_an_object_that_was_replaced_meanwhile_is_not_mixed_with_the_old_one(
        self, door: Door, yard: RealYard | PretendYard
    ) -> None:
        yard.lay(HALF, CONTENT[:1000])
        yard.put(b"another one")
        brought = door.ok(fetch(yard, CONTENT)).brought
        assert isinstance(brought, Fetched)
        assert brought.fault is not None
        assert (brought.after, brought.fault.code) == (1000, "PreconditionFailed")
        assert yard.files() == {HALF: CONTENT[:1000]}

    def test_a_file_of_this_name_is_never_replaced(self, door: Door, yard: RealYard | PretendYard) -> None:
        yard.lay(NAME, b"somebody's own")
        assert door.refused(fetch(yard, CONTENT)).code == "in-the-way"
        yard.lay(HALF, CONTENT)
        assert door.refused(finish(yard, CONTENT)).code == "in-the-way"
        assert yard.files() == {NAME: b"somebody's own", HALF: CONTENT}

    def test_without_room_not_a_byte_is_fetched(self, door: Door, yard: RealYard | PretendYard) -> None:
        yard.fill()
        assert door.refused(fetch(yard, CONTENT)).code == "no-room"
        assert yard.files() == {HALF: b""}

    def test_a_half_that_is_too_long_is_left_alone(self, door: Door, yard: RealYard | PretendYard) -> None:
        yard.lay(HALF, CONTENT + b"x")
        assert door.refused(fetch(yard, CONTENT)).code == "too-long"
        assert yard.files() == {HALF: CONTENT + b"x"}

    def test_a_half_is_not_finished(self, door: Door, yard: RealYard | PretendYard) -> None:
        assert door.refused(finish(yard, CONTENT)).code == "not-fetched"
        yard.lay(HALF, CONTENT[:-1])
        assert door.refused(finish(yard, CONTENT)).code == "not-fetched"
        assert yard.files() == {HALF: CONTENT[:-1]}

    @pytest.mark.parametrize("digest", list(Digest))
    @pytest.mark.parametrize("piece", [0, 1 << 20])
    def test_pieces_are_digested_of_the_half_and_then_of_the_whole(
        self, door: Door, yard: RealYard | PretendYard, digest: Digest, piece: int
    ) -> None:
        parts = [CONTENT[:piece], CONTENT[piece:]] if piece else [CONTENT]
        wanted = tuple(_digest(digest, part) for part in parts)
        for name in (HALF, NAME):
            yard.lay(name, CONTENT)
            brought = door.ok(digests(yard, digest=digest, piece=piece, first=0, count=len(parts))).brought
            assert brought == Digests(found=wanted)
            if name == HALF:
                door.ok(finish(yard, CONTENT))
        last = door.ok(digests(yard, digest=digest, piece=piece, first=len(parts) - 1, count=1)).brought
        assert last == Digests(found=wanted[-1:])

    def test_what_is_not_there_has_no_digest(self, door: Door, yard: RealYard | PretendYard) -> None:
        assert door.refused(digests(yard, digest=Digest.MD5, piece=0, first=0, count=1)).code == "not-fetched"

    def test_a_damaged_one_is_set_aside_under_a_hidden_name(self, door: Door, yard: RealYard | PretendYard) -> None:
        yard.lay(HALF, b"damaged")
        damaged = f".{NAME}.{TAG}.damaged"
        assert door.ok(aside(yard)).brought == PutAside(name=damaged)
        assert yard.files() == {damaged: b"damaged"}
        assert door.refused(aside(yard)).code == "not-fetched"
        folder = door.ok(survey(yard)).brought
        assert isinstance(folder, ImportFolder)
        assert folder.damaged is not None

    def test_an_errand_brings_nothing_where_it_was_not_asked_to(self, door: Door, yard: RealYard | PretendYard) -> None:
        door.ok(survey(yard))
        assert door.look().brought is None


def _digest(digest: Digest, content: bytes) -> str:
    if digest is Digest.CRC32:
        return f"{zlib.crc32(content):08x}"
    return hashlib.new(digest, content, usedforsecurity=False).hexdigest()
