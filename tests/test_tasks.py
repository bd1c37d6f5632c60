"""The tasks as a table: the flags of each, what only some may have, and a schema for each that speaks JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from agent.face import CHANGING
from agent.program import AgentProgram, FlagTask
from agent.tasks import namespace
from tests.command_line import said_by
from tests.operations.contract import SCHEMAS, complaints

if TYPE_CHECKING:
    from collections.abc import Iterable

TASKS: dict[str, FlagTask] = AgentProgram(namespace).tasks_by_name
OFFLINE = {"validate", "render", "history", "schedule", "bucket-policy"}
OF_BUCKETS = {"bucket-policy"}
"""What they tell is the cluster's, whatever its nodes: to choose some would do nothing."""
READING = {"adopt", "doctor", "preflight-s3", "status", "drift", "plan", "lock"}
PLANNING = {"plan", "deploy-config", "rolling-restart", "abort", "rollback"}
ACTING = {"deploy-config", "rolling-restart", "resume", "abort", "rollback"}


def _flags(name: str) -> set[str]:
    return {flag.name for flag in TASKS[name].flags}


def test_the_tasks_are_these() -> None:
    assert set(TASKS) >= OFFLINE | READING | ACTING | {"demo"}


@pytest.mark.parametrize("name", sorted(OFFLINE | READING | ACTING))
def test_every_task_on_clusters_has_the_common_flags(name: str) -> None:
    assert {"inventory", "cluster", "json", "quiet", "verbose"} <= _flags(name)
    assert _flags(name) & {"limit", "exclude"} == (set() if name in OF_BUCKETS else {"limit", "exclude"})
    assert ("forks" in _flags(name)) is (name not in OFFLINE)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_only_tasks_that_change_something_ask(name: str) -> None:
    assert ("yes" in _flags(name)) is (name in ACTING | {"lock", "restore-backup"})


def test_what_can_bring_another_routing_into_force_can_be_confirmed_by_name() -> None:
    confirmed = {"deploy-config", "rolling-restart", "resume", "abort", "rollback"}

    assert {name for name in TASKS if "confirm" in _flags(name)} == confirmed


def test_whatever_changes_a_node_is_out_of_reach_of_fabs_own_flags() -> None:
    assert ACTING | {"lock", "restore-backup"} == CHANGING


@pytest.mark.parametrize("name", sorted(TASKS))
def test_how_careful_a_rollout_is_can_be_said_where_it_is_planned(name: str) -> None:
    policy = {"max-unavailable", "canary", "reason", "without-rest", "accept-downtime"}

    assert (policy <= _flags(name)) is (name in PLANNING)
    assert ("pause-after" in _flags(name)) is (name in PLANNING | {"resume"})


def test_a_plan_is_saved_by_one_task_and_applied_by_those_that_do_it() -> None:
    assert {name for name in TASKS if "plan" in _flags(name)} == {"deploy-config", "rolling-restart"}
    assert {name for name in TASKS if {"out", "valid-for"} <= _flags(name)} == {"plan"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["plan", "--all"], "--all: it belongs to --rolling-restart; say both"),
        (["plan", "--rolling-restart", "--together"], "--rolling-restart brings no file"),
        (["plan", "--valid-for", "2h"], "--valid-for: it belongs to --out; say both"),
        (["plan", "--out", "p.json", "--valid-for", "200h"], "--valid-for: "),
        (["plan", "--max-unavailable", "0"], "--max-unavailable: 0 nodes may be down"),
        (["plan", "--canary", ""], "--canary: it is empty"),
        (["rolling-restart", "--reason", "r" * 201], "--reason: it has 201 letters"),
        (["deploy-config", "--pause-after", "0"], "--pause-after: "),
        (["resume", "--pause-after", "x"], "--pause-after: "),
        (["history", "--last", "-1"], "--last: "),
    ],
)
def test_words_that_a_flag_does_not_take_are_wrong_usage(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = said_by(capsys, *words)

    assert code == 5
    assert said.startswith(complaint)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_flag_has_a_sentence_of_help(name: str) -> None:
    assert all(flag.help.endswith(".") and flag.help[0].isupper() for flag in TASKS[name].flags)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_that_speaks_json_has_a_schema(name: str) -> None:
    assert (SCHEMAS / f"{name}.json").exists() is ("json" in _flags(name))


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: str(file.stem))
def test_every_schema_is_one_and_describes_what_the_product_promises(file: Any) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))

    Draft202012Validator.check_schema(schema)
    if file.stem == "common":
        common = schema["$defs"]
        assert {"schema", "task", "cluster", "outcome", "findings", "nodes"} <= set(common["report"]["required"])
        assert set(common["finding"]["required"]) == {
            "rule",
            "severity",
            "cluster",
            "file",
            "line",
            "column",
            "message",
            "hint",
        }
        promised = {"name", "cluster", "standing", "state", "digest", "desired_digest", "reason"}
        assert promised <= set(common["node"]["required"])


def _drift(**changed: Any) -> dict[str, Any]:
    return {
        "schema": "filestore-agent/1",
        "task": "drift",
        "cluster": "prod",
        "outcome": "ok",
        "exit_code": 0,
        "summary": "All well.",
        "next_command": None,
        "findings": [],
        "nodes": [],
        "differences": [],
        "clusters": [],
        **changed,
    }


def test_a_sound_document_fits() -> None:
    assert complaints(_drift()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"exit_code": 2},
        {"outcome": "fine"},
        {"schema": "filestore-agent/2"},
        {"surplus": 1},
        {"differences": None},
        {"findings": [{"rule": "FS101"}]},
        {"nodes": [{"name": "jira-1"}]},
        {"cluster": 3},
    ],
)
def test_a_document_that_breaks_the_contract_is_found_out(changed: dict[str, Any]) -> None:
    assert complaints(_drift(**changed))


def test_a_missing_key_is_found_out() -> None:
    for key in set(_drift()) - {"task"}:
        assert complaints({name: value for name, value in _drift().items() if name != key}), key


def test_the_order_of_the_tasks_is_that_of_their_use() -> None:
    """The help page tells the story: check, look, change."""
    story = ["validate", "doctor", "drift", "plan", "deploy-config", "rolling-restart", "resume", "abort", "rollback"]

    assert _in_order([*story, "history"], list(TASKS))


def _in_order(some: Iterable[str], among: list[str]) -> bool:
    places = [among.index(name) for name in some]
    return places == sorted(places)
