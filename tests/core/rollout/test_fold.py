from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import pytest

from agent.core.planning.plan import Plan, Shape
from agent.core.rollout.events import (
    Act,
    AnswerLost,
    Cause,
    ClearanceDenied,
    ConfigCommitted,
    ConfigStaged,
    Event,
    Incarnation,
    LockRefused,
    MoveRefused,
    MoveStarted,
    NodeAwaited,
    NodeClaimed,
    NodeCleared,
    NodeEvent,
    NodeReady,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    RolloutEnded,
    RolloutHalted,
    RolloutStarted,
    StartAsked,
    StepFacts,
    StopAsked,
)
from agent.core.rollout.fold import OutOfTurn, Rollout, advance, begin, next_moves, resume
from agent.core.rollout.moves import AskClearance, ClaimLock, CommitDocument, HaltRollout, LookAgain, StageDocument
from agent.core.rollout.table import LOCKS, STEPS, LockState, StepState, draw, lock_after, step_after
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, plan_for, step_for

PLAN = plan_for(["jira-1", "jira-2"])
KINDS = get_args(NodeEvent)
LOCK_ACTS = {Act.CLAIM, Act.RELEASE}


def sample(kind: type[Any], **given: object) -> Any:
    """Return an event of a kind with plain values wherever none is given."""
    plain: dict[str, object] = {
        "node": "jira-1",
        "act": Act.STAGE,
        "cause": Cause.REFUSED,
        "epoch": 1,
        "streak": 1,
        "seconds": 1.0,
        "limit": 1.0,
        "receipt": None,
        "process": None,
    }
    names = [field.name for field in fields(kind)]
    return kind(**{name: given.get(name, plain.get(name, "word")) for name in names})


def happenings() -> list[MoveStarted | NodeEvent]:
    started = [MoveStarted(act=act, nodes=("jira-1",)) for act in Act]
    return [*started, *(sample(kind) for kind in KINDS)]


def column(event: MoveStarted | NodeEvent) -> object:
    return event.act if isinstance(event, MoveStarted) else type(event)


def started(plan: Plan = PLAN) -> RolloutStarted:
    return RolloutStarted(
        plan=plan.id,
        cluster=plan.cluster,
        shape=plan.shape,
        change=plan.change,
        epoch=7,
        holder="ops",
        host="workstation",
        steps=tuple(
            StepFacts(
                node=step.node,
                expected=step.expected,
                digest=step.digest,
                restart=step.restart,
                running=step.running,
                document=step.document is not None,
            )
            for step in plan.steps
        ),
    )


def told(events: list[Event], plan: Plan = PLAN) -> Rollout:
    rollout = begin(plan)
    for event in (started(plan), *events):
        rollout = advance(rollout, event)
    return rollout


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
OLD_PROCESS = Incarnation(boot_id="boot", ticks=5)
STOPPED: list[Event] = [
    *STAGED,
    NodeCleared(node="jira-1", state="running", process=OLD_PROCESS),
    MoveStarted(act=Act.STOP, nodes=("jira-1",)),
    StopAsked(node="jira-1"),
    NodeStopped(node="jira-1"),
]


@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize("event", happenings(), ids=lambda event: str(column(event)))
def test_every_pair_of_a_step_goes_where_the_table_says_or_is_an_error(
    state: StepState, event: MoveStarted | NodeEvent
) -> None:
    wanted = STEPS[state].get(column(event))  # type: ignore[call-overload]  # the column of any event
    if wanted is None:
        with pytest.raises(OutOfTurn, match=r"jira-1: .* cannot happen now"):
            step_after("jira-1", state, event)
    else:
        assert step_after("jira-1", state, event) is wanted


@pytest.mark.parametrize("state", LockState)
@pytest.mark.parametrize("event", happenings(), ids=lambda event: str(column(event)))
def test_every_pair_of_a_lock_goes_where_the_table_says_or_is_an_error(
    state: LockState, event: MoveStarted | NodeEvent
) -> None:
    wanted = LOCKS[state].get(column(event))  # type: ignore[call-overload]  # the column of any event
    if wanted is None:
        with pytest.raises(OutOfTurn):
            lock_after("jira-1", state, event)
    else:
        assert lock_after("jira-1", state, event) is wanted


@pytest.mark.parametrize("state", StepState)
def test_advance_and_the_table_agree_in_every_state(state: StepState) -> None:
    rollout = told([])
    rollout = replace(rollout, steps={**rollout.steps, "jira-1": replace(rollout.steps["jira-1"], state=state)})
    for event in happenings():
        is_lock = not isinstance(event, MoveStarted | MoveRefused | NodeUnreachable | AnswerLost)
        if (is_lock and any(column(event) in row for row in LOCKS.values())) or (
            isinstance(event, MoveStarted) and event.act in LOCK_ACTS
        ):
            continue
        wanted = STEPS[state].get(column(event))  # type: ignore[call-overload]  # the column of any event
        if wanted is None:
            with pytest.raises(OutOfTurn):
                advance(rollout, event)
            assert rollout.steps["jira-1"].state is state
        else:
            assert advance(rollout, event).steps["jira-1"].state is wanted


def test_every_state_can_be_reached() -> None:
    reached = {StepState.WAITING} | {after for row in STEPS.values() for after in row.values()}
    assert reached == set(StepState) == set(STEPS)
    locks = {LockState.FREE} | {after for row in LOCKS.values() for after in row.values()}
    assert locks == set(LockState) == set(LOCKS)


def test_nothing_leads_out_of_done() -> None:
    assert STEPS[StepState.DONE] == {}


def test_uncertain_is_not_left_by_beginning_another_act() -> None:
    assert not any(isinstance(happening, Act) for happening in STEPS[StepState.UNCERTAIN])


def test_the_diagram_in_the_docs_is_drawn_from_the_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "rollout.md").read_text(encoding="utf-8")
    assert draw() in page


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
        advance(told([]), started())
    with pytest.raises(OutOfTurn, match="halted twice"):
        advance(told([halt]), halt)


def test_another_plans_journal_is_refused() -> None:
    with pytest.raises(OutOfTurn, match="tells of plan plan-0"):
        advance(begin(PLAN), replace(started(), plan="plan-0"))


def test_a_plan_whose_document_changed_since_is_refused() -> None:
    changed = replace(started().steps[0], digest="sha256:other")
    with pytest.raises(OutOfTurn, match="as it is now"):
        advance(begin(PLAN), replace(started(), steps=(changed, *started().steps[1:])))


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
            *STOPPED,
            MoveStarted(act=Act.COMMIT, nodes=("jira-1",)),
            ConfigCommitted(node="jira-1", digest=NEW_DIGEST, receipt=Incarnation(boot_id="boot", ticks=9)),
            MoveStarted(act=Act.START, nodes=("jira-1",)),
            StartAsked(node="jira-1"),
            ReadySeen(node="jira-1", streak=2),
            NodeSeen(node="jira-1", state="error"),
        ]
    )
    assert rollout.steps["jira-1"].streak == 0
    assert advance(rollout, NodeReady(node="jira-1")).steps["jira-1"].down is False


def test_waiting_breaks_no_row_and_moves_nothing() -> None:
    before = told(
        [
            *STOPPED,
            MoveStarted(act=Act.COMMIT, nodes=("jira-1",)),
            ConfigCommitted(node="jira-1", digest=NEW_DIGEST, receipt=Incarnation(boot_id="boot", ticks=9)),
            MoveStarted(act=Act.START, nodes=("jira-1",)),
            StartAsked(node="jira-1"),
            ReadySeen(node="jira-1", streak=2),
        ]
    )
    assert advance(before, NodeAwaited(act=Act.START, node="jira-1", state="x", seconds=60, limit=600)) == before


# Resume.


def test_an_act_without_an_outcome_is_uncertain_after_a_crash() -> None:
    rollout = resume(PLAN, [started(), *STAGED[:-1]])
    assert rollout.steps["jira-1"].state is StepState.STAGED
    assert rollout.steps["jira-2"].state is StepState.UNCERTAIN
    assert next_moves(rollout) == (LookAgain(node="jira-2", act=Act.STAGE),)


def test_a_lock_without_an_outcome_is_looked_at_after_a_crash() -> None:
    rollout = resume(PLAN, [started(), *CLAIMED[:-1]])
    assert next_moves(rollout) == (LookAgain(node="jira-2", act=Act.CLAIM),)


def test_permission_to_stop_does_not_survive_a_crash() -> None:
    events: list[Event] = [started(), *STAGED, NodeCleared(node="jira-1", state="running", process=OLD_PROCESS)]
    assert resume(PLAN, events).steps["jira-1"].state is StepState.STAGED
    bare = plan_for(["jira-1", "jira-2"], shape=Shape.RESTART)
    cleared = NodeCleared(node="jira-1", state="running", process=OLD_PROCESS)
    assert resume(bare, [started(bare), *CLAIMED, cleared]).steps["jira-1"].state is StepState.WAITING


def test_a_discard_is_simply_done_again_after_a_crash() -> None:
    halt = RolloutHalted(cause=Cause.INTERRUPTED, node=None, reason="asked to stop", next="")
    rollout = resume(PLAN, [started(), *STAGED, halt, MoveStarted(act=Act.DISCARD, nodes=("jira-1",))])
    assert rollout.steps["jira-1"].state is StepState.STAGED
    assert {move.node for move in next_moves(rollout) if not isinstance(move, HaltRollout)} == {"jira-1", "jira-2"}  # type: ignore[union-attr]  # only moves on nodes here


def test_a_finished_rollout_has_nothing_left_to_do_after_a_crash() -> None:
    assert next_moves(resume(PLAN, [started(), RolloutEnded(outcome="ok")])) == ()


def test_a_node_that_waits_for_its_process_goes_on_waiting_after_a_crash() -> None:
    rollout = resume(PLAN, [started(), *STOPPED[:-1]])
    assert rollout.steps["jira-1"].state is StepState.STOPPING


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
