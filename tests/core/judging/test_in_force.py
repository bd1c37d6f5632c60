from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.core.document import ABSENT, digest_of
from agent.core.judging.in_force import InForce, Known, NotRunning, Unknown, describe, in_force, witness_of
from agent.core.judging.on_disk import Broken, Hidden, NoFile, OnDisk, Written
from agent.core.judging.witness import Witness
from agent.core.node import Node
from agent.core.observation import FolderTimes, LoadedMark, Observation, Presence, Process, Receipt
from agent.core.routing import Routing, routing_line, routing_of
from tests.core.sightings import (
    BOOT,
    BTIME,
    DOES_NOT_RUN,
    EARLIER_BOOT,
    RUNS,
    START_TICKS,
    STARTED,
    document,
    file_of,
    mark,
    observed,
    receipt,
)

FIRST, SECOND, BY_HAND = document("first-bucket"), document("second-bucket"), document("hand-bucket")
BEFORE, AFTER = START_TICKS - 10, START_TICKS + 10
LONG_BEFORE, LONG_AFTER = STARTED - 300, STARTED + 300
NO_FILE = NoFile()


def known(what: InForce) -> tuple[str, Routing]:
    assert isinstance(what, Known), what
    return what.canonical, what.routing


def unknown(what: InForce) -> str:
    assert isinstance(what, Unknown), what
    return what.reason


def meaning(what: object) -> tuple[str, Routing]:
    on_disk = what if isinstance(what, NoFile) else Written(document=what)  # type: ignore[arg-type] # a Document
    return on_disk.canonical, on_disk.routing


FIRST_DISK, SECOND_DISK, HAND_DISK = Written(document=FIRST), Written(document=SECOND), Written(document=BY_HAND)
BROKEN = Broken(reason="Jira would not start on the file", replaceable=True, digest=digest_of(b"<"))
HIDDEN = Hidden(reason="user ops may not read the file")


def test_without_a_process_nothing_is_in_force() -> None:
    seen = observed(file_of(FIRST), process=DOES_NOT_RUN, receipts=(receipt(FIRST),), loaded=(mark(FIRST),))

    assert in_force(seen, FIRST_DISK) == NotRunning()


def test_an_unclear_process_leaves_everything_open() -> None:
    seen = observed(file_of(FIRST), process=Process(presence=Presence.UNKNOWN), receipts=(receipt(FIRST),))

    assert "which process" in unknown(in_force(seen, FIRST_DISK))


def test_a_process_without_a_start_cannot_be_placed() -> None:
    seen = observed(file_of(FIRST), process=replace(RUNS, start_ticks=None), receipts=(receipt(FIRST),))

    assert "when the process started" in unknown(in_force(seen, FIRST_DISK))


def test_a_node_that_hides_its_boot_cannot_be_placed() -> None:
    seen = observed(file_of(FIRST), boot_id="", receipts=(receipt(FIRST, boot=""),))

    assert "when the process started" in unknown(in_force(seen, FIRST_DISK))


def test_a_document_committed_before_the_start_is_loaded() -> None:
    seen = observed(file_of(FIRST), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert known(in_force(seen, FIRST_DISK)) == meaning(FIRST)


def test_a_document_committed_in_an_earlier_boot_is_loaded_whatever_its_ticks() -> None:
    seen = observed(file_of(FIRST), receipts=(receipt(FIRST, ticks=AFTER, boot=EARLIER_BOOT),))

    assert known(in_force(seen, FIRST_DISK)) == meaning(FIRST)


def test_a_commit_on_the_very_tick_of_the_start_is_not_loaded() -> None:
    receipts = (receipt(FIRST, ticks=BEFORE), receipt(SECOND, after=FIRST, ticks=START_TICKS))

    assert "same clock tick" in unknown(in_force(observed(file_of(SECOND), receipts=receipts), SECOND_DISK))


def test_a_first_commit_on_the_very_tick_of_the_start_is_not_loaded() -> None:
    seen = observed(file_of(FIRST), receipts=(receipt(FIRST, ticks=START_TICKS),))

    assert unknown(in_force(seen, FIRST_DISK))


def test_a_commit_after_the_start_leaves_the_one_before_it_in_force() -> None:
    receipts = (receipt(FIRST, ticks=BEFORE), receipt(SECOND, after=FIRST, ticks=AFTER))

    assert known(in_force(observed(file_of(SECOND), receipts=receipts), SECOND_DISK)) == meaning(FIRST)


def test_of_several_commits_before_the_start_the_last_is_loaded() -> None:
    receipts = (receipt(FIRST, ticks=BEFORE - 5), receipt(SECOND, after=FIRST, ticks=BEFORE))

    assert known(in_force(observed(file_of(SECOND), receipts=receipts), SECOND_DISK)) == meaning(SECOND)


def test_an_alteration_by_hand_between_two_commits_around_the_start_leaves_it_open() -> None:
    receipts = (receipt(FIRST, ticks=BEFORE), receipt(SECOND, after=BY_HAND, ticks=AFTER))

    assert "between two commits" in unknown(in_force(observed(file_of(SECOND), receipts=receipts), SECOND_DISK))


def test_a_process_older_than_every_receipt_has_loaded_nobody_knows_what() -> None:
    seen = observed(file_of(FIRST), receipts=(receipt(FIRST, ticks=AFTER),))

    assert "older than the first receipt" in unknown(in_force(seen, FIRST_DISK))


def test_receipts_out_of_order_prove_nothing() -> None:
    receipts = (receipt(FIRST, ticks=AFTER), receipt(SECOND, after=FIRST, ticks=BEFORE))

    assert "out of order" in unknown(in_force(observed(file_of(SECOND), receipts=receipts), SECOND_DISK))


def test_a_receipt_that_cannot_be_read_back_proves_nothing() -> None:
    garbled = replace(receipt(FIRST, ticks=BEFORE), routing="attachments=home\x1b")
    seen = observed(file_of(SECOND), receipts=(garbled, receipt(SECOND, after=FIRST, ticks=AFTER)))

    assert "cannot be read back" in unknown(in_force(seen, SECOND_DISK))


def test_the_disk_is_believed_rather_than_the_receipts_word_about_equal_bytes() -> None:
    lying = replace(receipt(FIRST, ticks=BEFORE), routing=receipt(SECOND).routing, canonical=SECOND.canonical)

    assert known(in_force(observed(file_of(FIRST), receipts=(lying,)), FIRST_DISK)) == meaning(FIRST)


# A loaded mark names the process.


def test_a_mark_tells_what_this_very_process_has_loaded() -> None:
    seen = observed(file_of(SECOND), receipts=(receipt(SECOND, ticks=AFTER),), loaded=(mark(FIRST),))

    assert known(in_force(seen, SECOND_DISK)) == meaning(FIRST)


def test_a_repaired_node_that_was_noted_needs_no_restart() -> None:
    receipts = (receipt(FIRST, ticks=BEFORE), receipt(FIRST, after=BY_HAND, ticks=AFTER))
    seen = observed(file_of(FIRST), receipts=receipts, loaded=(mark(FIRST),))

    assert known(in_force(seen, FIRST_DISK)) == meaning(FIRST)


@pytest.mark.parametrize("other", [mark(BY_HAND, ticks=BEFORE), mark(BY_HAND, boot=EARLIER_BOOT)])
def test_a_mark_of_another_process_says_nothing_about_this_one(other: LoadedMark) -> None:
    seen = observed(file_of(FIRST), receipts=(receipt(FIRST, ticks=BEFORE),), loaded=(other,))

    assert known(in_force(seen, FIRST_DISK)) == meaning(FIRST)


def test_marks_that_agree_are_one_word() -> None:
    seen = observed(file_of(SECOND), loaded=(mark(FIRST), mark(FIRST)))

    assert known(in_force(seen, SECOND_DISK)) == meaning(FIRST)


def test_marks_that_contradict_each_other_prove_nothing() -> None:
    seen = observed(file_of(SECOND), loaded=(mark(FIRST), mark(SECOND)))

    assert "contradict" in unknown(in_force(seen, SECOND_DISK))


def test_a_garbled_mark_leaves_the_word_to_the_receipts() -> None:
    seen = observed(
        file_of(FIRST), receipts=(receipt(FIRST, ticks=BEFORE),), loaded=(replace(mark(SECOND), routing="x"),)
    )

    assert known(in_force(seen, FIRST_DISK)) == meaning(FIRST)


# Altered by hand after the last commit.


@pytest.mark.parametrize("on_disk", [HAND_DISK, BROKEN])
def test_a_file_altered_long_after_the_start_leaves_the_receipt_in_force(on_disk: OnDisk) -> None:
    seen = observed(file_of(BY_HAND, changed=LONG_AFTER), receipts=(receipt(FIRST, ticks=BEFORE),))

    found = in_force(seen, on_disk)

    assert known(found) == meaning(FIRST)
    assert isinstance(found, Known)
    assert found.caveat is None


def test_a_file_altered_long_before_the_start_is_what_was_loaded() -> None:
    seen = observed(file_of(BY_HAND, changed=LONG_BEFORE), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert known(in_force(seen, HAND_DISK)) == meaning(BY_HAND)


@pytest.mark.parametrize("apart", [-2, -1, 0, 1, 2])
def test_a_file_altered_within_two_seconds_of_the_start_is_open(apart: int) -> None:
    seen = observed(file_of(BY_HAND, changed=STARTED + apart), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert "within 2 seconds" in unknown(in_force(seen, HAND_DISK))


@pytest.mark.parametrize(("apart", "what"), [(-3, BY_HAND), (3, FIRST)])
def test_three_seconds_from_the_start_are_enough(apart: int, what: object) -> None:
    seen = observed(file_of(BY_HAND, changed=STARTED + apart), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert known(in_force(seen, HAND_DISK)) == meaning(what)


def test_a_file_altered_before_the_start_and_given_another_mode_after_it_is_open() -> None:
    file = file_of(BY_HAND, changed=LONG_AFTER, written=LONG_BEFORE)

    assert unknown(in_force(observed(file, receipts=(receipt(FIRST, ticks=BEFORE),)), HAND_DISK))


def test_the_same_bytes_written_anew_after_the_start_leave_open_what_lay_there_then() -> None:
    seen = observed(file_of(FIRST, changed=LONG_AFTER), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert "rewritten by hand" in unknown(in_force(seen, FIRST_DISK))


def test_another_mode_after_the_start_changes_nothing_in_force() -> None:
    file = file_of(FIRST, changed=LONG_AFTER, written=LONG_BEFORE)

    assert known(in_force(observed(file, receipts=(receipt(FIRST, ticks=BEFORE),)), FIRST_DISK)) == meaning(FIRST)


def test_what_a_running_jira_makes_of_a_broken_file_that_is_older_is_not_known() -> None:
    seen = observed(file_of(b"<", changed=LONG_BEFORE), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert "what Jira makes of it is not known" in unknown(in_force(seen, BROKEN))


def test_a_file_that_may_not_be_read_may_still_be_the_receipts() -> None:
    seen = observed(file_of(FIRST, changed=LONG_AFTER), receipts=(receipt(FIRST, ticks=BEFORE),))

    assert unknown(in_force(seen, HIDDEN)) == HIDDEN.reason


def test_a_removed_file_leaves_the_receipt_in_force_with_a_caveat() -> None:
    found = in_force(observed(file_of(None), receipts=(receipt(FIRST, ticks=BEFORE),)), NO_FILE)

    assert known(found) == meaning(FIRST)
    assert isinstance(found, Known)
    assert found.caveat is not None
    assert "removed before or after" in describe(found)


@pytest.mark.parametrize(
    ("folder", "lock", "gone", "sure"),
    [
        (-0.11, None, True, True),
        (-0.09, None, True, False),
        (0.09, None, True, False),
        (0.11, None, False, False),
        (3.0, 3.0, True, False),
        (59.0, 59.0, True, False),
        (61.0, 61.0, False, False),
        (3.0, -900.0, False, False),
        (3.0, 2.9, False, False),
        (None, None, False, False),
    ],
)
@pytest.mark.parametrize("receipts", [(), (receipt(FIRST, ticks=BEFORE),)], ids=["never ours", "ours"])
def test_a_folder_in_which_nothing_came_or_went_since_the_start_had_no_file_at_the_start(
    receipts: tuple[Receipt, ...], folder: float | None, lock: float | None, *, gone: bool, sure: bool
) -> None:
    """Folder and lock are seconds after the start; the node's clock is known to a tenth of a second."""
    times = None
    if folder is not None:
        moved = None if lock is None else STARTED + lock
        times = FolderTimes(changed=STARTED + folder, lock_changed=moved, booted=BTIME, slack=0.1)
    found = in_force(replace(observed(file_of(None), receipts=receipts), folder=times), NO_FILE)

    if gone:
        assert known(found) == (ABSENT, routing_of(None))
        assert isinstance(found, Known)
        assert (found.caveat is None) is sure
    else:
        assert isinstance(found, Unknown) if not receipts else known(found) == meaning(FIRST)


def test_a_file_that_we_removed_before_the_start_is_known_to_be_absent() -> None:
    receipts = (receipt(FIRST, ticks=BEFORE - 5), receipt(None, after=FIRST, ticks=BEFORE))
    found = in_force(observed(file_of(None), receipts=receipts), NO_FILE)

    assert known(found) == (ABSENT, routing_of(None))
    assert isinstance(found, Known)
    assert found.caveat is None


# Never committed by us.


def test_without_receipts_a_file_older_than_the_process_is_loaded() -> None:
    assert known(in_force(observed(file_of(BY_HAND, changed=STARTED - 3)), HAND_DISK)) == meaning(BY_HAND)


@pytest.mark.parametrize("apart", [-2, 0, 2, 3, 300])
def test_without_receipts_a_file_not_older_than_the_process_is_open(apart: int) -> None:
    assert unknown(in_force(observed(file_of(BY_HAND, changed=STARTED + apart)), HAND_DISK))


def test_without_receipts_and_file_nothing_is_shown() -> None:
    assert "there is no file" in unknown(in_force(observed(file_of(None)), NO_FILE))


def test_a_file_of_unknown_effect_leaves_open_what_jira_made_of_it() -> None:
    doubtful = Written(document=BY_HAND, doubt="two associations for one target")

    assert "two associations" in unknown(in_force(observed(file_of(BY_HAND)), doubtful))


@pytest.mark.parametrize(("rate", "btime"), [(0, 1_000_000), (-100, 1_000_000), (100, 0), (100, -5)])
def test_numbers_that_make_no_sense_are_no_evidence(rate: int, btime: int) -> None:
    silly = observed(file_of(BY_HAND), ticks_per_second=rate, btime=btime)

    assert unknown(in_force(silly, HAND_DISK))
    assert unknown(in_force(replace(silly, receipts=(receipt(FIRST, ticks=BEFORE),)), HAND_DISK))


def test_missing_times_are_no_evidence() -> None:
    assert unknown(in_force(observed(file_of(BY_HAND, changed=0)), HAND_DISK))


documents = some.sampled_from([FIRST, SECOND, BY_HAND])
ticks = some.integers(min_value=START_TICKS - 3, max_value=START_TICKS + 3)
receipts_of_a_node = some.lists(
    some.builds(receipt, documents, after=documents, ticks=ticks, boot=some.sampled_from([BOOT, EARLIER_BOOT])),
    max_size=4,
).map(tuple)
disks = some.sampled_from([FIRST_DISK, SECOND_DISK, HAND_DISK, NO_FILE, BROKEN, HIDDEN])


@given(receipts=receipts_of_a_node, on_disk=disks, changed=some.integers(STARTED - 5, STARTED + 5))
def test_every_history_has_an_answer_and_a_tie_never_counts_as_loaded(
    receipts: tuple[Receipt, ...], on_disk: OnDisk, changed: int
) -> None:
    content = on_disk.document if isinstance(on_disk, Written) else None
    seen: Observation = observed(file_of(content, changed=changed), receipts=receipts)

    answer = in_force(seen, on_disk)

    assert describe(answer)
    proven_by = {it.canonical for it in receipts if it.boot_id != BOOT or it.ticks < START_TICKS}
    disk = {on_disk.canonical} if isinstance(on_disk, Written | NoFile) else set()
    assert not isinstance(answer, Known) or answer.canonical in proven_by | disk


# Times that were set, and what an earlier look has proven.

NODE = Node(name="jira-1", cluster="prod", address="jira-1", localhome="/srv/jira")
TOUCHED = replace(
    observed(file_of(FIRST, changed=LONG_AFTER, written=LONG_BEFORE)), receipts=(receipt(FIRST, ticks=BEFORE),)
)
"""The right bytes with an old time of writing, moved or copied there after Jira had started."""
PROOF = Witness(
    boot_id=BOOT, ticks=START_TICKS, canonical=SECOND.canonical, routing=routing_line(routing_of(SECOND.config))
)


def test_a_right_file_that_was_moved_back_with_its_old_time_is_not_proven_to_be_loaded() -> None:
    assert "moved, copied or touched after Jira started" in unknown(in_force(TOUCHED, FIRST_DISK, node=NODE))


@pytest.mark.parametrize("facts", [{"mode": "0644"}, {"owner": "root"}, {"group": "root"}])
def test_a_change_of_mode_or_owner_that_is_to_be_seen_explains_the_later_time(facts: dict[str, str]) -> None:
    dressed = replace(TOUCHED, file=replace(TOUCHED.file, **facts))  # type: ignore[arg-type] # text alone

    assert known(in_force(dressed, FIRST_DISK, node=NODE)) == meaning(FIRST)


def test_what_an_earlier_look_has_proven_of_a_process_holds_whatever_becomes_of_the_file() -> None:
    for seen, disk in ((TOUCHED, FIRST_DISK), (replace(TOUCHED, file=file_of(None)), NO_FILE)):
        found = in_force(seen, disk, node=NODE, witness=PROOF)
        assert known(found) == meaning(SECOND)
        assert isinstance(found, Known)
        assert found.caveat is None


@pytest.mark.parametrize("other", [{"ticks": START_TICKS + 1}, {"boot_id": EARLIER_BOOT}, {"routing": "?"}])
def test_a_proof_about_another_process_proves_nothing(other: dict[str, object]) -> None:
    witness = replace(PROOF, **other)  # type: ignore[arg-type] # the fields of a witness

    assert isinstance(in_force(TOUCHED, FIRST_DISK, node=NODE, witness=witness), Unknown)


def test_only_a_proof_becomes_a_witness() -> None:
    sound = observed(file_of(FIRST), receipts=(receipt(FIRST, ticks=BEFORE),))
    witness = witness_of(sound, in_force(sound, FIRST_DISK))
    assert witness is not None
    assert witness.speaks_of(sound)
    assert witness.canonical == FIRST.canonical
    gone = replace(sound, file=file_of(None))
    assert witness_of(gone, in_force(gone, NO_FILE)) is None
    assert witness_of(sound, Unknown(reason="?")) is None
    assert witness_of(None, NotRunning()) is None
