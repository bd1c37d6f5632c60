"""The report as the JSON document of the contract, and as lines for people."""

from __future__ import annotations

from agent.core.finding import Finding, Place, Severity
from agent.core.report import SHOWN_FINDINGS, NodeRow, Report, Tone, columns, document_of, finding_lines
from agent.errors import Outcome


def _finding(severity: Severity = Severity.ERROR, *, cluster: str | None = None, hint: str | None = None) -> Finding:
    return Finding(
        rule="FS101",
        severity=severity,
        message=f"one {severity}",
        place=Place(file="prod.yml", line=3),
        cluster=cluster,
        hint=hint,
    )


def test_the_document_has_the_keys_of_the_contract_and_those_of_the_task() -> None:
    report = Report(
        task="drift",
        outcome=Outcome.DRIFT,
        sentence="One is off.",
        cluster="prod",
        findings=(_finding(Severity.WARNING, hint="mend it"),),
        nodes=(NodeRow(name="jira-1", cluster="prod", standing="SPLIT", facts={"more": 1}),),
        facts={"differences": []},
        next_command="filestore-agent plan",
    )

    assert document_of(report) == {
        "schema": "filestore-agent/1",
        "task": "drift",
        "cluster": "prod",
        "outcome": "drift",
        "exit_code": 2,
        "summary": "One is off.",
        "next_command": "filestore-agent plan",
        "findings": [
            {
                "rule": "FS101",
                "severity": "warning",
                "cluster": "prod",
                "file": "prod.yml",
                "line": 3,
                "column": None,
                "message": "one warning",
                "hint": "mend it",
            }
        ],
        "nodes": [
            {
                "name": "jira-1",
                "cluster": "prod",
                "standing": "SPLIT",
                "state": None,
                "digest": None,
                "desired_digest": None,
                "reason": None,
                "more": 1,
            }
        ],
        "differences": [],
    }


def test_a_findings_own_cluster_comes_before_the_reports() -> None:
    report = Report(
        task="validate",
        outcome=Outcome.OK,
        sentence="",
        cluster="prod",
        findings=(_finding(cluster="test"), _finding()),
    )

    findings = document_of(report)["findings"]
    assert isinstance(findings, list)
    assert [finding["cluster"] for finding in findings] == ["test", "prod"]


def test_findings_are_told_worst_first_each_with_its_place_and_hint() -> None:
    lines = finding_lines((_finding(Severity.NOTE), _finding(hint="do this"), _finding(Severity.WARNING)))

    assert [line.text for line in lines] == [
        "prod.yml:3: error FS101: one error",
        "    hint: do this",
        "prod.yml:3: warning FS101: one warning",
        "prod.yml:3: note FS101: one note",
    ]
    assert [line.tone for line in lines] == [Tone.BAD, Tone.QUIET, Tone.CARE, Tone.QUIET]


def test_more_findings_than_can_be_read_are_counted() -> None:
    assert len(finding_lines((_finding(),) * SHOWN_FINDINGS)) == SHOWN_FINDINGS

    lines = finding_lines((_finding(),) * (SHOWN_FINDINGS + 7))
    assert len(lines) == SHOWN_FINDINGS + 1
    assert lines[-1].text == "... and 7 more (--json lists them all)"


def test_columns_are_aligned_and_the_last_is_not_padded() -> None:
    assert columns([("a", "bb", "x y"), ("aaa", "b", "")]) == ("a    bb  x y", "aaa  b   ")
    assert columns([]) == ()
    assert columns([("one",)]) == ("one",)
