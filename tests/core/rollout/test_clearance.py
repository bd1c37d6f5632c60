"""May a node be stopped now? Asked of all as they are at this moment; no answer means no."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.observation import Member, RestView
from agent.core.planning.plan import Shape
from agent.core.rollout.clearance import judge_clearance, loss_of_lock
from agent.core.rollout.events import Cause, ClearanceDenied, ClearancePostponed, LockRefused, NodeCleared
from agent.core.rollout.moves import AskClearance
from agent.core.rollout.table import LockState, StepState
from tests.core.rollout.situations import MARK, NOW_RUNNING, at, gone, look, rollout_with
from tests.simulator.cluster import NEW_DIGEST, OLD_DIGEST, plan_for

if TYPE_CHECKING:
    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.progress import Progress

NAMES = ("a", "b", "c", "d")
SERVING = look(digest=OLD_DIGEST, log=MARK)
DOWN = gone(SERVING)
STARTING = look(digest=OLD_DIGEST, state="STARTING")
MAINTENANCE = look(digest=OLD_DIGEST, code=503, state="MAINTENANCE")
LOCKED = look(digest=OLD_DIGEST, code=500, state="ERROR")
ALL_ACTIVE = tuple(Member(node_id=name, state="ACTIVE", alive=True) for name in NAMES)


def plan(**terms: Any) -> Plan:
    return plan_for(NAMES, **terms)


def ask(
    looks: dict[str, Observation | str],
    *,
    taken: tuple[str, ...] = (),
    progress: Progress | None = None,
    of: Plan | None = None,
    **terms: Any,
) -> NodeCleared | ClearanceDenied | ClearancePostponed:
    """Ask for node a; the others are all that are looked at."""
    move = AskClearance(node="a", others=tuple(name for name in looks if name != "a"), taken=taken)
    return judge_clearance(of or plan(**terms), progress or at(StepState.STAGED, "a"), move, looks)


def reason_of(verdict: object) -> str:
    assert isinstance(verdict, ClearanceDenied)
    return verdict.reason


# Its own state.


def test_a_serving_node_is_cleared_while_all_others_serve() -> None:
    assert ask({"a": SERVING, "b": SERVING}) == NodeCleared(node="a", state="running", process=NOW_RUNNING, log=MARK)


@pytest.mark.parametrize("mine", [DOWN, LOCKED])
def test_a_node_that_serves_nobody_is_cleared_whatever_the_others_do(mine: Observation) -> None:
    assert isinstance(ask({"a": mine, "b": DOWN, "c": STARTING}, budget=1), NodeCleared)


@pytest.mark.parametrize("mine", [STARTING, MAINTENANCE, look(digest=OLD_DIGEST, state="STOPPING")])
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_a_node_that_is_on_its_way_is_not_stopped(mine: Observation, shape: Shape) -> None:
    verdict = ask({"a": mine, "b": SERVING}, shape=shape)
    assert isinstance(verdict, ClearanceDenied)
    assert (verdict.other, verdict.cause) == ("a", Cause.REFUSED)
    assert "a node that is on its way is not stopped" in verdict.reason


# Silence.


@pytest.mark.parametrize("silent", ["a", "b"])
def test_no_answer_means_no(silent: str) -> None:
    verdict = ask({"a": DOWN, "b": SERVING, silent: "timed out"})
    assert isinstance(verdict, ClearanceDenied)
    assert (verdict.cause, verdict.other) == (Cause.UNREACHABLE, silent)
    assert verdict.reason == f"could not look at {silent}: timed out"


# The file.


@pytest.mark.parametrize("digest", [NEW_DIGEST, None])
@pytest.mark.parametrize("state", ["RUNNING", "STARTING"])
def test_a_node_is_not_stopped_for_another_file_than_the_plans(digest: str | None, state: str) -> None:
    verdict = ask({"a": look(digest=digest, state=state), "b": SERVING})
    assert isinstance(verdict, ClearanceDenied)
    assert (verdict.node, verdict.other, verdict.cause) == ("a", "a", Cause.REFUSED)
    assert "filestore-config.xml changed since the plan was made" in verdict.reason
    assert f"expected {OLD_DIGEST}, found {digest or 'what cannot be read'}" in verdict.reason


def test_a_node_that_is_down_is_not_started_on_another_file_either() -> None:
    assert isinstance(ask({"a": gone(look(digest=NEW_DIGEST)), "b": SERVING}), ClearanceDenied)


def test_after_a_commit_the_new_file_is_the_one_expected() -> None:
    """So asked for a node whose log blames our file, and for one that was committed before an interruption."""
    committed = at(StepState.SICK, "a", committed=True, wrote=True)
    assert isinstance(ask({"a": LOCKED}, progress=committed), ClearanceDenied)
    assert isinstance(ask({"a": look(code=500, state="ERROR")}, progress=committed), NodeCleared)


# The budget.


@pytest.mark.parametrize(
    ("budget", "others", "cleared"),
    [
        (1, {"b": SERVING, "c": SERVING}, True),
        (1, {"b": DOWN, "c": SERVING}, False),
        (1, {"b": STARTING, "c": SERVING}, False),
        (1, {"b": MAINTENANCE, "c": SERVING}, False),
        (1, {"b": LOCKED, "c": SERVING}, False),
        (1, {"b": look(digest=OLD_DIGEST, state="STOPPING"), "c": SERVING}, False),
        (2, {"b": DOWN, "c": SERVING}, True),
        (2, {"b": DOWN, "c": LOCKED, "d": SERVING}, False),
        (3, {"b": DOWN, "c": LOCKED, "d": SERVING}, True),
        (3, {"b": DOWN, "c": DOWN}, False),
        (9, {}, False),
    ],
)
def test_all_that_do_not_serve_count_and_another_must_serve(
    budget: int,
    others: dict[str, Observation | str],
    cleared: bool,  # noqa: FBT001 - a column
) -> None:
    verdict = ask({"a": SERVING, **others}, budget=budget)
    assert isinstance(verdict, NodeCleared if cleared else ClearanceDenied)


def test_the_others_file_is_their_own_affair() -> None:
    assert isinstance(ask({"a": SERVING, "b": look(digest="sha256:other")}), NodeCleared)


def test_those_left_out_count_as_down() -> None:
    looks: dict[str, Observation | str] = {"a": SERVING, "b": SERVING, "c": SERVING}
    assert reason_of(ask(looks, absent=("d",))) == (
        "d is left out: stopping a now would leave 2 nodes not serving, and 1 may be"
    )
    assert isinstance(ask(looks, absent=("d",), budget=2), NodeCleared)
    assert isinstance(ask({**looks, "c": DOWN}, absent=("d",), budget=2), ClearanceDenied)


def test_who_is_in_the_way_is_named() -> None:
    verdict = ask({"a": SERVING, "b": DOWN, "c": LOCKED, "d": SERVING}, budget=2)
    assert isinstance(verdict, ClearanceDenied)
    assert (verdict.other, verdict.cause) == ("b", Cause.REFUSED)
    assert verdict.reason == "b is down, c is error: stopping a now would leave 3 nodes not serving, and 2 may be"


def test_that_nobody_would_serve_is_said_as_such() -> None:
    assert reason_of(ask({"a": SERVING, "b": DOWN}, budget=2)) == "b is down: no node would serve while a is stopped"
    assert reason_of(ask({"a": SERVING})) == (
        "no other node serves while a is stopped; say --accept-downtime to accept that"
    )


def test_a_downtime_that_was_accepted_needs_nobody_else_but_stays_within_the_budget() -> None:
    assert isinstance(ask({"a": SERVING}, accept_downtime=True), NodeCleared)
    assert isinstance(ask({"a": SERVING, "b": DOWN}, accept_downtime=True, budget=2), NodeCleared)
    assert isinstance(ask({"a": SERVING, "b": DOWN}, accept_downtime=True, budget=1), ClearanceDenied)


def test_together_the_others_health_does_not_count() -> None:
    assert isinstance(ask({"a": SERVING}, shape=Shape.TOGETHER), NodeCleared)


# Those on their way.


def test_one_on_its_way_counts_whatever_it_says() -> None:
    looks: dict[str, Observation | str] = {"a": SERVING, "b": SERVING, "c": SERVING}
    assert isinstance(ask(looks, taken=("b",), budget=2), NodeCleared)
    assert ask(looks, taken=("b",), budget=1) == ClearancePostponed(node="a", other="b", reason="b first")


def test_what_would_be_right_once_they_are_back_is_postponed_and_else_denied() -> None:
    looks: dict[str, Observation | str] = {"a": SERVING, "b": SERVING, "c": DOWN, "d": SERVING}
    assert isinstance(ask(looks, taken=("b",), budget=2), ClearancePostponed)
    denied = ask(looks, taken=("b",), budget=1)
    assert isinstance(denied, ClearanceDenied)
    assert denied.other == "c"
    assert "b is on its way, c is down" in denied.reason
    assert isinstance(ask(looks, taken=("b",), budget=2, absent=("e",)), ClearanceDenied)


def test_the_last_that_serves_waits_for_those_on_their_way() -> None:
    assert isinstance(ask({"a": SERVING, "b": SERVING}, taken=("b",), budget=2), ClearancePostponed)
    assert isinstance(ask({"a": SERVING, "b": SERVING}, taken=("b",), budget=2, accept_downtime=True), NodeCleared)


# What the cluster itself says.


def listing(seen: Observation, *members: Member, faults: tuple[str, ...] = ()) -> Observation:
    return replace(seen, rest=RestView(members=members or None, faults=faults))


def consulting(**terms: Any) -> Plan:
    return replace(plan(**terms), consults=True, known_node_ids=tuple((name, name) for name in NAMES))


def others_with(first: Observation) -> dict[str, Observation | str]:
    return {"a": listing(SERVING, *ALL_ACTIVE), "b": first, "c": listing(SERVING, *ALL_ACTIVE)}


def test_a_cluster_that_lists_all_as_healthy_does_not_object() -> None:
    assert isinstance(ask(others_with(listing(SERVING, *ALL_ACTIVE)), of=consulting()), NodeCleared)


@pytest.mark.parametrize(
    ("sick", "words"),
    [
        (Member(node_id="c", state="OFFLINE", alive=True), "c is OFFLINE in the cluster's list"),
        (Member(node_id="c", state="ACTIVE", alive=False), "c is ACTIVE and not alive in the cluster's list"),
    ],
)
def test_one_list_that_calls_a_node_sick_is_enough_though_it_says_running(sick: Member, words: str) -> None:
    looks = others_with(listing(SERVING, *(it for it in ALL_ACTIVE if it.node_id != "c"), sick))
    assert words in reason_of(ask(looks, of=consulting()))
    assert isinstance(ask(looks, of=consulting(budget=2)), NodeCleared)


def test_what_a_list_says_of_the_node_itself_or_of_one_that_is_not_asked_costs_nothing() -> None:
    itself = Member(node_id="a", state="ACTIVE", alive=False)
    elsewhere = Member(node_id="d", state="OFFLINE", alive=False)
    looks = others_with(listing(SERVING, itself, elsewhere))
    assert isinstance(ask(looks, of=consulting()), NodeCleared)


def test_a_stranger_is_a_no_and_is_named() -> None:
    looks = others_with(listing(SERVING, *ALL_ACTIVE, Member(node_id="x", state="ACTIVE", alive=True)))
    verdict = ask(looks, of=consulting(budget=3))
    assert isinstance(verdict, ClearanceDenied)
    assert (verdict.other, verdict.cause) == ("x", Cause.REFUSED)
    assert "the cluster knows x, which the inventory lacks" in verdict.reason
    assert isinstance(ask(looks, of=consulting(absent=("x",), budget=2)), NodeCleared)
    nameless = replace(consulting(), known_node_ids=())
    assert isinstance(ask(looks, of=nameless), NodeCleared)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (SERVING, "no answer"),
        (listing(SERVING), "no answer"),
        (listing(SERVING, faults=("members: 403",)), "members: 403"),
    ],
)
def test_a_list_that_nobody_can_read_is_a_no(seen: Observation, why: str) -> None:
    verdict = ask({"a": seen, "b": SERVING}, of=consulting())
    assert reason_of(verdict) == f"the cluster's own list of its nodes cannot be read: {why}"


def test_one_list_that_can_be_read_is_enough() -> None:
    looks: dict[str, Observation | str] = {"a": SERVING, "b": listing(SERVING, *ALL_ACTIVE)}
    assert isinstance(ask(looks, of=consulting()), NodeCleared)


def test_a_node_that_serves_nobody_is_stopped_without_asking_the_cluster() -> None:
    assert isinstance(ask({"a": DOWN, "b": SERVING}, of=consulting()), NodeCleared)


def test_a_lock_is_lost_only_where_it_was_held_and_a_look_shows_it() -> None:
    rollout = rollout_with(at(StepState.WARMING))
    assert loss_of_lock(rollout, "jira-1", "it timed out") is None
    assert loss_of_lock(rollout_with(at(StepState.WARMING), lock=LockState.FOREIGN), "jira-1", look()) is None
    lost = loss_of_lock(rollout, "jira-1", look(lock=None, epoch=9))
    assert lost == LockRefused(node="jira-1", holder="", host="", plan="", epoch=9, since="")
