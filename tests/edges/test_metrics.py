"""Metrics are text that Prometheus' own tool finds nothing to say against, whatever the nodes are called."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from prometheus_client.parser import text_string_to_metric_families

from agent.core.forms.gauges import ABOUT, PREFIX, Gauge, Sample, gauges_of
from agent.core.report import Report
from agent.core.text.moments import seconds_of
from agent.edges.metrics import metrics_bytes
from agent.errors import Outcome
from tests.core.forms.reports import reports
from tests.support.need import needs

NOW = seconds_of("2026-11-22T20:31:00Z")


def _written(report: Report) -> bytes:
    return metrics_bytes(gauges_of(report, version="1.2.3", asked=("prod",), now=NOW))


def _promtool(content: bytes) -> str:
    ran = subprocess.run(["promtool", "check", "metrics"], input=content, capture_output=True, check=False)
    return "" if ran.returncode == 0 and not ran.stderr else f"{ran.returncode}: {(ran.stdout + ran.stderr).decode()}"


@needs("promtool", "prometheus")
@settings(max_examples=25, deadline=None)
@given(report=reports())
def test_prometheus_own_tool_finds_nothing_to_say_against_any_report(report: Report) -> None:
    assert _promtool(_written(report)) == ""


@needs("promtool", "prometheus")
@pytest.mark.parametrize("spoilt", [b"x 1\nx 1\n", b"x{ 1\n", b"no_help 1\n"])
def test_the_tool_does_find_what_is_wrong(spoilt: bytes) -> None:
    assert _promtool(spoilt) != ""


@given(report=reports())
def test_every_gauge_comes_with_its_help_and_its_type_and_reads_back_as_it_was_meant(report: Report) -> None:
    gauges = gauges_of(report, version="1.2.3", asked=(), now=NOW)

    content = metrics_bytes(gauges).decode()

    for name in ABOUT:
        assert f"# HELP {PREFIX}_{name} " in content
        assert f"# TYPE {PREFIX}_{name} gauge\n" in content
    read = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(content)
        for sample in family.samples
    }
    meant = {(gauge.name, sample.labels): sample.value for gauge in gauges for sample in gauge.samples}
    assert read == meant


def test_two_runs_give_the_same_bytes() -> None:
    report = Report(task="drift", outcome=Outcome.INVALID, sentence="So.")

    assert _written(report) == _written(report)


def test_nothing_of_this_process_and_no_time_of_a_sample_is_told() -> None:
    gauge = Gauge(name="a_gauge", about="About it.", labels=("who",), samples=(Sample(labels=("me",), value=1),))

    assert metrics_bytes((gauge,)) == b'# HELP a_gauge About it.\n# TYPE a_gauge gauge\na_gauge{who="me"} 1.0\n'
