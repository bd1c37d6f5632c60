"""What the cluster itself says of its nodes: every list counts, and the worst word wins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.observation import Member, RestView
from agent.core.rollout.members import fault_of_membership, members_in, unlisted, unwell
from tests.core.rollout.situations import look
from tests.simulator.cluster import plan_for

ONE, TWO = (Member(node_id=name, state="ACTIVE", alive=True) for name in ("n1", "n2"))
SILENT = Member(node_id="n2", state="ACTIVE", alive=False)
PLAN = replace(plan_for(("jira-1", "jira-2")), known_node_ids=(("jira-1", "n1"), ("jira-2", "n2")))


def listing(*members: Member) -> RestView:
    return RestView(members=members)


def test_all_that_any_node_lists_counts() -> None:
    looks = [look(rest=listing(ONE)), look(rest=listing(TWO)), look(rest=RestView()), look()]
    assert tuple(members_in(looks)) == (ONE, TWO)


def test_a_member_that_no_node_of_the_plan_is_known_by_is_told_once() -> None:
    stranger = Member(node_id="x", state="OFFLINE", alive=False)
    looks = [look(rest=listing(ONE, stranger)), look(rest=listing(stranger, TWO))]
    assert unlisted(PLAN, looks) == ("x",)
    assert unlisted(replace(PLAN, known_node_ids=()), looks) == ()


def test_a_node_that_one_list_calls_sick_is_unwell_by_its_name_in_the_plan() -> None:
    stranger = Member(node_id="x", state="OFFLINE", alive=False)
    looks = [look(rest=listing(ONE, TWO)), look(rest=listing(SILENT, stranger))]
    assert unwell(PLAN, looks) == {"jira-2": "ACTIVE and not alive in the cluster's list"}


@pytest.mark.parametrize(
    ("rest", "fault"),
    [
        (listing(ONE, TWO), None),
        (listing(ONE), "another node does not list n2 in the cluster yet"),
        (listing(), "another node does not list n2 in the cluster yet"),
        (listing(SILENT), "another node sees it ACTIVE and not alive in the cluster's list (its heartbeat may lag)"),
        (
            listing(TWO, replace(TWO, state="OFFLINE")),
            "another node sees it OFFLINE in the cluster's list (its heartbeat may lag)",
        ),
        (RestView(faults=("members: 401",)), "another node's list of the cluster cannot be read: members: 401"),
        (RestView(), "another node's list of the cluster cannot be read: it was not told"),
        (None, "another node's list of the cluster cannot be read: it was not told"),
    ],
)
def test_what_is_missing_before_another_node_sees_it_is_said(rest: RestView | None, fault: str | None) -> None:
    assert fault_of_membership("n2", look(rest=rest)) == fault
