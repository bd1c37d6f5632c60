"""How a rollout ended, in the one word that scripts read, and which command comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.rollout.events import Cause
from agent.core.rollout.outcome import next_command, next_task, outcome_of, touched
from agent.core.rollout.progress import Lock, Progress
from agent.core.rollout.table import LockState, StepState
from agent.core.routing import ChangeClass
from tests.core.rollout.situations import COMMITTED_AT, at, halted, rollout_with

if TYPE_CHECKING:
    from agent.core.rollout.progress import Rollout

DONE: dict[str, Any] = {"wrote": True, "committed": True, "started": True, "handled": True, "ready": True}


def done(name: str = "jira-1", **facts: Any) -> Progress:
    return at(StepState.DONE, name, **{**DONE, **facts})


@pytest.mark.parametrize(
    ("rollout", "outcome"),
    [
        (rollout_with(done()), "ok"),
        (rollout_with(done(), at(StepState.SKIPPED, "jira-2")), "partial"),
        (rollout_with(at(StepState.COMMITTED, restart=False)), "ok"),
        # Interrupted, whatever else there is.
        (halted(at(StepState.UNCERTAIN), cause=Cause.INTERRUPTED), "interrupted"),
        # Nothing was changed at all: the cause speaks.
        (halted(at(StepState.STAGED), cause=Cause.REFUSED), "refused"),
        (halted(at(StepState.WAITING), cause=Cause.LOCKED), "locked"),
        (halted(at(StepState.FAILED), cause=Cause.UNREACHABLE), "unreachable"),
        (halted(at(StepState.DRAINED), cause=Cause.HOOK), "halted"),
        (halted(at(StepState.WAITING), cause=Cause.PAUSED), "halted"),
        # Something was changed, and all is known.
        (halted(done(), at(StepState.STAGED, "jira-2"), cause=Cause.REFUSED), "halted"),
        (halted(at(StepState.REVERTED, handled=True), cause=Cause.REFUSED), "halted"),
        (halted(at(StepState.SICK, **DONE), cause=Cause.SICK), "halted"),
        # It needs a person.
        (halted(done(), cause=Cause.UNREACHABLE), "partial"),
        (halted(at(StepState.UNCERTAIN), cause=Cause.SICK), "partial"),
        (halted(at(StepState.SICK, wrote=True), cause=Cause.REFUSED), "partial"),
    ],
)
def test_the_outcome_is_told_by_what_is_known_of_every_node(rollout: Rollout, outcome: str) -> None:
    assert outcome_of(rollout) == outcome


@pytest.mark.parametrize("lock", [Lock(state=LockState.LEFT), Lock(inherited=True)])
def test_a_lock_that_may_lie_on_needs_a_person(lock: Lock) -> None:
    finished = replace(rollout_with(done()), locks={"jira-1": lock})
    assert outcome_of(finished) == "partial"
    stopped = replace(halted(at(StepState.STAGED), cause=Cause.REFUSED), locks={"jira-1": lock})
    assert outcome_of(stopped) == "partial"


@pytest.mark.parametrize(
    ("change", "first", "second", "outcome"),
    [
        (ChangeClass.TUNING, done(), at(StepState.STAGED, "jira-2"), "halted"),
        (ChangeClass.COSMETIC, done(), at(StepState.STAGED, "jira-2"), "halted"),
        (ChangeClass.ROUTING, done(), at(StepState.STAGED, "jira-2"), "partial"),
        (ChangeClass.ROUTING, done(), done("jira-2", ready=False), "halted"),
        (ChangeClass.ROUTING, at(StepState.REVERTED, handled=True), at(StepState.STAGED, "jira-2"), "halted"),
        (
            ChangeClass.ROUTING,
            at(StepState.COMMITTED, wrote=True, ready=True),
            at(StepState.STAGED, "jira-2"),
            "halted",
        ),
        (ChangeClass.ROUTING, at(StepState.DONE, document=False, started=True), done("jira-2"), "partial"),
    ],
)
def test_old_and_new_routing_side_by_side_need_a_person(
    change: ChangeClass, first: Progress, second: Progress, outcome: str
) -> None:
    assert outcome_of(halted(first, second, cause=Cause.SICK, change=change)) == outcome


@pytest.mark.parametrize(
    ("progress", "is_touched"),
    [
        (at(StepState.WAITING), False),
        (at(StepState.STAGED, litter=True), False),
        (at(StepState.DRAINED, drained=True), False),
        (at(StepState.REVERTED), False),
        (at(StepState.REVERTED, handled=True), True),
        (at(StepState.FAILED, wrote=True), True),
        (at(StepState.REVERTED, receipt=COMMITTED_AT), True),
        (at(StepState.STARTING, started=True), True),
        (at(StepState.STOPPED, down=True), True),
        (at(StepState.SICK), True),
    ],
)
def test_a_node_is_touched_when_its_file_or_its_process_was_changed_at_any_time(
    progress: Progress,
    is_touched: bool,  # noqa: FBT001 - a column
) -> None:
    assert touched(progress) is is_touched


# The next command.


@pytest.mark.parametrize(
    ("cause", "untouched", "begun"),
    [
        (Cause.REFUSED, "plan", "resume"),
        (Cause.LOCKED, "lock", "lock"),
        (Cause.UNREACHABLE, "doctor", "doctor"),
        (Cause.UNCERTAIN, "status", "resume"),
        (Cause.SICK, "resume", "resume"),
        (Cause.INTERRUPTED, "resume", "resume"),
        (Cause.PAUSED, "resume", "resume"),
        (Cause.HOOK, "resume", "resume"),
    ],
)
def test_what_comes_next_follows_from_the_cause_and_from_what_was_begun(
    cause: Cause, untouched: str, begun: str
) -> None:
    assert next_task(rollout_with(at(StepState.STAGED)), cause) == untouched
    assert next_task(rollout_with(done()), cause) == begun
    assert next_command(rollout_with(done()), cause) == f"filestore-agent {begun} --cluster prod"
