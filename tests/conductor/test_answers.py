"""What a node's answer to an act means, where no story comes by: locks above all, and a crew that waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from agent.conductor.answers import NOT_DONE, UNPROVEN, events_after, events_after_look, words
from agent.conductor.crew import crew_of
from agent.conductor.loop import no_hooks
from agent.conductor.requests import requests_of
from agent.conductor.vigil import Vigil, after_looks
from agent.core.observation import LockHolder
from agent.core.rollout.events import (
    Act,
    LockLeft,
    LockRefused,
    LockReleased,
    MoveRefused,
    NodeClaimed,
    StartAsked,
    StopAsked,
    TimedOut,
)
from agent.core.rollout.moves import AskClearance, AwaitReady, AwaitStopped, DrainNode, StopNode
from agent.core.rollout.table import StepState
from agent.node.port import Observe, Ok, Refused
from tests.core.rollout.situations import BEFORE, at, look, rollout_with
from tests.simulator.cluster import IDENTITY, Cluster

if TYPE_CHECKING:
    from agent.core.observation import Observation
    from agent.core.rollout.events import NodeEvent
    from agent.node.port import Answer, Request

ROLLOUT = rollout_with(at(StepState.WARMING, process=BEFORE))
"""Of plan-1, under epoch 7."""


def locked(plan: str = "plan-1", epoch: int = 7, *, holder: str = "ops", host: str = "workstation") -> Observation:
    return look(lock=LockHolder(holder=holder, host=host, plan=plan, epoch=epoch, since="noon"), epoch=7)


def refused(seen: Observation, code: str = "locked") -> Refused:
    return Refused(code=code, reason="no", observation=seen)


def answered(act: Act, answer: Answer) -> NodeEvent:
    (event,) = events_after(ROLLOUT, act, "jira-1", answer)
    return event


def test_a_lock_is_ours_where_plan_epoch_and_holder_are() -> None:
    assert answered(Act.CLAIM, Ok(observation=locked())) == NodeClaimed(node="jira-1")
    assert answered(Act.CLAIM, refused(locked())) == NodeClaimed(node="jira-1")


def test_a_lock_of_ours_from_before_is_not_had_and_not_anybody_elses() -> None:
    event = answered(Act.CLAIM, refused(locked(epoch=6), "no-space"))
    assert event == MoveRefused(act=Act.CLAIM, node="jira-1", code="no-space", reason="no")


@pytest.mark.parametrize(
    "lock",
    [
        locked("plan-2", 3, holder="mia\x1b", host="desk"),
        locked("plan-1", 8, holder="mia", host="desk"),
        locked(holder="mia", host="desk"),
        locked(host="desk"),
    ],
)
def test_another_plan_or_a_later_controller_holds_it_by_name_made_printable(lock: Observation) -> None:
    event = answered(Act.CLAIM, refused(lock))
    assert isinstance(event, LockRefused)
    assert (event.holder.isprintable(), event.host, event.since) == (True, "desk", "noon")


def test_a_free_lock_that_could_not_be_had_is_fenced_or_refused() -> None:
    assert isinstance(answered(Act.CLAIM, refused(look(epoch=7), "epoch")), LockRefused)
    assert isinstance(answered(Act.CLAIM, refused(look(epoch=6), "no-space")), MoveRefused)
    unproven = answered(Act.CLAIM, Ok(observation=look(epoch=6)))
    assert isinstance(unproven, MoveRefused)
    assert unproven.code == UNPROVEN


def test_a_claim_that_a_look_does_not_show_has_not_happened_whatever_the_epoch() -> None:
    (event,) = events_after_look(ROLLOUT, Act.CLAIM, "jira-1", look(epoch=9))
    assert isinstance(event, MoveRefused)
    assert event.code == NOT_DONE


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (look(), LockReleased),
        (locked(), LockLeft),
        (locked(epoch=6), LockLeft),
        (locked(epoch=8), LockReleased),
        (locked("plan-2", 3), LockReleased),
    ],
)
def test_after_a_release_only_a_lock_of_ours_is_left(seen: Observation, kind: type[NodeEvent]) -> None:
    assert isinstance(answered(Act.RELEASE, Ok(observation=seen)), kind)


def test_a_start_in_doubt_shows_by_another_process_and_a_stop_in_doubt_is_waited_for() -> None:
    assert events_after_look(ROLLOUT, Act.START, "jira-1", look(ticks=50)) == ()
    assert events_after_look(ROLLOUT, Act.START, "jira-1", look(ticks=200)) == (StartAsked(node="jira-1"),)
    assert events_after_look(ROLLOUT, Act.STOP, "jira-1", look()) == (StopAsked(node="jira-1"),)


def test_a_good_answer_has_no_excuse() -> None:
    assert words(Ok(observation=look())) == ""
    assert "\x1b" not in words(ValueError("odd \x1b[31m"))


def test_a_hook_that_the_plan_does_not_have_is_never_run() -> None:
    with pytest.raises(LookupError, match="the plan has no hook before-stop"):
        requests_of(ROLLOUT, DrainNode(node="jira-1"), IDENTITY, "noon")


def test_a_look_for_a_node_without_a_step_is_a_fault_of_the_program() -> None:
    move = AskClearance(node="jira-9", others=())
    with pytest.raises(LookupError, match="jira-9"):
        after_looks(ROLLOUT, move, Vigil(since=0.0, due=0.0), {"jira-9": Ok(observation=look())}, 0.0)


@pytest.mark.parametrize(
    ("move", "state"), [(AwaitStopped, StepState.STOPPING), (AwaitReady, StepState.WARMING)], ids=["stop", "start"]
)
@pytest.mark.parametrize(("sent", "ends"), [("before", False), ("after", True)])
def test_what_was_seen_before_the_patience_ended_says_nothing_of_afterwards(
    move: type[AwaitStopped | AwaitReady], state: StepState, sent: str, *, ends: bool
) -> None:
    """This machine may have slept between a look and the reading of its answer."""
    patience = ROLLOUT.plan.patience
    limit = patience.stop_timeout if move is AwaitStopped else patience.ready_timeout
    vigil = Vigil(since=0.0, due=0.0, asked=limit - 1 if sent == "before" else limit)
    waiting = rollout_with(at(state, process=BEFORE))

    events, _ = after_looks(waiting, move(node="jira-1"), vigil, {"jira-1": Ok(observation=locked())}, 1000 * limit)

    assert [type(it) for it in events if isinstance(it, TimedOut)] == [TimedOut] * ends


def test_a_crew_of_threads_can_be_waited_for_in_vain() -> None:
    """While a slow node is asked, those that are due are not kept waiting."""
    gate = threading.Event()
    cluster = Cluster(1)

    class Slow:
        name, identity = "jira-1", None

        def perform(self, request: Request) -> Answer:
            gate.wait(10)
            return cluster.ports["jira-1"].perform(request)

        def close(self) -> None:
            """Nothing is open."""

    crew = crew_of(2, {"jira-1": Slow()}, no_hooks)
    crew.send(StopNode(node="jira-1"), "jira-1", Observe())
    assert crew.receive(0.001) is None
    gate.set()
    delivery = crew.receive(10)
    assert delivery is not None
    assert isinstance(delivery.answer, Ok)
    crew.dismiss()


def test_one_alone_has_nothing_to_give_where_nothing_was_asked() -> None:
    crew = crew_of(1, {}, no_hooks)
    assert crew.receive(None) is None
    crew.send(StopNode(node="jira-1"), "jira-1", Observe())
    delivery = crew.receive(None)
    assert delivery is not None
    assert isinstance(delivery.answer, KeyError)
    crew.dismiss()
