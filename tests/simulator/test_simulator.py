"""Thousands of rollouts with mishaps at every request and crashes at every step; a broken law tells its seed."""

from __future__ import annotations

import os

import pytest

from tests.simulator.world import Trial

ROLLOUTS = int(os.environ.get("FILESTORE_AGENT_ROLLOUTS", "1500"))
CHUNKS = 8


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_seed_breaks_a_law(chunk: int) -> None:
    for seed in range(chunk, ROLLOUTS, CHUNKS):
        Trial(seed).run()


def test_the_same_seed_is_the_same_rollout() -> None:
    first, second = Trial(17), Trial(17)
    first.run()
    second.run()
    assert first.journal == second.journal


def test_the_seeds_reach_every_kind_of_end() -> None:
    """A simulator that only sees sunny days proves nothing."""
    trials = [Trial(seed) for seed in range(400)]
    rollouts = [trial.run() for trial in trials]
    ends = {str(rollout.outcome) for rollout in rollouts if rollout}
    assert {"ok", "halted", "refused", "unreachable", "partial", "interrupted"} <= ends
    assert any(trial.crashed for trial in trials)
