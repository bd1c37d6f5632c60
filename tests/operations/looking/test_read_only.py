"""Who only looks goes through the door for looking: nobody of them opens the other one."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from agent.core.node import Node
from agent.node.memory.adapter import MemoryNode
from agent.node.port import ProbeStores
from agent.operations.looking.read_only import ReadOnlyPort

ROOT = Path(__file__).parents[3]


def modules_that_only_look() -> list[Path]:
    """The modules of the contract, a package with all that is in it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (contract,) = (it for it in contracts if it["name"].startswith("What only looks"))
    found = []
    for module in contract["source_modules"]:
        path = ROOT.joinpath(*module.split("."))
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return found


@pytest.mark.parametrize("path", modules_that_only_look(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_who_only_looks_opens_the_door_itself(path: Path) -> None:
    names = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}

    assert not names & {"dial", "perform"}


def test_the_door_for_looking_is_what_they_open() -> None:
    text = (ROOT / "agent" / "operations" / "looking" / "gathering.py").read_text("utf-8")

    assert "with reading(world)" in text


def test_an_errand_does_not_go_through_the_door_for_looking() -> None:
    node = MemoryNode(Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/data/jira"))
    with pytest.raises(TypeError, match="ProbeStores is no look"):
        ReadOnlyPort(node).look(ProbeStores(probes=()))  # type: ignore[arg-type] # which is what is tried
    assert node.machine.store.objects == set()
