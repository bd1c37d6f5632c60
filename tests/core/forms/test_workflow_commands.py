"""Does every finding become one command that GitHub's runner reads back letter by letter, whatever the words hold?"""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from agent.core.finding import Finding, Place, Severity
from agent.core.forms.places import Checkout
from agent.core.forms.workflow_commands import workflow_commands
from agent.core.report import Report
from agent.errors import Outcome
from tests.core.forms.reports import reports

HERE = Checkout(folder="/repo", top="/repo")
COMMAND = re.compile(r"::(?P<name>error|warning|notice) (?P<properties>[^:\r\n]*)::(?P<message>[^\r\n]*)")
FINDING = Finding(
    rule="FS203",
    severity=Severity.ERROR,
    message='bucket "A" is no bucket name',
    place=Place(file="inventory/prod.yml", line=12, column=7),
    hint="is it a?",
)


def report(*findings: Finding) -> Report:
    return Report(task="validate", outcome=Outcome.INVALID, sentence="1 cluster checked: 1 error.", findings=findings)


def read_back(text: str) -> str:
    """As the runner does it (actions/runner, ActionCommand)."""
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def test_a_finding_marks_its_line_and_the_verdict_comes_last() -> None:
    assert workflow_commands(report(FINDING), checkout=HERE) == (
        '::error file=inventory/prod.yml,line=12,col=7,title=FS203::bucket "A" is no bucket name (is it a?)\n'
        "::error title=validate::1 cluster checked: 1 error.\n"
    )


def test_severities_have_their_own_commands_and_the_worst_comes_first() -> None:
    three = [replace(FINDING, severity=it) for it in (Severity.NOTE, Severity.WARNING, Severity.ERROR)]
    text = workflow_commands(report(*three), checkout=HERE)
    assert re.findall(r"^::(\w+) file", text, re.MULTILINE) == ["error", "warning", "notice"]


def test_a_place_without_a_line_names_the_file_alone() -> None:
    text = workflow_commands(report(replace(FINDING, place=Place(file="/etc/x.xml"))), checkout=HERE)
    assert text.startswith("::error file=/etc/x.xml,title=FS203::")


def test_what_the_runner_would_take_for_its_own_signs_is_escaped() -> None:
    nasty = replace(FINDING, message="50% of a\r\n::error::b", hint=None, place=Place(file="a,line=1::b%.yml"))
    line = workflow_commands(report(nasty), checkout=HERE).splitlines()[0]
    found = COMMAND.fullmatch(line)
    assert found is not None
    assert found["properties"] == "file=a%2Cline=1%3A%3Ab%25.yml,title=FS203"
    assert "50%25 of a" in found["message"]


@given(reports("validate"))
def test_every_line_of_any_report_is_one_command(drawn: Report) -> None:
    lines = workflow_commands(drawn, checkout=HERE).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(drawn.findings) + 1
    for line in lines:
        found = COMMAND.fullmatch(line)
        assert found is not None
        assert read_back(found["message"]).isprintable()
    assert lines[-1].startswith("::notice " if drawn.outcome is Outcome.OK else "::error ")
