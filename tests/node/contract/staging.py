"""What is laid beside the file, and what is refused before."""

from __future__ import annotations

from agent.core.document import digest_of
from agent.node.port import (
    ABSENT,
    Discard,
    Stage,
)
from tests.node.contract.door import NEW, OLD, OURS, Door, claim, stage
from tests.node.contract.given import Given
from tests.support.hands import TARGET


class StagingContract(Given):
    """What is laid beside the file, and what is refused before."""

    def test_a_staged_document_lies_beside_the_file_and_leaves_it_alone(self, held: Door) -> None:
        seen = held.ok(stage())
        assert (seen.staged, held.look().leftovers) == (digest_of(NEW), ())
        assert held.hands.read(TARGET) == OLD
        (temp,) = held.hands.names() - {TARGET}
        assert (held.hands.read(temp), held.hands.mode(temp)) == (NEW, 0o640)

    def test_staging_again_replaces_what_was_staged(self, held: Door) -> None:
        held.ok(stage(b"first"))
        assert held.ok(stage(b"second")).staged == digest_of(b"second")
        assert len(held.hands.names()) == 2

    def test_a_document_of_no_bytes_and_a_large_one_can_be_staged(self, held: Door) -> None:
        assert held.ok(stage(b"")).staged == digest_of(b"")
        large = bytes(range(256)) * 2000
        assert held.ok(stage(large)).staged == digest_of(large)

    def test_a_file_that_someone_has_changed_is_not_staged_over(self, held: Door) -> None:
        held.hands.write(TARGET, b"by hand")
        answer = held.refused(stage())
        assert answer.code == "changed"
        assert digest_of(b"by hand") in answer.reason
        assert held.hands.names() == {TARGET}

    def test_a_file_where_none_was_expected_is_not_staged_over(self, held: Door) -> None:
        assert held.refused(stage(expected=ABSENT)).code == "changed"

    def test_a_file_that_is_gone_is_not_what_was_expected(self, held: Door) -> None:
        held.hands.remove(TARGET)
        assert held.refused(stage()).code == "changed"

    def test_a_file_with_two_names_is_refused(self, held: Door) -> None:
        held.hands.second_name(TARGET, "other")
        assert held.refused(stage()).code == "hard-link"
        assert held.hands.names() == {TARGET, "other"}

    def test_a_home_that_everybody_may_write_is_refused(self, held: Door) -> None:
        held.hands.home_mode(0o777)
        assert held.refused(stage()).code == "home-unsafe"
        assert held.hands.names() == {TARGET}

    def test_a_missing_home_is_refused(self, door: Door) -> None:
        door.hands.lose_home()
        assert door.refused(claim()).code == "no-home"
        assert door.refused(stage()).code == "no-home"

    def test_bytes_that_do_not_have_the_digest_are_refused_and_removed(self, held: Door) -> None:
        wrong = Stage(token=OURS, document=NEW, digest=digest_of(OLD), expected=digest_of(OLD))
        assert held.refused(wrong).code == "damaged"
        assert held.hands.names() == {TARGET}

    def test_discarding_removes_what_was_staged_and_temps_of_the_dead_only(self, held: Door) -> None:
        held.ok(stage())
        dead = ".filestore-config.xml.0123456789abcdef.tmp"
        others = {".filestore-config.xml.bak.tmp", "filestore-config.xml.0123456789abcdef.tmp"}
        for name in (dead, *others):
            held.hands.write(name, b"")
        assert held.look().leftovers == (dead,)
        seen = held.ok(Discard(token=OURS))
        assert (seen.staged, seen.leftovers) == (None, ())
        assert held.hands.names() == {TARGET} | others
        assert held.ok(Discard(token=OURS)).file.content == OLD
