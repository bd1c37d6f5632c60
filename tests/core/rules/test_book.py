"""Does each rule find its own bad example and pass its good one, and does the book cover all of them?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.finding import Finding, Place, Severity, errors_among
from agent.core.rules import ALL_RULES, FAMILIES, Rule, check_config, check_estate, explain, idle_waivers
from agent.core.rules.pages import pages
from agent.core.xml.parse import examine, is_startup_fault, parse
from agent.core.xml.render import render
from agent.errors import InputError

if TYPE_CHECKING:
    from agent.core.rules.registry import Example

DOCS = Path(__file__).parents[3] / "docs" / "rules"
CONFIG = FilestoreConfig(
    filestores=(Filestore(id="backupBucket", bucket_name="example-co-jira", region="us-east-1"),),
    associations=(Association(target="backups", file_store="backupBucket"),),
)


def nowhere(*_path: object) -> Place:
    return Place(file="inventory.yml")


def findings_on(rule: Rule, example: Example) -> tuple[Finding, ...]:
    if example.waivers:
        return findings_of_waivers(example)
    if rule in FAMILIES["template"]:
        return findings_of_template(example)
    if example.clusters:
        named = {str(number): among for number, among in enumerate(example.clusters)}
        return check_estate({}, nowhere, nodes=named)
    if rule in FAMILIES["estate"]:
        configs = {str(number): parse(one, file="x").config for number, one in enumerate(example.documents)}
        return check_estate({name: config for name, config in configs.items() if config}, nowhere)
    return examine(example.documents[0], file="f.xml", jira_version=example.jira_version).findings


def findings_of_waivers(example: Example) -> tuple[Finding, ...]:
    config = parse(example.documents[0], file="x").config if example.documents else CONFIG
    assert config
    found = check_config(config, jira_version=None, place_of=nowhere, waivers=example.waivers)
    used = {finding.rule for finding in found if finding.waived}
    idle = idle_waivers(example.waivers, used=used, config=config, jira_version=None, place_of=nowhere)
    return (*found, *idle)


def findings_of_template(example: Example) -> tuple[Finding, ...]:
    try:
        render(CONFIG, example.documents[0].decode(), template_name="t.j2")
    except InputError as error:
        return error.findings
    return ()


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_a_rule_finds_its_bad_example_with_its_own_severity(rule: Rule) -> None:
    found = [finding for finding in findings_on(rule, rule.bad) if finding.rule == rule.code]

    assert found
    assert {finding.severity for finding in found} == {rule.severity}


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_a_rule_passes_its_good_example_and_no_other_rule_refuses_it(rule: Rule) -> None:
    found = findings_on(rule, rule.good)

    assert rule.code not in {finding.rule for finding in found}
    assert not errors_among(found)


@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule.bad.documents], ids=lambda rule: rule.code)
def test_only_what_stops_jira_is_a_startup_fault(rule: Rule) -> None:
    found = [finding for finding in findings_on(rule, rule.bad) if finding.rule == rule.code]

    assert all(is_startup_fault(finding) == rule.stops_jira for finding in found)


def test_codes_are_unique_and_belong_to_their_family() -> None:
    codes = [rule.code for rule in ALL_RULES]
    digits = {"structure": "1", "storage": "2", "jira": "3", "estate": "4", "template": "5"}

    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(rf"FS{digits[family]}\d\d", rule.code) for family in FAMILIES for rule in FAMILIES[family])


def test_the_dotted_bucket_is_the_warning_that_the_product_lets_one_waive_as_fs205() -> None:
    assert "with a reason: waivers: {FS205" in explain("FS205")
    assert next(rule for rule in ALL_RULES if rule.code == "FS205").severity is Severity.WARNING


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_every_rule_can_be_explained_with_its_examples_and_its_source(rule: Rule) -> None:
    text = explain(rule.code.lower())

    assert text.startswith(f"{rule.code}: {rule.title} ({rule.severity})")
    assert rule.source in text
    assert rule.good.shown.split("\n", 1)[0] in text


def test_what_stops_jira_is_explained_as_beyond_waiving() -> None:
    assert "Cannot be waived: Jira does not start" in explain("FS116")
    assert "Cannot be waived: correct the file" in explain("FS112")


def test_an_unknown_code_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match=r'FS2055.*did you mean "FS205"'):
        explain("FS2055")


def test_the_pages_in_docs_are_what_the_book_says_now() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}

    assert kept == pages(), "run python docs/write_rules.py"


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_an_example_shows_the_telling_lines_and_not_what_both_have(rule: Rule) -> None:
    assert (rule.bad.shown, rule.bad.jira_version) != (rule.good.shown, rule.good.jira_version)
    assert max(len(it.shown.split("\n")) for it in (rule.bad, rule.good)) <= 30


def test_a_note_wants_nothing_else_to_be_written() -> None:
    for rule in ALL_RULES:
        assert ("\nwrite" in explain(rule.code)) is (rule.severity is not Severity.NOTE)


@pytest.mark.parametrize(("code", "both"), [("FS208", "s3.example.com"), ("FS212", "<region>us-east-1</region>")])
def test_what_is_right_in_both_examples_stays(code: str, both: str) -> None:
    rule = next(rule for rule in ALL_RULES if rule.code == code)

    assert both in rule.bad.shown
    assert both in rule.good.shown


def test_one_bucket_in_two_filestores_becomes_one_filestore_of_that_bucket() -> None:
    good = next(rule for rule in ALL_RULES if rule.code == "FS403").good.shown

    assert good.count("<s3-filestore ") == 1
    assert good.count('file-store="jiraBucket"') == 2


def test_every_rule_has_its_place_on_a_page_and_in_the_index() -> None:
    text = pages()

    for family, rules in FAMILIES.items():
        assert re.findall(r"^## (FS\d+)$", text[f"{family}.md"], re.MULTILINE) == sorted(rule.code for rule in rules)
        assert all(f"({family}.md#{rule.code.lower()})" in text["README.md"] for rule in rules)
