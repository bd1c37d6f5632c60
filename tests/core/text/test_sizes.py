"""A number of bytes as people say it."""

from __future__ import annotations

import pytest

from agent.core.text.sizes import size_words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (5 << 20, "5.0 MiB"),
        ((1 << 30) - 1, "1024.0 MiB"),
        (1 << 30, "1.0 GiB"),
        (3 << 40, "3.0 TiB"),
        (5 << 50, "5120.0 TiB"),
    ],
)
def test_a_size_has_the_largest_unit_that_fits(count: int, words: str) -> None:
    assert size_words(count) == words
