"""The tasks as a table: the flags of each, what only some may have, and a schema for each that speaks JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from agent.program import AgentProgram, FlagTask
from agent.tasks import namespace
from tests.operations.contract import SCHEMAS, complaints

if TYPE_CHECKING:
    from collections.abc import Iterable

TASKS: dict[str, FlagTask] = AgentProgram(namespace).tasks_by_name
OFFLINE = {"validate", "render"}
READING = {"doctor", "status", "drift", "plan", "lock"}
ACTING = {"deploy-config", "rolling-restart"}


def _flags(name: str) -> set[str]:
    return {flag.name for flag in TASKS[name].flags}


def test_the_tasks_are_these() -> None:
    assert set(TASKS) >= OFFLINE | READING | ACTING | {"demo"}


@pytest.mark.parametrize("name", sorted(OFFLINE | READING | ACTING))
def test_every_task_on_clusters_has_the_common_flags(name: str) -> None:
    assert {"inventory", "cluster", "limit", "exclude", "json", "quiet", "verbose"} <= _flags(name)
    assert ("forks" in _flags(name)) is (name not in OFFLINE)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_only_tasks_that_change_something_ask(name: str) -> None:
    assert ("yes" in _flags(name)) is (name in ACTING | {"lock"})


def test_what_can_bring_another_routing_into_force_can_be_confirmed_by_name() -> None:
    assert [name for name in TASKS if "confirm" in _flags(name)] == ["deploy-config", "rolling-restart"]


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
    assert _in_order(["validate", "doctor", "drift", "plan", "deploy-config", "rolling-restart"], list(TASKS))


def _in_order(some: Iterable[str], among: list[str]) -> bool:
    places = [among.index(name) for name in some]
    return places == sorted(places)
