"""What a standing means for the data: where it goes, where what was stored lies, and what the next start does."""

from __future__ import annotations

from agent.core.judging.standing import Standing, judge
from tests.core.sightings import START_TICKS, STARTED, document, down, file_of, loaded, look, observed, receipt

DESIRED, OTHER = document(), document("other-bucket")


def test_a_split_says_where_the_stray_data_lies_and_that_nobody_moves_it_back() -> None:
    split, _ = judge((look("jira-1", loaded(OTHER)), look("jira-2", loaded(DESIRED))))

    assert split.standing is Standing.SPLIT
    assert split.stray_data == (
        "backups that jira-1 stores meanwhile lie in bucket other-bucket (aws:us-east-1);"
        " a repair does not move them back"
    )


def test_where_jira_does_not_run_nothing_has_strayed() -> None:
    split, _ = judge((look("jira-1", down(file_of(OTHER))), look("jira-2", loaded(DESIRED))))

    assert (split.standing, split.stray_data) == (Standing.SPLIT, None)


def test_a_time_bomb_says_when_it_goes_off_and_what_happens_then() -> None:
    altered = observed(file_of(OTHER, changed=STARTED + 100), receipts=(receipt(DESIRED),))
    (bomb,) = judge((look("jira-1", altered),))

    assert bomb.standing is Standing.TIME_BOMB
    assert bomb.consequence == (
        "goes off when Jira is started next on jira-1, be it by a reboot, a crash or a person: then backups go to"
        " bucket other-bucket (aws:us-east-1) instead of bucket backup-bucket (aws:us-east-1)"
    )


def test_a_time_bomb_that_moves_no_data_says_that_it_loads_what_lies_there() -> None:
    tuned = observed(file_of(document(concurrency=5), changed=STARTED + 100), receipts=(receipt(DESIRED),))
    (bomb,) = judge((look("jira-1", tuned),))

    assert bomb.standing is Standing.TIME_BOMB
    assert (bomb.consequence or "").endswith("then it loads what lies there now")


def test_a_pending_restart_says_what_it_changes_for_the_data() -> None:
    waiting = observed(
        file_of(DESIRED, changed=STARTED + 100),
        receipts=(receipt(OTHER), receipt(DESIRED, after=OTHER, ticks=START_TICKS + 100)),
    )
    (pending,) = judge((look("jira-1", waiting),))

    assert pending.standing is Standing.RESTART_PENDING
    assert pending.consequence == (
        "until jira-1 is restarted its data goes elsewhere; then backups go to bucket backup-bucket (aws:us-east-1)"
        " instead of bucket other-bucket (aws:us-east-1)"
    )
    (quiet,) = judge((look("jira-1", down(file_of(DESIRED))),))
    assert (quiet.standing, quiet.consequence) == (Standing.RESTART_PENDING, None)
