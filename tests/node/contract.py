"""What every door to a node must do: one suite, to be inherited by a test class for each kind of door.

The heir gives a fixture `door`; the tests know nothing else of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.observation import FileKind, LogExcerpt, LogMark, Observation, Presence
from agent.node.port import (
    ABSENT,
    HIGHEST_EPOCH,
    Claim,
    Commit,
    Discard,
    LockToken,
    Lost,
    Observe,
    Ok,
    ReadLog,
    Recall,
    Refused,
    Release,
    Restore,
    Stage,
    Start,
    Stop,
)
from tests.support.hands import TARGET

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.node import Node
    from agent.node.port import NodePort, Request
    from tests.support.hands import Hands

OLD = b"<filestore-config>\n  <filestores/>\n</filestore-config>\n"
NEW = b"<filestore-config/>\n\\n $(id) `id` '\"%s \\0101\0\xff\r\n"
"""Awkward on purpose: every byte must arrive, and none may be run."""
OURS = LockToken(plan="plan-1", epoch=7)
THEIRS = LockToken(plan="plan-2", epoch=8)
RESUMED = LockToken(plan="plan-1", epoch=8)
PLAN = b'{"plan": "one",\n "awkward": "\xff\0 $(id) \'\\\\n"}\r\n'
SIGNS = ("Unable to start", "[startup] -e '.*'", "\u00fcbel")
"""The second would be an option, a pattern or a quote, were it not a plain text."""
PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A node, the door to it, and hands behind the door."""

    node: Node
    port: NodePort
    hands: Hands

    def ok(self, request: Request) -> Observation:
        """Perform what must succeed."""
        answer = self.port.perform(request)
        assert isinstance(answer, Ok), answer
        return answer.observation

    def refused(self, request: Request) -> Refused:
        """Perform what must be refused."""
        answer = self.port.perform(request)
        assert isinstance(answer, Refused), answer
        return answer

    def look(self) -> Observation:
        return self.ok(Observe())

    def look_until(self, wanted: Callable[[Observation], bool]) -> Observation:
        """Look until it is so, or fail when patience ends."""
        ends = time.monotonic() + PATIENCE
        while not wanted(seen := self.look()):
            assert time.monotonic() < ends, seen
        return seen


def claim(token: LockToken = OURS, plan_copy: bytes = b"") -> Claim:
    return Claim(token=token, holder="ann", host="desk", since="2026-01-02T03:04:05Z", plan_copy=plan_copy)


def resumption(plan_copy: bytes = b"", epoch: int = 8) -> Claim:
    """Return the claim of another holder for the same plan."""
    token = LockToken(plan="plan-1", epoch=epoch)
    return Claim(token=token, holder="bob", host="spare", since="2026-01-03T00:00:00Z", plan_copy=plan_copy)


def undoing(epoch: int = 8, plan_copy: bytes = b"", undoes: str = "plan-1") -> Claim:
    """Return the claim of a plan that puts another one back."""
    token = LockToken(plan="plan-3", epoch=epoch)
    return replace(resumption(plan_copy), token=token, undoes=undoes)


def stage(content: bytes = NEW, *, expected: str = digest_of(OLD), token: LockToken = OURS) -> Stage:
    return Stage(token=token, document=content, digest=digest_of(content), expected=expected)


def commit(content: bytes = NEW, *, expected: str = digest_of(OLD), token: LockToken = OURS) -> Commit:
    return Commit(
        token=token, digest=digest_of(content), expected=expected, canonical="sha256:meaning", routing="backups -> b"
    )


def restore(digest: str, *, expected: str) -> Restore:
    return Restore(token=OURS, digest=digest, expected=expected, canonical="sha256:old", routing="none")


def release(token: LockToken = OURS, raise_epoch: int = 0) -> Release:
    return Release(token=token, raise_epoch=raise_epoch)


class NodeContract:
    """Inherit, give the fixture `door`, and every promise of the port is tried on it."""

    @pytest.fixture
    def door(self) -> Door:
        raise NotImplementedError("the heir says which door")

    @pytest.fixture
    def held(self, door: Door) -> Door:
        """Give the door with the old file in place and the lock in our hands."""
        door.hands.write(TARGET, OLD)
        door.ok(claim())
        return door

    # Looking

    def test_a_look_brings_the_bytes_of_the_file_and_its_facts(self, door: Door) -> None:
        door.hands.write(TARGET, NEW, 0o604)
        file = door.look().file
        assert (file.kind, file.content, file.digest) == (FileKind.REGULAR, NEW, digest_of(NEW))
        assert (file.size, file.mode, file.links) == (len(NEW), "0604", 1)
        assert (file.owner, file.group) == (door.node.owner, door.node.group)

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

    # The lock

    def test_a_free_lock_is_taken_and_names_its_holder(self, door: Door) -> None:
        lock = door.ok(claim()).lock
        assert lock is not None
        assert (lock.holder, lock.host, lock.plan, lock.epoch) == ("ann", "desk", "plan-1", 7)
        assert lock.since == "2026-01-02T03:04:05Z"

    def test_claiming_what_is_ours_already_is_no_fault(self, door: Door) -> None:
        assert door.ok(claim()).lock == door.ok(claim()).lock

    def test_a_lock_that_another_holds_is_not_taken_even_under_a_higher_epoch(self, door: Door) -> None:
        door.ok(claim())
        answer = door.refused(claim(THEIRS))
        assert answer.code == "locked"
        assert answer.observation.lock is not None
        assert answer.observation.lock.plan == "plan-1"

    def test_our_plan_at_a_higher_epoch_takes_the_lock_over(self, held: Door) -> None:
        lock = held.ok(resumption()).lock
        assert lock is not None
        assert (lock.holder, lock.host, lock.plan, lock.epoch) == ("bob", "spare", "plan-1", 8)
        assert lock.since == "2026-01-03T00:00:00Z"
        seen = held.look()
        assert (seen.lock, seen.epoch) == (lock, 8)
        assert held.ok(resumption()).lock == lock

    def test_whose_lock_was_taken_over_may_do_nothing_more(self, held: Door) -> None:
        held.ok(stage())
        held.ok(resumption())
        for request in (stage(), commit(), Discard(token=OURS), Stop(token=OURS), release()):
            assert held.refused(request).code == "not-ours"
        assert held.refused(claim()).code == "locked"
        seen = held.look()
        assert seen.lock is not None
        assert (seen.lock.holder, seen.staged, seen.file.content) == ("bob", digest_of(NEW), OLD)
        assert held.ok(commit(token=RESUMED)).file.content == NEW
        assert held.ok(release(RESUMED)).lock is None

    def test_our_plan_at_a_lower_epoch_is_not_ours(self, door: Door) -> None:
        door.ok(resumption())
        answer = door.refused(claim())
        assert answer.code == "locked"
        assert answer.reason.endswith("(this very plan holds it at epoch 8)")
        assert door.refused(claim(LockToken(plan="plan-1", epoch=0))).code == "locked"

    def test_a_lock_is_not_taken_over_under_an_epoch_that_was_fenced(self, held: Door) -> None:
        held.ok(release(raise_epoch=12))
        held.ok(claim(LockToken(plan="plan-1", epoch=13)))
        assert held.refused(resumption(epoch=12)).code == "locked"
        assert held.ok(resumption(epoch=14)).epoch == 14
        assert held.refused(claim(LockToken(plan="plan-10", epoch=99))).code == "locked"

    def test_the_plan_that_puts_ours_back_takes_the_lock_over_and_it_is_never_free(self, held: Door) -> None:
        held.ok(stage())
        lock = held.ok(undoing()).lock
        assert lock is not None
        assert (lock.holder, lock.plan, lock.epoch, held.look().epoch) == ("bob", "plan-3", 8, 8)
        for request in (stage(), commit(), Discard(token=OURS), Stop(token=OURS), release()):
            assert held.refused(request).code == "not-ours"
        assert held.refused(claim()).code == "locked"
        assert held.ok(Discard(token=LockToken(plan="plan-3", epoch=8))).leftovers == ()
        assert held.ok(undoing()).lock == lock
        assert held.ok(release(LockToken(plan="plan-3", epoch=8))).lock is None

    def test_no_other_plan_and_no_older_epoch_takes_it_over(self, held: Door) -> None:
        assert held.refused(undoing(undoes="plan-10")).code == "locked"
        assert held.refused(undoing(undoes="")).code == "locked"
        answer = held.refused(undoing(epoch=7))
        assert answer.code == "locked"
        assert answer.reason.endswith("(the plan to be put back holds it at epoch 7)")
        held.ok(release(raise_epoch=12))
        held.ok(claim(LockToken(plan="plan-1", epoch=13)))
        assert held.refused(undoing(epoch=13)).code == "locked"
        assert held.ok(undoing(epoch=14)).epoch == 14

    def test_a_free_node_is_claimed_by_it_like_by_any_other(self, door: Door) -> None:
        lock = door.ok(undoing()).lock
        assert lock is not None
        assert lock.plan == "plan-3"

    # The copy of the plan

    def test_the_copy_of_the_plan_that_is_put_back_gives_way(self, door: Door) -> None:
        door.ok(claim(plan_copy=PLAN))
        door.ok(undoing(plan_copy=b"back"))
        assert door.ok(Recall()).plan_copy == b"back"
        door.ok(release(LockToken(plan="plan-3", epoch=8)))
        door.ok(claim(LockToken(plan="plan-1", epoch=9), PLAN))
        door.ok(undoing(epoch=10))
        assert door.ok(Recall()).plan_copy is None

    def test_the_copy_of_a_plan_comes_back_byte_for_byte(self, door: Door) -> None:
        door.hands.write(TARGET, NEW)
        door.ok(claim(plan_copy=PLAN))
        seen = door.ok(Recall())
        assert (seen.plan_copy, seen.file.content) == (PLAN, NEW)
        assert (seen.brief, seen.lock) == (False, door.look().lock)
        assert door.look().plan_copy is None
        assert door.hands.names() == {TARGET}

    def test_a_plan_of_three_mebibytes_is_kept_and_comes_back(self, door: Door) -> None:
        large = bytes(range(256)) * (3 << 12)
        door.ok(claim(plan_copy=large))
        assert door.ok(Recall()).plan_copy == large
        assert door.ok(claim(plan_copy=large)).lock is not None
        assert door.ok(Recall()).plan_copy == large

    def test_a_plan_that_no_plan_can_be_is_refused_and_leaves_no_lock(self, door: Door) -> None:
        assert door.refused(claim(plan_copy=b"x" * ((4 << 20) + 1))).code == "not-written"
        seen = door.ok(Recall())
        assert (seen.lock, seen.plan_copy, seen.epoch) == (None, None, 0)

    def test_where_no_copy_was_left_there_is_none(self, door: Door) -> None:
        assert door.ok(Recall()).plan_copy is None
        door.ok(claim())
        assert door.ok(Recall()).plan_copy is None

    def test_the_copy_goes_with_the_lock(self, door: Door) -> None:
        door.ok(claim(plan_copy=PLAN))
        door.refused(release(THEIRS))
        assert door.ok(Recall()).plan_copy == PLAN
        door.ok(release())
        assert door.ok(Recall()).plan_copy is None
        door.ok(claim(THEIRS))
        assert door.ok(Recall()).plan_copy is None

    def test_whoever_is_refused_leaves_no_copy(self, door: Door) -> None:
        door.ok(claim(plan_copy=PLAN))
        assert door.refused(claim(THEIRS, b"theirs")).code == "locked"
        assert door.refused(resumption(b"old", epoch=3)).code == "locked"
        assert door.ok(Recall()).plan_copy == PLAN

    def test_a_copy_stays_where_the_lock_is_taken_over_without_one(self, door: Door) -> None:
        door.ok(claim(plan_copy=PLAN))
        door.ok(resumption())
        assert door.ok(Recall()).plan_copy == PLAN

    def test_a_copy_is_made_good_by_whoever_holds_the_lock_already_or_takes_it_over(self, door: Door) -> None:
        door.ok(claim())
        door.ok(claim(plan_copy=PLAN))
        assert door.ok(Recall()).plan_copy == PLAN
        door.ok(resumption(b"again"))
        assert door.ok(Recall()).plan_copy == b"again"

    def test_an_epoch_that_the_node_has_seen_is_refused(self, door: Door) -> None:
        door.ok(claim(LockToken(plan="plan-1", epoch=9)))
        door.ok(release(LockToken(plan="plan-1", epoch=9)))
        answer = door.refused(claim(THEIRS))
        assert (answer.code, answer.observation.epoch) == ("epoch", 9)

    def test_a_release_frees_the_lock_and_fences_its_holder(self, held: Door) -> None:
        seen = held.ok(release(raise_epoch=12))
        assert (seen.lock, seen.epoch) == (None, 12)
        assert held.refused(stage()).code == "not-ours"
        assert held.refused(claim(LockToken(plan="plan-1", epoch=12))).code == "epoch"
        assert held.ok(claim(LockToken(plan="plan-1", epoch=13))).epoch == 13

    def test_the_highest_epoch_locks_and_is_remembered(self, door: Door) -> None:
        token = LockToken(plan="plan-1", epoch=HIGHEST_EPOCH)
        assert door.ok(claim(token)).epoch == HIGHEST_EPOCH
        seen = door.ok(release(token, raise_epoch=3))
        assert (seen.lock, seen.epoch) == (None, HIGHEST_EPOCH)

    @pytest.mark.parametrize("epoch", [HIGHEST_EPOCH + 1, 10**18 - 1, 10**18, 2**64])
    def test_an_epoch_that_none_can_be_is_refused_before_anything_is_written(self, door: Door, epoch: int) -> None:
        token = LockToken(plan="plan-1", epoch=epoch)
        for request in (claim(token, PLAN), release(token), release(raise_epoch=epoch)):
            answer = door.refused(request)
            assert (answer.code, answer.observation.lock, answer.observation.epoch) == ("no-epoch", None, 0)
        assert door.ok(Recall()).plan_copy is None
        assert door.ok(claim()).lock is not None
        for request in (claim(token), release(raise_epoch=epoch)):
            assert door.refused(request).code == "no-epoch"
        assert (door.hands.epoch(), door.ok(claim()).epoch) == (7, 7)

    @pytest.mark.parametrize("epoch", [HIGHEST_EPOCH + 1, 10**18 - 1, 10**18])
    def test_a_node_that_remembers_what_no_epoch_can_be_tells_nothing_but_that_and_is_left_alone(
        self, held: Door, epoch: int
    ) -> None:
        held.hands.forge_epoch(epoch)
        mine = claim(plan_copy=PLAN)
        for request in (Observe(), Recall(), mine, resumption(PLAN, 9), release(raise_epoch=9), claim(THEIRS)):
            answer = held.port.perform(request)
            assert isinstance(answer, Lost), answer
            assert ".filestore-agent/epoch holds no epoch that can be" in answer.reason
        assert held.hands.epoch() == epoch
        held.hands.forge_epoch(7)
        seen = held.ok(Recall())
        assert seen.lock is not None
        assert (seen.lock.plan, seen.lock.epoch, seen.plan_copy) == ("plan-1", 7, None)

    def test_a_lock_under_an_epoch_that_none_can_be_is_damaged_and_can_be_freed(self, held: Door) -> None:
        held.hands.forge_lock(HIGHEST_EPOCH + 1)
        lock = held.look().lock
        assert lock is not None
        assert (lock.plan, lock.epoch) == ("", 0)
        assert held.refused(resumption(epoch=9)).code == "locked"
        seen = held.ok(release(LockToken(plan="", epoch=0), raise_epoch=9))
        assert (seen.lock, seen.epoch) == (None, 9)

    def test_a_lock_of_another_is_not_released(self, held: Door) -> None:
        assert held.refused(release(THEIRS)).code == "not-ours"
        assert held.look().lock is not None

    def test_releasing_twice_is_no_fault(self, held: Door) -> None:
        held.ok(release())
        assert held.ok(release()).lock is None

    @pytest.mark.parametrize("plan", ["it's; rm -rf / $(id)", "a b\tc", "*", "\\n\\0101", "x" * 200, "-n"])
    def test_any_plan_name_locks_and_unlocks(self, door: Door, plan: str) -> None:
        token = LockToken(plan=plan, epoch=1)
        door.hands.write(TARGET, OLD)
        assert door.ok(claim(token)).lock is not None
        door.ok(stage(token=token))
        assert door.ok(commit(token=token)).file.content == NEW
        assert door.ok(release(token)).lock is None

    @pytest.mark.parametrize(
        "request_",
        [
            stage(),
            commit(),
            restore(ABSENT, expected=digest_of(OLD)),
            Discard(token=OURS),
            Stop(token=OURS),
            Start(token=OURS),
        ],
        ids=lambda request: type(request).__name__,
    )
    def test_without_the_lock_nothing_is_done(self, door: Door, request_: Request) -> None:
        door.hands.write(TARGET, OLD)
        assert door.refused(request_).code == "not-ours"
        door.ok(claim(THEIRS))
        answer = door.refused(request_)
        assert answer.code == "not-ours"
        assert (door.hands.names(), door.hands.read(TARGET)) == ({TARGET}, OLD)
        assert answer.observation.process.presence is Presence.NONE

    # Staging

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

    # Committing and putting back

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

    # What an answer tells

    def test_claim_stage_and_commit_answer_briefly_and_say_so(self, held: Door) -> None:
        for request in (claim(), stage(), commit()):
            seen = held.ok(request)
            assert (seen.brief, seen.process.presence, seen.status.state) == (True, Presence.UNKNOWN, None)
            assert (seen.process.evidence, seen.status.reason, seen.status.refused) == ("not asked", "not asked", False)
            assert (seen.ran_as, seen.epoch, seen.home.writable) == (held.node.owner, 7, None)
            assert seen.lock is not None
        assert (seen.file.content, seen.receipts[-1].digest) == (NEW, digest_of(NEW))

    def test_every_other_answer_and_every_refusal_describes_the_whole_node(self, held: Door) -> None:
        held.ok(stage())
        held.ok(commit())
        put_back = restore(digest_of(OLD), expected=digest_of(NEW))
        for request in (Observe(), Discard(token=OURS), put_back, Stop(token=OURS), release()):
            seen = held.ok(request)
            assert (seen.brief, seen.process.presence, seen.status.refused) == (False, Presence.NONE, True)
        for refused in (claim(), stage(), commit()):
            seen = held.refused(refused).observation
            assert (seen.brief, seen.process.presence, seen.status.refused) == (False, Presence.NONE, True)

    # The log

    def test_a_look_tells_where_the_log_ends(self, door: Door) -> None:
        assert door.look().log is None
        door.hands.write_log(b"one\n")
        first = door.look().log
        assert first is not None
        assert first.size == 4
        door.hands.write_log(b"two\n")
        assert door.look().log == LogMark(inode=first.inode, size=8)
        door.hands.rotate_log()
        rotated = door.look().log
        assert rotated is not None
        assert (rotated.inode == first.inode, rotated.size) == (False, 0)

    def test_the_lines_after_the_mark_that_bear_a_sign_are_brought(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start, before\n")
        mark = door.look().log
        door.hands.write_log(b"nothing\nx Unable to start y\nunable to start\n[startup] -e '.*' here\nstartup\n")
        door.hands.write_log(b"\xc3\xbcbel\nUnable to start, no end of line")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        lines = ("x Unable to start y", "[startup] -e '.*' here", "\\xc3\\xbcbel", "Unable to start, no end of line")
        assert seen.excerpt == LogExcerpt(lines=lines)
        assert (seen.brief, seen.log) == (False, door.look().log)
        assert door.look().excerpt is None

    def test_nothing_new_in_the_log_is_nothing(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start\n")
        assert door.ok(ReadLog(since=door.look().log, signs=SIGNS)).excerpt == LogExcerpt()

    def test_each_line_is_brought_once_where_one_reading_begins_where_the_last_one_ended(self, door: Door) -> None:
        door.hands.write_log(b"")
        mark = door.look().log
        lines: list[str] = []
        for number in range(6):
            door.hands.write_log(b"Unable to start %d\n" % number)
            if number % 2:
                door.hands.rotate_log()
            seen = door.ok(ReadLog(since=mark, signs=SIGNS))
            mark = seen.log
            assert seen.excerpt is not None
            lines += seen.excerpt.lines
        assert lines == [f"Unable to start {number}" for number in range(6)]

    def test_a_sign_is_a_plain_text_and_never_an_option_or_a_pattern(self, door: Door) -> None:
        door.hands.write_log(b"abc\na.c\n--help\n\\(x\n")
        for signs, lines in [
            (("a.c",), ("a.c",)),
            (("--help", "\\(x"), ("--help", "\\(x")),
            (("-v", "b\nc", "", "$(id)", "'"), ()),
            ((), ()),
        ]:
            assert door.ok(ReadLog(since=None, signs=signs)).excerpt == LogExcerpt(lines=lines)

    def test_a_rotated_log_is_followed_from_the_mark_to_its_end(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start, long ago\n")
        door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 0\n")
        mark = door.look().log
        for number in (1, 2, 3):
            door.hands.write_log(b"Unable to start %d\n" % number)
            door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 4\n")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=tuple(f"Unable to start {number}" for number in (1, 2, 3, 4)))

    def test_a_log_rotated_in_the_middle_of_a_line_makes_two_of_it(self, door: Door) -> None:
        door.hands.write_log(b"")
        mark = door.look().log
        door.hands.write_log(b"Unable to start 1")
        door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 2\n")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=("Unable to start 1", "Unable to start 2"))

    def test_a_log_whose_rotated_part_is_gone_is_not_whole(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start 0\n")
        mark = door.look().log
        door.hands.write_log(b"Unable to start 1\n")
        door.hands.rotate_log()
        door.hands.write_log(b"Unable to start 2\n")
        door.hands.forget_rotated_logs()
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=("Unable to start 2",), whole=False)

    def test_a_log_that_was_cut_short_in_place_is_read_from_its_start(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start, and much more\n")
        mark = door.look().log
        door.hands.cut_log_short()
        door.hands.write_log(b"Unable to start 2\n")
        seen = door.ok(ReadLog(since=mark, signs=SIGNS))
        assert seen.excerpt == LogExcerpt(lines=("Unable to start 2",), whole=False)

    def test_without_a_mark_the_last_part_of_the_log_is_read(self, door: Door) -> None:
        assert door.ok(ReadLog(since=None, signs=SIGNS)).excerpt == LogExcerpt()
        door.hands.write_log(b"Unable to start 1\n" + b"x" * (256 << 10) + b"\nUnable to start 2\n")
        assert door.ok(ReadLog(since=None, signs=SIGNS)).excerpt == LogExcerpt(lines=("Unable to start 2",))

    @pytest.mark.parametrize(("count", "whole"), [(59, True), (60, True), (61, True), (120, True), (121, False)])
    def test_the_first_sixty_lines_and_the_last_sixty_are_carried(
        self,
        door: Door,
        count: int,
        whole: bool,  # noqa: FBT001 - a case of the table
    ) -> None:
        door.hands.write_log(b"")
        mark = door.look().log
        lines = [f"Unable to start {number}" for number in range(count)]
        door.hands.write_log("".join(f"{line}\nelse\n" for line in lines).encode())
        wanted = lines if whole else [*lines[:60], *lines[-60:]]
        excerpt = door.ok(ReadLog(since=mark, signs=SIGNS)).excerpt
        assert excerpt == LogExcerpt(lines=tuple(wanted), whole=whole)

    def test_a_line_of_any_bytes_is_cut_and_made_printable(self, door: Door) -> None:
        door.hands.write_log(b"\0\x1b[2J\xff Unable to start\r\n" + b"Unable to start" + b"y" * 2_000_000 + b"\nend\n")
        door.hands.write_log(b"\xe2\x80\xae" * 200_000 + b" Unable to start\n")
        mark = door.look().log
        assert mark is not None
        excerpt = door.ok(ReadLog(since=LogMark(inode=mark.inode, size=0), signs=SIGNS)).excerpt
        assert excerpt is not None
        first, second, third = excerpt.lines
        assert first == "\\x00\\x1b[2J\\xff Unable to start\\x0d"
        assert second == "Unable to start" + "y" * 485
        assert (third[:24], len(third)) == ("\\xe2\\x80\\xae\\xe2\\x80\\xae", 500)

    def test_of_a_log_that_grew_by_more_than_eight_mebibytes_both_ends_are_read(self, door: Door) -> None:
        door.hands.write_log(b"Unable to start 0\n")
        mark = door.look().log
        filling = b"x" * 99 + b"\n"
        door.hands.write_log(b"Unable to start 1\n" + filling * 50_000 + b"Unable to start 2\n")
        door.hands.rotate_log()
        door.hands.write_log(filling * 50_000 + b"Unable to start 3\n")
        excerpt = door.ok(ReadLog(since=mark, signs=SIGNS)).excerpt
        assert excerpt == LogExcerpt(lines=("Unable to start 1", "Unable to start 3"), whole=False)

    # The service

    def test_a_started_jira_is_found_and_is_younger_than_the_receipt(self, held: Door) -> None:
        held.ok(stage())
        receipt = held.ok(commit()).receipts[-1]
        held.ok(Start(token=OURS))
        held.look_until(lambda seen: seen.status.state == "RUNNING")
        # anew: the look that first met RUNNING had looked for the lock before
        seen = held.look()
        assert (seen.process.presence, seen.process.evidence) == (Presence.FOUND, "lock")
        assert seen.process.start_ticks is not None
        assert seen.process.start_ticks >= receipt.ticks
        assert seen.status.code == 200

    def test_a_stopped_jira_is_gone_and_nobody_listens(self, held: Door) -> None:
        held.ok(Start(token=OURS))
        held.look_until(lambda seen: seen.status.state == "RUNNING")
        held.ok(Stop(token=OURS))
        seen = held.look_until(lambda seen: seen.process.presence is Presence.NONE)
        assert (seen.status.refused, seen.status.state) == (True, None)

    def test_stopping_what_is_stopped_is_no_fault(self, held: Door) -> None:
        assert held.ok(Stop(token=OURS)).process.presence is Presence.NONE

    def test_a_jira_that_was_started_through_the_door_does_not_keep_our_turn(self, held: Door) -> None:
        held.ok(Start(token=OURS))
        held.look_until(lambda seen: seen.process.presence is Presence.FOUND)
        assert held.ok(stage()).staged == digest_of(NEW)

    def test_another_process_after_a_restart_has_other_ticks(self, held: Door) -> None:
        held.ok(Start(token=OURS))
        first = held.look_until(lambda seen: seen.process.presence is Presence.FOUND)
        held.hands.end_jira()
        held.look_until(lambda seen: seen.process.presence is Presence.NONE)
        held.ok(Start(token=OURS))
        second = held.look_until(lambda seen: seen.process.presence is Presence.FOUND)
        assert second.process.pid != first.process.pid
        assert (second.process.start_ticks or 0) > (first.process.start_ticks or 0)

    # The door itself

    def test_the_door_has_the_name_of_its_node(self, door: Door) -> None:
        assert door.port.name == door.node.name

    def test_the_machine_has_proved_the_same_before_and_after_it_was_closed(self, door: Door) -> None:
        door.look()
        proved = door.port.identity
        door.port.close()
        assert door.port.identity == proved

    def test_a_door_may_be_closed_twice(self, door: Door) -> None:
        door.look()
        door.port.close()
        door.port.close()
