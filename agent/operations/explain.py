"""What does a code mean, how bad is it, and what mends it? For `validate --explain`, whatever the code is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.importing.codes import Code
from agent.core.importing.cures import CURES as IMPORT_CURES
from agent.core.report import Line, Report, Tone
from agent.core.rules import ALL_RULES, FAMILIES, explain
from agent.core.rules.inventory_codes import Rule
from agent.core.rules.inventory_cures import CURES as INVENTORY_CURES
from agent.core.text.shown import shown
from agent.core.text.suggest import did_you_mean
from agent.errors import InputError, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_OF_INVENTORY: Final = {rule.value: rule for rule in Rule}
_OF_IMPORT: Final = {code.value: code for code in Code}
_KNOWN: Final = (*_OF_INVENTORY, *(rule.code for rule in ALL_RULES), *_OF_IMPORT)
_WARNING: Final = "(a warning)."
"""How a meaning ends that is no error, in the table of its page too."""


def explain_codes(codes: Sequence[str]) -> Report:
    """Tell of each code what it means, why it exists and how to satisfy it.

    Raises:
        InputError: there is no such code.

    """
    asked = tuple(dict.fromkeys(code.strip().upper() for code in codes))
    texts = [_text_of(code) for code in asked]
    return Report(
        task="validate",
        outcome=Outcome.OK,
        sentence=f"More: {', '.join(dict.fromkeys(map(_page_of, asked)))}.",
        facts={"explanation": "\n\n\n".join(texts)},
        lines=tuple(_lines(texts)),
    )


def _lines(texts: Sequence[str]) -> Iterator[Line]:
    for index, text in enumerate(texts):
        if index:
            yield Line(text="")
        head, *rest = text.split("\n")
        yield Line(text=head, tone=Tone.TITLE)
        yield from (Line(text=line) for line in rest)


def _text_of(code: str) -> str:
    if rule := _OF_INVENTORY.get(code):
        return _in_short(code, rule.meaning, rule.severity, INVENTORY_CURES[rule], _waiving(rule))
    if found := _OF_IMPORT.get(code):
        severity = Severity.WARNING if found.meaning.endswith(_WARNING) else Severity.ERROR
        return _in_short(code, found.meaning, severity, IMPORT_CURES[found], "It is about the source of an import.")
    if code not in _KNOWN:
        raise InputError(f"--explain: {shown(code)} is no code; {did_you_mean(code, _KNOWN) or _RANGES}")
    return explain(code)


def _in_short(code: str, meaning: str, severity: Severity, cure: str, end: str) -> str:
    said = f"{meaning.removesuffix(_WARNING).rstrip()}." if meaning.endswith(_WARNING) else meaning
    return f"{code}: {said} ({severity})\n\nTo mend it: {cure}\n\n{end}"


def _waiving(rule: Rule) -> str:
    if rule.severity is Severity.ERROR:
        return "Cannot be waived: correct the file."
    return f'Can be waived in the inventory, with a reason: waivers: {{{rule.value}: "..."}}.'


def _page_of(code: str) -> str:
    if code in _OF_INVENTORY:
        return "docs/inventory.md"
    family = next((name for name, rules in FAMILIES.items() if code in {rule.code for rule in rules}), None)
    return f"docs/rules/{family}.md" if family else "docs/import.md"


_RANGES: Final = (
    f"{min(Rule)} to {max(Rule)} are about the inventory's form, {min(rule.code for rule in ALL_RULES)} to"
    f" {max(rule.code for rule in ALL_RULES)} about filestores and documents, {min(Code)} to {max(Code)} about the"
    " sources of an import; docs/rules lists them"
)
