"""Terminal, JSON, JUnit and metrics of one check tell the same of each node, whatever is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from agent.core.forms.gauges import gauges_of
from agent.core.forms.junit_cases import suites_of
from agent.core.inventory.nodeset import expand
from agent.core.judging.standing import Standing
from agent.core.planning.plan import Shape
from agent.core.text.moments import seconds_of
from agent.edges.junit import junit_bytes
from agent.edges.metrics import metrics_bytes
from agent.errors import Outcome
from agent.operations.doctor import doctor
from agent.operations.drift import drift
from agent.operations.plan import plan
from tests.operations.contract import as_json
from tests.operations.test_drift import (
    _cosmetic,
    _drifted,
    _restart_pending,
    _split,
    _time_bomb,
    _unknown,
    _unreachable,
    _unreadable,
)
from tests.operations.world import Yard, yard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.core.report import Report

NOW = seconds_of("2026-11-22T20:31:00Z")
SPOILERS: tuple[Callable[[Yard], None], ...] = (
    _unreachable,
    _unknown,
    _unreadable,
    _split,
    _time_bomb,
    _drifted,
    _restart_pending,
    _cosmetic,
)


def _in_metrics(report: Report, kind: str) -> dict[str, str]:
    content = metrics_bytes(gauges_of(report, version="1", asked=(), now=NOW)).decode()
    return {
        sample.labels["node"]: sample.labels[kind]
        for family in text_string_to_metric_families(content)
        for sample in family.samples
        if family.name == f"filestore_agent_node_{kind}" and sample.value == 1
    }


def _on_the_terminal(report: Report) -> dict[str, str]:
    words = [line.text.split() for line in report.lines]
    return {name: found[0] for found in words if found[0] in set(Standing) for name in expand(found[1])}


def _bad_in_junit(report: Report) -> set[str]:
    read = JUnitXml.fromstring(junit_bytes(suites_of(report), now=NOW, host="desk"))
    return {case.classname for suite in read for case in suite if case.is_failure or case.is_error}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wrong=st.lists(st.sampled_from(SPOILERS), max_size=2))
def test_all_forms_of_a_drift_check_agree_on_every_node(tmp_path: Path, wrong: list[Callable[[Yard], None]]) -> None:
    there = yard(tmp_path)
    for spoil in wrong:
        spoil(there)

    report = drift(there.world(), there.choice(), template=None)

    told = {row.name: str(row.standing) for row in report.nodes}
    assert {node["name"]: node["standing"] for node in as_json(report)["nodes"]} == told
    assert _on_the_terminal(report) == told
    assert _in_metrics(report, "standing") == told
    assert _in_metrics(report, "state") == {row.name: row.state for row in report.nodes}
    odd = {f"drift.prod.{name}" for name, standing in told.items() if standing != "CURRENT"}
    assert _bad_in_junit(report) == (odd | {"drift"} if odd else set())


@pytest.mark.parametrize("spoil", SPOILERS)
def test_junit_of_a_plan_agrees_with_its_exit_code(tmp_path: Path, spoil: Callable[[Yard], None]) -> None:
    there = yard(tmp_path)
    spoil(there)

    report = plan(there.world(), there.choice(), template=None, shape=Shape.COMMIT, said=frozenset())

    assert bool(_bad_in_junit(report)) is (report.outcome is not Outcome.OK)


def test_junit_of_doctor_has_a_case_for_each_check_and_names_the_bad_one(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.machine("jira-2").missing_tools = ("sha256sum",)

    report = doctor(there.world(), there.choice(), template=None)

    cases = {(it.place, it.case.name): str(it.case.result) for suite in suites_of(report) for it in suite.trials}
    checks = {(f"doctor.prod.{row.name}", case.name) for row in report.nodes for case in row.cases}
    assert len(checks) > 20
    assert checks <= set(cases)
    assert {who for who, result in cases.items() if result != "passed"} == {
        ("doctor.prod.jira-2", "tools"),
        ("doctor", "the verdict"),
    }
