"""Ready, by all who can tell: its own page first, then its checks, then the other nodes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import HealthCheck, IndexSummary, Member, RestView
from agent.core.rollout.evidence import Readiness
from agent.core.rollout.moves import AwaitReady
from agent.core.rollout.table import StepState
from agent.core.rollout.witnesses import judge_witnesses
from tests.core.rollout.situations import BEFORE, COMMITTED_AT, at, gone, hidden, look
from tests.simulator.cluster import plan_for

if TYPE_CHECKING:
    from agent.core.observation import Observation

PLAN = replace(plan_for(("jira-1", "jira-2", "jira-3")), consults=True)
WARMING = at(StepState.WARMING, committed=True, wrote=True, started=True, process=BEFORE, receipt=COMMITTED_AT)
INDEX = IndexSummary(node_id="jira-1", readable=True, in_database=9, in_index=9, queued=0)
WELL = RestView(checks=(HealthCheck(name="Backup Filestore", healthy=True),), index=INDEX)
SEEN = look(rest=RestView(members=(Member(node_id="jira-1", state="ACTIVE", alive=True),)))
UNSEEN = look(rest=RestView(members=(Member(node_id="jira-1", state="ACTIVE", alive=False),)))
GOOD = (Readiness.GOOD, "")


def judge(own: Observation | str, consults: bool = True, **others: Observation | str) -> tuple[Readiness, str]:  # noqa: FBT001, FBT002 - the plan's own
    looks = {"jira-1": own, **{name.replace("_", "-"): seen for name, seen in others.items()}}
    move = AwaitReady(node="jira-1", witnesses=tuple(name for name in looks if name != "jira-1"))
    return judge_witnesses(replace(PLAN, consults=consults), WARMING, move, looks)


def test_where_all_agree_the_look_is_good() -> None:
    assert judge(look(rest=WELL), jira_2=SEEN, jira_3=SEEN) == GOOD


def test_a_node_that_cannot_be_read_is_not_ready() -> None:
    assert judge("timed out") == (Readiness.NOT_YET, "timed out")


def test_its_own_page_comes_first() -> None:
    assert judge(look(state="STARTING", rest=WELL))[0] is Readiness.NOT_YET
    assert judge(look(code=500, state="ERROR", rest=WELL))[0] is Readiness.NEVER


def test_without_a_token_its_own_page_is_all() -> None:
    assert judge(look(), consults=False) == GOOD


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        (None, "Jira's own pages cannot be read: they were not answered"),
        (RestView(), "Jira's own pages cannot be read: they were not answered"),
        (replace(WELL, checks=None, faults=("checks: 401",)), "Jira's own pages cannot be read: checks: 401"),
        (replace(WELL, index=None, faults=("index: 500",)), "Jira's own pages cannot be read: index: 500"),
        (
            replace(WELL, index=replace(INDEX, node_id="jira-7")),
            "the page was answered by jira-7, another node than jira-1",
        ),
        (replace(WELL, index=replace(INDEX, readable=False)), "the node's index is not readable yet"),
    ],
)
def test_what_its_pages_do_not_say_yet_is_waited_for(rest: RestView | None, reason: str) -> None:
    assert judge(look(rest=rest)) == (Readiness.NOT_YET, reason)


def test_a_page_that_does_not_say_whose_it_is_is_taken_for_this_nodes() -> None:
    assert judge(look(rest=replace(WELL, index=replace(INDEX, node_id=None)))) == GOOD


def test_a_node_whose_name_in_the_cluster_is_not_known_is_judged_by_its_own_pages_alone() -> None:
    nameless = replace(WARMING, step=replace(WARMING.step, node_id=None))
    looks: dict[str, Observation | str] = {
        "jira-1": look(rest=replace(WELL, index=replace(INDEX, node_id="jira-7"))),
        "jira-2": UNSEEN,
    }
    assert judge_witnesses(PLAN, nameless, AwaitReady(node="jira-1", witnesses=("jira-2",)), looks) == GOOD


@pytest.mark.parametrize(("said", "told"), [("no space", "no space"), ("", "no reason given")])
def test_a_failing_check_is_final_since_it_will_hit_every_node(said: str, told: str) -> None:
    failing = HealthCheck(name="Backup Filestore", healthy=False, reason=said)
    assert judge(look(rest=replace(WELL, checks=(*(WELL.checks or ()), failing))), jira_2=SEEN) == (
        Readiness.NEVER,
        f"Jira's own check 'Backup Filestore' fails: {told}",
    )


def test_a_heartbeat_that_lags_is_waited_for() -> None:
    verdict, reason = judge(look(rest=WELL), jira_2=UNSEEN)
    assert verdict is Readiness.NOT_YET
    assert "its heartbeat may lag" in reason


def test_every_list_that_can_be_read_must_have_it_healthy() -> None:
    assert judge(look(rest=WELL), jira_2=UNSEEN, jira_3=SEEN)[0] is Readiness.NOT_YET
    assert judge(look(rest=WELL), jira_2=SEEN, jira_3=UNSEEN)[0] is Readiness.NOT_YET


@pytest.mark.parametrize("mute", ["timed out", look(), look(rest=RestView(faults=("members: 500",)))])
def test_one_list_that_can_be_read_is_enough(mute: Observation | str) -> None:
    assert judge(look(rest=WELL), jira_2=mute, jira_3=SEEN) == GOOD
    assert judge(look(rest=WELL), jira_2=SEEN, jira_3=mute) == GOOD


def test_a_witness_that_does_not_answer_is_waited_for() -> None:
    assert judge(look(rest=WELL), jira_2="timed out") == (Readiness.NOT_YET, "jira-2 cannot be asked: timed out")


def test_a_witness_whose_state_is_not_known_may_still_tell() -> None:
    assert judge(look(rest=WELL), jira_2=replace(hidden(look()), status=look(state="ODD").status))[0] is (
        Readiness.NOT_YET
    )


@pytest.mark.parametrize("other", [gone(look()), look(state="STARTING"), look(code=500, state="ERROR")])
def test_one_that_does_not_serve_itself_has_nothing_to_tell(other: Observation) -> None:
    assert judge(look(rest=WELL), jira_2=other) == GOOD


def test_where_nobody_else_is_left_nobody_else_is_asked() -> None:
    assert judge(look(rest=WELL)) == GOOD
