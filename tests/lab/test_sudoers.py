"""The sudoers lines are taken from the page itself, and a page without them fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sudoers import documented_lines

if TYPE_CHECKING:
    from pathlib import Path


def test_a_page_without_sudoers_lines_is_a_fault_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "protocol.md"
    page.write_text("```sh\nls\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="0 blocks"):
        documented_lines(page)
