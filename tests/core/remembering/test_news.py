"""What is news to whom: a change of condition, once, whatever was missed in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from agent.core.remembering.memory import FLAPPING, GOOD, Memory, Seen, Told, remember
from agent.core.remembering.news import News, compared, conditions_differ, news_for, told_now, told_only, with_told
from agent.core.remembering.news_json import MOST_LETTERS, Bearings, news_json
from tests.core.remembering.checks import CHECKS, KNOWN, NOON, Check, after_each, checked, saw, story, whole

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "schemas" / "news.json").read_text(encoding="utf-8"))
EMPTY = Memory(cluster="prod")
BEARINGS = Bearings(
    at=NOON, host="desk", outcome="drift", sentence="2 errors in the files", next_command="filestore-agent plan"
)


class Pager:
    """A receiver that is told by the rules, and writes down what it heard."""

    def __init__(self) -> None:
        self.knows: Told | None = None
        self.heard: list[News] = []

    def hear(self, memory: Memory, about: frozenset[str]) -> News | None:
        news = news_for(memory, self.knows, about)
        if news:
            self.heard.append(news)
        self.knows = told_now(memory, self.knows, about)
        return news


def watched(
    *checks: tuple[Seen, ...], memory: Memory = EMPTY
) -> tuple[list[list[tuple[str | None, str | None]]], Pager]:
    """Return for each check what its pager heard of it: before and after of each node."""
    pager, heard = Pager(), []
    for number, seen in enumerate(checks):
        memory = remember(memory, seen, at=NOON + number, outcome="?", known=KNOWN)
        news = pager.hear(memory, compared(seen))
        heard.append([(it.before, it.after) for it in news.differences] if news else [])
    return heard, pager


def one(standing: str, *, in_transition: bool = False) -> tuple[Seen, ...]:
    return (saw("jira-1", standing, in_transition=in_transition),)


def as_json(news: News | None, memory: Memory, bearings: Bearings = BEARINGS) -> dict[str, Any]:
    assert news
    document: dict[str, Any] = json.loads(news_json(news, memory, bearings))
    Draft202012Validator(SCHEMA).validate(document)
    return document


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_first_check_is_news_where_something_is_wrong_and_only_there() -> None:
    assert watched(one("CURRENT"))[0] == [[]]
    assert watched(one("SPLIT"))[0] == [[(None, "SPLIT")]]


def test_each_change_is_told_once() -> None:
    told, _ = watched(one("CURRENT"), one("SPLIT"), one("SPLIT"), one("CURRENT"), one("CURRENT"))
    assert told == [[], [("CURRENT", "SPLIT")], [], [("SPLIT", "CURRENT")], []]


def test_what_a_rollout_makes_of_a_node_is_no_news_and_what_is_left_at_its_end_is() -> None:
    told, _ = watched(
        one("CURRENT"),
        one("UNREACHABLE", in_transition=True),
        one("RESTART_PENDING", in_transition=True),
        one("CURRENT"),
        one("SPLIT", in_transition=True),
        one("SPLIT"),
    )
    assert told == [[], [], [], [], [], [("CURRENT", "SPLIT")]]


def test_a_node_first_seen_in_a_rollout_is_no_news_either() -> None:
    assert watched(one("RESTART_PENDING", in_transition=True))[0] == [[]]


def test_a_node_that_flaps_is_told_of_once_and_again_when_it_is_steady() -> None:
    to_and_fro = [one(standing) for standing in ("CURRENT", "UNREACHABLE") * 10]
    told, pager = watched(*to_and_fro, *[one("CURRENT")] * 25)
    flapping = [place for place, heard in enumerate(told) if heard and heard[0][1] == FLAPPING]
    steady = [place for place, heard in enumerate(told) if heard and heard[0][0] == FLAPPING]
    assert flapping == [5]
    assert len(steady) == 1
    assert told[steady[0]] == [(FLAPPING, GOOD)]
    assert all(heard == [] for heard in told[6 : steady[0]])
    assert "to and fro (CURRENT, UNREACHABLE)" in pager.heard[-2].differences[0].reason


def test_a_check_of_some_nodes_compares_those_alone() -> None:
    memory = checked(EMPTY, *whole("SPLIT", "SPLIT", "CURRENT"), at=NOON)
    news = news_for(memory, None, frozenset({"jira-2"}))
    assert news
    assert [it.node for it in news.differences] == ["jira-2"]
    knows = told_now(memory, None, frozenset({"jira-2"}))
    rest = news_for(memory, knows, KNOWN)
    assert rest
    assert [it.node for it in rest.differences] == ["jira-1"]


def test_whoever_was_not_told_hears_of_what_is_now_and_not_of_what_was_meanwhile() -> None:
    knows = told_now(story("CURRENT"), None, KNOWN)
    later = news_for(story("CURRENT", "SPLIT", "DRIFTED"), knows, KNOWN)
    assert later
    assert [(it.before, it.after) for it in later.differences] == [("CURRENT", "DRIFTED")]
    assert news_for(story("CURRENT", "SPLIT", "CURRENT"), knows, KNOWN) is None


def test_a_check_that_cannot_be_made_is_news_and_so_is_one_that_can_be_again() -> None:
    told, pager = watched(one("SPLIT"), (), (), one("SPLIT"), one("SPLIT"))
    assert told == [[(None, "SPLIT")], [], [], [], []]
    assert [(it.unmade, it.was_unmade) for it in pager.heard] == [(False, False), (True, False), (False, True)]


def test_what_was_wrong_and_has_left_the_inventory_is_not_wrong_for_ever() -> None:
    memory = checked(EMPTY, *whole("SPLIT", "CURRENT", "CURRENT"), at=NOON)
    knows = told_now(memory, None, KNOWN)
    left = checked(memory, saw("jira-2"), at=NOON + 1, known=frozenset({"jira-2"}))
    news = news_for(left, knows, frozenset({"jira-2"}))
    assert news
    assert [(it.node, it.before, it.after) for it in news.differences] == [("jira-1", "SPLIT", None)]
    assert news_for(left, told_now(left, knows, frozenset({"jira-2"})), KNOWN) is None
    assert as_json(news, left)["summary"] == "prod: jira-1 is no longer in the inventory (was SPLIT)"


def test_a_fault_more_is_another_condition() -> None:
    seen = (saw("jira-1", "CURRENT", "wrong-home"),)
    assert watched(one("CURRENT"), seen, seen)[0] == [[], [("CURRENT", "CURRENT (wrong-home)")], []]


def test_the_condition_of_a_good_first_check_has_not_changed_and_that_of_a_bad_one_has() -> None:
    assert not conditions_differ(EMPTY, story("CURRENT"), KNOWN)
    assert conditions_differ(EMPTY, story("SPLIT"), KNOWN)
    assert not conditions_differ(story("SPLIT"), story("SPLIT", "SPLIT"), KNOWN)
    assert conditions_differ(story("SPLIT"), story("SPLIT", "CURRENT"), KNOWN)


def test_a_receiver_that_there_is_no_more_is_forgotten() -> None:
    memory = with_told(story("SPLIT"), {"a": Told(at=NOON, conditions={}), "b": Told(at=NOON, conditions={})})
    assert set(told_only(memory, ["b", "c"]).told) == {"b"}


@given(CHECKS)
def test_a_receiver_knows_after_each_check_what_is_and_hears_nothing_twice(checks: list[Check]) -> None:
    pager = Pager()
    for _, memory, _, (_, seen, _, _) in after_each(checks):
        about = compared(seen)
        news = pager.hear(memory, about)
        assert news_for(memory, pager.knows, about) is None
        if seen:
            for name in about:
                assert pager.knows
                assert pager.knows.conditions[name] == memory.nodes[name].lasting
        if news:
            assert all(it.before != it.after for it in news.differences)
            assert news.differences or news.unmade or news.was_unmade


@given(CHECKS)
def test_whatever_is_news_fits_the_schema(checks: list[Check]) -> None:
    pager = Pager()
    for _, memory, _, (_, seen, _, _) in after_each(checks):
        news = pager.hear(memory, compared(seen))
        if news:
            as_json(news, memory)


def test_a_pager_gets_a_sentence_with_the_worst_first_and_equal_nodes_folded() -> None:
    memory = checked(EMPTY, *whole("DRIFTED", "SPLIT", "DRIFTED"), at=NOON)
    said = as_json(news_for(memory, told_now(story("CURRENT"), None, KNOWN), KNOWN), memory)
    assert said["summary"] == "prod: jira-2 is SPLIT: why SPLIT; jira-1 is DRIFTED (was CURRENT); jira-3 is DRIFTED"
    assert [it["node"] for it in said["changes"]] == ["jira-2", "jira-1", "jira-3"]
    assert said["nodes"] == {"jira-1": "DRIFTED", "jira-2": "SPLIT", "jira-3": "DRIFTED"}
    assert said["next_command"] == "filestore-agent plan"


def test_several_nodes_that_went_the_same_way_are_one_clause() -> None:
    good = checked(EMPTY, *whole("CURRENT", "CURRENT", "CURRENT"), at=NOON)
    knows = told_now(good, None, KNOWN)
    bad = checked(good, *whole("DRIFTED", "SPLIT", "DRIFTED"), at=NOON + 60)
    said = as_json(news_for(bad, knows, KNOWN), bad)
    assert said["summary"] == ("prod: jira-2 is SPLIT (was CURRENT): why SPLIT; jira-[1,3] are DRIFTED (were CURRENT)")
    assert said["changes"][0] == {
        "node": "jira-2",
        "before": "CURRENT",
        "after": "SPLIT",
        "reason": "why SPLIT",
        "first_seen": "2026-11-22T12:01:00Z",
    }
    again = checked(bad, *whole("CURRENT", "CURRENT", "CURRENT"), at=NOON + 120)
    relief = as_json(news_for(again, told_now(bad, knows, KNOWN), KNOWN), again)["summary"]
    ways = "jira-[1,3] are CURRENT again (were DRIFTED); jira-2 is CURRENT again (was SPLIT)"
    assert relief == f"prod: {ways}. All 3 nodes are CURRENT."


def test_a_check_that_cannot_be_made_says_why_and_what_is_remembered_of_the_nodes() -> None:
    memory = remember(story("SPLIT"), [], at=NOON, outcome="invalid", known=frozenset())
    said = as_json(news_for(memory, None, frozenset()), memory)
    assert said["summary"] == "prod: the check itself cannot be made: 2 errors in the files"
    assert (said["changes"], said["nodes"]) == ([], {"jira-1": "SPLIT"})


def test_the_same_news_have_the_same_id_and_others_another() -> None:
    memory = story("CURRENT", "SPLIT")
    news = news_for(memory, None, KNOWN)
    assert as_json(news, memory)["id"] == as_json(news, memory)["id"]
    later = Bearings(at=NOON + 300, host="desk", outcome="drift", sentence="")
    assert as_json(news, memory)["id"] != as_json(news, memory, later)["id"]


@pytest.mark.parametrize("reason", ["<!channel> \x1b[2J @here @everyone <https://evil.example|click>", "x" * 5000])
def test_a_node_cannot_call_everybody_nor_move_a_terminal_by_what_it_says(reason: str) -> None:
    seen = Seen(node="jira-1", standing="SPLIT", reason=reason)
    memory = remember(EMPTY, [seen], at=NOON, outcome="drift", known=KNOWN)
    said = as_json(news_for(memory, None, KNOWN), memory)
    assert not {"<", ">", "\x1b"} & set(said["text"])
    assert "@here" not in said["text"]
    assert "@everyone" not in said["text"]
    assert len(said["summary"]) <= MOST_LETTERS
    assert all(letter == "\n" or letter.isprintable() for letter in json.dumps(said, ensure_ascii=False))
