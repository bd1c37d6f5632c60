"""Sources without a complete target: only one that is silent on S3 may mean that there is none."""

from __future__ import annotations

import pytest

from agent.core.finding import Place
from agent.core.importing.codes import Code, warning
from agent.core.importing.silence import nothing_told
from agent.core.importing.told import Stores


def _hint(text: str, found: Stores) -> str:
    return str(nothing_told(found, {"a.txt": text}, way_of_none="--empty").hint)


@pytest.mark.parametrize("text", ["", "TZ=UTC\n", "# ATL_S3AVATARS_REGION=x\n  # s3Storage:\n", "jira: {}"])
def test_a_source_that_is_silent_on_s3_may_mean_the_shared_home(text: str) -> None:
    assert "say --empty" in _hint(text, Stores(config=None))


@pytest.mark.parametrize(
    "text", ["x: 1\n- name: ATL_S3AVATARS_REGION\n", "\n  S3STORAGE: {}", "a\r\nE=atl_s3backups_region=x"]
)
def test_one_that_speaks_of_s3_is_told_where_and_never_that_it_says_nothing(text: str) -> None:
    found = nothing_told(Stores(config=None), {"first": "x", "a.txt": text}, way_of_none="--empty")

    assert found.place == Place(file="a.txt", line=2)
    assert "this line speaks of S3" in found.message
    assert "--empty" not in str(found.hint)


def test_what_warnings_name_is_mended_first() -> None:
    warned = warning(Code.HALF, Place(file="a.txt"), "x")

    assert _hint("", Stores(config=None, findings=(warned,))) == "mend what the warnings name"
