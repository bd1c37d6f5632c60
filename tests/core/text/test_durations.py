from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.text.durations import duration_words

UNITS = {"s": 1, "m": 60, "h": 3600}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1s"),
        (0.4, "1s"),
        (45, "45s"),
        (119.4, "119s"),
        (119.6, "2m"),
        (720, "12m"),
        (750, "13m"),
        (3569, "59m"),
        (3570, "1h"),
        (3900, "1h05m"),
        (7200, "2h"),
        (7 * 24 * 3600, "168h"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@given(st.floats(min_value=0, max_value=7 * 24 * 3600))
def test_the_words_are_off_by_half_a_minute_at_most(seconds: float) -> None:
    said = sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smh])", duration_words(seconds)))
    assert abs(said - seconds) <= (30 if seconds >= 119 else 1)
