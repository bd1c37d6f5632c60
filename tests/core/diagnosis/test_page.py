"""Is the page what the table says?"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.diagnosis import signs
from agent.core.diagnosis.page import page
from agent.core.diagnosis.table import CHECK_CAUSES, LOG_CAUSES

PAGE = Path(__file__).parents[3] / "docs" / "diagnosis.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python docs/write_diagnosis.py"


@pytest.mark.parametrize("code", [cause.code for cause in (*LOG_CAUSES, *CHECK_CAUSES)])
def test_every_cause_has_one_row(code: str) -> None:
    assert page().count(f"\n| `{code}` |") == 1


def test_every_sign_is_on_the_page() -> None:
    assert set(signs()) <= set(page().splitlines())


def test_no_element_is_read_as_markdown() -> None:
    assert "<s3" not in page().split("```", maxsplit=1)[0]
