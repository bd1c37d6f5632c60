"""The diagrams of docs/rollout.md are those of the tables, and the command that draws them touches nothing else."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent.core.rollout.table import draw

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT: dict[str, Any] = runpy.run_path(str(DOCS / "draw_rollout.py"))
drawn: Callable[[str], str] = SCRIPT["drawn"]


def test_the_diagrams_in_the_docs_are_drawn_from_the_tables_as_they_are_now() -> None:
    page = (DOCS / "rollout.md").read_text(encoding="utf-8")
    assert draw() in page, "run python docs/draw_rollout.py"
    assert drawn(page) == page, "run python docs/draw_rollout.py"


def test_only_what_stands_between_the_markers_is_written() -> None:
    page = f"above\n{SCRIPT['MARKER']}\nan older diagram\n{SCRIPT['END']}\nbelow\n"
    after = drawn(page)
    assert after.startswith("above\n")
    assert after.endswith("\nbelow\n")
    assert "older" not in after
    assert drawn(after) == after


@pytest.mark.parametrize("page", ["", SCRIPT["MARKER"], SCRIPT["END"], f"{SCRIPT['END']} {SCRIPT['MARKER']}"])
def test_a_page_without_its_markers_is_left_alone(page: str) -> None:
    with pytest.raises(SystemExit, match="the markers of the diagrams are not there"):
        drawn(page)
