"""What a task has to say at its end: one value, from which the terminal, the JSON and the exit code are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.errors import Outcome

SCHEMA = "filestore-agent/1"
SHOWN_FINDINGS = 50
"""More findings than this are counted on the terminal, not listed; the JSON holds them all."""


class Tone(StrEnum):
    """How a line is meant; a colour may underline it, but the words carry it alone."""

    PLAIN = "plain"
    GOOD = "good"
    CARE = "care"
    BAD = "bad"
    QUIET = "quiet"
    TITLE = "title"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line for the terminal; an exact one is shown as it is, however narrow the terminal."""

    text: str
    tone: Tone = Tone.PLAIN
    exact: bool = False


class Result(StrEnum):
    """How one check came out; ERROR means that it could not be made, SKIPPED that it was left out on purpose."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One check of one node, for JUnit: message is one sentence, detail whatever else helps to understand it."""

    name: str
    result: Result = Result.PASSED
    message: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """One node's verdict; the facts are further JSON keys of the task, the cases what was checked on it."""

    name: str
    cluster: str
    standing: str | None = None
    state: str | None = None
    digest: str | None = None
    desired_digest: str | None = None
    reason: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of one task: verdict, findings, nodes, further facts for scripts, and the lines for people.

    sentence sums the task up in one line; next_command is what the user will most likely want to run now. Of a silent
    report nothing is shown to people: there is no news in it.
    """

    task: str
    outcome: Outcome
    sentence: str
    cluster: str | None = None
    findings: tuple[Finding, ...] = ()
    nodes: tuple[NodeRow, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    next_command: str | None = None
    silent: bool = False
    quiet_findings: bool = False
    """Findings of the files are counted here, not listed: this task is about the nodes, and `validate` lists them."""
    is_product: bool = False
    """The lines are what was asked for, to be piped or pasted: what is said about them goes to stderr."""
    speaks_up: bool = False
    """Of such a product even a quiet task tells its verdict: it says what the lines might be missed to say."""


def document_of(report: Report) -> dict[str, object]:
    """Return the report as the one JSON document of `--json`."""
    return {
        "schema": SCHEMA,
        "task": report.task,
        "cluster": report.cluster,
        "outcome": str(report.outcome),
        "exit_code": report.outcome.exit_code,
        "summary": report.sentence,
        "next_command": report.next_command,
        "findings": [_finding(finding, report.cluster) for finding in report.findings],
        "nodes": [_node(row) for row in report.nodes],
        **report.facts,
    }


def finding_lines(findings: Sequence[Finding]) -> tuple[Line, ...]:
    """Return the findings as clickable lines, worst first, at most SHOWN_FINDINGS of them and then their count."""
    ordered = sorted(findings, key=lambda finding: _WEIGHT[finding.severity])
    shown = tuple(line for finding in ordered[:SHOWN_FINDINGS] for line in _finding_lines(finding))
    left = len(ordered) - SHOWN_FINDINGS
    return (*shown, Line(text=f"... and {left} more (--json lists them all)", tone=Tone.QUIET)) if left > 0 else shown


def explaining(findings: Sequence[Finding]) -> Line:
    """Return where more is told, by the code of the worst finding."""
    worst = min(findings, key=lambda finding: _WEIGHT[finding.severity])
    return Line(text=f"What a code means: filestore-agent validate --explain {worst.rule}", tone=Tone.QUIET)


def columns(rows: Sequence[Sequence[str]], *, gap: int = 2) -> tuple[str, ...]:
    """Return rows of words as aligned lines; the last column is not padded."""
    if not rows:
        return ()
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return tuple(
        "".join(word.ljust(width + gap) for word, width in zip(row, widths, strict=False)) + row[-1] for row in rows
    )


_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.CARE, Severity.NOTE: Tone.QUIET}


def _finding_lines(finding: Finding) -> tuple[Line, ...]:
    head = Line(
        text=f"{finding.place}: {finding.severity} {finding.rule}: {finding.message}", tone=_TONES[finding.severity]
    )
    return (head, Line(text=f"    hint: {finding.hint}", tone=Tone.QUIET)) if finding.hint else (head,)


def _finding(finding: Finding, cluster: str | None) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "cluster": finding.cluster or cluster,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def _node(row: NodeRow) -> dict[str, object]:
    return {
        "name": row.name,
        "cluster": row.cluster,
        "standing": row.standing,
        "state": row.state,
        "digest": row.digest,
        "desired_digest": row.desired_digest,
        "reason": row.reason,
        **row.facts,
    }
