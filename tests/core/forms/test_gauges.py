"""The gauges of a check say what its report says, of each node and of each cluster, also where there was no look."""

from __future__ import annotations

import pytest
from hypothesis import given

from agent.core.forms.gauges import OUTCOMES, PREFIX, gauges_of
from agent.core.judging.standing import Standing
from agent.core.report import NodeRow, Report
from agent.core.text.moments import seconds_of
from agent.core.text.printable import printable
from agent.errors import Outcome
from tests.core.forms.reports import reports

NOW = seconds_of("2026-11-22T20:31:00Z")
THEN = "2026-11-22T20:00:00Z"


def _numbers(report: Report, *asked: str) -> dict[tuple[str, ...], float]:
    """Return every sample by the short name of its gauge and its labels."""
    gauges = gauges_of(report, version="1.2.3", asked=asked, now=NOW)
    return {
        (gauge.name.removeprefix(f"{PREFIX}_"), *sample.labels): sample.value
        for gauge in gauges
        for sample in gauge.samples
    }


def _row(standing: str = "CURRENT", **facts: object) -> NodeRow:
    return NodeRow(name="jira-1", cluster="prod", standing=standing, state="running", facts=facts)


def _report(*rows: NodeRow, outcome: Outcome = Outcome.OK, **facts: object) -> Report:
    told = {"cluster": "prod", "outcome": str(outcome), "checked_at": THEN, "duration_seconds": 1.5, **facts}
    return Report(task="drift", outcome=outcome, sentence="So.", nodes=rows, facts={"clusters": [told]})


@given(report=reports())
def test_no_sample_is_told_twice_and_each_node_has_the_one_standing_of_its_row(report: Report) -> None:
    gauges = gauges_of(report, version="1.2.3", asked=(), now=NOW)

    for gauge in gauges:
        labels = [sample.labels for sample in gauge.samples]
        assert len(set(labels)) == len(labels)
        assert all(len(who) == len(gauge.labels) for who in labels)
    numbers = _numbers(report)
    last = {(printable(row.cluster), printable(row.name)): row.standing for row in report.nodes}
    for who, standing in last.items():
        told = [str(it) for it in Standing if numbers["node_standing", *who, it] == 1]
        assert told == ([standing] if standing else [])


@given(report=reports())
def test_every_cluster_has_one_outcome_and_the_time_of_its_check(report: Report) -> None:
    numbers = _numbers(report, "prod")
    clusters = {labels[0] for name, *labels in numbers if name == "cluster_outcome"}

    assert clusters
    for cluster in clusters:
        assert ("last_check_timestamp_seconds", cluster) in numbers
        assert sum(numbers["cluster_outcome", cluster, it] for it in OUTCOMES) <= 1


def test_all_numbers_of_one_node() -> None:
    row = _row(
        "RESTART_PENDING",
        needs_restart=True,
        in_transition=True,
        flapping=True,
        remarks=[{"severity": "note"}, {"severity": "fault"}, {"severity": "note"}],
        since=THEN,
        first_seen="2026-11-22T20:15:00Z",
        last_good="2026-11-22T19:00:00Z",
    )

    numbers = _numbers(_report(row, outcome=Outcome.DRIFT))

    who = ("prod", "jira-1")
    assert numbers["node_standing", *who, "RESTART_PENDING"] == 1
    assert numbers["node_standing", *who, "CURRENT"] == 0
    assert numbers["node_state", *who, "running"] == 1
    assert numbers["node_state", *who, "down"] == 0
    assert [numbers[f"node_{it}", *who] for it in ("restart_pending", "in_transition", "flapping")] == [1, 1, 1]
    assert [numbers["node_remarks", *who, it] for it in ("note", "fault")] == [2, 1]
    assert numbers["node_drift_since_timestamp_seconds", *who] == NOW - 16 * 60
    assert numbers["node_last_good_timestamp_seconds", *who] == NOW - 91 * 60


def test_all_numbers_of_one_cluster() -> None:
    numbers = _numbers(_report(_row(), _row()))

    assert numbers["cluster_nodes", "prod"] == 2
    assert numbers["last_check_timestamp_seconds", "prod"] == NOW - 31 * 60
    assert numbers["check_duration_seconds", "prod"] == 1.5
    assert numbers["cluster_outcome", "prod", "ok"] == 1
    assert numbers["build_info", "prod", "1.2.3"] == 1


@pytest.mark.parametrize(
    ("standing", "facts", "since"),
    [
        ("DRIFTED", {"first_seen": None, "since": THEN}, True),
        ("DRIFTED", {"first_seen": THEN, "since": None}, True),
        ("DRIFTED", {"first_seen": "soon", "since": 3}, False),
        ("DRIFTED", {}, False),
        ("CURRENT", {"first_seen": THEN, "since": THEN}, False),
        ("CURRENT", {"first_seen": THEN, "remarks": [{"severity": "note"}]}, False),
        ("CURRENT", {"first_seen": THEN, "remarks": [{"severity": "fault"}]}, True),
        ("CURRENT", {"since": THEN, "remarks": [{"severity": "fault"}]}, False),
    ],
)
def test_drift_since_is_told_of_what_is_wrong_where_anything_tells(
    standing: str, facts: dict[str, object], since: object
) -> None:
    numbers = _numbers(_report(_row(standing, **facts)))

    assert (("node_drift_since_timestamp_seconds", "prod", "jira-1") in numbers) is since


@pytest.mark.parametrize(
    ("asked", "cluster", "labels"),
    [
        (("prod", "test"), None, {"prod", "test"}),
        (("all",), None, {""}),
        ((), None, {""}),
        ((), "prod", {"prod"}),
        (("all",), "prod", {"prod"}),
    ],
)
def test_a_check_that_ends_before_any_look_tells_its_outcome_and_of_no_node(
    asked: tuple[str, ...], cluster: str | None, labels: set[str]
) -> None:
    report = Report(task="drift", outcome=Outcome.INVALID, sentence="1 error.", cluster=cluster)

    numbers = _numbers(report, *asked)

    assert {label for name, label, *_ in numbers if name == "cluster_outcome"} == labels
    for label in labels:
        assert numbers["cluster_outcome", label, "invalid"] == 1
        assert numbers["cluster_outcome", label, "ok"] == 0
        assert numbers["cluster_nodes", label] == 0
        assert numbers["last_check_timestamp_seconds", label] == NOW
    assert not any(name.startswith("node_") or name == "check_duration_seconds" for name, *_ in numbers)


def test_a_cluster_with_invalid_files_stands_beside_the_others() -> None:
    told = [
        {"cluster": "prod", "outcome": "ok", "checked_at": THEN, "duration_seconds": 1},
        {"cluster": "test", "outcome": "invalid", "checked_at": THEN, "duration_seconds": 0},
    ]
    report = Report(task="drift", outcome=Outcome.INVALID, sentence="So.", nodes=(_row(),), facts={"clusters": told})

    numbers = _numbers(report, "all")

    assert (numbers["cluster_outcome", "prod", "ok"], numbers["cluster_outcome", "test", "invalid"]) == (1, 1)
    assert (numbers["cluster_nodes", "prod"], numbers["cluster_nodes", "test"]) == (1, 0)


def test_a_report_that_tells_of_nodes_alone_has_the_tasks_outcome_for_their_cluster() -> None:
    report = Report(task="drift", outcome=Outcome.DRIFT, sentence="So.", nodes=(_row("DRIFTED"),))

    assert _numbers(report)["cluster_outcome", "prod", "drift"] == 1
