"""Is the log one that readers of SARIF 2.1.0 take, does it hold every rule and finding, and how the run ended?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator

from agent.core.finding import Finding, Place, Severity
from agent.core.forms.places import Checkout
from agent.core.forms.sarif import sarif_of
from agent.core.report import Report
from agent.core.rules import ALL_RULES
from agent.core.rules.inventory_codes import Rule as InventoryRule
from agent.errors import Outcome
from tests.core.forms.reports import reports

HERE = Checkout(folder="/repo/ops", top="/repo")
SCHEMA = Path(__file__).parent / "sarif" / "sarif-2.1.0-rtm.5.json"
FINDING = Finding(
    rule="FS203",
    severity=Severity.ERROR,
    message="bucket is no bucket name",
    place=Place(file="inventory/a b.yml", line=12, column=7),
    hint="is it a?",
    cluster="prod",
)


@cache
def validator() -> Any:
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def log_of(*findings: Finding, outcome: Outcome = Outcome.INVALID) -> dict[str, Any]:
    report = Report(task="validate", outcome=outcome, sentence="1 cluster checked.", findings=findings)
    made = sarif_of(report, version="1.2.3", checkout=HERE)
    validator().validate(made)
    return made


def run_of(*findings: Finding, outcome: Outcome = Outcome.INVALID) -> dict[str, Any]:
    (run,) = log_of(*findings, outcome=outcome)["runs"]
    assert isinstance(run, dict)
    return run


def test_the_schema_refuses_what_is_no_log() -> None:
    broken = log_of(FINDING)
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator().is_valid(broken)


def test_every_rule_is_described_with_its_level_also_those_of_the_inventorys_own_form() -> None:
    rules = {rule["id"]: rule for rule in run_of()["tool"]["driver"]["rules"]}
    assert set(rules) == {rule.code for rule in ALL_RULES} | {rule.value for rule in InventoryRule}
    for rule in ALL_RULES:
        assert rules[rule.code]["defaultConfiguration"] == {"level": str(rule.severity)}
        assert rules[rule.code]["shortDescription"]["text"] == rule.title
        assert rules[rule.code]["fullDescription"]["text"] == rule.explanation
        assert rule.source in rules[rule.code]["help"]["text"]
    assert rules["FS048"]["defaultConfiguration"] == {"level": "warning"}
    assert rules["FS021"]["defaultConfiguration"] == {"level": "error"}


def test_a_finding_has_its_rule_its_place_from_the_top_of_the_repository_and_its_cluster() -> None:
    run = run_of(FINDING)
    (result,) = run["results"]
    (location,) = result["locations"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "FS203"
    assert result["level"] == "error"
    assert result["message"]["text"] == "bucket is no bucket name. is it a?"
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "ops/inventory/a%20b.yml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 7},
    }
    assert location["logicalLocations"] == [{"name": "prod", "kind": "module"}]
    assert result["suppressions"] == []


def test_a_file_outside_the_repository_has_its_whole_address_and_no_region_where_no_line_is_known() -> None:
    (result,) = run_of(replace(FINDING, place=Place(file="/etc/f.xml"), cluster=None))["results"]
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "file:///etc/f.xml"}}}]


def test_a_waived_finding_is_suppressed_with_the_reason_and_keeps_its_own_level() -> None:
    waived = replace(FINDING, rule="FS205", severity=Severity.NOTE, waived="TLS ends at our\x1b own endpoint")
    (result,) = run_of(waived, outcome=Outcome.OK)["results"]
    assert result["level"] == "warning"
    assert result["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "TLS ends at our\\x1b own endpoint"}
    ]


@pytest.mark.parametrize(
    ("findings", "outcome", "successful"),
    [
        ((), Outcome.OK, True),
        ((FINDING,), Outcome.INVALID, True),
        ((), Outcome.INVALID, False),
        ((FINDING,), Outcome.ERROR, False),
        ((), Outcome.INTERRUPTED, False),
    ],
)
def test_how_the_run_ended_is_told_as_the_exit_code_does(
    findings: tuple[Finding, ...], outcome: Outcome, *, successful: bool
) -> None:
    (invocation,) = run_of(*findings, outcome=outcome)["invocations"]
    assert invocation["executionSuccessful"] is successful
    assert (invocation["exitCode"], invocation["exitCodeDescription"]) == (outcome.exit_code, str(outcome))
    told = [it["message"]["text"] for it in invocation["toolExecutionNotifications"]]
    assert told == ([] if successful else ["1 cluster checked."])


def test_a_finding_that_moves_to_another_line_is_known_again() -> None:
    moved = replace(FINDING, place=replace(FINDING.place, line=99))
    other = replace(FINDING, message="another one")
    marks = [it["partialFingerprints"]["finding/v1"] for it in run_of(FINDING, moved, other)["results"]]
    assert marks[0] == marks[1] != marks[2]


@settings(deadline=None, max_examples=40)
@given(reports("validate"))
def test_any_report_fits_the_schema(drawn: Report) -> None:
    made = sarif_of(drawn, version="1.2.3", checkout=HERE)
    assert len(made["runs"][0]["results"]) == len(drawn.findings)
    validator().validate(json.loads(json.dumps(made)))
