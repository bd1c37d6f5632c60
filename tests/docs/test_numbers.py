"""The numbers that the pages name are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.conductor.vigil import TOLD_EVERY
from agent.core.forecasting.past import ENOUGH
from agent.core.planning.plan import Patience
from agent.core.rollout.absence import FEWEST_LOOKS
from agent.edges.secrets import COMMAND_SECONDS, MOST_BYTES
from agent.flags import VALID_FOR
from agent.node.wire.rest_pages import PAGE_CAP
from agent.operations.proposal.foretelling import REMEMBERED

DOCS = Path(__file__).parents[2] / "docs"
WORDS = {1: "one", 3: "three", 5: "five", 10: "ten"}


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("rollout.md", f"No process at all for {Patience().appear_timeout:g} s after the start"),
        ("rollout.md", f"or for {Patience().return_timeout:g} s after one had been seen"),
        ("rollout.md", f"at least {WORDS[FEWEST_LOOKS]} looks in a row must prove the absence"),
        ("rollout.md", f"{'Once a minute' if TOLD_EVERY == 60 else ''} it is told how long has been waited"),
        ("rollout.md", f"The last {REMEMBERED} rollouts"),
        ("rollout.md", f"fewer than {WORDS[ENOUGH]} samples"),
        ("rollout.md", f"({VALID_FOR.removesuffix('h')} hours; `--valid-for`)"),
        ("inventory.md", f"at most {MOST_BYTES // 1024} KiB"),
        ("inventory.md", f"no terminal and {WORDS[int(COMMAND_SECONDS)]} seconds"),
        ("protocol.md", f"and {PAGE_CAP // 1024} KiB a page"),
    ],
)
def test_a_number_on_a_page_is_the_one_of_the_code(page: str, told: str) -> None:
    assert told in " ".join((DOCS / page).read_text(encoding="utf-8").split())
