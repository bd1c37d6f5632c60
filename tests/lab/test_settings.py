"""What lab.json may hold: what nobody would heed is refused where it is written, not when the node starts."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from agent.lab.jira import habits, settings
from agent.lab.jira.s3_trouble import TROUBLES

PAGE = Path(__file__).parents[2] / "docs" / "lab.md"


@pytest.mark.parametrize(
    ("habit", "said"),
    [
        ({"slow": True}, "slow"),
        ({"s3_trouble": "no-bucket"}, "s3-trouble is one of: no-such-bucket"),
        ({"flapping": [["READY", 1]]}, "READY is no state"),
        ({"flapping": ["RUNNING"]}, "not usable"),
    ],
)
def test_a_habit_that_does_not_exist_is_refused_and_nothing_is_written(
    tmp_path: Path, habit: dict[str, Any], said: str
) -> None:
    settings.write(tmp_path, status_port=1)
    before = (tmp_path / "lab.json").read_bytes()
    with pytest.raises(settings.SettingsFault, match=said):
        settings.write(tmp_path, **habit)
    assert (tmp_path / "lab.json").read_bytes() == before


def test_a_reset_forgets_the_habits_and_keeps_the_set_up(tmp_path: Path) -> None:
    settings.write(tmp_path, status_port=1, s3="/s3", token_file="/token", context_path="/jira")  # noqa: S106 - a path
    before = settings.read(tmp_path)
    settings.write(tmp_path, start_seconds=9, stuck=True, failing_checks={"Backup Filestore": "no"})
    settings.reset(tmp_path)
    assert settings.read(tmp_path) == before


@pytest.mark.parametrize(("written", "said"), [(True, True), (False, False)])
def test_the_commands_read_their_own_habits(tmp_path: Path, written: bool, said: bool) -> None:  # noqa: FBT001 - a table
    settings.write(tmp_path, status_port=1, stop_does_nothing=written)
    assert habits.does_nothing(str(tmp_path), "stop") is said
    assert not habits.does_nothing(str(tmp_path), "start")


def test_a_home_without_settings_has_no_habits(tmp_path: Path) -> None:
    assert not habits.does_nothing(str(tmp_path), "start")


def test_the_labs_page_names_every_key() -> None:
    page = PAGE.read_text(encoding="utf-8")
    keys = [item.name.replace("_", "-") for item in fields(settings.Settings)]
    assert [word for word in (*keys, *TROUBLES) if f"`{word}`" not in page] == []
