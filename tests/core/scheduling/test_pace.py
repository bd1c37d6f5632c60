"""How often: as cron and systemd say it, and as they themselves understand it."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest
from cronsim import CronSim

from agent.core.scheduling.pace import DAY, HOUR, LEAST_IN_CI, MINUTE, cron_times, pace_words, require_pace, timer_lines
from agent.errors import InputError
from tests.support.need import needs

START = datetime(2026, 3, 1, tzinfo=UTC)
EVEN = sorted(
    {n * MINUTE for n in range(1, 61) if 60 % n == 0} | {n * HOUR for n in range(1, 25) if 24 % n == 0},
)
UNEVEN = (7 * MINUTE, 25 * MINUTE, 90 * MINUTE, 5 * HOUR, 48 * HOUR, 61, 90)


@pytest.mark.parametrize("every", EVEN)
@pytest.mark.parametrize("seed", ["desk", "build-7", ""])
def test_cron_runs_at_just_this_distance_hours_and_days_on_end(every: int, seed: str) -> None:
    moments = list(islice(CronSim(cron_times(every, seed), START), 3 * DAY // every))

    assert {(after - before).total_seconds() for before, after in pairwise(moments)} <= {every}


def test_the_same_job_always_has_the_same_moment_and_others_have_others() -> None:
    times = {seed: cron_times(HOUR, seed) for seed in map(str, range(200))}

    assert times == {seed: cron_times(HOUR, seed) for seed in times}
    assert len(set(times.values())) > 40


@pytest.mark.parametrize("every", UNEVEN)
def test_what_cron_cannot_say_is_refused_and_never_rounded(every: int) -> None:
    with pytest.raises(InputError, match=r"--every: a cron expression cannot say .*; one of 1m, 2m, .*24h"):
        cron_times(every, "desk")


def test_a_pipeline_runs_at_most_every_five_minutes() -> None:
    assert cron_times(LEAST_IN_CI, "desk", least=LEAST_IN_CI)
    with pytest.raises(InputError, match=r"cannot say 4m; one of 5m, 6m"):
        cron_times(4 * MINUTE, "desk", least=LEAST_IN_CI)


def test_less_than_a_minute_is_refused() -> None:
    assert require_pace(60.0) == 60
    with pytest.raises(InputError, match=r"--every: 59 s are too few"):
        require_pace(59.0)


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize("every", EVEN)
def test_systemd_reads_the_calendar_as_the_same_distance(every: int) -> None:
    (calendar,) = [line.removeprefix("OnCalendar=") for line in timer_lines(every) if line.startswith("OnCalendar=")]
    told = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=30", "--base-time=2026-03-01 00:00:00 UTC", calendar],
        check=True, capture_output=True, text=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    ).stdout  # fmt: skip
    moments = [datetime.fromisoformat(it) for it in re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", told)]

    assert len(moments) == 30
    assert {(after - before).total_seconds() for before, after in pairwise(moments)} == {every}


@pytest.mark.parametrize("every", UNEVEN)
def test_a_timer_counts_a_distance_that_no_calendar_has(every: int) -> None:
    assert timer_lines(every) == ("OnActiveSec=1min", f"OnUnitActiveSec={every}s")


def test_the_delay_of_a_machine_never_reaches_the_next_moment() -> None:
    for every in EVEN:
        (delay,) = [int(found[1]) for line in timer_lines(every) if (found := re.match(r"Randomized\w+=(\d+)s", line))]
        assert 0 < delay < every


def test_a_length_is_told_as_it_was_said() -> None:
    assert [pace_words(it) for it in (60, 90, 600, HOUR, 90 * MINUTE)] == [
        "every 60s", "every 90s", "every 10m", "every 1h", "every 1h30m",
    ]  # fmt: skip
