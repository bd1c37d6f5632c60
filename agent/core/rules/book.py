"""Which rules there are, by family, and what the book says on each of them."""

from __future__ import annotations

from textwrap import fill, indent
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules import estate, jira, machines, storage, structure, template, waiver, xml
from agent.core.rules.judge import WAIVABLE
from agent.core.text.suggest import did_you_mean
from agent.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.rules.registry import Example, Rule

FAMILIES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "structure": (*xml.RULES, *structure.RULES),
    "storage": tuple(check.rule for check in storage.CHECKS),
    "jira": (*(check.rule for check in jira.CHECKS), *waiver.RULES),
    "estate": tuple(check.rule for check in (*estate.CHECKS, *machines.CHECKS)),
    "template": template.RULES,
}
"""The families and their rules, in the order of the codes."""

ALL_RULES: Final = tuple(rule for rules in FAMILIES.values() for rule in rules)
_BY_CODE: Final = {rule.code: rule for rule in ALL_RULES}


def rule_of(code: str) -> Rule | None:
    """Return the rule of a code, or None."""
    return _BY_CODE.get(code)


def explain(code: str) -> str:
    """Say all that the book knows of one rule, for a terminal.

    Raises:
        InputError: there is no such rule.

    """
    rule = rule_of(code.upper())
    if rule is None:
        hint = did_you_mean(code.upper(), _BY_CODE)
        raise InputError(
            f"{code[:20]!a}: there is no such rule; {hint or f'the codes go from {min(_BY_CODE)} to {max(_BY_CODE)}'}"
        )
    return "\n\n".join(
        (
            f"{rule.code}: {rule.title} ({rule.severity})",
            fill(rule.explanation, width=100),
            f"{labels(rule)[0]}{_with(rule.bad)}\n{indent(rule.bad.shown, '    ')}",
            f"{labels(rule)[1]}{_with(rule.good)}\n{indent(rule.good.shown, '    ')}",
            f"Applies to: {rule.applies}.\nFounded on ({rule.evidence}): {rule.source}.\n{waiving(rule)}",
        )
    )


def labels(rule: Rule) -> tuple[str, str]:
    """Return what stands before the two examples: a note tells something, and wants nothing else to be written."""
    return ("Told of", "and not of") if rule.severity is Severity.NOTE else ("Instead of", "write")


def _with(example: Example) -> str:
    return f", with Jira {example.jira_version}," if example.jira_version else ""


def waiving(rule: Rule) -> str:
    """Say whether the rule can be waived, and how."""
    if rule.stops_jira:
        return "Cannot be waived: Jira does not start on such a file."
    if rule.code in WAIVABLE:
        return f'Can be waived in the inventory, with a reason: waivers: {{{rule.code}: "..."}}.'
    return "Cannot be waived: correct the file."
