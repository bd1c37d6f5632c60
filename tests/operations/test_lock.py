"""Lock: who holds the nodes, and freeing exactly what was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder
from agent.core.rollout.events import Act, MoveStarted
from agent.errors import InputError, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Release
from agent.operations.lock import release_lock, show_lock
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.test_last_word import write_journal
from tests.operations.world import OTHER_BUCKET, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = LockHolder(holder="ann", host="laptop", plan="p1", epoch=3, since="2026-01-01T00:00:00Z")


def _held(tmp_path: Path, *names: str) -> Yard:
    there = yard(tmp_path)
    for name in names:
        there.machine(name).lock = HOLDER
        there.machine(name).epoch = HOLDER.epoch
    return there


def test_a_free_cluster_is_ok(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = show_lock(there.world(), there.choice(), template=None)

    assert (report.outcome, report.sentence) == (Outcome.OK, "Nobody holds the lock.")
    assert as_json(report)["freed"] == []
    assert there.changed_nothing()


def test_a_held_cluster_is_locked_and_shows_by_whom_and_how_to_free_it(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.LOCKED
    assert report.lines[0].text == ("jira-[1,3]: held by ann@laptop since 2026-01-01T00:00:00Z (plan p1, epoch 3)")
    assert report.next_command == "filestore-agent lock --release"
    assert [bool(node["lock"]) for node in as_json(report)["nodes"]] == [True, False, True]


def test_one_holder_that_claimed_in_two_seconds_is_told_once_with_the_first(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")
    there.machine("jira-1").lock = replace(HOLDER, since="2026-01-01T00:00:01Z")

    report = show_lock(there.world(), there.choice(), template=None)

    assert [line.text for line in report.lines if "held by" in line.text] == [
        "jira-[1,3]: held by ann@laptop since 2026-01-01T00:00:00Z (plan p1, epoch 3)"
    ]


def test_the_evidence_says_which_jira_is_down_or_starting_right_now(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-2", "jira-3")
    there.machine("jira-1").stop_jira()
    there.machine("jira-3").stop_jira()
    there.machine("jira-3").start_jira()

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.lines[1].text == "  Jira there is running on jira-2, starting on jira-3, down on jira-1"
    assert [node["state"] for node in as_json(report)["nodes"]] == ["down", "running", "starting"]


def test_a_holder_on_this_host_is_asked_by_its_journal_before_it_is_fenced(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    there.machine("jira-1").lock = replace(HOLDER, host="desk")
    folder = tmp_path / "state" / "rollouts" / "prod"
    with pytest.raises(Refused):
        release_lock(there.world("no"), there.choice(), template=None, yes=False)
    assert len(there.told) == 2

    write_journal(folder, "p1", MoveStarted(act=Act.STOP, nodes=("jira-1",), at="2026-01-01T00:00:09Z"))
    with pytest.raises(Refused):
        release_lock(there.world("no"), there.choice(), template=None, yes=False)

    assert there.told[-1] == (
        f"  the journal of plan p1 lies at {folder}/p1.jsonl;"
        " its last event is: stop begun on jira-1, at 2026-01-01T00:00:09Z"
    )


def test_the_journal_of_another_host_is_not_looked_for_here(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    write_journal(tmp_path / "state" / "rollouts" / "prod", "p1")

    report = show_lock(there.world(), there.choice(), template=None)

    assert not any("journal" in line.text for line in report.lines)


def test_a_silent_node_is_not_free(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.fault("jira-2", Fault(mishap=Mishap.UNREACHABLE))

    report = show_lock(there.world(), there.choice(), template=None)

    assert report.outcome is Outcome.UNREACHABLE
    assert "Not known: jira-2" in report.sentence


def test_releasing_shows_the_evidence_asks_and_fences_the_holder(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1", "jira-3")

    report = release_lock(there.world("yes"), there.choice(), template=None, yes=False)

    assert report.outcome is Outcome.OK
    assert "held by ann@laptop" in there.told[0]
    assert len(there.questions) == 1
    assert as_json(report)["freed"] == ["jira-1", "jira-3"]
    releases = [(name, request) for name, request in there.requests if isinstance(request, Release)]
    assert [name for name, _ in releases] == ["jira-1", "jira-3"]
    assert {request.raise_epoch for _, request in releases} == {4}
    assert there.machine("jira-1").lock is None
    assert there.machine("jira-1").epoch == 4


@pytest.mark.parametrize("answer", ["", "no", "Y", "YES", "yes please", "release"])
def test_any_other_answer_than_yes_changes_nothing(tmp_path: Path, answer: str) -> None:
    there = _held(tmp_path, "jira-1")

    with pytest.raises(Refused):
        release_lock(there.world(answer), there.choice(), template=None, yes=False)

    assert there.changed_nothing()
    assert there.machine("jira-1").lock == HOLDER


def test_without_a_terminal_the_flag_is_named(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")

    with pytest.raises(Refused, match="--yes"):
        release_lock(there.world(terminal=False), there.choice(), template=None, yes=False)

    assert there.changed_nothing()


def test_releasing_what_nobody_holds_asks_nothing_and_sends_nothing(tmp_path: Path) -> None:
    there = yard(tmp_path)

    report = release_lock(there.world(terminal=False), there.choice(), template=None, yes=False)

    assert report.outcome is Outcome.OK
    assert there.changed_nothing()


def test_a_lock_that_changed_hands_meanwhile_stays(tmp_path: Path) -> None:
    there = _held(tmp_path, "jira-1")
    other = LockHolder(holder="bob", host="desk", plan="p2", epoch=4, since="2026-01-02T00:00:00Z")
    world = there.world()

    def hand_over(question: str) -> str:
        there.questions.append(question)
        there.machine("jira-1").lock = other
        return "yes"

    report = release_lock(replace(world, ask=hand_over), there.choice(), template=None, yes=False)

    assert there.machine("jira-1").lock == other
    assert report.outcome is Outcome.LOCKED
    assert as_json(report)["freed"] == []
    assert any("jira-1: " in line.text and "another rollout holds it" in line.text for line in report.lines)


def test_several_clusters_cannot_be_released_at_once_even_where_a_limit_leaves_one(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-", "test-"))

    with pytest.raises(InputError, match="one cluster at a time"):
        release_lock(there.world(), there.choice("all", limit="test-1"), template=None, yes=True)

    assert there.dialled == 0
