"""validate --explain: every code, of whatever it is about, with how bad it is and what mends it."""

from __future__ import annotations

import pytest

from agent.core.importing.codes import Code
from agent.core.rules import ALL_RULES
from agent.core.rules.inventory_codes import Rule
from agent.errors import InputError
from agent.operations.explain import explain_codes
from tests.operations.contract import as_json

CODES = [*(rule.value for rule in Rule), *(rule.code for rule in ALL_RULES), *(code.value for code in Code)]


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained_with_its_severity_and_the_page_that_says_more(code: str) -> None:
    report = explain_codes([code.lower()])
    head = report.lines[0].text

    assert head.startswith(f"{code}: ")
    assert head.endswith(("(error)", "(warning)", "(note)"))
    assert report.sentence.startswith("More: docs/")
    assert report.sentence.endswith(".md.")
    assert str(as_json(report)["explanation"]).startswith(head)


@pytest.mark.parametrize("code", [*Rule, *Code], ids=str)
def test_a_code_of_the_inventory_or_an_import_has_a_cure(code: Rule | Code) -> None:
    (text,) = [line.text for line in explain_codes([code.value]).lines if line.text.startswith("To mend it: ")]

    assert len(text) > len("To mend it: ") + 20
    assert text.endswith(".")


def test_what_is_no_error_says_so_once() -> None:
    (head, *_rest) = explain_codes(["FS013"]).lines

    assert head.text == "FS013: Every user of this machine may change the file. (warning)"
    assert "Can be waived" in explain_codes(["FS013"]).lines[-1].text
    assert "Cannot be waived" in explain_codes(["FS021"]).lines[-1].text


def test_several_codes_are_explained_one_after_the_other_each_once() -> None:
    report = explain_codes(["FS205", "fs021", "FS205 "])
    heads = [line.text for line in report.lines if line.text.startswith("FS")]

    assert [head[:5] for head in heads] == ["FS205", "FS021"]
    assert report.sentence == "More: docs/rules/storage.md, docs/inventory.md."


@pytest.mark.parametrize("code", ["FS999", "205", "\x1b[2J", ""])
def test_of_an_unknown_code_the_ranges_are_told_or_the_nearest_one(code: str) -> None:
    with pytest.raises(InputError) as refused:
        explain_codes([code])

    told = str(refused.value)
    assert told.isprintable()
    assert "did you mean" in told or all(
        f"{low} to {high}" in told for low, high in (("FS001", max(Rule)), ("FS101", "FS506"), ("FS601", max(Code)))
    )
