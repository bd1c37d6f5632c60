"""What replaces the file, and what puts it back."""

from __future__ import annotations

from itertools import pairwise

from agent.core.document import digest_of
from agent.core.observation import FileKind
from agent.node.port import (
    ABSENT,
    Commit,
)
from tests.node.contract.door import NEW, OLD, OURS, Door, claim, commit, restore, stage
from tests.node.contract.given import Given
from tests.support.hands import TARGET


class CommittingContract(Given):
    """What replaces the file, and what puts it back."""

    def test_a_commit_replaces_the_file_and_leaves_a_receipt(self, held: Door) -> None:
        held.ok(stage())
        seen = held.ok(commit())
        assert (seen.file.content, seen.file.mode) == (NEW, "0640")
        assert (held.hands.read(TARGET), held.hands.names()) == (NEW, {TARGET})
        (receipt,) = seen.receipts
        assert (receipt.digest, receipt.previous) == (digest_of(NEW), digest_of(OLD))
        assert (receipt.canonical, receipt.routing) == ("sha256:meaning", "backups -> b")
        assert receipt.boot_id == seen.boot_id
        assert receipt.ticks > 0
        assert (seen.staged, seen.loaded) == (None, ())

    def test_a_first_file_is_committed_where_none_was(self, door: Door) -> None:
        door.ok(claim())
        door.ok(stage(expected=ABSENT))
        seen = door.ok(commit(expected=ABSENT))
        assert (seen.file.content, seen.receipts[-1].previous) == (NEW, ABSENT)

    def test_a_commit_keeps_the_mark_of_what_the_process_had_loaded(self, held: Door) -> None:
        held.ok(stage())
        marked = Commit(
            token=OURS,
            digest=digest_of(NEW),
            expected=digest_of(OLD),
            canonical="c",
            routing="",
            loaded_canonical="sha256:was",
            loaded_routing="backups -> a",
            loaded_ticks=4711,
        )
        (mark,) = held.ok(marked).loaded
        assert (mark.canonical, mark.routing, mark.ticks) == ("sha256:was", "backups -> a", 4711)
        assert mark.boot_id == held.look().boot_id

    def test_a_file_changed_after_staging_is_not_replaced(self, held: Door) -> None:
        held.ok(stage())
        held.hands.write(TARGET, b"by hand")
        answer = held.refused(commit())
        assert (answer.code, answer.observation.receipts) == ("changed", ())
        assert held.hands.read(TARGET) == b"by hand"

    def test_nothing_is_committed_that_was_not_staged(self, held: Door) -> None:
        assert held.refused(commit()).code == "not-staged"
        held.ok(stage(b"another"))
        assert held.refused(commit()).code == "not-staged"
        assert held.hands.read(TARGET) == OLD

    def test_a_staged_file_that_someone_altered_is_not_committed(self, held: Door) -> None:
        held.ok(stage())
        (temp,) = held.hands.names() - {TARGET}
        held.hands.write(temp, NEW + b" ")
        assert held.refused(commit()).code == "not-staged"
        assert held.hands.read(TARGET) == OLD

    def test_the_mode_of_a_new_file_is_the_modelled_one_whatever_the_old_had(self, held: Door) -> None:
        held.hands.write(TARGET, OLD, 0o666)
        held.ok(stage())
        assert held.ok(commit()).file.mode == "0640"

    def test_the_previous_document_can_be_put_back(self, held: Door) -> None:
        held.ok(stage())
        held.ok(commit())
        seen = held.ok(restore(digest_of(OLD), expected=digest_of(NEW)))
        assert seen.file.content == OLD
        assert (seen.receipts[-1].digest, seen.receipts[-1].previous) == (digest_of(OLD), digest_of(NEW))
        assert held.ok(restore(digest_of(NEW), expected=digest_of(OLD))).file.content == NEW

    def test_the_absence_of_a_file_can_be_put_back(self, door: Door) -> None:
        door.ok(claim())
        door.ok(stage(expected=ABSENT))
        door.ok(commit(expected=ABSENT))
        seen = door.ok(restore(ABSENT, expected=digest_of(NEW)))
        assert (seen.file.kind, seen.receipts[-1].digest) == (FileKind.ABSENT, ABSENT)
        assert door.hands.names() == set()

    def test_a_document_that_the_node_never_had_cannot_be_put_back(self, held: Door) -> None:
        assert held.refused(restore(digest_of(b"never"), expected=digest_of(OLD))).code == "not-kept"
        assert held.hands.read(TARGET) == OLD

    def test_a_changed_file_is_not_put_back_over(self, held: Door) -> None:
        held.ok(stage())
        held.ok(commit())
        held.hands.write(TARGET, b"by hand")
        assert held.refused(restore(digest_of(OLD), expected=digest_of(NEW))).code == "changed"
        assert held.hands.read(TARGET) == b"by hand"

    def test_the_last_twenty_receipts_and_ten_documents_are_kept(self, held: Door) -> None:
        contents = [OLD, *(f"document {number}".encode() for number in range(21))]
        for before, after in pairwise(contents):
            held.ok(stage(after, expected=digest_of(before)))
            seen = held.ok(commit(after, expected=digest_of(before)))
        assert [receipt.digest for receipt in seen.receipts] == [digest_of(content) for content in contents[2:]]
        newest = digest_of(contents[-1])
        assert held.refused(restore(digest_of(contents[-12]), expected=newest)).code == "not-kept"
        assert held.ok(restore(digest_of(contents[-11]), expected=newest)).file.content == contents[-11]
