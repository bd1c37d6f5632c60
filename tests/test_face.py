"""Between the words and the operation: whatever happens ends in a sentence, an exit code and one JSON document."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from invoke.exceptions import Exit

from agent.core.finding import Finding, Place, Severity
from agent.core.report import Line, Report
from agent.errors import AgentError, InputError, Interrupted, JournalError, Outcome, Refused
from agent.face import MOST_FORKS, perform
from agent.operations.world import state_folder
from tests.command_line import said_by, write_inventory
from tests.operations.contract import complaints

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.operations.world import Choice, World

    Operation = Callable[[World, Choice, Any], Report]

NO_HOST = SimpleNamespace(config=SimpleNamespace(run=SimpleNamespace(dry=False)))
FINE = Report(task="drift", outcome=Outcome.OK, sentence="All well.", lines=(Line(text="a line"),))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "filestore-agent"


def _code_of(operation: Operation, context: Any = NO_HOST, task: str = "drift", **values: Any) -> int:
    try:
        perform(task, operation, context, values)
    except Exit as end:
        return int(end.code)
    return 0


def _raising(error: BaseException) -> Operation:
    def operation(_: World, __: Choice, ___: Any) -> Report:
        raise error

    return operation


def _seen(found: list[Any]) -> Operation:
    def operation(world: World, choice: Choice, _: Any) -> Report:
        found.extend((world, choice))
        return FINE

    return operation


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AgentError("a: b; do c"), "error"),
        (InputError("a: b; do c"), "invalid"),
        (Refused("a: b; do c"), "refused"),
        (JournalError("a: b; do c"), "error"),
        (Interrupted("a: b; do c"), "interrupted"),
    ],
)
def test_every_error_ends_in_its_sentence_its_code_and_its_word(
    error: AgentError, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _code_of(_raising(error)) == Outcome(outcome).exit_code
    assert capsys.readouterr().out == "a: b; do c\n"

    assert _code_of(_raising(error), task="deploy-config", json=True) == Outcome(outcome).exit_code
    document = json.loads(capsys.readouterr().out)
    assert (document["outcome"], document["summary"]) == (outcome, "a: b; do c")
    assert complaints(document) == []


def test_the_findings_of_an_input_error_are_listed_and_in_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(file="prod.yml", line=3, column=7)
    finding = Finding(rule="FS010", severity=Severity.ERROR, message="it is wrong", place=place, hint="write it right")
    error = InputError("prod.yml: 1 error", (finding,))

    _code_of(_raising(error))
    assert capsys.readouterr().out.splitlines() == [
        "prod.yml:3:7: error FS010: it is wrong",
        "    hint: write it right",
        "",
        "prod.yml: 1 error",
    ]

    _code_of(_raising(error), json=True)
    document = json.loads(capsys.readouterr().out)
    assert complaints(document) == []
    assert (document["findings"][0]["line"], document["findings"][0]["column"]) == (3, 7)


def test_an_interruption_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code_of(_raising(KeyboardInterrupt())) == 130
    assert "interrupted" in capsys.readouterr().out


def test_a_fault_of_ours_is_one_sentence_and_its_trace_lies_in_a_private_file(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _code_of(_raising(ZeroDivisionError("by\x1b[31m zero\nTraceback"))) == 1

    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.count("\n") == 1
    assert said.out.rstrip("\n").isprintable()
    (trace,) = (state / "faults").iterdir()
    assert str(trace) in said.out
    assert "ZeroDivisionError" in trace.read_text(encoding="utf-8")
    assert trace.stat().st_mode & 0o077 == 0
    assert trace.parent.stat().st_mode & 0o077 == 0


def test_a_fault_is_told_even_where_its_trace_cannot_be_kept(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("a file in the folder's place", encoding="utf-8")

    assert _code_of(_raising(ZeroDivisionError()), json=True) == 1

    assert complaints(json.loads(capsys.readouterr().out)) == []


def test_a_fault_with_text_that_is_no_unicode_keeps_its_trace_all_the_same(state: Path) -> None:
    assert _code_of(_raising(ValueError("name \udcff"))) == 1
    assert len(list((state / "faults").iterdir())) == 1


def test_success_returns_and_shows_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code_of(lambda *_: FINE) == 0
    assert capsys.readouterr().out == "a line\n\nAll well.\n"


def test_quiet_shows_the_verdict_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code_of(lambda *_: FINE, quiet=True) == 0
    assert capsys.readouterr().out == "All well.\n"


def test_nobody_is_asked_where_stdin_is_no_terminal() -> None:
    found: list[Any] = []

    _code_of(_seen(found))

    assert found[0].ask is None


# The choice.


@pytest.mark.parametrize(
    ("flag", "environment", "folder"),
    [
        (None, None, "inventory"),
        (None, "", "inventory"),
        (None, "/somewhere", "/somewhere"),
        ("/here", "/somewhere", "/here"),
    ],
)
def test_the_inventory_is_the_flags_else_the_environments_else_the_default(
    flag: str | None, environment: str | None, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FILESTORE_AGENT_INVENTORY", raising=False)
    if environment is not None:
        monkeypatch.setenv("FILESTORE_AGENT_INVENTORY", environment)
    found: list[Any] = []

    _code_of(_seen(found), inventory=flag)

    assert found[1].inventory == Path(folder)
    assert found[1].inventory_flag == flag


@pytest.mark.parametrize("name", ["inventory", "template", "out", "events", "confirm", "explain"])
def test_an_empty_value_is_refused_and_not_taken_for_the_default(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _code_of(lambda *_: FINE, **{name: ""}) == 5
    assert f"--{name}: it is empty" in capsys.readouterr().out


@pytest.mark.parametrize("said", ["0", "-1", "abc", "1.5", "\u0665", str(MOST_FORKS + 1), "9" * 5000, " 3", "1_0"])
def test_forks_is_a_number_within_bounds(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _code_of(lambda *_: FINE, forks=said) == 5
    assert "--forks" in capsys.readouterr().out


@pytest.mark.parametrize(("said", "forks"), [(None, 32), ("1", 1), (str(MOST_FORKS), MOST_FORKS)])
def test_forks_has_a_default(said: str | None, forks: int) -> None:
    found: list[Any] = []

    _code_of(_seen(found), forks=said)

    assert found[1].forks == forks


# Fabric's own flags.


def test_a_host_of_fabrics_own_is_refused_for_every_task(capsys: pytest.CaptureFixture[str]) -> None:
    context = SimpleNamespace(host="jira-1", config=NO_HOST.config)

    assert _code_of(lambda *_: FINE, context, "validate") == 5
    assert "--limit jira-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("task", "code"), [("deploy-config", 5), ("rolling-restart", 5), ("lock", 5), ("drift", 0), ("plan", 0)]
)
def test_a_dry_run_of_fabrics_own_is_refused_where_something_could_change(task: str, code: int) -> None:
    context = SimpleNamespace(config=SimpleNamespace(run=SimpleNamespace(dry=True)))

    assert _code_of(lambda *_: FINE, context, task) == code


# From the words to the JSON, in this process.


@pytest.mark.parametrize(
    "task", ["validate", "render", "doctor", "status", "drift", "plan", "deploy-config", "rolling-restart", "lock"]
)
def test_every_task_refuses_a_missing_inventory_with_a_document_that_fits_its_schema(
    task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said_by(capsys, task, "--json", "--inventory", str(tmp_path / "no\x1bsuch"))

    document = json.loads(out)
    assert (code, document["outcome"], document["task"]) == (5, "invalid", task)
    assert complaints(document) == []
    assert document["findings"]
    assert err == ""
    assert out.isascii()
    assert "\x1b" not in out


def test_ways_that_contradict_each_other_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory = str(write_inventory(tmp_path))

    code, out, _ = said_by(capsys, "plan", "--restart", "--together", "--inventory", inventory)

    assert code == 5
    assert "--restart and --together contradict each other" in out


# The state folder.


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/filestore-agent"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/filestore-agent"),
        ({"XDG_STATE_HOME": "", "HOME": "/h"}, "/h/.local/state/filestore-agent"),
        ({"HOME": "/h"}, "/h/.local/state/filestore-agent"),
    ],
)
def test_the_state_folder_follows_the_xdg_specification(environment: dict[str, str], folder: str) -> None:
    assert state_folder(environment) == Path(folder)


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"HOME": "."}])
def test_without_a_home_the_system_knows_where_the_state_lies(environment: dict[str, str]) -> None:
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)

    assert state_folder(environment) == home / ".local" / "state" / "filestore-agent"


@pytest.mark.parametrize(("task", "times"), [("deploy-config", 1), ("resume", 1), ("import-config", 0)])
def test_only_after_a_task_that_can_change_a_node_is_one_told_to_look_at_them_first(
    task: str, times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _code_of(_raising(ZeroDivisionError()), task=task) == 1
    assert capsys.readouterr().out.count("Look with `drift`") == times
