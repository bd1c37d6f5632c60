"""What does GitHub Actions read from a job's output to mark lines of a pull request? Workflow commands, one to a line.

Every line is a command: a plain line of hostile text could be taken for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.text.printable import printable
from agent.errors import Outcome

if TYPE_CHECKING:
    from agent.core.finding import Finding
    from agent.core.forms.places import Checkout
    from agent.core.report import Report

_COMMANDS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_IN_MESSAGE: Final = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_IN_PROPERTY: Final = _IN_MESSAGE | {ord(":"): "%3A", ord(","): "%2C"}
"""What the runner takes back again (actions/toolkit, core/command)."""


def workflow_commands(report: Report, *, checkout: Checkout) -> str:
    """Return a command for each finding, worst first, and one for the verdict; each line ends with a line feed."""
    order = list(_COMMANDS)
    findings = sorted(report.findings, key=lambda finding: order.index(finding.severity))
    verdict = "notice" if report.outcome is Outcome.OK else "error"
    lines = [
        *(_annotation(it, checkout) for it in findings),
        _command(verdict, {"title": report.task}, report.sentence),
    ]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, checkout: Checkout) -> str:
    place = finding.place
    where = {
        "file": checkout.within(place.file) or place.file,
        "line": place.line,
        "col": place.column,
        "title": finding.rule,
    }
    hint = f" ({finding.hint})" if finding.hint else ""
    return _command(_COMMANDS[finding.severity], where, f"{finding.message}{hint}")


def _command(name: str, properties: dict[str, str | int | None], message: str) -> str:
    said = ",".join(
        f"{key}={printable(str(value)).translate(_IN_PROPERTY)}"
        for key, value in properties.items()
        if value is not None
    )
    return f"::{name} {said}::{printable(message).translate(_IN_MESSAGE)}"
