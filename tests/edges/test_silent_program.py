"""A program that nobody watches: its output or one fault, in time, and nothing of what it complains of."""

from __future__ import annotations

import os
import time

import pytest

from agent.edges.silent_program import Failure, Fault, run_silently


def _run(script: str, *, seconds: float = 10, most_bytes: int = 1000) -> bytes | Failure:
    return run_silently(["/bin/sh", "-c", script], os.environ, seconds=seconds, most_bytes=most_bytes)


def test_what_it_prints_is_returned_and_what_it_complains_of_is_not() -> None:
    assert _run("echo result; echo secret >&2") == b"result\n"
    assert _run("read line || echo nothing to read") == b"nothing to read\n"


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("exit 3", Fault.FAILED),
        ("kill -9 $$", Fault.FAILED),
        ("exec sleep 30", Fault.NOT_ENDED),
        ("yes", Fault.TOO_MUCH),
    ],
)
def test_a_fault_is_told_in_time(script: str, what: Fault) -> None:
    before = time.monotonic()

    found = _run(script, seconds=0.5 if what is Fault.NOT_ENDED else 10)

    assert isinstance(found, Failure)
    assert (found.what, time.monotonic() - before < 8) == (what, True)


def test_what_it_started_ends_with_it(tmp_path: object) -> None:
    mark = f"{tmp_path}/alive"

    found = _run(f"(sleep 1; touch {mark}) & exec sleep 30", seconds=0.3)

    assert isinstance(found, Failure)
    time.sleep(1.2)
    assert not os.path.lexists(mark)


@pytest.mark.parametrize("argv", [["/no/such/program"], ["/"], ["a\x00b"]])
def test_what_cannot_be_started_is_a_fault(argv: list[str]) -> None:
    found = run_silently(argv, os.environ, seconds=1, most_bytes=1)

    assert isinstance(found, Failure)
    assert found.what is Fault.NOT_STARTED
