"""What the page on schedules says is what the units do."""

from __future__ import annotations

import re
from pathlib import Path

from agent.core.scheduling.pace import LEAST, LEAST_IN_CI, MINUTE, MOST_DELAY, timer_lines
from agent.core.scheduling.units import units
from agent.errors import EXIT_CODES
from agent.flags import EVERY, SCHEDULER
from tests.core.scheduling.jobs import TEMPLATES, job

PAGE = " ".join((Path(__file__).parents[2] / "docs" / "schedule.md").read_text(encoding="utf-8").split())
SERVICE, TIMER = units(job(user="ops"), TEMPLATES, state_folder="/x")


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"{EVERY} where it is not said, at least {LEAST // MINUTE}m (in CI {LEAST_IN_CI // MINUTE}m)" in PAGE
    assert MOST_DELAY == 5 * MINUTE
    assert "up to half the interval, five minutes at most" in PAGE
    (minutes,) = re.findall(r"^TimeoutStartSec=(\d+)min$", SERVICE.text, re.MULTILINE)
    assert f"after {minutes} minutes it is ended" in PAGE


def test_every_scheduler_is_told_of() -> None:
    assert all(f"`--{flag.name}`" in PAGE for flag in SCHEDULER)


def test_what_the_page_says_of_the_timer_is_so() -> None:
    assert {"Persistent=yes", "FixedRandomDelay=yes"} <= set(timer_lines(600))
    assert "A check that was missed while the machine was off is made up for." in PAGE


def test_the_drop_in_and_the_place_of_the_memory_are_those_of_the_unit() -> None:
    assert "# SuccessExitStatus=2" in " ".join(SERVICE.text.split())
    assert "SuccessExitStatus=2" in PAGE
    assert "StateDirectory=filestore-agent" in SERVICE.text
    assert "`/var/lib/filestore-agent`" in PAGE
    assert "XDG_STATE_HOME=/var/lib filestore-agent drift --history" in PAGE


def test_the_codes_are_codes() -> None:
    codes = {int(code) for code in re.findall(r"\| (\d+) \|", PAGE)}
    assert codes == {0, 2, 4, 5, 8}
    assert codes <= set(EXIT_CODES.values())
