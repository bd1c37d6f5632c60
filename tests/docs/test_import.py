"""The page on imports: its commands run, its tables are those of the code, and its example means what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from agent.core.importing.codes import Code
from agent.core.importing.image import COMMON, ID_OF
from agent.core.importing.variables import ADDRESSES, ARGUMENTS, FIELDS
from agent.edges.ansible_program import SECONDS
from agent.edges.loader import load_estate
from agent.edges.sources import MOST_BYTES_OF_PROGRAMS
from agent.operations.describing import HOME
from tests.command_line import said_by

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ENV = "ATL_S3AVATARS_BUCKET_NAME=example-co-test-avatars\nATL_S3AVATARS_REGION=eu-central-1\n"
ANSIBLE = '{"jira": {"hosts": {"jira-1.example.com": {}, "jira-2.example.com": {"ansible_user": "ops"}}}}'
XML = (Path(__file__).parents[1] / "examples" / "sample.xml").read_text(encoding="utf-8")


def _row(first: str) -> str:
    return next(line for line in PAGE.splitlines() if line.startswith(f"| {first} "))


def _named(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", text)


def test_the_commands_of_the_first_minute_run_in_their_order_and_validate_finds_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "values.yaml": FENCES[1],
        "jira.env": ENV,
        "inventory.json": ANSIBLE,
        "filestore-config.xml": XML,
    }.items():
        Path(name).write_text(content, encoding="utf-8")
    commands = [shlex.split(line)[1:] for line in FENCES[0].splitlines()]
    assert [words[0] for words in commands] == ["import-config"] * 3 + ["validate"]

    for words in commands:
        code, out, err = said_by(capsys, *words)
        assert code == 0, out + err

    assert sorted(load_estate(tmp_path / "clusters").clusters) == ["prod", "test"]


def test_the_example_of_helm_means_three_targets_and_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("values.yaml").write_text(FENCES[1], encoding="utf-8")
    said_by(capsys, "import-config", "--nodes", "a", "--helm", "values.yaml", "--out", "c/prod.yml")

    prod = load_estate(tmp_path / "c").clusters["prod"]

    assert prod.jira.version == "10.3.4"
    assert set(prod.associations) == {"avatars", "attachments", "backups"}


def test_the_table_of_ansibles_variables_is_that_of_the_code() -> None:
    assert _named(_row("`address` of a node").split("|")[2]) == list(ADDRESSES)
    assert _named(_row("`ssh.jump`").split("|")[2])[-len(ARGUMENTS) :] == list(ARGUMENTS)
    for it in FIELDS:
        assert _named(_row(f"`{it.key}`").split("|")[2]) == list(it.names), it.key


def test_the_table_of_findings_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| (FS6\d\d) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(code.value, code.meaning) for code in Code]


@pytest.mark.parametrize("code", list(Code))
def test_each_code_can_be_explained(code: Code, capsys: pytest.CaptureFixture[str]) -> None:
    assert said_by(capsys, "validate", "--explain", code.value)[1].startswith(
        f"{code.value}: {code.meaning.removesuffix(' (a warning).').removesuffix('.')}."
    )


def test_the_ids_and_numbers_are_those_of_the_code() -> None:
    flat = " ".join(PAGE.split())
    assert all(f"`{id_}`" in flat for id_ in (*ID_OF.values(), COMMON))
    assert f"no keyboard, {SECONDS:g} seconds and {MOST_BYTES_OF_PROGRAMS // 1024 // 1024} MiB" in flat
    assert f"`{HOME}`" in flat


def test_every_code_that_is_spoken_of_is_one() -> None:
    assert set(re.findall(r"FS\d{3}", PAGE)) <= {code.value for code in Code}
