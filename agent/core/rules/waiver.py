"""Is a waiver one that can be given: of a rule that exists, that may be waived, with a reason?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.rules.example import in_config
from agent.core.rules.registry import Evidence, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCE: Final = "this product's own format"


def _waivers(given: Mapping[str, str]) -> Example:
    shown = "waivers:\n" + "\n".join(f'  {code}: "{reason}"' for code, reason in given.items())
    return Example(shown=shown, waivers=given)


_GOOD: Final = _waivers({"FS205": "TLS ends at our own endpoint, whose certificate covers the name"})

_DOTTED: Final = replace(
    _GOOD,
    shown=f"filestores:\n  backupBucket: {{bucket-name: jira.example.com, region: us-east-1}}\n{_GOOD.shown}",
    documents=in_config("<bucket-name>jira.example.com</bucket-name>").documents,
)

UNKNOWN: Final = Rule(
    code="FS390",
    severity=Severity.ERROR,
    title="a waiver of no rule that can be waived",
    explanation=(
        "A waiver that names no rule does nothing, and whoever wrote it believes that it does. Nor can rules about the"
        " form of a file be waived: of that there are no two opinions."
    ),
    source=_SOURCE,
    evidence=Evidence.VERIFIED,
    bad=_waivers({"FS209X": "agreed with the network team"}),
    good=_GOOD,
)
IMPOSSIBLE: Final = Rule(
    code="FS391",
    severity=Severity.ERROR,
    title="a waiver of what stops Jira",
    explanation=(
        "Some faults keep Jira from starting. No reason written in an inventory changes that, so these rules hold"
        " whatever is waived."
    ),
    source='Atlassian, "Storing backups in Amazon S3" (the three start-up errors)',
    evidence=Evidence.VERIFIED,
    bad=_waivers({"FS116": "the filestore will be added next week"}),
    good=_GOOD,
)
NO_REASON: Final = Rule(
    code="FS392",
    severity=Severity.ERROR,
    title="a waiver without a reason",
    explanation="The reason is what the next person reads instead of the finding; every output repeats it.",
    source=_SOURCE,
    evidence=Evidence.VERIFIED,
    bad=_waivers({"FS205": " "}),
    good=_GOOD,
)

IDLE: Final = Rule(
    code="FS393",
    severity=Severity.NOTE,
    title="a waiver that waives nothing",
    explanation=(
        "The rule was asked and has no warning here: what the waiver was for has been mended, or was never there. It"
        " would hide the next fault of this kind, with a reason that speaks of another. A rule that is not asked of"
        " this Jira or these targets is not meant, nor is a waiver in defaults.yml that one of the clusters needs."
        " Told by `validate` alone."
    ),
    source=_SOURCE,
    evidence=Evidence.VERIFIED,
    bad=_waivers({"FS205": "TLS ends at our own endpoint, whose certificate covers the name"}),
    good=_DOTTED,
)

RULES: Final = (UNKNOWN, IMPOSSIBLE, NO_REASON, IDLE)
