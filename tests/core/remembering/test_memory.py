"""The fold over checks: since when, last good, who flaps, and that no order of checks makes nonsense of it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from agent.core.remembering import flapping
from agent.core.remembering.flapping import BEGINS, ENDS, STEADY
from agent.core.remembering.memory import FLAPPING, GOOD, MOST_CHANGES, Change, Memory, Seen, remember
from tests.core.remembering.checks import CHECKS, KNOWN, NODES, NOON, Check, after_each, checked, saw, story, whole

EMPTY = Memory(cluster="prod")


def test_a_condition_that_lasts_is_dated_from_the_check_that_saw_it_first() -> None:
    node = story("CURRENT", "SPLIT", "SPLIT", "SPLIT").nodes["jira-1"]
    assert (node.first_seen, node.last_seen, node.last_good) == (NOON + 60, NOON + 180, NOON)


def test_a_current_node_with_a_fault_is_not_good_and_its_condition_says_why() -> None:
    memory = checked(EMPTY, saw("jira-1", "CURRENT", "wrong-home", "temp-left", "wrong-home"), at=NOON)
    node = memory.nodes["jira-1"]
    assert (node.condition, node.last_good) == ("CURRENT (temp-left, wrong-home)", None)


def test_a_break_and_a_return_begin_anew() -> None:
    memory = story("SPLIT", "CURRENT", "SPLIT")
    assert memory.nodes["jira-1"].first_seen == NOON + 120
    assert [(it.at - NOON, it.before, it.after) for it in memory.changes] == [
        (120, "CURRENT", "SPLIT"),
        (60, "SPLIT", "CURRENT"),
        (0, None, "SPLIT"),
    ]


def test_another_reason_for_the_same_condition_is_no_change_and_the_latest_one_is_kept() -> None:
    memory = story("SPLIT")
    elsewhere = Seen(node="jira-1", standing="SPLIT", reason="elsewhere\x1b[2J")
    other = checked(memory, elsewhere, at=NOON + 60)
    assert other.changes == memory.changes
    assert other.nodes["jira-1"].reason == "elsewhere\\x1b[2J"


def test_a_node_that_was_left_out_is_remembered_as_it_was() -> None:
    memory = checked(EMPTY, *whole("SPLIT", "CURRENT", "CURRENT"), at=NOON)
    later = checked(memory, saw("jira-2"), at=NOON + 60)
    assert later.nodes["jira-1"] == memory.nodes["jira-1"]
    assert later.nodes["jira-2"].last_seen == NOON + 60


def test_a_node_that_left_the_inventory_is_forgotten_and_that_is_written_down() -> None:
    memory = checked(EMPTY, *whole("SPLIT", "CURRENT", "CURRENT"), at=NOON)
    later = checked(memory, saw("jira-2"), at=NOON + 60, known=KNOWN - {"jira-1"})
    assert set(later.nodes) == {"jira-2", "jira-3"}
    left = Change(at=NOON + 60, node="jira-1", before="SPLIT", after=None, reason="no longer in the inventory")
    assert later.changes[0] == left


def test_a_check_that_could_not_be_made_changes_nothing_about_the_nodes() -> None:
    memory = checked(EMPTY, *whole("SPLIT", "CURRENT", "CURRENT"), at=NOON)
    later = remember(memory, [], at=NOON + 60, outcome="invalid", known=frozenset())
    assert (later.unmade, later.outcome, later.checked_at) == (True, "invalid", NOON + 60)
    assert (later.nodes, later.changes) == (memory.nodes, memory.changes)
    assert not checked(later, saw("jira-1"), at=NOON + 120).unmade


def test_to_and_fro_is_flapping_until_it_has_been_steady_for_long() -> None:
    to_and_fro = ["CURRENT", "UNREACHABLE"] * 3
    assert not story(*to_and_fro[: BEGINS + 1]).nodes["jira-1"].flapping
    memory = story(*to_and_fro)
    assert (memory.nodes["jira-1"].flapping, memory.nodes["jira-1"].lasting) == (True, FLAPPING)
    steady = 0
    while memory.nodes["jira-1"].flapping:
        steady += 1
        memory = checked(memory, saw("jira-1"), at=NOON + 1000 + steady)
    assert steady == STEADY
    assert memory.nodes["jira-1"].lasting == GOOD


def test_what_is_worse_than_all_that_a_flapping_node_was_before_is_told_at_once() -> None:
    memory = story(*["CURRENT", "TIME_BOMB"] * 3)
    assert memory.nodes["jira-1"].lasting == FLAPPING
    for number in range(3):
        memory = checked(memory, saw("jira-1", "SPLIT"), at=NOON + 1000 + number)
        assert memory.nodes["jira-1"].lasting == "SPLIT"


def test_a_repair_in_steps_is_progress_and_no_to_and_fro() -> None:
    steps = ["CURRENT", "TIME_BOMB", "SPLIT", "UNREADABLE", "DRIFTED", "RESTART_PENDING", "COSMETIC"]
    assert not story(*steps, "CURRENT").nodes["jira-1"].flapping


def test_few_returns_are_left_where_flapping_ends() -> None:
    seldom = [*["CURRENT", "SPLIT"] * 3, *["CURRENT"] * (STEADY - 1), "SPLIT", *["CURRENT"] * (STEADY - 1)]
    flapping = [story(*seldom[: count + 1]).nodes["jira-1"].flapping for count in range(len(seldom))]
    assert flapping[BEGINS + 1]
    assert story(*seldom, "SPLIT", *["CURRENT"] * (STEADY - 1)).nodes["jira-1"].flapping is (ENDS < BEGINS)


def test_what_a_rollout_makes_of_a_node_is_written_down_but_does_not_count_as_flapping() -> None:
    memory = story("SPLIT")
    for number in range(1, 30):
        standing = ("UNREACHABLE", "RESTART_PENDING")[number % 2]
        memory = checked(memory, saw("jira-1", standing, in_transition=True), at=NOON + number)
    node = memory.nodes["jira-1"]
    assert (node.flapping, node.recent, node.settled) == (False, ("SPLIT",), "SPLIT")
    assert (node.standing, node.first_seen) == ("RESTART_PENDING", NOON + 29)
    assert all(change.in_transition for change in memory.changes[:-1])


def test_where_the_clock_was_set_back_nothing_lies_in_the_future() -> None:
    memory = checked(story("SPLIT", "SPLIT"), saw("jira-1", "SPLIT"), at=NOON - 3600)
    node = memory.nodes["jira-1"]
    assert (memory.checked_at, node.first_seen, node.last_seen) == (NOON - 3600, NOON - 3600, NOON - 3600)
    assert memory.changes[0].at == NOON - 3600


def test_only_the_latest_changes_are_kept() -> None:
    memory = EMPTY
    for number in range(2 * MOST_CHANGES):
        memory = checked(memory, saw("jira-1", ("SPLIT", "CURRENT")[number % 2]), at=NOON + number)
    assert len(memory.changes) == MOST_CHANGES
    assert memory.changes[0].at == NOON + 2 * MOST_CHANGES - 1


@given(CHECKS)
def test_whatever_is_seen_in_whatever_order_time_makes_sense(checks: list[Check]) -> None:
    for _, memory, at, _ in after_each(checks):
        assert memory.checked_at == at
        for node in memory.nodes.values():
            assert node.first_seen <= node.last_seen <= at
            assert node.last_good is None or node.last_good <= node.last_seen
            assert len(node.recent) <= flapping.CHECKS
        assert all(early.at <= late.at <= at for late, early in pairwise(memory.changes))


@given(CHECKS)
def test_changes_are_where_conditions_differ_and_follow_from_each_other(checks: list[Check]) -> None:
    memory = EMPTY
    for _, after, _, _ in after_each(checks):
        memory = after
    for name in NODES:
        told = [(it.before, it.after) for it in reversed(memory.changes) if it.node == name]
        assert all(before != after for before, after in told)
        assert all(early[1] == late[0] for early, late in pairwise(told))
        if told:
            assert told[-1][1] == (memory.nodes[name].condition if name in memory.nodes else None)


@given(CHECKS)
def test_last_good_is_the_last_check_that_saw_the_node_good(checks: list[Check]) -> None:
    good: dict[str, float] = {}
    for _, memory, at, (_, seen, _) in after_each(checks):
        good = {name: min(at, moment) for name, moment in good.items()}
        good |= {look.node: at for look in seen if look.condition == GOOD}
        if seen:
            good = {name: moment for name, moment in good.items() if name in memory.nodes}
        assert {name: it.last_good for name, it in memory.nodes.items() if it.last_good is not None} == good


@pytest.mark.parametrize("in_transition", [True, False])
def test_the_first_sight_of_a_node_is_a_change_from_nothing(*, in_transition: bool) -> None:
    memory = checked(EMPTY, saw("jira-1", in_transition=in_transition), at=NOON)
    assert (memory.changes[0].before, memory.changes[0].after) == (None, GOOD)
    assert memory.nodes["jira-1"].lasting == (None if in_transition else GOOD)
