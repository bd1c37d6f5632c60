"""Plan: what would be done and what speaks against it; nothing but looks travels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.core.planning.plan import Shape
from agent.errors import InputError, Outcome
from agent.node.memory.adapter import Fault, Mishap
from agent.operations.plan import plan
from tests.command_line import INVENTORY
from tests.operations.contract import as_json
from tests.operations.world import EMPTY, HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report


def _plan(
    there: Yard,
    shape: Shape = Shape.COMMIT,
    *said: str,
    limit: str | None = None,
    exclude: str | None = None,
    inventory_flag: str | None = None,
) -> Report:
    choice = there.choice(limit=limit, exclude=exclude, inventory_flag=inventory_flag)
    report = plan(there.world(), choice, template=None, shape=shape, said=frozenset(said))
    as_json(report)
    assert there.changed_nothing()
    assert not (there.folder / "state").exists()
    return report


def _without_its_name(document: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.replace(document["plan"], "PLAN") if isinstance(value, str) else value
        for key, value in document.items()
    }


def test_current_nodes_need_nothing(tmp_path: Path) -> None:
    report = _plan(yard(tmp_path))

    assert (report.outcome, report.next_command) == (Outcome.OK, None)
    assert report.sentence == "Nothing to do: 3 nodes, all CURRENT."
    assert as_json(report)["class"] == "none"


def test_a_tuning_is_changes_with_its_class_order_and_reasons(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    report = _plan(there, Shape.ROLLING, "--restart")

    document = as_json(report)
    assert (document["outcome"], document["exit_code"], document["class"]) == ("changes", 2, "tuning")
    assert [step["node"] for step in document["steps"]] == ["jira-1", "jira-2", "jira-3"]
    assert all(step["commits"] and step["restarts"] and step["reason"] for step in document["steps"])
    assert {step["digest"] for step in document["steps"]} == {there.desired["jira-1"].digest}
    assert report.next_command == "filestore-agent deploy-config --restart"
    assert document["objections"] == []


def test_a_change_of_routing_says_what_moves_and_asks_for_the_way(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(OTHER_BUCKET + HURRIED)

    report = _plan(there)

    document = as_json(report)
    assert document["class"] == "routing"
    assert len(document["relocations"]) == 1
    assert "co-jira-other-bucket" in document["relocations"][0]
    (objection,) = document["objections"]
    assert (objection["code"], objection["flags"]) == ("routing", ["--restart", "--together", "--no-restart"])
    assert report.outcome is Outcome.CHANGES
    assert report.next_command == "filestore-agent deploy-config --restart --confirm prod"
    assert any("Override: --restart or --together or --no-restart" in line.text for line in report.lines)


@pytest.mark.parametrize(
    ("shape", "word"), [(Shape.ROLLING, "--restart"), (Shape.TOGETHER, "--together"), (Shape.COMMIT, "--no-restart")]
)
def test_saying_the_way_takes_the_objection_away(tmp_path: Path, shape: Shape, word: str) -> None:
    there = yard(tmp_path)
    there.rewrite(EMPTY + HURRIED)

    assert as_json(_plan(there, shape, word))["objections"] == []


@pytest.mark.parametrize(
    ("mishap", "outcome"), [(Mishap.UNREACHABLE, Outcome.UNREACHABLE), (Mishap.LOST_AFTER, Outcome.PARTIAL)]
)
def test_a_silent_node_speaks_against_it_and_decides(tmp_path: Path, mishap: Mishap, outcome: Outcome) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)
    there.fault("jira-2", Fault(mishap=mishap))

    report = _plan(there)

    assert report.outcome is outcome
    assert report.next_command == "filestore-agent doctor"
    assert as_json(report)["objections"]


def test_a_dead_node_can_be_left_out_and_then_only_counts(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    refused = as_json(_plan(there, exclude="jira-2"))
    allowed = as_json(_plan(there, Shape.COMMIT, "--allow-partial", exclude="jira-2"))

    assert any("--allow-partial" in objection["flags"] for objection in refused["objections"])
    assert allowed["objections"] == []
    assert allowed["outcome"] == "changes", "a node that was not even asked is not one that could not be reached"
    assert [step["node"] for step in allowed["steps"]] == ["jira-1", "jira-3"]
    assert "jira-2" not in {name for name, _ in there.requests}


def test_the_next_command_repeats_the_users_own_words_ready_to_paste(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    report = _plan(there, Shape.COMMIT, "--allow-partial", limit="jira-[1-2]", inventory_flag="my inventory")

    assert (
        report.next_command
        == "filestore-agent deploy-config --inventory 'my inventory' --limit 'jira-[1-2]' --allow-partial"
    )


def test_nodes_left_behind_by_a_limit_lead_to_the_command_without_it(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    assert _plan(there, limit="jira-[1-2]").next_command == "filestore-agent deploy-config"


def test_two_plans_of_the_same_state_differ_in_their_name_only(tmp_path: Path) -> None:
    there = yard(tmp_path)
    there.rewrite(TUNED + HURRIED)

    first, second = as_json(_plan(there)), as_json(_plan(there))

    assert first["plan"] != second["plan"]
    assert _without_its_name(first) == _without_its_name(second)


def test_a_plan_is_for_one_cluster(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY, test=OTHER_BUCKET.replace("jira-", "test-"))
    choice = there.choice("all")

    with pytest.raises(InputError, match="one cluster at a time"):
        plan(there.world(), choice, template=None, shape=Shape.COMMIT, said=frozenset())
    assert there.dialled == 0


def test_configured_drain_hooks_speak_against_a_restart_until_it_is_said_to_skip_them(tmp_path: Path) -> None:
    there = yard(tmp_path)
    hooks = "rollout: {drain: {before-stop: {run: [haproxy-drain, '{node}']}}}\n"
    there.rewrite(TUNED + hooks)

    refused = as_json(_plan(there, Shape.ROLLING, "--restart"))
    allowed = as_json(_plan(there, Shape.ROLLING, "--restart", "--skip-hooks"))
    harmless = as_json(_plan(there))

    assert [objection["flags"] for objection in refused["objections"]] == [["--skip-hooks"]]
    assert allowed["objections"] == harmless["objections"] == []
