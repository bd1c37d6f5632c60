"""A hundred thousand lives of plans, with mishaps at every request and crashes at every step.

A broken law tells its seed: `FILESTORE_AGENT_SEED=n make soak` tells that one's story, `make soak` runs many more.
`FILESTORE_AGENT_ROLLOUTS=2000 make test` is enough while something else is worked on.
"""

from __future__ import annotations

import os

import pytest

from agent.core.rollout.fold import replay
from tests.simulator.world import Trial

ROLLOUTS = int(os.environ.get("FILESTORE_AGENT_ROLLOUTS", "100000"))
CHUNKS = 50
"""Small enough for the workers to share them well."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_seed_breaks_a_law(chunk: int) -> None:
    for seed in range(chunk, ROLLOUTS, CHUNKS):
        Trial(seed).hold()


def test_the_same_seed_is_the_same_rollout() -> None:
    first, second = Trial(17), Trial(17)
    first.run()
    second.run()
    assert first.journal == second.journal


def test_a_journal_tells_what_its_controller_knew() -> None:
    for seed in range(150):
        trial = Trial(seed)
        trial.run()
        for life in trial.lives:
            if life.last is not None and life.rollout is not None:
                assert replay(life.scenario.plan, life.last.journal.events) == life.rollout


def test_the_seeds_reach_every_kind_of_end_and_of_accident() -> None:
    """A simulator that only sees sunny days proves nothing."""
    trials = [Trial(seed) for seed in range(600)]
    for trial in trials:
        trial.run()
    lives = [life for trial in trials for life in trial.lives]
    ends = {str(outcome) for life in lives for outcome in life.outcomes}
    assert {"ok", "halted", "refused", "locked", "unreachable", "partial", "interrupted", "None"} <= ends
    assert any(len(trial.lives) > 1 for trial in trials), "the way back"
    assert any(life.facts.split for life in lives), "a controller that sleeps"
    assert any(life.facts.rivals for life in lives), "another plan"
    assert any(life.facts.edited for life in lives), "a file that somebody else wrote"
    assert any(life.scenario.pages for life in lives), "pages that are consulted"
    assert any(step.removes for life in lives for step in life.scenario.plan.steps), "a removal"
    kinds = {type(event).__name__ for trial in trials for event in trial.journal}
    assert {"ClearanceDenied", "ClearancePostponed", "NodeDiagnosed", "StepSkipped", "NodeRevived", "TimedOut"} <= kinds
    assert {"ConfigRestored", "StageLeft", "LockLeft", "LockRefused", "HookFailed", "NodeReadmitted"} <= kinds
