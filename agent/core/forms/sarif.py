"""What do code scanners read of a report? A log of SARIF 2.1.0: every rule of the book, every finding, how it ended."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from agent.core.forms.places import as_uri
from agent.core.rules.book import FAMILIES, explain
from agent.core.rules.inventory_codes import Rule as InventoryRule
from agent.core.text.printable import printable
from agent.errors import Outcome

if TYPE_CHECKING:
    from agent.core.finding import Finding
    from agent.core.forms.places import Checkout
    from agent.core.report import Report
    from agent.core.rules.registry import Rule

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
TOP: Final = "%SRCROOT%"
"""What relative addresses are relative to: the top of the checked-out repository (SARIF 2.1.0, 3.14.14)."""

_FORM: Final = "inventory"
_LEVELS: Final = {
    **{rule.code: rule.severity for rules in FAMILIES.values() for rule in rules},
    **{rule.value: rule.severity for rule in InventoryRule},
}
_MARK_LETTERS: Final = 32


def sarif_of(report: Report, *, version: str, checkout: Checkout) -> dict[str, Any]:
    """Return the log: one run of this tool, with all rules, also of the inventory's own form (below FS100)."""
    rules = [*map(_rule_of_form, InventoryRule), *(_rule(rule, name) for name, of in FAMILIES.items() for rule in of)]
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "filestore-agent", "version": version, "semanticVersion": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"filestore-agent/{report.task}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {TOP: {"description": {"text": "The top of the repository."}}},
        "invocations": [_invocation(report)],
        "results": [_result(finding, index, checkout) for finding in report.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule, family: str) -> dict[str, Any]:
    properties = {"tags": [family], "evidence": str(rule.evidence), "appliesTo": str(rule.applies)}
    return _described(rule.code, rule.title, rule.explanation, explain(rule.code)) | {
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": properties,
    }


def _rule_of_form(rule: InventoryRule) -> dict[str, Any]:
    title = rule.meaning.partition(":")[0].partition(";")[0].removesuffix(".")
    return _described(rule.value, title, rule.meaning, rule.meaning) | {
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {"tags": [_FORM]},
    }


def _described(code: str, title: str, explanation: str, help_text: str) -> dict[str, Any]:
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": explanation},
        "help": {"text": help_text},
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Findings are what the tool is for; what kept it from its answer is told as the tool's own notification."""
    answered = report.outcome is Outcome.OK or (report.outcome is Outcome.INVALID and bool(report.findings))
    told = [] if answered else [{"level": "error", "message": {"text": printable(report.sentence)}}]
    return {
        "executionSuccessful": answered,
        "exitCode": report.outcome.exit_code,
        "exitCodeDescription": str(report.outcome),
        "toolExecutionNotifications": told,
    }


def _result(finding: Finding, index: dict[str, int], checkout: Checkout) -> dict[str, Any]:
    severity = finding.severity if finding.waived is None else _LEVELS.get(finding.rule, finding.severity)
    hint = f" {_sentence(finding.hint)}" if finding.hint else ""
    known = {"ruleIndex": index[finding.rule]} if finding.rule in index else {}
    return {
        "ruleId": finding.rule,
        **known,
        "level": str(severity),
        "message": {"text": printable(f"{_sentence(finding.message)}{hint}")},
        "locations": [_location(finding, checkout)],
        "partialFingerprints": {"finding/v1": _mark(finding)},
        "suppressions": _suppressions(finding),
    }


def _location(finding: Finding, checkout: Checkout) -> dict[str, Any]:
    place = finding.place
    inside = checkout.within(place.file)
    file = {"uri": checkout.address(place.file)} if inside is None else {"uri": as_uri(inside), "uriBaseId": TOP}
    physical: dict[str, Any] = {"artifactLocation": file}
    if place.line is not None:
        column = {} if place.column is None else {"startColumn": place.column}
        physical["region"] = {"startLine": place.line, **column}
    cluster = finding.cluster
    return {"physicalLocation": physical} | (
        {"logicalLocations": [{"name": printable(cluster), "kind": "module"}]} if cluster else {}
    )


def _suppressions(finding: Finding) -> list[dict[str, Any]]:
    """A waiver stands in the files that are checked; the empty list says that a finding is not suppressed."""
    if finding.waived is None:
        return []
    return [{"kind": "inSource", "status": "accepted", "justification": printable(finding.waived)}]


def _mark(finding: Finding) -> str:
    """What stays when lines move: a scanner knows by it a finding that it has shown before."""
    parts = (finding.rule, finding.cluster or "", finding.place.file, finding.message)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_LETTERS]


def _sentence(text: str) -> str:
    return f"{text}{'' if text.endswith(('.', '?', '!')) else '.'}"
