"""validate --format: stdout in the form that another program reads, with the same verdict and exit code in each."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from jsonschema import Draft4Validator
from junitparser import JUnitXml

from tests.command_line import INVENTORY, said_by, write_inventory

FORMS = ("text", "json", "junit", "sarif", "github")
BROKEN = INVENTORY.replace("co-jira-backup-bucket", "Co_Jira").replace("localhome: /var/jira", "localhome: /v\u00e4r")
WAIVED = INVENTORY.replace("co-jira-backup-bucket", "co.jira") + 'waivers: {FS205: "TLS ends at our own endpoint"}\n'
SARIF = Path(__file__).parent / "core" / "forms" / "sarif" / "sarif-2.1.0-rtm.5.json"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("text", "code"), [(INVENTORY, 0), (BROKEN, 5), ("nodes: [", 5)])
def test_the_exit_code_is_the_same_in_every_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int
) -> None:
    write_inventory(tmp_path, prod=text)
    for form in FORMS:
        assert said_by(capsys, "validate", "--format", form)[0] == code, form


def test_text_is_what_the_terminal_shows_and_json_what_json_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path, prod=BROKEN)
    assert said_by(capsys, "validate", "--format", "text") == said_by(capsys, "validate")
    as_json = said_by(capsys, "validate", "--json")
    assert said_by(capsys, "validate", "--format", "json") == as_json
    assert said_by(capsys, "validate", "--format", "json", "--json") == as_json


def test_junit_is_what_the_file_holds_in_letters_that_every_terminal_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path, prod=BROKEN)
    _, out, _ = said_by(capsys, "validate", "--format", "junit", "--junit", "kept.xml")
    printed, kept = JUnitXml.fromstring(out.encode()), JUnitXml.fromfile("kept.xml")
    assert out.isascii()
    assert [[case.name for case in suite] for suite in printed] == [[case.name for case in suite] for suite in kept]


def test_sarif_fits_the_schema_and_names_files_from_the_top_of_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ops"
    folder.mkdir()
    write_inventory(folder, prod=BROKEN)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    _, out, _ = said_by(capsys, "validate", "--format", "sarif")
    log = json.loads(out)
    Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8"))).validate(log)
    (run,) = log["runs"]
    uris = {it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for it in run["results"]}
    assert uris == {"ops/inventory/prod.yml"}
    assert {it["ruleId"] for it in run["results"]} >= {"FS203", "FS027"}
    assert run["invocations"][0]["exitCode"] == 5


def test_a_workspace_that_we_are_not_in_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_inventory(tmp_path, prod=BROKEN)
    monkeypatch.setenv("GITHUB_WORKSPACE", "/nowhere")
    _, out, _ = said_by(capsys, "validate", "--format", "github")
    assert "::error file=inventory/prod.yml,line=" in out
    _, out, _ = said_by(capsys, "validate", "--format", "sarif")
    assert '"uri": "inventory/prod.yml"' in out


def test_a_waiver_is_a_suppression_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_inventory(tmp_path, prod=WAIVED)
    code, out, _ = said_by(capsys, "validate", "--format", "sarif")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert code == 0
    assert result["level"] == "warning"
    assert result["suppressions"][0]["justification"] == "TLS ends at our own endpoint"


def test_files_that_were_named_have_their_findings_in_every_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.xml").write_text("<filestore-config>", encoding="utf-8")
    _, github, _ = said_by(capsys, "validate", "--file", "f.xml", "--format", "github")
    _, sarif, _ = said_by(capsys, "validate", "--file", "f.xml", "--format", "sarif")
    assert re.match(r"::error file=f\.xml,line=1,col=\d+,title=FS101::", github)
    assert json.loads(sarif)["runs"][0]["results"][0]["ruleId"] == "FS101"


@pytest.mark.parametrize("form", ["junit", "sarif", "github"])
def test_what_kept_validate_from_its_answer_is_told_in_the_form_too(
    capsys: pytest.CaptureFixture[str], form: str
) -> None:
    code, out, _ = said_by(capsys, "validate", "--inventory", "nowhere", "--format", form)
    assert code == 5
    assert "nowhere" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--format", "xml"), '--format "xml": there is no such form; say text, json, junit, sarif, github'),
        (("--format", "junitt"), '--format "junitt": there is no such form; did you mean "junit"?'),
        (("--format", "\x1b[2J"), '--format "\\x1b[2J": there is no such form; say text, json, junit, sarif, github'),
        (("--json", "--format", "sarif"), "--json and --format sarif contradict each other; say one"),
        (("--json", "--format", "text"), "--json and --format text contradict each other; say one"),
        (
            ("--explain", "FS203", "--format", "github"),
            "--explain has no findings that --format github could hold; say text or json with it",
        ),
        (("--format", ""), "--format: it is empty; give it a value, or leave it out"),
    ],
)
def test_a_form_that_cannot_be_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    code, out, _ = said_by(capsys, "validate", *words)
    told = json.loads(out)["summary"] if "--json" in words else out
    assert code == 5
    assert sentence in told


def test_a_rule_is_explained_as_text_and_as_json_and_in_either_case(capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("fs303", "FS048", "fs048"):
        end, out, _ = said_by(capsys, "validate", "--explain", code, "--format", "json")
        assert end == 0
        assert json.loads(out)["explanation"]
    assert (
        "Applies to: Jira from 9.12 and before 10.0; attachments"
        in said_by(capsys, "validate", "--explain", "FS303")[1]
    )


def test_a_file_is_held_against_the_jira_that_is_to_read_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "f.xml"
    file.write_bytes((Path(__file__).parent / "examples" / "backups-only.xml").read_bytes())
    words = ("validate", "--file", "f.xml", "--jira-version")
    assert said_by(capsys, *words, "10.3.4")[0] == 0
    code, out, _ = said_by(capsys, *words, "9.12.4")
    assert code == 5
    assert "FS302" in out
    assert "--jira-version: it belongs to --file" in said_by(capsys, "validate", "--jira-version", "10.3.4")[1]


def test_a_file_can_be_piped_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    content = (Path(__file__).parent / "examples" / "separate-buckets.xml").read_bytes()
    words = ("validate", "--jira-version", "10.3.4", "--file", "-")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert said_by(capsys, *words)[:2] == (0, "1 file checked: no findings.\n")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.replace(b"<region>", b"<regoin>"))))
    code, out, _ = said_by(capsys, *words)
    assert code == 5
    assert out.startswith("(stdin):")

    odd = content.replace(b"<filestores>", b"<filestores>\xc2\xa0")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(odd)))
    assert "sed" not in said_by(capsys, *words)[1]

    monkeypatch.setattr(sys, "stdin", None)
    code, out, _ = said_by(capsys, *words)
    assert code == 5
    assert "(stdin): error FS001" in out


@pytest.mark.parametrize("flag", ["--inventory", "--cluster"])
def test_a_file_is_checked_without_an_inventory(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    code, out, err = said_by(capsys, "validate", "--file", "f.xml", flag, "x")

    assert code == 5
    assert f"leave out {flag}" in out + err or "leave out --inventory and --cluster" in out + err


def test_who_asked_for_json_gets_wrong_usage_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("--format", "json"), ("--format=json",)):
        code, out, _ = said_by(capsys, "validate", *words, "--nosuch")
        assert (code, json.loads(out)["outcome"]) == (5, "invalid")


def test_the_log_names_no_folder_of_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory = write_inventory(tmp_path, prod=BROKEN)
    _, out, _ = said_by(capsys, "validate", "--inventory", str(inventory), "--format", "sarif")
    assert json.loads(out)["runs"][0]["results"]
    assert str(tmp_path) not in out
