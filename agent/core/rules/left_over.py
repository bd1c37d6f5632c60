"""Did a generator leave a value unfilled: the word null, a variable, a placeholder?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules.example import in_config
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.rules.values import values_in
from agent.core.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS: Final = frozenset(
    (
        *("null", "none", "nil", "undefined", "nan", "true", "false", "n/a", "tbd", "todo", "fixme", "placeholder"),
        *("changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me"),
    )
)
_MARKS: Final = re.compile(
    r"\$\{|\$\(|\$[A-Za-z_]\w*|\{\{|\}\}|\{%|%\}|\{[A-Za-z_][\w.]*\}|#\{|\[\[|%\(\w+\)s|%[A-Za-z_]\w+%"
    r"|@@?[A-Za-z_]\w*@@?|(?<!\w)__[A-Za-z]\w*?__(?!\w)|<[^<>]*>|!(?:Ref|Sub|GetAtt|ImportValue)\b|AWS::"
    r"|\(known after apply\)|\(sensitive value\)"
)
"""Shell and Helm, Jinja and Go, Python, Ruby, Windows, Ant and Maven, CloudFormation, Terraform."""
_NAMES: Final = 2
"""Length of the path of a name; a value's own is longer by the element."""


@check(
    Rule(
        code="FS226",
        severity=Severity.ERROR,
        title="what a generator did not fill",
        explanation=(
            "A variable that was not set, the word null or None, or the placeholder itself stands where the value"
            " should be. The file is well-formed, so Jira starts on most of them, and then reaches no bucket."
            " Atlassian's own test tool writes null for a region that was not set."
        ),
        source="Atlassian, aws-infrastructure (the file it writes without a region); the marks are the tools' own",
        evidence=Evidence.VERIFIED,
        bad=in_config("<bucket-name>${BUCKET}</bucket-name>"),
        good=in_config("<bucket-name>example-co-jira</bucket-name>"),
    )
)
def not_filled(examined: Examined) -> Iterator[Fault]:
    """Find values that still are what a generator should have replaced."""
    for path, what, value in values_in(examined.config):
        names = len(path) == _NAMES and not _MARKS.search(value)  # an id, a target: any word may be one
        if is_left_over(value) and not names:
            yield Fault(
                path=path,
                message=f"{what} is {_quoted(value.strip())}: nobody has filled it",
                hint="give the value itself, or correct the variable of the tool that writes it",
            )


def is_left_over(value: str) -> bool:
    """Tell whether this is no value, but what a tool prints in the place of one."""
    plain = value.strip()
    return plain.lower() in _WORDS or bool(_MARKS.search(plain))


def _quoted(value: str) -> str:
    """A password may stand before an @ or in a query, also where a placeholder stands behind it."""
    hidden = ("@" in value and not value.startswith("@")) or ("://" in value and "?" in value)
    return '"****"' if hidden else shown(value)


CHECKS: Final = (not_filled,)
