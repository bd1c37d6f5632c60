"""Which rollout is unfinished: by the locks on the nodes first, then by the journals here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import LockHolder
from agent.core.planning import plan_json
from agent.core.rollout.events import Act, MoveStarted, RolloutEnded
from agent.edges.journal import Journal
from agent.errors import JournalError, Locked, Refused
from agent.node.port import Recall
from agent.operations.undoing.settling import mark_undone
from agent.operations.unfinished.choosing import Unfinished, unfinished
from agent.operations.unfinished.left_here import heard, left, recent
from tests.core.planning.test_plan_json import PLAN
from tests.operations.test_history import ended, keep, started
from tests.operations.world import Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.rollout.events import Event


def found(there: Yard) -> Unfinished:
    """Return what is unfinished, by a look at all nodes."""
    answers = {name: node.perform(Recall()) for name, node in there.nodes.items()}
    return unfinished("prod", there.folder / "state" / "rollouts" / "prod", answers)


def held(there: Yard, plan: str, *names: str) -> None:
    """Let a rollout hold these nodes, with a copy of its plan."""
    for name in names:
        there.machine(name).lock = LockHolder(holder="lee", host="laptop", plan=plan, epoch=3, since="")
        there.machine(name).plan_copy = plan_json.encode(replace(PLAN, id=plan, cluster="prod"))


def test_the_holder_goes_before_what_was_begun_here(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "mine", started("mine"), ended())
    held(there, "theirs", "jira-1", "jira-2")

    it = found(there)

    assert (it.plan.id, it.past, it.from_nodes) == ("theirs", None, 2)
    assert sorted(it.holders) == ["jira-1", "jira-2"]


def test_without_a_holder_it_is_the_last_one_begun_here(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1), ended(1))
    keep(there, "b", started("b", 2))

    it = found(there)

    assert (it.plan.id, it.from_nodes, dict(it.holders)) == ("b", 0, {})
    assert it.past == (started("b", 2),)


@pytest.mark.parametrize("first", ["a", "z"])
def test_of_two_begun_in_one_second_the_one_laid_last_is_the_last(tmp_path: Path, first: str) -> None:
    there = yard(tmp_path)
    keep(there, first, started(first))
    keep(there, "m", started("m"), ended())

    with pytest.raises(Refused, match="the last rollout, m, has come to its good end"):
        found(there)


def test_a_rollout_that_ended_well_is_not_looked_past(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1))
    keep(there, "b", started("b", 2), ended(2))

    with pytest.raises(Refused, match="the last rollout, b, has come to its good end"):
        found(there)


def test_a_rollout_that_ended_otherwise_is_unfinished(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"), RolloutEnded(outcome="halted"))

    assert found(there).plan.id == "a"


def test_what_was_written_down_and_never_begun_is_gone_on_with(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1), ended(1))
    keep(there, "b")

    it = found(there)

    assert (it.plan.id, it.past) == ("b", ())


def test_what_was_written_down_last_goes_before_what_was_broken_off_and_is_held_by_nobody(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1))
    keep(there, "b")

    assert found(there).plan.id == "b"
    held(there, "a", "jira-1")
    assert found(there).plan.id == "a"


@pytest.mark.parametrize("word", ["refused", "unreachable", "locked"])
def test_what_ended_with_nothing_touched_is_passed_over(tmp_path: Path, word: str) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1))
    keep(there, "b", started("b", 2), RolloutEnded(outcome=word))

    assert found(there).plan.id == "a"


@pytest.mark.parametrize("act", [Act.STOP, Act.COMMIT, Act.START, Act.RESTORE])
def test_what_ended_refused_after_an_act_is_unfinished(tmp_path: Path, act: Act) -> None:
    there = yard(tmp_path)
    begun = MoveStarted(act=act, nodes=("jira-1",))
    folder = keep(there, "a").parent
    told = (started("b"), begun, RolloutEnded(outcome="refused"))

    keep(there, "b", *told)

    assert left(recent(folder, heard)) == ("b",)


@pytest.mark.parametrize(
    "told", [(), (MoveStarted(act=Act.CLAIM, nodes=("jira-1",)),), (RolloutEnded(outcome="halted"),)]
)
def test_of_several_that_nobody_holds_it_is_the_last(tmp_path: Path, told: tuple[Event, ...]) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1), MoveStarted(act=Act.COMMIT, nodes=("jira-1",)))
    keep(there, "b", started("b", 2), *told)

    assert found(there).plan.id == "b"


def undoing(there: Yard, plan: str, undoes: str, *told: Event) -> None:
    """Leave behind what was to put another rollout back."""
    folder = there.folder / "state" / "rollouts" / "prod"
    with Journal.create(folder, replace(PLAN, id=plan, cluster="prod", undoes=undoes)) as journal:
        for event in told:
            journal.append(event)


def test_what_was_to_put_it_back_and_was_never_begun_leaves_it_unfinished(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a")
    undoing(there, "b", "a")

    it = found(there)

    assert (it.plan.id, it.undone_by, it.past) == ("a", "b", ())


def test_what_puts_it_back_and_has_begun_takes_its_place(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a", 1))
    undoing(there, "b", "a", replace(started("b", 2), undoes="a"))

    assert found(there).plan.id == "b"


def test_whatever_runs_here_right_now_is_not_passed_over(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = keep(there, "a", started("a", 1))
    undoing(there, "b", "a")

    with Journal.reopen(path.parent, "b"), pytest.raises(Locked, match="the rollout b runs right now"):
        found(there)


def test_another_one_that_has_come_meanwhile_is_not_taken_over(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "mine", started("mine"))
    held(there, "theirs", "jira-1")

    with pytest.raises(Refused, match="another rollout, theirs, has taken jira-1 meanwhile"):
        found(there)


def test_another_one_that_puts_back_what_was_begun_here_is_gone_on_with(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "mine", started("mine"))
    held(there, "theirs", "jira-1")
    there.machine("jira-1").plan_copy = plan_json.encode(replace(PLAN, id="theirs", cluster="prod", undoes="mine"))

    assert found(there).plan.id == "theirs"


def test_what_was_put_back_and_still_holds_a_node_is_told_how_to_be_freed(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a"))
    mark_undone(there.world(), "prod", "a", by="b")
    held(there, "a", "jira-2")

    with pytest.raises(Refused, match=r"a was put back; its lock still lies on jira-2: free it with `lock --release`"):
        found(there)


def test_that_it_was_put_back_is_written_down_once(tmp_path: Path) -> None:
    there = yard(tmp_path)
    path = keep(there, "a", started("a"))
    mark_undone(there.world(), "prod", "a", by="b")
    once = path.read_bytes()

    mark_undone(there.world(), "prod", "a", by=None)

    assert path.read_bytes() == once


def test_a_journal_elsewhere_is_not_missed_and_one_in_use_is_told(tmp_path: Path) -> None:
    there = yard(tmp_path)
    mark_undone(there.world(), "prod", "a", by="b")
    assert there.told == []

    path = keep(there, "a", started("a"))
    with Journal.reopen(path.parent, "a"):
        mark_undone(there.world(), "prod", "a", by="b")

    assert "the journal of a does not tell that it was put back" in there.told[0]


def test_a_folder_that_others_may_enter_is_not_believed(tmp_path: Path) -> None:
    there = yard(tmp_path)
    keep(there, "a", started("a")).parent.chmod(0o777)

    with pytest.raises(JournalError, match="others may enter"):
        found(there)
