"""The suites of a report agree with its exit code, name every case once, and are never an empty green file."""

from __future__ import annotations

import pytest
from hypothesis import given

from agent.core.finding import Finding, Place, Severity
from agent.core.forms.junit_cases import FILES, STANDING, VERDICT, Suite, suites_of
from agent.core.report import Case, NodeRow, Report, Result
from agent.errors import Outcome
from tests.core.forms.reports import reports

BAD = {Result.FAILED, Result.ERROR}


def _results(report: Report) -> dict[tuple[str, str], Result]:
    return {(it.place, it.case.name): it.case.result for suite in suites_of(report) for it in suite.trials}


def _case(report: Report, place: str, name: str) -> Case:
    (found,) = [
        it.case for suite in suites_of(report) for it in suite.trials if (it.place, it.case.name) == (place, name)
    ]
    return found


def _finding(severity: Severity, *, cluster: str | None = "prod", file: str = "prod.yml") -> Finding:
    return Finding(rule="FS101", severity=severity, message="it is so", place=Place(file=file, line=3), cluster=cluster)


def _row(name: str = "jira-1", cluster: str = "prod", standing: str | None = "CURRENT", *cases: Case) -> NodeRow:
    return NodeRow(name=name, cluster=cluster, standing=standing, reason="why", cases=cases)


@given(report=reports())
def test_a_task_that_ends_with_0_leaves_no_failure_and_any_other_leaves_one(report: Report) -> None:
    bad = [result for result in _results(report).values() if result in BAD]

    assert bool(bad) is (report.outcome.exit_code != 0)


@given(report=reports())
def test_no_two_cases_bear_the_same_name_and_there_is_always_the_verdict(report: Report) -> None:
    trials = [(it.place, it.case.name) for suite in suites_of(report) for it in suite.trials]

    assert len(set(trials)) == len(trials)
    assert trials[-1][1].startswith(VERDICT)


@given(report=reports())
def test_all_text_is_printable(report: Report) -> None:
    def texts(suite: Suite) -> list[str]:
        told = [text for it in suite.trials for text in (it.place, it.case.name, it.case.message, it.case.detail)]
        return [suite.name, *suite.notes, *told]

    assert all(text.replace("\n", "").isprintable() for suite in suites_of(report) for text in texts(suite))


def test_each_cluster_is_a_suite_and_the_task_is_the_last() -> None:
    rows = (_row("jira-1", "prod"), _row("jira-2", "prod"), _row("jira-1", "test"))
    report = Report(task="drift", outcome=Outcome.OK, sentence="All well.", nodes=rows)

    assert [suite.name for suite in suites_of(report)] == ["drift.prod", "drift.test", "drift"]
    assert list(_results(report)) == [
        ("drift.prod", FILES),
        ("drift.prod.jira-1", STANDING),
        ("drift.prod.jira-2", STANDING),
        ("drift.test", FILES),
        ("drift.test.jira-1", STANDING),
        ("drift", VERDICT),
    ]


def test_the_cases_of_a_node_go_before_its_standing() -> None:
    failed = Case(name="file is right", result=Result.FAILED, message="DRIFTED: the file differs")
    report = Report(
        task="drift", outcome=Outcome.DRIFT, sentence="No.", nodes=(_row("jira-1", "prod", "DRIFTED", failed),)
    )

    assert _case(report, "drift.prod.jira-1", "file is right") == failed
    assert ("drift.prod.jira-1", STANDING) not in _results(report)


@pytest.mark.parametrize(
    ("standing", "result"),
    [
        ("CURRENT", Result.PASSED),
        ("COSMETIC", Result.FAILED),
        ("SPLIT", Result.FAILED),
        ("UNREACHABLE", Result.ERROR),
        ("UNKNOWN", Result.ERROR),
    ],
)
def test_a_node_of_which_only_the_standing_is_told_has_that_for_its_case(standing: str, result: Result) -> None:
    report = Report(
        task="plan", outcome=Outcome.CHANGES, sentence="One.", nodes=(_row("jira-1", "prod", standing, *()),)
    )

    assert _results(report)["plan.prod.jira-1", STANDING] is result


def test_what_is_odd_but_does_not_count_is_skipped_and_says_so() -> None:
    report = Report(
        task="plan", outcome=Outcome.OK, sentence="Fine.", nodes=(_row("jira-1", "prod", "RESTART_PENDING"),)
    )

    case = _case(report, "plan.prod.jira-1", STANDING)

    assert (case.result, case.message) == (Result.SKIPPED, "does not count: RESTART_PENDING: why")


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (Outcome.OK, Result.PASSED),
        (Outcome.CHANGES, Result.FAILED),
        (Outcome.DRIFT, Result.FAILED),
        (Outcome.INVALID, Result.FAILED),
        (Outcome.REFUSED, Result.FAILED),
        (Outcome.ERROR, Result.ERROR),
        (Outcome.UNREACHABLE, Result.ERROR),
        (Outcome.LOCKED, Result.ERROR),
        (Outcome.PARTIAL, Result.ERROR),
        (Outcome.INTERRUPTED, Result.ERROR),
    ],
)
def test_a_no_is_a_failure_and_what_kept_the_task_from_its_answer_is_an_error(outcome: Outcome, result: Result) -> None:
    report = Report(task="drift", outcome=outcome, sentence="drift: it went so.")

    (suite,) = suites_of(report)
    (trial,) = suite.trials
    assert (trial.place, trial.case.name, trial.case.result) == ("drift", VERDICT, result)
    assert trial.case.message == "drift: it went so."


def test_errors_in_the_files_fail_and_warnings_are_told_beside() -> None:
    faults = (_finding(Severity.ERROR), _finding(Severity.WARNING), _finding(Severity.NOTE))
    report = Report(task="validate", outcome=Outcome.INVALID, sentence="1 error.", findings=faults)

    suite = suites_of(report)[0]

    assert suite.trials[0].case.result is Result.FAILED
    assert suite.trials[0].case.message == "prod.yml:3: error FS101: it is so"
    assert [note.split()[1] for note in suite.notes] == ["warning", "note"]


@pytest.mark.parametrize(("strict", "outcome"), [(True, Outcome.INVALID), (False, Outcome.OK)])
def test_warnings_fail_where_they_count(strict: bool, outcome: Outcome) -> None:  # noqa: FBT001 - as the flag is
    report = Report(
        task="validate",
        outcome=outcome,
        sentence="1 warning.",
        findings=(_finding(Severity.WARNING),),
        facts={"clusters": ["prod", "test"], "strict": strict},
    )

    results = _results(report)

    assert (results["validate.prod", FILES] is Result.FAILED) is strict
    assert results["validate.test", FILES] is Result.PASSED


def test_each_file_that_was_named_is_a_case_whether_or_not_it_has_faults() -> None:
    report = Report(
        task="validate",
        outcome=Outcome.INVALID,
        sentence="2 files.",
        findings=(_finding(Severity.ERROR, cluster=None, file="a.xml"),),
        facts={"files": ["a.xml", "b.xml"], "strict": False},
    )

    assert _results(report) == {
        ("validate", "a.xml"): Result.FAILED,
        ("validate", "b.xml"): Result.PASSED,
        ("validate", VERDICT): Result.FAILED,
    }


def test_a_fault_that_speaks_of_no_cluster_is_the_tasks_own() -> None:
    report = Report(
        task="drift",
        outcome=Outcome.INVALID,
        sentence="1 error.",
        findings=(_finding(Severity.ERROR, cluster=None, file="defaults.yml"),),
    )

    assert _results(report) == {("drift", FILES): Result.FAILED, ("drift", VERDICT): Result.FAILED}


def _told(**outcomes: str) -> Report:
    told = [
        {"cluster": name, "outcome": outcome, "sentence": f"{name} is {outcome}.", "checked_at": "2026-11-22T20:31:00Z"}
        for name, outcome in outcomes.items()
    ]
    return Report(task="drift", outcome=Outcome.INVALID, sentence="Not well.", facts={"clusters": told})


def test_of_several_clusters_each_has_a_verdict_also_without_any_node() -> None:
    report = _told(prod="ok", test="invalid")

    assert _results(report) == {
        ("drift.prod", FILES): Result.PASSED,
        ("drift.prod", VERDICT): Result.PASSED,
        ("drift.test", FILES): Result.PASSED,
        ("drift.test", VERDICT): Result.FAILED,
        ("drift", VERDICT): Result.FAILED,
    }
    assert _case(report, "drift.test", VERDICT).message == "test is invalid."


def test_of_one_cluster_the_verdict_is_told_once() -> None:
    assert [name for _, name in _results(_told(prod="invalid"))] == [FILES, VERDICT]


def test_names_that_look_alike_once_they_are_printable_are_numbered() -> None:
    report = Report(task="drift", outcome=Outcome.OK, sentence="", nodes=(_row("jira\n"), _row("jira\\n")))

    assert [name for _, name in _results(report)][1:3] == [STANDING, f"{STANDING} (2)"]


def test_cases_of_one_name_are_numbered() -> None:
    twice = (Case(name="identity"), Case(name="identity"), Case(name="identity (2)"))
    report = Report(task="doctor", outcome=Outcome.OK, sentence="", nodes=(_row("jira-1", "prod", None, *twice),))

    assert [name for _, name in _results(report)][1:4] == ["identity", "identity (2)", "identity (2) (2)"]
