"""Since when a node is as it is: by its own evidence, and never by a time that cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.core.judging.since import Since, since_of
from agent.core.judging.standing import Standing, judge
from agent.core.observation import FileFacts, FileKind, Observation
from tests.core.sightings import (
    BTIME,
    EARLIER_BOOT,
    RATE,
    START_TICKS,
    STARTED,
    document,
    file_of,
    loaded,
    look,
    observed,
    receipt,
    silent,
)

DESIRED, OTHER = document(), document("other-bucket")
LATER = 1_000_000_000
"""The builders' clock begins in 1970, before the earliest time that is believed."""
COMMIT = receipt(DESIRED, after=OTHER, ticks=START_TICKS + 900)


def _on_a_clock_of_now(seen: Observation) -> Observation:
    file = replace(seen.file, ctime=seen.file.ctime + LATER, mtime=seen.file.mtime + LATER)
    return replace(seen, btime=seen.btime + LATER, now=seen.now + LATER, file=file)


def _since(seen: Observation, *others: Observation) -> tuple[Standing, Since | None]:
    looks = (seen, *others)
    judged = judge(tuple(look(f"jira-{i}", _on_a_clock_of_now(it)) for i, it in enumerate(looks, start=1)))[0]
    return judged.standing, since_of(judged)


@pytest.mark.parametrize(
    ("seen", "standing", "at", "event"),
    [
        (loaded(DESIRED), Standing.CURRENT, STARTED, "when Jira started"),
        (
            observed(file_of(DESIRED, changed=STARTED + 9), receipts=(receipt(OTHER), COMMIT)),
            Standing.RESTART_PENDING,
            BTIME + (START_TICKS + 900) // RATE,
            "when the file was committed",
        ),
        (
            observed(
                file_of(DESIRED, changed=STARTED + 90), receipts=(replace(receipt(DESIRED), boot_id=EARLIER_BOOT),)
            ),
            Standing.RESTART_PENDING,
            STARTED + 90,
            "when the file was last altered",
        ),
        (
            observed(file_of(OTHER, changed=STARTED + 70), receipts=(receipt(DESIRED),)),
            Standing.TIME_BOMB,
            STARTED + 70,
            "when the file was last altered",
        ),
        (
            observed(file_of(b"<broken", changed=STARTED + 70), receipts=(receipt(DESIRED),)),
            Standing.UNREADABLE,
            STARTED + 70,
            "when the file was last altered",
        ),
    ],
    ids=["current", "pending", "pending over a boot", "bomb", "unreadable"],
)
def test_the_latest_moment_that_can_have_made_it_so_is_told(
    seen: Observation, standing: Standing, at: int, event: str
) -> None:
    assert _since(seen) == (standing, Since(at=at + LATER, event=event))


def test_what_is_in_force_is_so_since_the_start_even_where_the_file_was_altered_later() -> None:
    seen = observed(file_of(DESIRED, changed=STARTED + 70), receipts=(receipt(OTHER),))

    assert _since(seen, loaded(DESIRED)) == (Standing.SPLIT, Since(at=STARTED + LATER, event="when Jira started"))


def test_nothing_tells_when_a_file_was_removed() -> None:
    assert _since(observed(FileFacts(kind=FileKind.ABSENT), receipts=(receipt(DESIRED),)))[1] is None


def test_a_node_that_was_not_seen_says_nothing() -> None:
    assert since_of(judge((silent("jira-1"),))[0]) is None


@pytest.mark.parametrize("changed", [STARTED + 90_000, -LATER + 5], ids=["in the future", "before there were clocks"])
def test_a_time_that_cannot_be_is_not_told(changed: int) -> None:
    assert _since(observed(file_of(OTHER, changed=changed), receipts=(receipt(DESIRED),)))[1] is None
