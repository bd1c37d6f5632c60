"""The files that a task leaves for CI and monitoring: always there, never against the exit code, never in the way."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from invoke.exceptions import Exit
from junitparser import JUnitXml

from agent.core.report import NodeRow, Report
from agent.errors import AgentError, InputError, Outcome, Unsettled
from agent.face import perform
from agent.tasks import namespace
from tests.command_line import INVENTORY, said_by, write_inventory
from tests.operations.contract import complaints

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = SimpleNamespace(config=SimpleNamespace(run=SimpleNamespace(dry=False)))
ROW = NodeRow(name="jira-1", cluster="prod", standing="CURRENT", state="running")
FINE = Report(task="drift", outcome=Outcome.OK, sentence="All well.", nodes=(ROW,))
DRIFT = Report(task="drift", outcome=Outcome.DRIFT, sentence="Not well.")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def _code_of(told: Report | BaseException, task: str = "drift", **values: Any) -> int:
    def operation(*_: object) -> Report:
        if isinstance(told, BaseException):
            raise told
        return told

    try:
        perform(task, operation, HERE, {name: str(it) if isinstance(it, Path) else it for name, it in values.items()})
    except Exit as end:
        return int(end.code)
    return 0


def _bad(path: Path) -> int:
    return sum(suite.failures + suite.errors for suite in JUnitXml.fromfile(str(path)))


def test_the_flags_are_those_of_the_tasks_that_have_a_verdict() -> None:
    def tasks_with(name: str) -> set[str]:
        return {task for task in namespace.tasks if name in {flag.name for flag in namespace.tasks[task].flags}}

    assert tasks_with("junit") == {"validate", "render", "doctor", "preflight-s3", "drift", "plan"}
    assert tasks_with("metrics") == {"drift", "schedule"}, "schedule hands it on to the checks"


@pytest.mark.parametrize(
    "told",
    [
        FINE,
        DRIFT,
        InputError("a: b; do c"),
        AgentError("a: b; do c"),
        Unsettled("a: b; do c"),
        KeyboardInterrupt(),
        ZeroDivisionError("by zero"),
        ValueError("name \udcff \x00"),
    ],
    ids=repr,
)
def test_however_a_task_ends_both_files_are_there_and_agree_with_the_exit_code(
    told: Report | BaseException, tmp_path: Path
) -> None:
    junit, metrics = tmp_path / "drift.xml", tmp_path / "drift.prom"
    metrics.write_text('filestore_agent_node_standing{standing="CURRENT"} 1\n', encoding="utf-8")

    code = _code_of(told, junit=junit, metrics=metrics, cluster=["prod"])

    assert (_bad(junit) > 0) is (code != 0)
    written = metrics.read_text(encoding="utf-8")
    (outcome,) = [
        line.split('outcome="')[1].split('"')[0]
        for line in written.splitlines()
        if line.startswith('filestore_agent_cluster_outcome{cluster="prod"') and line.endswith(" 1.0")
    ]
    assert Outcome(outcome).exit_code == code
    assert ('standing="CURRENT"' in written) is (told is FINE)


def test_metrics_can_be_read_by_others_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "textfile"
    folder.mkdir()

    _code_of(FINE, metrics=folder / "drift.prom")

    assert [it.name for it in folder.iterdir()] == ["drift.prom"]
    assert stat.S_IMODE((folder / "drift.prom").stat().st_mode) == 0o644


@pytest.mark.parametrize("flag", ["junit", "metrics"])
@pytest.mark.parametrize(
    ("told", "code"),
    [(FINE, 1), (DRIFT, 1), (InputError("a: b; do c"), 1), (Unsettled("a: b; do c"), 8), (KeyboardInterrupt(), 130)],
    ids=repr,
)
def test_a_file_that_cannot_be_written_is_told_and_the_weightier_outcome_stands(
    flag: str, told: Report | BaseException, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values: dict[str, Any] = {flag: tmp_path / "no" / "such"}

    assert _code_of(told, json=True, **values) == code

    said = capsys.readouterr()
    assert said.err.startswith(f"drift: {tmp_path}/no/such: cannot be written (No such file or directory)")
    document = json.loads(said.out)
    assert (document["exit_code"], Outcome(document["outcome"]).exit_code) == (code, code)
    assert "cannot be written" in document["summary"]


@pytest.mark.parametrize("lost", ["metrics", "json_out"])
def test_a_file_that_cannot_be_written_is_an_error_in_those_that_can(lost: str, tmp_path: Path) -> None:
    values: dict[str, Any] = {name: tmp_path / name for name in ("junit", "metrics", "json_out")} | {lost: "/dev/full"}

    assert _code_of(FINE, **values) == 1

    assert _bad(tmp_path / "junit") == 1
    if lost != "json_out":
        assert json.loads((tmp_path / "json_out").read_text(encoding="utf-8"))["exit_code"] == 1


def test_junit_that_cannot_be_written_is_an_error_in_the_json(tmp_path: Path) -> None:
    assert _code_of(FINE, junit="/dev/full", json_out=tmp_path / "drift.json") == 1

    assert json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))["outcome"] == "error"


def test_a_stream_is_refused_and_the_result_on_it_stays_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del tmp_path
    assert _code_of(FINE, junit="/dev/stdout", json=True) == 1

    said = capsys.readouterr()
    assert "/dev/stdout: not a regular file" in said.err
    assert json.loads(said.out)["outcome"] == "error"


def test_a_fault_in_a_form_does_not_keep_the_verdict_from_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crooked = Report(task="drift", outcome=Outcome.DRIFT, sentence="Not well.", nodes=(None,))  # type: ignore[arg-type]

    assert _code_of(crooked, junit=tmp_path / "drift.xml") == 1

    said = capsys.readouterr()
    assert "a fault of filestore-agent itself (AttributeError" in said.err
    assert said.out.startswith("Not well.")
    assert not (tmp_path / "drift.xml").exists()


def test_a_result_that_cannot_be_shown_is_an_error_in_junit_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert _code_of(FINE, junit=tmp_path / "drift.xml") == 1

    assert _bad(tmp_path / "drift.xml") == 1


def test_an_empty_name_is_refused_like_any_other_empty_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code_of(FINE, junit="") == 5
    assert "--junit: it is empty" in capsys.readouterr().out


# From the words to the file.


@pytest.mark.parametrize(
    ("words", "spoil", "code", "cases"),
    [
        (("validate",), str, 0, {"validate.prod": 1, "validate": 1}),
        (("validate",), lambda text: text.replace("region: ap", "region: AP"), 5, {"validate.prod": 1, "validate": 1}),
        (("validate", "--explain", "FS001"), str, 0, {"validate": 1}),
        (("render", "--limit", "jira-1"), str, 0, {"render.prod": 1, "render.prod.jira-1": 1, "render": 1}),
        (("render", "--cluster", "nosuch"), str, 5, {"render": 1}),
    ],
)
def test_the_offline_tasks_leave_their_verdict(  # noqa: PLR0917 - a row of the table, and two fixtures
    words: tuple[str, ...],
    spoil: Callable[[str], str],
    code: int,
    cases: dict[str, int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    inventory, junit = write_inventory(tmp_path, prod=spoil(INVENTORY)), tmp_path / "junit.xml"

    ended, _, _ = said_by(capsys, *words, "--inventory", str(inventory), "--junit", str(junit))

    assert ended == code
    assert (_bad(junit) > 0) is (code != 0)
    found = [case.classname for suite in JUnitXml.fromfile(str(junit)) for case in suite]
    assert {place: found.count(place) for place in found} == cases


def test_strict_warnings_fail_in_the_file_as_they_do_in_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spare = INVENTORY.replace(
        "backupBucket: {", "spareBucket: {bucket-name: co-spare, region: eu-west-1}, backupBucket: {"
    )
    inventory, junit = write_inventory(tmp_path, prod=spare), tmp_path / "junit.xml"
    words = ("validate", "--inventory", str(inventory), "--junit", str(junit))

    assert said_by(capsys, *words)[0] == 0
    assert _bad(junit) == 0
    assert said_by(capsys, *words, "--strict")[0] == 5
    assert _bad(junit) == 2


def test_the_document_of_a_task_whose_file_could_not_be_written_fits_its_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = str(write_inventory(tmp_path))

    code, said, _ = said_by(capsys, "validate", "--json", "--inventory", inventory, "--junit", "/dev/full")

    assert code == 1
    assert complaints(json.loads(said)) == []


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that this process stands in, with a file o that has several spellings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to("x")
    (tmp_path / "o").write_text("before", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("task", "flags"),
    [
        ("drift", ("metrics", "junit")),
        ("drift", ("junit", "json_out")),
        ("schedule", ("metrics", "json_out")),
        ("plan", ("out", "json_out")),
        ("deploy-config", ("events", "json_out")),
        ("deploy-config", ("plan", "json_out")),
    ],
)
@pytest.mark.parametrize("spelling", ["o", "./o", "x/../o", "link/../o", "{here}/o"])
def test_two_flags_that_name_one_file_are_refused_before_the_task_runs(
    task: str, flags: tuple[str, str], spelling: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = flags
    ran = AssertionError("the task ran")

    assert _code_of(ran, task, **{first: "o", second: spelling.format(here=here)}) == 5

    said = " and ".join(f"--{name.replace('_', '-')}" for name in flags)
    assert f"{said} name the same file" in capsys.readouterr().out
    assert (here / "o").read_text(encoding="utf-8") == "before"


def test_a_file_of_its_own_is_written_beside_two_that_are_one(tmp_path: Path) -> None:
    one = tmp_path / "one"

    assert _code_of(FINE, metrics=one, junit=one, json_out=tmp_path / "o.json") == 5

    assert json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))["exit_code"] == 5
    assert not one.exists()


def test_folders_and_files_of_the_same_name_elsewhere_are_several_files(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()

    assert _code_of(FINE, junit=tmp_path / "o", metrics=tmp_path / "x" / "o", json_out=tmp_path / "o.json") == 0

    assert len([it for it in tmp_path.rglob("o*") if it.is_file()]) == 3
