"""The rule book as pages of Markdown, one for each family; docs/rules holds them as files."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Final

from agent.core.filestore import Target
from agent.core.rules.applicability import dotted
from agent.core.rules.book import FAMILIES, labels, waiving
from agent.core.rules.jira import FIRST, UNFLAGGED
from agent.core.rules.template import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.rules.registry import Example, Rule

_TITLES: Final = {
    "structure": "Structure: is it the file that Jira reads?",
    "storage": "Storage: can bucket, region and endpoint be what they say?",
    "jira": "Jira: does this Jira know it, and does everybody mean the same?",
    "estate": "Estate: do clusters and targets keep out of each other's buckets?",
    "template": "Template: does it lay out what the inventory says, and nothing else?",
}


def _flag(target: Target) -> str:
    return f"behind a feature flag before {dotted(UNFLAGGED)}" if target is Target.ATTACHMENTS else ""


_NOTE: Final = "<!-- Written by docs/write_rules.py from agent/core/rules; change the rules, not this page. -->"
_LONGEST_SHOWN: Final = 40
"""Lines of an example on a page; the rest of a longer one says nothing new."""


_BEFORE: Final = {
    "jira": "| target | from Jira | |\n|---|---|---|\n"
    + "".join(f"| {target} | {dotted(first)} | {_flag(target)} |\n" for target, first in FIRST.items())
    + "\nNo Jira before 9.9 knows any of them, though the documentation of 8.20 and 9.4 has pages about S3.\n\n",
    "storage": "Whether the bucket is there and Jira may use it no file tells:"
    " [`preflight-s3`](../preflight-s3.md) asks each node.\n\n",
    "estate": "Rights by target, in a bucket of its own or in a shared one: [`bucket-policy`](../bucket-policy.md)"
    " writes them, and [`preflight-s3`](../preflight-s3.md) asks each node what it may do.\n\n",
    "template": "The smallest template, for filestores of a bucket and a region alone (the shipped one is"
    f" `templates/filestore-config.xml.j2`); the examples are lines of it:\n\n```\n{WHOLE}```\n\n",
}


def pages() -> dict[str, str]:
    """Return each page's text by its file's name."""
    families = {f"{family}.md": _page(family, rules) for family, rules in FAMILIES.items()}
    return {"README.md": _index(), **families}


def _index() -> str:
    intro = dedent(
        """\
        # The rules

        Every finding carries the code of a rule. Errors make the input invalid (exit code 5), warnings do so with
        `--strict`, notes never. *Verified* means that the source says it, *inferred* that it follows from sources.
        Codes below FS100 are about the inventory's own form. A waiver in the inventory, with a reason, turns a finding
        into a note that repeats the reason; what stops Jira from starting cannot be waived. `validate --explain CODE`
        prints the same on a terminal. Rights are no matter of these rules:
        [`bucket-policy`](../bucket-policy.md) writes them, [`preflight-s3`](../preflight-s3.md) tries them, and
        [troubleshooting](../troubleshooting/README.md) begins where Jira complains.
        """
    )
    tables = "\n".join(_table(family, rules) for family, rules in FAMILIES.items())
    return f"{_NOTE}\n\n{intro}\n{tables}"


def _table(family: str, rules: Iterable[Rule]) -> str:
    rows = "".join(
        f"| [{rule.code}]({family}.md#{rule.code.lower()}) | {rule.severity} | {_escaped(rule.title)} |\n"
        for rule in sorted(rules, key=lambda rule: rule.code)
    )
    return f"## {_TITLES[family]}\n\n| code | severity | what |\n|---|---|---|\n{rows}"


def _page(family: str, rules: Iterable[Rule]) -> str:
    sections = "\n".join(_section(rule) for rule in sorted(rules, key=lambda rule: rule.code))
    return f"{_NOTE}\n\n# {_TITLES[family]}\n\n{_BEFORE.get(family, '')}{sections}"


def _section(rule: Rule) -> str:
    return "\n\n".join(
        (
            f"## {rule.code}",
            f"**{_escaped(rule.title)}** ({rule.severity}; applies to {rule.applies})",
            _escaped(rule.explanation),
            f"{labels(rule)[0]}\n\n{_block(rule.bad)}",
            f"{labels(rule)[1]}\n\n{_block(rule.good)}",
            f"{rule.evidence.capitalize()}: {_escaped(rule.source)}. {waiving(rule)}\n",
        )
    )


def _block(example: Example) -> str:
    lines = example.shown.split("\n")
    cut = [*lines[:_LONGEST_SHOWN], "..."] if len(lines) > _LONGEST_SHOWN else lines
    version = f"With Jira {example.jira_version}:\n\n" if example.jira_version else ""
    return version + "\n".join(("```", *cut, "```"))


def _escaped(text: str) -> str:
    """Keep Markdown from reading elements and stars as its own."""
    return text.replace("<", "&lt;").replace("*", r"\*")
