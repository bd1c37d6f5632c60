"""Stopping and starting Jira."""

from __future__ import annotations

from agent.core.document import digest_of
from agent.core.observation import Presence
from agent.node.port import (
    Start,
    Stop,
)
from tests.node.contract.door import NEW, OURS, Door, commit, stage
from tests.node.contract.given import Given


class ServiceContract(Given):
    """Stopping and starting Jira."""

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
