"""The copy of the plan, and the epochs that go with the lock."""

from __future__ import annotations

from agent.node.port import (
    LockToken,
    Recall,
)
from tests.node.contract.door import NEW, PLAN, THEIRS, Door, claim, release, resumption, undoing
from tests.node.contract.given import Given
from tests.support.hands import TARGET


class PlanCopyContract(Given):
    """The copy of the plan, and the epochs that go with the lock."""

    def test_the_copy_of_the_plan_that_is_put_back_gives_way(self, door: Door) -> None:
        door.ok(claim(plan_copy=PLAN))
        door.ok(undoing(plan_copy=b"back"))
        assert door.ok(Recall()).plan_copy == b"back"
        door.ok(release(LockToken(plan="plan-3", epoch=8)))
        door.ok(claim(LockToken(plan="plan-1", epoch=9), PLAN))
        door.ok(undoing(epoch=10))
        assert door.ok(Recall()).plan_copy is None

    def test_a_take_over_that_is_refused_leaves_the_copy_of_the_plan_that_is_put_back(self, door: Door) -> None:
        door.ok(claim(plan_copy=PLAN))
        assert door.refused(undoing(plan_copy=b"x" * ((4 << 20) + 1))).code == "not-written"
        seen = door.ok(Recall())
        assert seen.lock is not None
        assert (seen.lock.plan, seen.plan_copy) == ("plan-1", PLAN)

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
