"""What a look brings, and that it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.observation import FileKind
from agent.node.port import (
    ABSENT,
)
from tests.support.hands import TARGET

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.hands import Hands

from tests.node.contract.door import NEW, OLD, Door, claim, stage
from tests.node.contract.given import Given


class LookingContract(Given):
    """What a look brings, and that it changes nothing."""

    def test_a_look_brings_the_bytes_of_the_file_and_its_facts(self, door: Door) -> None:
        door.hands.write(TARGET, NEW, 0o604)
        file = door.look().file
        assert (file.kind, file.content, file.digest) == (FileKind.REGULAR, NEW, digest_of(NEW))
        assert (file.size, file.mode, file.links) == (len(NEW), "0604", 1)
        assert (file.owner, file.group) == (door.node.owner, door.node.group)

    def test_what_else_bears_the_files_name_is_told_and_a_temp_of_ours_is_not_taken_for_it(self, door: Door) -> None:
        names = {f"{TARGET}.bak", f"{TARGET}~", f".{TARGET}.swp", f".{TARGET}.xyz.tmp", f".{TARGET}.{'0' * 16}.tmp"}
        for name in (*names, "dbconfig.xml"):
            door.hands.write(name, OLD)
        seen = door.look()
        assert set(seen.strays) == names - {f".{TARGET}.{'0' * 16}.tmp"}
        assert seen.leftovers == (f".{TARGET}.{'0' * 16}.tmp",)
        assert not seen.ours_hidden

    def test_where_there_is_no_file_the_time_at_which_a_name_last_went_is_told(self, door: Door) -> None:
        door.hands.write(TARGET, OLD)
        assert door.look().folder is None
        door.hands.remove(TARGET)
        gone = door.look().folder
        assert gone is not None
        assert gone.booted < gone.changed
        assert 0 <= gone.slack < 5
        door.hands.write("another", OLD)
        later = door.look().folder
        assert later is not None
        assert later.changed >= gone.changed

    def test_an_empty_file_is_a_file_without_bytes(self, door: Door) -> None:
        door.hands.write(TARGET, b"")
        assert door.look().file.content == b""

    def test_an_absent_file_is_absent_and_the_home_is_described(self, door: Door) -> None:
        seen = door.look()
        assert seen.file.kind is FileKind.ABSENT
        assert seen.home.kind is FileKind.DIRECTORY
        assert (seen.home.owner, seen.home.writable) == (door.node.owner, True)
        assert (seen.home.free_bytes or 0) > 0
        assert seen.ran_as == door.node.owner

    def test_a_missing_home_is_told_and_its_file_is_absent(self, door: Door) -> None:
        door.hands.lose_home()
        seen = door.look()
        assert (seen.home.kind, seen.file.kind) == (FileKind.ABSENT, FileKind.ABSENT)

    @pytest.mark.parametrize(
        ("make", "kind"),
        [
            (lambda hands: hands.symlink(TARGET, "/dev/zero"), FileKind.SYMLINK),
            (lambda hands: hands.fifo(TARGET), FileKind.FIFO),
            (lambda hands: hands.folder(TARGET), FileKind.DIRECTORY),
        ],
        ids=["symlink", "fifo", "directory"],
    )
    def test_what_is_no_file_is_named_never_read_and_never_replaced(
        self, door: Door, make: Callable[[Hands], None], kind: FileKind
    ) -> None:
        make(door.hands)
        seen = door.ok(claim()).file
        assert (seen.kind, seen.content) == (kind, None)
        before = door.hands.names()
        answer = door.refused(stage(expected=ABSENT))
        assert answer.code == "not-a-file"
        assert door.hands.names() == before

    def test_a_file_larger_than_any_config_is_measured_and_not_read(self, held: Door) -> None:
        held.hands.write(TARGET, b"x" * 65537)
        seen = held.look().file
        assert (seen.size, seen.content, seen.digest) == (65537, None, None)
        assert held.refused(stage()).code == "changed"

    def test_the_largest_file_that_is_read_comes_whole(self, door: Door) -> None:
        content = bytes(range(256)) * 256
        door.hands.write(TARGET, content)
        assert door.look().file.content == content

    def test_a_look_changes_nothing(self, door: Door) -> None:
        door.hands.write(TARGET, OLD)
        before = door.look()
        assert door.look().file == before.file
        assert door.hands.names() == {TARGET}
        assert before.lock is None
        assert before.epoch == 0
