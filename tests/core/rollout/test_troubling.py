"""Which events end new work, and with which cause?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import HealthCheck
from agent.core.rollout.events import (
    Act,
    Cause,
    ClearanceDenied,
    Event,
    HookFailed,
    LockRefused,
    MoveRefused,
    NodeDiagnosed,
    NodeSick,
    NodeUnreachable,
    TimedOut,
)
from agent.core.rollout.table import LockState, StepState
from tests.core.rollout.situations import after, at, halted, rollout_with, sample
from tests.simulator.cluster import plan_for

if TYPE_CHECKING:
    from agent.core.rollout.fold import Rollout

PLAN = plan_for(["jira-1", "jira-2"])


@pytest.mark.parametrize(
    ("progress", "event", "cause"),
    [
        (at(StepState.STARTING), sample(MoveRefused, act=Act.START), Cause.SICK),
        (at(StepState.COMMITTING), sample(MoveRefused, act=Act.COMMIT), Cause.REFUSED),
        (at(StepState.COMMITTING), sample(NodeUnreachable, act=Act.COMMIT), Cause.UNREACHABLE),
        (at(StepState.UNCERTAIN), sample(NodeUnreachable, act=Act.COMMIT), Cause.UNCERTAIN),
        (at(StepState.DRAINING), sample(HookFailed, act=Act.DRAIN), Cause.HOOK),
        (at(StepState.ADMITTING), sample(HookFailed, act=Act.ADMIT), Cause.HOOK),
        (at(StepState.STOPPING), sample(TimedOut, act=Act.STOP), Cause.SICK),
        (at(StepState.COMMITTING), sample(NodeSick), Cause.SICK),
        (at(StepState.SICK), sample(NodeDiagnosed), Cause.SICK),
        (at(StepState.WAITING), sample(ClearanceDenied, cause=Cause.UNREACHABLE), Cause.UNREACHABLE),
    ],
)
def test_each_setback_ends_new_work_with_its_cause(progress: object, event: Event, cause: Cause) -> None:
    trouble = after(rollout_with(progress), event).trouble  # type: ignore[arg-type]  # a progress
    assert trouble is not None
    assert (trouble.cause, trouble.node) == (cause, "jira-1")


@pytest.mark.parametrize("event", [sample(NodeSick), sample(TimedOut, act=Act.START)])
def test_a_node_that_does_not_come_up_is_not_judged_before_its_log_was_read(event: Event) -> None:
    rollout = after(rollout_with(at(StepState.WARMING)), event)
    assert rollout.trouble is None
    assert rollout.steps["jira-1"].undiagnosed
    judged = after(rollout, sample(NodeDiagnosed, sentence="it lacks a bucket", hint="see validate"))
    assert judged.trouble is not None
    assert judged.trouble.reason == "word; it lacks a bucket; see validate"


def test_within_the_failure_budget_a_diagnosis_ends_nothing_unless_it_blames_the_file() -> None:
    rollout = rollout_with(at(StepState.SICK, undiagnosed=True), max_failures=1)
    assert after(rollout, sample(NodeDiagnosed)).trouble is None
    assert after(rollout, sample(NodeDiagnosed, blames_config=True)).trouble is not None


def test_a_failing_check_of_the_file_stores_ends_work_whatever_the_failure_budget() -> None:
    check = HealthCheck(name="Backup Filestore", healthy=False)
    sick = after(rollout_with(at(StepState.WARMING), max_failures=9), sample(NodeSick, check=check))
    assert sick.steps["jira-1"].check == check
    assert after(sick, sample(NodeDiagnosed)).trouble is not None


def test_what_was_skipped_counts_as_a_failure() -> None:
    rollout = rollout_with(at(StepState.SICK), at(StepState.SKIPPED, "jira-2"), max_failures=1)
    assert after(rollout, sample(NodeDiagnosed)).trouble is not None


def test_what_goes_wrong_while_putting_back_is_no_new_trouble() -> None:
    assert after(halted(at(StepState.COMMITTING)), sample(NodeSick)).trouble is None


def bystanders_rollout(lock: LockState) -> Rollout:
    rollout = rollout_with(at(StepState.WAITING), bystanders=("jira-2",))
    locks = {**rollout.locks, "jira-2": replace(rollout.locks["jira-2"], state=lock)}
    return replace(rollout, locks=locks)


@pytest.mark.parametrize("kind", [MoveRefused, NodeUnreachable])
def test_a_bystander_that_cannot_be_claimed_is_no_trouble(kind: type[Event]) -> None:
    rollout = after(bystanders_rollout(LockState.CLAIMING), sample(kind, act=Act.CLAIM, node="jira-2"))
    assert rollout.trouble is None
    assert rollout.is_spared("jira-2")


def test_somebody_elses_lock_on_a_bystander_is_trouble() -> None:
    rollout = after(bystanders_rollout(LockState.CLAIMING), sample(LockRefused, node="jira-2"))
    assert rollout.trouble is not None
    assert rollout.trouble.cause is Cause.LOCKED
    assert not rollout.is_spared("jira-2")


def test_a_lock_in_doubt_that_cannot_be_read_is_uncertain() -> None:
    rollout = rollout_with(at(StepState.WAITING), lock=LockState.UNSURE)
    trouble = after(rollout, sample(NodeUnreachable, act=Act.CLAIM)).trouble
    assert trouble is not None
    assert trouble.cause is Cause.UNCERTAIN
