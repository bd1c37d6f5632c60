from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.judging.sight import SilenceKind
from agent.core.observation import Observation, StatusPage
from agent.core.planning.capacity_guards import down_at_once
from agent.core.planning.plan import Shape
from tests.core.planning.test_guards import CURRENT, DRIFTED, PENDING, against, codes, judged, planned
from tests.core.sightings import REFUSED, document, down, file_of

TUNED = document(concurrency=7)
SILENT_PAGE = StatusPage(reason="timed out")
STARTING = StatusPage(code=200, state="STARTING")
REINDEXING = StatusPage(code=503, state="MAINTENANCE")


def test_a_node_left_out_on_purpose_still_counts_as_down() -> None:
    found = against(
        DRIFTED,
        SilenceKind.UNREACHABLE,
        DRIFTED,
        shape=Shape.ROLLING,
        selected=frozenset({"jira-1", "jira-3"}),
        said=frozenset({"--allow-partial"}),
        absent=("jira-2",),
    )

    assert [it.code for it in found] == ["budget"]


def with_page(page: StatusPage, seen: Observation = DRIFTED) -> Observation:
    return replace(seen, status=page)


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER])
def test_without_a_status_page_nothing_is_restarted(shape: Shape) -> None:
    (objection,) = against(with_page(SILENT_PAGE), CURRENT, shape=shape)

    assert (objection.code, objection.flags) == ("status-unknown", ())
    assert "timed out" in objection.sentence
    assert codes(with_page(SILENT_PAGE), CURRENT, shape=Shape.COMMIT) == []


@pytest.mark.parametrize("page", [STARTING, SILENT_PAGE, REFUSED, StatusPage(code=500, state="ERROR")])
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.RESTART])
def test_no_running_node_is_stopped_while_another_is_not_running(page: StatusPage, shape: Shape) -> None:
    due = PENDING if shape is Shape.RESTART else DRIFTED
    (objection,) = against(due, with_page(page, CURRENT), CURRENT, shape=shape)

    assert objection.code == "budget"
    assert objection.sentence.startswith("jira-2: not known to be running")
    assert codes(due, with_page(page, CURRENT), CURRENT, shape=shape, max_unavailable=2) == []


def test_a_node_that_does_not_run_and_takes_part_comes_first_and_costs_nothing() -> None:
    assert codes(down(file_of(TUNED)), DRIFTED, DRIFTED, shape=Shape.ROLLING) == []


def test_stopping_all_together_needs_nobody_else_running() -> None:
    assert codes(DRIFTED, with_page(STARTING, CURRENT), shape=Shape.TOGETHER) == []
    assert codes(DRIFTED, shape=Shape.TOGETHER) == []


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.RESTART])
def test_the_only_node_is_restarted_only_where_downtime_is_accepted(shape: Shape) -> None:
    due = PENDING if shape is Shape.RESTART else DRIFTED
    (objection,) = against(due, shape=shape)

    assert (objection.code, objection.flags) == ("downtime", ("--accept-downtime",))
    assert not against(due, shape=shape, said=frozenset({"--accept-downtime"}))


def test_the_last_running_node_is_not_stopped_whatever_the_budget() -> None:
    found = codes(DRIFTED, with_page(STARTING, CURRENT), shape=Shape.ROLLING, max_unavailable=5)

    assert found == ["max-unavailable", "downtime"]


def test_a_lone_node_that_does_not_run_may_be_started() -> None:
    assert codes(down(file_of(TUNED)), shape=Shape.ROLLING) == []


@pytest.mark.parametrize(("page", "word"), [(STARTING, "starting"), (REINDEXING, "reindexing")])
@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.TOGETHER, Shape.RESTART])
def test_a_node_that_starts_or_reindexes_is_not_stopped(page: StatusPage, word: str, shape: Shape) -> None:
    due = PENDING if shape is Shape.RESTART else DRIFTED
    (objection,) = against(with_page(page, due), due, CURRENT, shape=shape)

    assert (objection.code, objection.flags) == ("busy", ())
    assert objection.sentence.startswith(f"jira-1: Jira is {word}")
    assert codes(with_page(page, DRIFTED), DRIFTED, shape=Shape.COMMIT) == []


def test_a_budget_of_all_nodes_needs_the_word_for_a_downtime() -> None:
    seen = (DRIFTED, DRIFTED, CURRENT)
    (objection,) = against(*seen, shape=Shape.ROLLING, max_unavailable=3)

    assert (objection.code, objection.flags) == ("max-unavailable", ("--accept-downtime",))
    assert "all 3 nodes" in objection.sentence
    assert "at most 2" in objection.sentence
    assert codes(*seen, shape=Shape.ROLLING, max_unavailable=2) == []
    assert codes(*seen, shape=Shape.COMMIT, max_unavailable=3) == []
    assert codes(*seen, shape=Shape.TOGETHER, max_unavailable=3) == []


def test_a_member_of_the_cluster_that_is_dead_counts_as_down_too() -> None:
    seen = (DRIFTED, CURRENT, CURRENT)
    (objection,) = against(*seen, shape=Shape.ROLLING, absent=("node9",))

    assert objection.code == "budget"
    assert objection.sentence.startswith("node9: not known to be running, and stopping one more makes 2 down at once")
    assert not against(*seen, shape=Shape.ROLLING, absent=("node9",), max_unavailable=2)


def test_so_many_are_down_at_once_as_are_left_as_they_are_and_the_one_that_restarts() -> None:
    seen = judged(DRIFTED, with_page(STARTING, CURRENT), DRIFTED)
    plan = planned(seen, Shape.ROLLING, None)

    assert down_at_once(plan, seen) == 2
    assert down_at_once(replace(plan, absent=("jira-2", "node9")), seen) == 3


def test_a_budget_that_holds_is_no_comfort_where_nobody_else_serves() -> None:
    assert codes(DRIFTED, with_page(STARTING, CURRENT), with_page(STARTING, CURRENT), shape=Shape.ROLLING) == [
        "budget",
        "downtime",
    ]
