"""Do the folded lines on what differs say no more of a node than holds for it?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.judging.standing import Standing, judge
from agent.operations.looking.verdicts import difference_lines
from tests.core.sightings import document, file_of, look, observed

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement


def renamed() -> Judgement:
    """A node whose file calls the filestore by another id."""
    content = document().content.replace(b"backupBucket", b"other")
    (judgement,) = judge((look("jira-1", observed(file_of(content))),))
    return judgement


@pytest.mark.parametrize(
    ("standing", "told"),
    [
        (Standing.DRIFTED, "nothing else changes, and it can wait"),
        (Standing.TIME_BOMB, "nothing else changes, and it can wait"),
        (Standing.SPLIT, "nothing else changes in the file"),
    ],
)
def test_only_where_nothing_worse_is_known_of_the_node_a_new_name_can_wait(standing: Standing, told: str) -> None:
    (_, line) = difference_lines((replace(renamed(), standing=standing),))

    assert "filestore other is now called " in line.text
    assert line.text.endswith(told)


def test_a_new_name_alone_is_drift() -> None:
    assert renamed().standing is Standing.DRIFTED
