"""What do a step and a lock remember of an event, beside the state that the table gives them?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.rollout.events import (
    Act,
    AnswerLost,
    ClearanceDenied,
    ClearancePostponed,
    ConfigCommitted,
    ConfigRestored,
    ConfigStaged,
    Event,
    HookFailed,
    LockLeft,
    LockRefused,
    LockReleased,
    MoveRefused,
    MoveStarted,
    NodeAdmitted,
    NodeAwaited,
    NodeClaimed,
    NodeCleared,
    NodeDiagnosed,
    NodeDrained,
    NodeProgressed,
    NodeReadmitted,
    NodeReady,
    NodeRevived,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    StageDiscarded,
    StageLeft,
    StartAsked,
    StepReopened,
    StepSkipped,
    TimedOut,
)
from agent.core.rollout.progress import Lock
from agent.core.rollout.table import LockState, StepState
from tests.core.rollout.situations import BEFORE, COMMITTED_AT, MARK, after, at, rollout_with, sample
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST


def step(progress: object, *events: object) -> object:
    return after(rollout_with(progress), *events).steps["jira-1"]  # type: ignore[arg-type]  # a progress and its events


def begun(act: Act) -> MoveStarted:
    return MoveStarted(act=act, nodes=("jira-1",))


@pytest.mark.parametrize(
    ("progress", "events", "facts"),
    [
        (at(StepState.WAITING), [begun(Act.STAGE)], {"begun": Act.STAGE, "litter": True, "tried": {Act.STAGE}}),
        (at(StepState.CLEARED), [begun(Act.DRAIN)], {"begun": Act.DRAIN, "drained": True}),
        (at(StepState.STOPPED), [begun(Act.COMMIT)], {"wrote": True, "handled": False}),
        (at(StepState.STOPPED, streak=2), [begun(Act.START)], {"started": True, "streak": 0}),
        (at(StepState.CLEARED), [begun(Act.STOP)], {"down": False, "handled": False}),
        (at(StepState.STAGING, begun=Act.STAGE, litter=True), [sample(ConfigStaged)], {"begun": None, "litter": True}),
        (
            at(StepState.STAGING, litter=True),
            [NodeUnreachable(act=Act.STAGE, node="jira-1", reason="no route")],
            {"litter": False, "note": "no route"},
        ),
        (
            at(StepState.STAGING, litter=True, inherits=True),
            [NodeUnreachable(act=Act.STAGE, node="jira-1", reason="no route")],
            {"litter": True},
        ),
        (at(StepState.STAGING, litter=True), [sample(MoveRefused)], {"litter": True, "note": "word"}),
        (
            at(StepState.COMMITTING, wrote=True),
            [sample(MoveRefused, act=Act.COMMIT)],
            {"wrote": False, "lies": OLD_DIGEST},
        ),
        (
            at(StepState.COMMITTING, wrote=True, lies=NEW_DIGEST),
            [sample(MoveRefused, act=Act.COMMIT)],
            {"wrote": True},
        ),
        (at(StepState.COMMITTING, wrote=True, committed=True), [sample(MoveRefused, act=Act.COMMIT)], {"wrote": True}),
        (at(StepState.STARTING, started=True), [sample(MoveRefused, act=Act.START)], {"started": False}),
        (at(StepState.STOPPING), [sample(MoveRefused, act=Act.STOP)], {"begun": None, "down": False}),
        (
            at(StepState.COMMITTING, begun=Act.COMMIT, wrote=True),
            [sample(AnswerLost, act=Act.COMMIT)],
            {"begun": Act.COMMIT, "wrote": True, "note": "word"},
        ),
        (
            at(StepState.UNCERTAIN, begun=Act.COMMIT),
            [sample(NodeUnreachable, act=Act.COMMIT)],
            {"begun": Act.COMMIT, "unreadable": True},
        ),
        (
            at(StepState.COMMITTING, begun=Act.COMMIT, litter=True, started=True),
            [ConfigCommitted(node="jira-1", digest=NEW_DIGEST, receipt=COMMITTED_AT)],
            {
                "begun": None, "litter": False, "handled": True, "wrote": True, "committed": True, "started": False,
                "lies": NEW_DIGEST, "receipt": COMMITTED_AT,
            },
        ),
        (
            at(StepState.REVERTING, wrote=True, committed=True, blamed=True),
            [ConfigRestored(node="jira-1", digest=OLD_DIGEST, receipt=COMMITTED_AT)],
            {"wrote": False, "committed": False, "started": False, "blamed": False, "lies": OLD_DIGEST},
        ),
        (
            at(StepState.STOPPING, tried=frozenset({Act.STOP, Act.START, Act.ADMIT, Act.DRAIN}), started=True),
            [NodeStopped(node="jira-1")],
            {"down": True, "started": False, "handled": True, "tried": {Act.DRAIN}},
        ),
        (at(StepState.STARTING), [StartAsked(node="jira-1")], {"started": True, "handled": True, "wrote": False}),
        (
            at(StepState.UNCERTAIN),
            [StartAsked(node="jira-1", receipt=COMMITTED_AT)],
            {"wrote": True, "committed": True, "lies": NEW_DIGEST, "receipt": COMMITTED_AT, "started": True},
        ),
        (at(StepState.WARMING, down=True, note="x"), [sample(NodeReady)], {"down": False, "ready": True, "note": ""}),
        (at(StepState.WARMING, down=True, started=True), [sample(NodeRevived)], {"down": False, "started": False}),
        (at(StepState.WARMING), [sample(NodeSick)], {"undiagnosed": True, "note": "word"}),
        (at(StepState.WARMING), [sample(TimedOut, act=Act.START)], {"undiagnosed": True}),
        (at(StepState.STOPPING), [sample(TimedOut, act=Act.STOP)], {"undiagnosed": False, "note": "word"}),
        (at(StepState.COMMITTING), [sample(NodeSick)], {"undiagnosed": False}),
        (
            at(StepState.SICK, undiagnosed=True),
            [sample(NodeDiagnosed, blames_config=True)],
            {"undiagnosed": False, "blamed": True},
        ),
        (at(StepState.SICK, blamed=True), [sample(ClearanceDenied)], {"blamed": False, "note": "word"}),
        (at(StepState.WAITING), [sample(ClearancePostponed)], {"postponed": True, "note": ""}),
        (
            at(StepState.WAITING),
            [NodeCleared(node="jira-1", state="running", process=BEFORE, log=MARK)],
            {"process": BEFORE, "log": MARK, "serving": True},
        ),
        (
            at(StepState.WAITING, log=MARK),
            [NodeCleared(node="jira-1", state="down", process=None)],
            {"process": None, "log": MARK, "serving": False},
        ),
        (at(StepState.DRAINING, drained=True), [sample(NodeDrained)], {"drained": True, "begun": None}),
        (at(StepState.DRAINING, drained=True), [sample(HookFailed)], {"drained": True, "note": "word"}),
        (at(StepState.ADMITTING, drained=True), [sample(NodeAdmitted)], {"drained": False}),
        (at(StepState.ADMITTING, drained=True), [sample(NodeReadmitted)], {"drained": False}),
        (
            at(StepState.FAILED, litter=True, inherits=True),
            [sample(StageDiscarded)],
            {"litter": False, "inherits": False},
        ),
        (at(StepState.FAILED, litter=True), [sample(StageLeft)], {"litter": True, "note": "word"}),
        (at(StepState.SICK), [sample(StepSkipped)], {"note": "word"}),
        (
            at(StepState.UNCERTAIN, ready=True, begun=Act.COMMIT),
            [
                StepReopened(
                    node="jira-1", on_disk=NEW_DIGEST, committed=True, ours=True, down=True, receipt=COMMITTED_AT
                )
            ],
            {
                "wrote": True, "committed": True, "down": True, "lies": NEW_DIGEST, "receipt": COMMITTED_AT,
                "ready": False, "started": False, "begun": None,
            },
        ),
        (
            at(StepState.UNCERTAIN),
            [
                StepReopened(
                    node="jira-1", on_disk=NEW_DIGEST, committed=True, ours=True, down=False, serves=False, started=True
                )
            ],
            {"wrote": True, "started": True, "serving": False, "down": False},
        ),
    ],
)  # fmt: skip
def test_a_step_remembers_what_an_event_said(progress: object, events: list[object], facts: dict[str, object]) -> None:
    found = step(progress, *events)
    assert {name: getattr(found, name) for name in facts} == facts


@pytest.mark.parametrize("event", [sample(NodeAwaited, act=Act.START), sample(NodeProgressed)])
def test_waiting_and_getting_on_change_nothing(event: Event) -> None:
    before = rollout_with(at(StepState.WARMING, streak=2))
    assert after(before, event) == before


# What a lock remembers.


def lock(state: LockState, *events: Event, **facts: object) -> object:
    rollout = rollout_with(at(StepState.WAITING))
    rollout = replace(rollout, locks={"jira-1": replace(Lock(state=state), **facts)})  # type: ignore[arg-type]  # the facts of one lock
    return after(rollout, *events).locks["jira-1"]


@pytest.mark.parametrize(
    ("state", "event", "facts"),
    [
        (LockState.FREE, begun(Act.CLAIM), {"begun": Act.CLAIM, "tried": {Act.CLAIM}, "inherited": True}),
        (LockState.CLAIMING, sample(NodeClaimed), {"begun": None, "inherited": False}),
        (LockState.CLAIMING, sample(AnswerLost, act=Act.CLAIM), {"begun": Act.CLAIM, "note": "word"}),
        (LockState.CLAIMING, sample(MoveRefused, act=Act.CLAIM), {"begun": None, "inherited": True, "is_left": True}),
        (LockState.CLAIMING, sample(LockRefused), {"begun": None, "inherited": False, "is_left": False}),
        (LockState.RELEASING, sample(LockLeft), {"begun": None, "note": "word", "is_left": True}),
        (LockState.RELEASING, sample(LockReleased), {"begun": None, "inherited": False, "is_left": False}),
    ],
)
def test_a_lock_remembers_what_an_event_said(state: LockState, event: Event, facts: dict[str, object]) -> None:
    begun_act = None if isinstance(event, MoveStarted) else Act.CLAIM
    found = lock(state, event, inherited=True, begun=begun_act)
    assert {name: getattr(found, name) for name in facts} == facts
