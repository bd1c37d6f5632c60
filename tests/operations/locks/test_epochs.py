"""Under which epoch a controller comes, and that one node cannot spoil the count of all the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.node import Node
from agent.core.planning.plan import Shape
from agent.errors import Outcome, Refused, Unsettled
from agent.node.memory.adapter import MemoryNode
from agent.node.port import HIGHEST_EPOCH, Claim, Commit
from agent.operations.locks.epochs import LEAP, far_ahead, next_epoch, require_counted
from tests.operations.rollouts import Death, break_off_at, files, go_on, locks, put_back, roll_out, tuned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.core.observation import Observation
    from agent.core.report import Report
    from tests.operations.world import Yard

FORGED = [LEAP + 10, HIGHEST_EPOCH - 1, HIGHEST_EPOCH]
NODE = Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/data")


def at(*epochs: int) -> Mapping[str, Observation]:
    """Return what nodes say that remember these epochs."""
    look = MemoryNode(NODE).look()
    return {f"jira-{number}": replace(look, epoch=epoch) for number, epoch in enumerate(epochs, start=1)}


@pytest.mark.parametrize(
    ("epochs", "next_one"),
    [((), 1), ((0,), 1), ((7,), 8), ((3, 9, 4), 10), ((0, LEAP), LEAP + 1), ((HIGHEST_EPOCH,), HIGHEST_EPOCH + 1)],
)
def test_the_next_epoch_is_one_more_than_any_node_has_seen(epochs: tuple[int, ...], next_one: int) -> None:
    assert far_ahead(at(*epochs)) is None
    assert next_epoch(at(*epochs)) == next_one
    require_counted("prod", at(*epochs))


@pytest.mark.parametrize("epoch", FORGED)
def test_a_node_far_ahead_of_every_other_has_not_counted_and_is_named(epoch: int) -> None:
    seen = at(3, epoch, 4)
    assert (far_ahead(seen), next_epoch(seen)) == ("jira-2", 5)
    with pytest.raises(Refused, match=rf"prod: jira-2 is at epoch {epoch}, .*\.filestore-agent/epoch there, remove it"):
        require_counted("prod", seen)


def test_a_node_that_has_forgotten_makes_nobody_suspect_who_stands_beside_another() -> None:
    assert next_epoch(at(0, 5 * LEAP, 5 * LEAP + 1)) == 5 * LEAP + 2


def claims(there: Yard) -> set[int]:
    return {request.token.epoch for _, request in there.requests if isinstance(request, Claim)}


def epochs(there: Yard, *names: str) -> set[int]:
    return {there.machine(name).epoch for name in names}


@pytest.mark.parametrize("epoch", FORGED)
def test_no_rollout_begins_by_an_epoch_that_one_node_has_made_up(tmp_path: Path, epoch: int) -> None:
    there = tuned(tmp_path)
    before = files(there)
    there.machine("jira-2").epoch = epoch

    with pytest.raises(Refused, match=f"jira-2 is at epoch {epoch}, far ahead"):
        roll_out(there)

    assert (claims(there), epochs(there, "jira-1", "jira-3"), files(there)) == (set(), {0}, before)
    there.machine("jira-2").epoch = 0
    assert roll_out(there).outcome is Outcome.OK


@pytest.mark.parametrize("epoch", [HIGHEST_EPOCH + 1, 10**18 - 1])
def test_no_rollout_begins_where_a_node_remembers_what_no_epoch_can_be(tmp_path: Path, epoch: int) -> None:
    there = tuned(tmp_path)
    there.machine("jira-2").epoch = epoch

    report = roll_out(there)

    assert report.outcome is not Outcome.OK
    reason = next(row.reason for row in report.nodes if row.name == "jira-2")
    assert reason is not None
    assert "/var/jira/.filestore-agent/epoch holds no epoch that can be" in reason
    assert (there.changed_nothing(), epochs(there, "jira-1", "jira-3")) == (True, {0})


@pytest.mark.parametrize("way", [go_on, put_back])
@pytest.mark.parametrize("epoch", [*FORGED, HIGHEST_EPOCH + 1, 10**18 - 1])
def test_what_was_broken_off_goes_on_or_back_once_the_epoch_is_mended_and_not_before(
    tmp_path: Path, epoch: int, way: Callable[[Yard], Report]
) -> None:
    there = tuned(tmp_path)
    break_off_at(there, Shape.ROLLING, Death(Commit, spared=1), "after")
    sound, there.machine("jira-2").epoch = there.machine("jira-2").epoch, epoch

    assert "jira-2" in said(lambda: way(there))

    assert max([0, *claims(there), *epochs(there, "jira-1", "jira-3")]) < LEAP
    there.machine("jira-2").epoch = sound
    assert way(there).outcome is Outcome.OK
    assert not locks(there)


def said(deed: Callable[[], Report]) -> str:
    """Return the words of a no."""
    try:
        report = deed()
    except (Refused, Unsettled) as refusal:
        return str(refusal)
    assert report.outcome is not Outcome.OK
    return f"{report.sentence} {report.lines}"
