"""JUnit files fit the schemas of those who read them, whatever the report holds, and say the same as the suites."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from agent.core.forms.junit_cases import Suite, Trial, suites_of
from agent.core.report import Case, Report, Result
from agent.core.text.moments import seconds_of
from agent.edges.junit import junit_bytes
from agent.errors import Outcome
from tests.core.forms.reports import reports

NOW = seconds_of("2026-11-22T20:31:00Z")
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
KINDS = {Result.FAILED: Failure, Result.ERROR: Error, Result.SKIPPED: Skipped}


def _written(*suites: Suite, host: str = "desk") -> bytes:
    return junit_bytes(suites, now=NOW, host=host)


def _suite(*cases: Case) -> Suite:
    return Suite(name="drift.prod", trials=tuple(Trial(place="drift.prod.jira-1", case=case) for case in cases))


@given(report=reports())
def test_every_report_fits_the_schemas_and_is_read_back_as_it_was_meant(report: Report) -> None:
    suites = suites_of(report)

    content = _written(*suites)

    SCHEMA.assertValid(etree.fromstring(content))
    for suite, read in zip(suites, JUnitXml.fromstring(content), strict=True):
        assert len(suite.trials) == read.tests
        for trial, case in zip(suite.trials, read, strict=True):
            assert (case.name, case.classname) == (trial.case.name, trial.place)
            assert [type(it) for it in case.result] == [KINDS[it] for it in (trial.case.result,) if it in KINDS]


@given(report=reports())
def test_who_counts_failures_and_errors_comes_to_the_exit_code(report: Report) -> None:
    read = JUnitXml.fromstring(_written(*suites_of(report)))

    assert (sum(it.failures + it.errors for it in read) > 0) is (report.outcome is not Outcome.OK)


def test_two_runs_differ_in_nothing_but_the_time() -> None:
    suites = (_suite(Case(name="reachable"), Case(name="file is right", result=Result.FAILED, message="no")),)

    first = junit_bytes(suites, now=NOW, host="desk")
    second = junit_bytes(suites, now=NOW + 3600, host="desk")

    assert first != second
    assert first.replace(b"T20:31:00", b"T21:31:00") == second


def test_the_suites_own_time_goes_before_that_of_writing() -> None:
    checked = Suite(name="drift.prod", trials=_suite(Case(name="x")).trials, checked_at=NOW, seconds=1.23456)

    (read,) = JUnitXml.fromstring(junit_bytes((checked,), now=NOW + 86400, host=""))

    assert (read.timestamp, read.time, read.hostname) == ("2026-11-22T20:31:00", 1.235, "localhost")


def test_a_failure_shows_its_message_and_then_its_detail() -> None:
    case = Case(
        name="file is right", result=Result.FAILED, message="DRIFTED: it differs", detail="a: 1 -> 2\nb: 3 -> 4"
    )

    ((read,),) = JUnitXml.fromstring(_written(_suite(case)))

    (result,) = read.result
    assert (result.message, result.type) == ("DRIFTED: it differs", "check")
    assert result.text == "DRIFTED: it differs\na: 1 -> 2\nb: 3 -> 4"


def test_what_was_found_besides_stands_in_the_suites_output() -> None:
    suite = Suite(name="validate.prod", trials=_suite(Case(name="x")).trials, notes=("one", "two"))

    root = etree.fromstring(_written(suite))

    assert root.findtext("testsuite/system-out") == "one\ntwo"
