"""How far has a rollout come? What may happen at all, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    Cause,
    ClearanceDenied,
    ClearancePostponed,
    ConfigCommitted,
    ConfigStaged,
    Event,
    LockRefused,
    LockReleased,
    MoveRefused,
    MoveStarted,
    NodeAwaited,
    NodeClaimed,
    NodeCleared,
    NodeReady,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    RolloutEnded,
    RolloutHalted,
    RolloutUndone,
    StartAsked,
    StopAsked,
)
from agent.core.rollout.fold import OutOfTurn, Rollout, advance, begin, next_moves, replay
from agent.core.rollout.moves import AskClearance, ClaimLock, CommitDocument, HaltRollout, LookAgain, StageDocument
from agent.core.rollout.table import LockState, StepState
from tests.core.rollout import situations
from tests.core.rollout.situations import BEFORE, COMMITTED_AT, MARK, after, at, rollout_with, sample, started
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, plan_for, step_for

PLAN = plan_for(["jira-1", "jira-2"])


def told(events: list[Event], plan: object = None) -> Rollout:
    return situations.told(events, plan or PLAN)  # type: ignore[arg-type]  # a plan


CLAIMED: list[Event] = [
    MoveStarted(act=Act.CLAIM, nodes=("jira-1",)),
    NodeClaimed(node="jira-1"),
    MoveStarted(act=Act.CLAIM, nodes=("jira-2",)),
    NodeClaimed(node="jira-2"),
]
STAGED: list[Event] = [
    *CLAIMED,
    MoveStarted(act=Act.STAGE, nodes=("jira-1", "jira-2")),
    ConfigStaged(node="jira-1", digest=NEW_DIGEST),
    ConfigStaged(node="jira-2", digest=NEW_DIGEST),
]
STOPPED: list[Event] = [
    *STAGED,
    NodeCleared(node="jira-1", state="running", process=BEFORE, log=MARK),
    MoveStarted(act=Act.STOP, nodes=("jira-1",)),
    StopAsked(node="jira-1"),
    NodeStopped(node="jira-1"),
]
WARMING: list[Event] = [
    *STOPPED,
    MoveStarted(act=Act.COMMIT, nodes=("jira-1",)),
    ConfigCommitted(node="jira-1", digest=NEW_DIGEST, receipt=COMMITTED_AT),
    MoveStarted(act=Act.START, nodes=("jira-1",)),
    StartAsked(node="jira-1"),
]


def test_an_event_for_a_stranger_is_an_error() -> None:
    with pytest.raises(OutOfTurn, match="jira-9"):
        advance(told([]), NodeStopped(node="jira-9"))


def test_a_move_begun_on_several_nodes_moves_all_or_none() -> None:
    rollout = told(CLAIMED)
    with pytest.raises(OutOfTurn):
        advance(rollout, MoveStarted(act=Act.STAGE, nodes=("jira-1", "jira-9")))
    assert rollout.steps["jira-1"].state is StepState.WAITING


@pytest.mark.parametrize("event", [NodeClaimed(node="jira-1"), RolloutEnded(outcome="ok")])
def test_nothing_happens_before_the_start(event: Event) -> None:
    with pytest.raises(OutOfTurn, match="outside a running rollout"):
        advance(begin(PLAN), event)


def test_nothing_happens_after_the_end() -> None:
    ended = told([RolloutEnded(outcome="ok")])
    assert next_moves(ended) == ()
    with pytest.raises(OutOfTurn):
        advance(ended, NodeClaimed(node="jira-1"))


def test_a_rollout_starts_once_and_halts_once() -> None:
    halt = RolloutHalted(cause=Cause.INTERRUPTED, node=None, reason="asked to stop", next="")
    with pytest.raises(OutOfTurn, match="started twice"):
        advance(told([]), started(PLAN))
    with pytest.raises(OutOfTurn, match="halted twice"):
        advance(told([halt]), halt)


def test_another_plans_journal_is_refused() -> None:
    with pytest.raises(OutOfTurn, match="tells of plan plan-0"):
        advance(begin(PLAN), replace(started(PLAN), plan="plan-0"))


def test_a_plan_whose_document_changed_since_is_refused() -> None:
    changed = replace(started(PLAN).steps[0], digest="sha256:other")
    with pytest.raises(OutOfTurn, match="as it is now"):
        advance(begin(PLAN), replace(started(PLAN), steps=(changed, *started(PLAN).steps[1:])))


def test_the_first_name_is_claimed_alone_and_then_the_others() -> None:
    assert next_moves(told([])) == (ClaimLock(node="jira-1"),)
    assert next_moves(told(CLAIMED[:1])) == ()
    assert next_moves(told(CLAIMED[:2])) == (ClaimLock(node="jira-2"),)


def test_the_votes_are_asked_for_all_at_once_after_the_last_lock() -> None:
    assert next_moves(told(CLAIMED)) == (StageDocument(node="jira-1"), StageDocument(node="jira-2"))
    assert next_moves(told(STAGED[:-1])) == ()


def test_a_commit_of_all_goes_in_parallel_after_the_last_vote() -> None:
    plan = plan_for(["jira-1", "jira-2"], shape=Shape.COMMIT)
    assert next_moves(told(STAGED, plan)) == (CommitDocument(node="jira-1"), CommitDocument(node="jira-2"))


def test_a_rolling_restart_asks_about_one_node_and_looks_at_all_others() -> None:
    assert next_moves(told(STAGED)) == (AskClearance(node="jira-1", others=("jira-2",)),)


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (MoveRefused(act=Act.STAGE, node="jira-1", code="no-space", reason="full"), Cause.REFUSED),
        (NodeUnreachable(act=Act.STAGE, node="jira-1", reason="no route"), Cause.UNREACHABLE),
    ],
)
def test_the_first_setback_halts_and_speaks_for_the_rollout(event: Event, cause: Cause) -> None:
    rollout = told([*STAGED[:5], event])
    (halt,) = next_moves(rollout)
    assert isinstance(halt, HaltRollout)
    assert (halt.cause, halt.node) == (cause, "jira-1")
    later = advance(rollout, MoveRefused(act=Act.STAGE, node="jira-2", code="x", reason="another"))
    assert later.trouble == rollout.trouble


def test_a_lost_answer_is_looked_for_before_anything_else_is_done() -> None:
    plan = plan_for(["jira-1", "jira-2"], shape=Shape.COMMIT)
    begun = MoveStarted(act=Act.COMMIT, nodes=("jira-1",))
    rollout = told([*STAGED, begun, AnswerLost(act=Act.COMMIT, node="jira-1", reason="cut")], plan)
    assert rollout.steps["jira-1"].state is StepState.UNCERTAIN
    assert rollout.trouble is None
    assert next_moves(rollout) == (LookAgain(node="jira-1", act=Act.COMMIT),)


def test_a_foreign_lock_is_told_with_its_holder() -> None:
    refused = LockRefused(node="jira-1", holder="mia", host="desk", plan="p9", epoch=9, since="noon")
    rollout = told([CLAIMED[0], refused])
    assert rollout.trouble is not None
    assert rollout.trouble.reason == "locked by mia on desk for plan p9 since noon"


def test_an_epoch_that_came_between_is_told_as_such() -> None:
    refused = LockRefused(node="jira-1", holder="", host="", plan="", epoch=9, since="")
    assert "another rollout took the node" in told([CLAIMED[0], refused]).locks["jira-1"].note


def test_a_bad_look_breaks_the_row_of_good_ones() -> None:
    rollout = told(
        [
            *WARMING,
            ReadySeen(node="jira-1", streak=2),
            NodeSeen(node="jira-1", state="error"),
        ]
    )
    assert rollout.steps["jira-1"].streak == 0
    assert advance(rollout, NodeReady(node="jira-1")).steps["jira-1"].down is False


def test_waiting_breaks_no_row_and_moves_nothing() -> None:
    before = told(
        [
            *WARMING,
            ReadySeen(node="jira-1", streak=2),
        ]
    )
    assert advance(before, NodeAwaited(act=Act.START, node="jira-1", state="x", seconds=60, limit=600)) == before


def test_a_clearance_denied_halts_with_its_own_cause() -> None:
    denied = ClearanceDenied(node="jira-1", other="jira-2", cause=Cause.UNREACHABLE, reason="jira-2 is silent")
    rollout = told([*STAGED, denied])
    assert rollout.trouble is not None
    assert (rollout.trouble.cause, rollout.trouble.reason) == (Cause.UNREACHABLE, "jira-2 is silent")


def test_a_sick_node_halts() -> None:
    rollout = told([*STOPPED, MoveStarted(act=Act.COMMIT, nodes=("jira-1",)), NodeSick(node="jira-1", reason="torn")])
    assert rollout.trouble is not None
    assert rollout.trouble.cause is Cause.SICK


def test_a_plan_of_no_steps_has_nothing_to_claim() -> None:
    empty = plan_for([], steps=())
    assert begin(empty).locks == {}
    assert begin(plan_for([], steps=(step_for("jira-1"),), bystanders=("jira-0",))).locks.keys() == {"jira-0", "jira-1"}
    assert OLD_DIGEST != NEW_DIGEST


# Postponed, several nodes, undone.


def test_a_node_that_moves_on_makes_room_for_the_postponed() -> None:
    rollout = rollout_with(at(StepState.WARMING), at(StepState.STAGED, "jira-2", postponed=True))
    still = after(rollout, sample(ReadySeen), sample(NodeSeen), sample(NodeAwaited, act=Act.START))
    assert still.steps["jira-2"].postponed
    assert not after(rollout, sample(NodeReady)).steps["jira-2"].postponed


def test_the_one_that_is_postponed_does_not_make_room_for_itself() -> None:
    rollout = rollout_with(at(StepState.WARMING), at(StepState.STAGED, "jira-2"))
    assert after(rollout, sample(ClearancePostponed, node="jira-2")).steps["jira-2"].postponed


def test_a_lock_that_moves_makes_room_for_nobody() -> None:
    rollout = rollout_with(at(StepState.STAGED, postponed=True), lock=LockState.RELEASING)
    assert after(rollout, sample(LockReleased)).steps["jira-1"].postponed


def test_an_act_on_several_nodes_begins_on_each() -> None:
    rollout = after(told(CLAIMED), MoveStarted(act=Act.STAGE, nodes=("jira-1", "jira-2")))
    assert [it.begun for it in rollout.steps.values()] == [Act.STAGE] * 2
    assert [it.state for it in rollout.steps.values()] == [StepState.STAGING] * 2


def test_what_was_undone_is_over_for_good() -> None:
    ended = told([RolloutEnded(outcome="halted")])
    undone = advance(ended, RolloutUndone(by="plan-2", holder="ops", host="desk"))
    assert undone.undone
    assert next_moves(undone) == ()
    for event in (sample(NodeClaimed), RolloutUndone(by=None, holder="ops", host="desk"), RolloutEnded(outcome="ok")):
        with pytest.raises(OutOfTurn, match="outside a running rollout"):
            advance(undone, event)


def test_a_replay_is_the_fold_of_its_events() -> None:
    events: list[Event] = [started(PLAN), *WARMING]
    assert replay(PLAN, events) == told(WARMING)
    with pytest.raises(OutOfTurn):
        replay(PLAN, [started(PLAN), *WARMING, sample(NodeStopped)])


def test_the_epoch_and_the_pause_are_those_of_the_start() -> None:
    rollout = advance(begin(PLAN), started(PLAN, epoch=4, pause_after=2))
    assert (rollout.epoch, rollout.pause_at) == (4, 2)
