"""--json-out: what --json prints, in a file, and the terminal as ever; CI keeps one, people read the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.tasks import namespace
from tests.command_line import INVENTORY, said_by, write_inventory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", [INVENTORY, INVENTORY.replace("jira:", "jra:")])
def test_the_file_holds_what_json_prints_and_the_terminal_shows_what_it_always_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write_inventory(tmp_path, prod=text)
    code, document, _ = said_by(capsys, "validate", "--json")
    as_ever = said_by(capsys, "validate")
    assert said_by(capsys, "validate", "--json-out", "validate.json") == as_ever
    assert (tmp_path / "validate.json").read_text(encoding="ascii") == document
    assert json.loads(document)["exit_code"] == code
    assert sorted(it.name for it in tmp_path.iterdir()) == ["inventory", "validate.json"]


def test_a_file_that_cannot_be_written_makes_a_success_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_inventory(tmp_path)
    (tmp_path / "build").write_text("a file", encoding="utf-8")
    code, out, err = said_by(capsys, "validate", "--json-out", "build/validate.json")
    assert code == 1
    assert "1 cluster checked" in out
    assert "build/validate.json: cannot be written" in err


def test_an_empty_name_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_inventory(tmp_path)
    code, out, _ = said_by(capsys, "validate", "--json-out", "")
    assert (code, out) == (5, "--json-out: it is empty; give it a value, or leave it out\n")


@pytest.mark.parametrize("name", sorted(namespace.tasks))
def test_every_task_that_speaks_json_can_leave_it_in_a_file(name: str) -> None:
    flags = {flag.name for flag in namespace.tasks[name].flags}
    assert ("json" in flags) is ("json-out" in flags)
