"""The controller is killed at random instants, and once more while it goes on: the cluster ends as it would have."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.journey import journeying
from tests.support.kills import ABORT, BUDGET, COMMIT, RESTART, ROLLBACK, ROLLING, TOGETHER, Deed, Rounds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sshd
KILLS = int(os.environ.get("FILESTORE_AGENT_KILLS", "12"))
"""Rounds in all; `make soak-kills` wants many, each time others."""
SEED = int(os.environ.get("FILESTORE_AGENT_KILLS_SEED", "3"))
FAMILIES = ((RESTART, ROLLBACK), (TOGETHER, ABORT), (COMMIT, ROLLING))
"""Deeds that take turns on one cluster; what was committed is loaded by the restart that follows."""


@pytest.mark.parametrize("deeds", FAMILIES, ids=lambda deeds: "-".join(deed.name for deed in deeds))
def test_wherever_the_controller_is_killed_the_rollout_ends_as_it_would_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], deeds: tuple[Deed, ...]
) -> None:
    with journeying(tmp_path / "lab", 6, max_unavailable=BUDGET) as journey:
        rounds = Rounds(journey=journey, seed=SEED)
        rounds.begin(deeds)
        for number in range(KILLS // len(FAMILIES)):
            rounds.go(number, deeds[number % len(deeds)])
    with capsys.disabled():
        sys.stderr.write(f"\n{rounds.summary}\n")
    assert rounds.hits
