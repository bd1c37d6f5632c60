"""The committed JSON Schemas as a check: what a task reports must fit the schema of that task, key by key."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from agent.core.report import document_of
from agent.core.text.printable import printable_value

if TYPE_CHECKING:
    from agent.core.report import Report

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as a script reads it, after the schema of its task has been held against it."""
    document: dict[str, Any] = json.loads(json.dumps(printable_value(document_of(report))))
    faults = complaints(document)
    assert not faults, "\n".join(faults)
    return document


def complaints(document: dict[str, Any]) -> list[str]:
    """Return what a document has against the schema of its task."""
    return [f"{fault.json_path}: {fault.message}" for fault in _validator(document["task"]).iter_errors(document)]


@cache
def _validator(task: str) -> Draft202012Validator:
    common: Resource[Any] = Resource.from_contents(_schema("common"))
    registry: Registry[Any] = Registry().with_resource("common.json", common)
    return Draft202012Validator(_schema(task), registry=registry)


def _schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
