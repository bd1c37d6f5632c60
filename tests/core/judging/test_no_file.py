"""A node that should have no file: each standing it can have, and words that never call a missing file right bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.document import absent_document
from agent.core.judging.difference import changes_due
from agent.core.judging.standing import Judgement, Standing, judge
from tests.core.sightings import START_TICKS, STARTED, document, down, file_of, loaded, look, observed, receipt

if TYPE_CHECKING:
    from agent.core.observation import Observation

NO_FILE = "there is no file, as it should be"
NONE, FILE, EMPTY = absent_document(), document("backup-bucket"), document(None)
REMOVED = receipt(None, after=FILE, ticks=START_TICKS - 100)
AFTERWARDS = receipt(None, after=FILE, ticks=START_TICKS + 100)


def judged(seen: Observation) -> Judgement:
    """The verdict on one node that is to have no file, beside one that has none and has loaded none."""
    settled = look("jira-1", observed(file_of(None), receipts=(receipt(FILE), REMOVED)), NONE)
    return judge((settled, look("jira-2", seen, NONE)))[1]


@pytest.mark.parametrize(
    ("seen", "standing", "reason"),
    [
        pytest.param(
            observed(file_of(None), receipts=(receipt(FILE), REMOVED)),
            Standing.CURRENT,
            "no file, as it should be, and that is in force",
            id="removed by us and started since",
        ),
        pytest.param(
            observed(file_of(None), receipts=(receipt(EMPTY), receipt(None, after=EMPTY, ticks=START_TICKS + 100))),
            Standing.RESTART_PENDING,
            f"{NO_FILE}, but the running Jira still has what it loaded before: it needs a restart",
            id="removed by us, its empty document still loaded",
        ),
        pytest.param(
            observed(file_of(None), receipts=(receipt(FILE), AFTERWARDS)),
            Standing.SPLIT,
            f"{NO_FILE}, but the running Jira loaded another routing when it started: restart it",
            id="removed by us, its bucket still loaded",
        ),
        pytest.param(
            down(file_of(None)),
            Standing.RESTART_PENDING,
            f"{NO_FILE}, and Jira does not run",
            id="down",
        ),
        pytest.param(
            observed(file_of(None)),
            Standing.RESTART_PENDING,
            f"{NO_FILE}, but that is not proven to be in force",
            id="never had one",
        ),
        pytest.param(
            observed(file_of(FILE, changed=STARTED + 300), receipts=(receipt(None, after=FILE),)),
            Standing.TIME_BOMB,
            "the running Jira is as it should be, but there is a file, and should be none: the next restart loads that",
            id="laid there by hand",
        ),
        pytest.param(
            loaded(FILE),
            Standing.SPLIT,
            "the running Jira sends data elsewhere than it should",
            id="has one, and uses it",
        ),
        pytest.param(
            loaded(EMPTY),
            Standing.DRIFTED,
            "there is a file, and should be none, though data goes to the same places",
            id="an empty one",
        ),
    ],
)
def test_where_no_file_is_due_the_words_say_so(seen: Observation, standing: Standing, reason: str) -> None:
    judgement = judged(seen)

    assert (judgement.standing, judgement.reason) == (standing, reason)
    assert "file is right" not in judgement.sentence


def test_a_jira_that_is_down_without_a_file_has_none_to_load() -> None:
    assert judged(down(file_of(None))).detail == "it has no file to load when it starts"


def test_what_differs_is_that_there_is_a_file() -> None:
    assert str(changes_due(judged(loaded(FILE)))[0]) == "filestore-config.xml: (file) -> (no file)"
    assert changes_due(judged(observed(file_of(None)))) == ()


def test_no_mode_and_no_owner_is_missed_where_there_is_no_file() -> None:
    assert judged(observed(file_of(None), receipts=(receipt(FILE), REMOVED))).blemishes == ()
