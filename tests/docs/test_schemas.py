"""The committed schemas: every task that speaks JSON, every way in which it can end, and every key of a drift check."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from invoke.exceptions import Exit

from agent.core.finding import Finding, Place, Severity
from agent.core.report import document_of
from agent.core.text.printable import printable_value
from agent.errors import AgentError, InputError, Interrupted, JournalError, Locked, Outcome, Refused, Unsettled
from agent.face import perform
from agent.tasks import namespace
from tests.command_line import said_by, write_inventory
from tests.core.forms.views import reported, split, views
from tests.operations.contract import SCHEMAS, complaints

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.drift.view import ClusterView
    from agent.core.report import Report

SPEAKING = sorted(name for name, task in namespace.tasks.items() if "json" in {flag.name for flag in task.flags})
HERE = SimpleNamespace(config=SimpleNamespace(run=SimpleNamespace(dry=False)))
FINDING = Finding(rule="FS101", severity=Severity.ERROR, message="no\x1b", place=Place(file="prod.yml", line=1))
ENDS = (
    AgentError("a: b; do c"),
    InputError("a: b; do c", (FINDING,)),
    Interrupted("a: b; do c"),
    JournalError("a: b; do c"),
    Refused("a: b; do c"),
    KeyboardInterrupt(),
    ZeroDivisionError("by zero"),
)
ACTING = ("deploy-config", "rolling-restart", "resume", "abort", "rollback")
ENDS_OF_ACTING = (Locked("a: b; do c"), Unsettled("a: b; do c"))
"""What only a task that acts is broken off by: another who is at it, and nodes that are left in between."""


def _schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def _document(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(printable_value(document_of(report))))
    return document


@pytest.mark.parametrize(
    ("task", "end"), [*product(SPEAKING, ENDS), *product(ACTING, ENDS_OF_ACTING)], ids=lambda it: str(it) or repr(it)
)
def test_whatever_breaks_a_task_off_its_document_fits(
    task: str, end: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def operation(*_: object) -> Report:
        raise end

    with pytest.raises(Exit):
        perform(task, operation, HERE, {"json": True})

    document = json.loads(capsys.readouterr().out)
    assert complaints(document) == []
    assert document["outcome"] == str(getattr(end, "outcome", document["outcome"]))


@pytest.mark.parametrize("task", SPEAKING)
def test_wrong_usage_of_a_task_fits(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said_by(capsys, task, "--json", "--no-such-flag")

    assert (code, complaints(json.loads(out))) == (5, [])


def test_the_tasks_that_carry_a_plan_out_have_one_schema_but_for_their_name() -> None:
    """So a document of one that fits stands for the same document of any other."""
    shapes = []
    for task in ACTING:
        schema = _schema(task)
        del schema["title"], schema["properties"]["task"]
        shapes.append(schema)

    assert all(shape == shapes[0] for shape in shapes)


@given(view=views())
def test_the_verdict_on_any_cluster_fits(view: ClusterView) -> None:
    assert complaints(_document(reported(view))) == []


def _whole() -> dict[str, Any]:
    """A document in which nothing is empty."""
    digest = f"sha256:{64 * '0'}"
    document = _document(reported(split()))
    cluster = document["clusters"][0]
    cluster["notes"] = ["a receiver was not told"]
    cluster["told"] = [{"receiver": "pager", "delivered": False, "attempts": 3, "reason": "HTTP 500"}]
    cluster["majority"] = {"nodes": ["jira-1"], "digest": digest, "is_desired": False}
    for node in document["nodes"]:
        node["remarks"] = [{"severity": "fault", "code": "one-machine", "message": "twice", "hint": None}]
        node |= {"first_seen": "2026-11-22T20:31:00Z", "last_good": None, "unproven": ["the owner"], "flapping": True}
    return document


def test_a_document_in_which_nothing_is_empty_fits() -> None:
    assert complaints(_whole()) == []


PLACES: tuple[tuple[str | int, ...], ...] = (
    ("nodes", 0),
    ("nodes", 0, "remarks", 0),
    ("clusters", 0),
    ("clusters", 0, "told", 0),
    ("clusters", 0, "desired", 0),
    ("clusters", 0, "majority"),
    ("clusters", 0, "distinct", 0),
    ("clusters", 0, "transition", 0),
)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_no_key_may_be_missing_and_none_may_be_added_at_any_depth(place: tuple[str | int, ...]) -> None:
    def at(document: Any) -> Any:
        for step in place:
            document = document[step]
        return document

    for key in at(_whole()):
        less = _whole()
        del at(less)[key]
        assert complaints(less), key
    more = _whole()
    at(more)["surplus"] = 1
    assert complaints(more)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("nodes", 0, "first_seen"), "yesterday"),
        (("nodes", 0, "in_transition"), None),
        (("nodes", 0, "origin"), "stolen"),
        (("nodes", 0, "remarks", 0, "severity"), "error"),
        (("clusters", 0, "outcome"), "changes"),
        (("clusters", 0, "checked_at"), None),
        (("clusters", 0, "duration_seconds"), -1),
        (("clusters", 0, "majority", "nodes"), []),
        (("clusters", 0, "distinct", 0, "standing"), None),
        (("clusters", 0, "transition", 0, "stands_still"), "no"),
    ],
    ids=str,
)
def test_a_value_of_another_kind_is_found_out(place: tuple[str | int, ...], value: object) -> None:
    document: Any = deepcopy(_whole())
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value

    assert complaints(document)


def test_a_cluster_whose_files_are_invalid_stands_beside_the_others() -> None:
    document = _whole()
    lost = {"cluster": "test", "outcome": "invalid", "sentence": "1 error.", "duration_seconds": 0, "majority": None}
    nothing: dict[str, Any] = {key: [] for key in ("notes", "told", "desired", "distinct", "transition")}
    document["clusters"].append({**document["clusters"][0], **lost, **nothing})
    document |= {"cluster": None, "outcome": "invalid", "exit_code": Outcome.INVALID.exit_code}

    assert complaints(document) == []


def test_the_tool_that_editors_and_ci_use_finds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = said_by(capsys, "validate", "--json", "--inventory", str(write_inventory(tmp_path)))
    sound, broken = tmp_path / "sound.json", tmp_path / "broken.json"
    sound.write_text(said, encoding="utf-8")
    broken.write_text(said.replace('"outcome": "ok"', '"outcome": "fine"'), encoding="utf-8")

    def code_of(document: Path) -> int:
        words = ["--schemafile", str(SCHEMAS / "validate.json"), "--base-uri", (SCHEMAS / "x").as_uri(), str(document)]
        return subprocess.run(
            [sys.executable, "-m", "check_jsonschema", *words], capture_output=True, check=False
        ).returncode

    assert (code_of(sound), code_of(broken)) == (0, 1)
