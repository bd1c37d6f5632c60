"""Who may have the lock, and who is kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.document import digest_of
from agent.core.observation import Presence
from agent.node.port import (
    ABSENT,
    HIGHEST_EPOCH,
    Discard,
    LockToken,
    Lost,
    Observe,
    Recall,
    Start,
    Stop,
)
from tests.support.hands import TARGET

if TYPE_CHECKING:
    from agent.node.port import Request

from tests.node.contract.door import (
    NEW,
    OLD,
    OURS,
    PLAN,
    RESUMED,
    THEIRS,
    Door,
    claim,
    commit,
    release,
    restore,
    resumption,
    stage,
    undoing,
)
from tests.node.contract.given import Given


class LockingContract(Given):
    """Who may have the lock, and who is kept out."""

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
