"""Is what is called a secret masked, and what only sounds like one left?"""

from __future__ import annotations

import time

import pytest

from agent.core.text.secret_shapes import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://mi.corp?password=hunter2&t=1", "https://mi.corp?password=****&t=1"),
        ("X-Amz-Signature=hunter2", "X-Amz-Signature=****"),
        ("?sig=hunter2", "?sig=****"),
        ("aws_secret_access_key=hunter2", "aws_secret_access_key=****"),
        ("TOKEN=hunter2;x", "TOKEN=****;x"),
        ("design=plain", "design=plain"),
        ("partition=aws", "partition=aws"),
        ("?region=us-east-1", "?region=us-east-1"),
    ],
)
def test_what_is_called_a_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize("piece", ["-", "token", "a_", "password=", "sig="])
def test_no_text_of_hostile_length_takes_long(piece: str) -> None:
    begun = time.process_time()

    masked(piece * (60_000 // len(piece)))

    assert time.process_time() - begun < 1
