from __future__ import annotations

import pytest

from agent.core.judging.state import State, state_of
from agent.core.observation import Presence, Process, StatusPage
from tests.core.sightings import DOES_NOT_RUN, REFUSED, RUNS, file_of, observed

UNCLEAR = Process(presence=Presence.UNKNOWN)


def page(code: int | None, state: str | None) -> StatusPage:
    return StatusPage(code=code, state=state)


@pytest.mark.parametrize(
    ("status", "process", "state"),
    [
        (page(200, "RUNNING"), RUNS, State.RUNNING),
        (page(200, "RUNNING"), UNCLEAR, State.RUNNING),
        (page(200, "STARTING"), RUNS, State.STARTING),
        (page(200, "FIRST_RUN"), RUNS, State.STARTING),
        (page(503, "MAINTENANCE"), RUNS, State.MAINTENANCE),
        (page(500, "ERROR"), RUNS, State.ERROR),
        (REFUSED, DOES_NOT_RUN, State.DOWN),
        (REFUSED, RUNS, State.STARTING),
        (REFUSED, UNCLEAR, State.UNKNOWN),
        (page(200, "STOPPING"), RUNS, State.UNKNOWN),
        (page(503, "RUNNING"), RUNS, State.UNKNOWN),
        (page(500, "RUNNING"), RUNS, State.UNKNOWN),
        (page(200, "running"), RUNS, State.UNKNOWN),
        (page(200, "ERROR"), RUNS, State.UNKNOWN),
        (page(200, None), RUNS, State.UNKNOWN),
        (page(302, None), RUNS, State.UNKNOWN),
        (page(200, "RUNNING"), DOES_NOT_RUN, State.UNKNOWN),
        (StatusPage(reason="timed out"), RUNS, State.UNKNOWN),
        (StatusPage(reason="timed out"), DOES_NOT_RUN, State.UNKNOWN),
    ],
)
def test_a_state_is_proven_by_code_and_word_and_process_together(
    status: StatusPage, process: Process, state: State
) -> None:
    assert state_of(observed(file_of(None), status=status, process=process)) is state


def test_a_node_that_was_not_observed_has_no_known_state() -> None:
    assert state_of(None) is State.UNKNOWN
