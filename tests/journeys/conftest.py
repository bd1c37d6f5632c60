"""Clusters for the journeys: real SSH servers, Jira running on every node, and a user's way to speak of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.journey import journeying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.journey import Journey


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    """Three nodes without the file."""
    with journeying(tmp_path / "lab") as begun:
        yield begun


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Journey]:
    """Three nodes with the first file in force, and another one declared."""
    with journeying(tmp_path / "lab", deployed=True) as begun:
        yield begun.declare_another()


@pytest.fixture
def six(tmp_path: Path) -> Iterator[Journey]:
    """Six nodes with the first file in force, and another one declared; two may be down at once."""
    with journeying(tmp_path / "lab", 6, deployed=True, max_unavailable=2) as begun:
        yield begun.declare_another(max_unavailable=2)
