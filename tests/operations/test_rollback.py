"""Rollback: what lay there before a past rollout, "no file" included; said twice it is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import RolloutUndone
from agent.edges.journal import read, read_plan
from agent.errors import InputError, Outcome, Refused
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Claim, Stage, Stop
from agent.operations.consent import Consent
from agent.operations.history import history
from agent.operations.proposal.policy import Policy
from agent.operations.rollback import rollback
from tests.operations.contract import as_json
from tests.operations.rollouts import (
    YES,
    Death,
    acts,
    break_off,
    dying,
    elsewhere,
    files,
    go_on,
    last_plan,
    locks,
    put_back,
    rerouted,
    roll_back,
    roll_out,
    starts,
    tuned,
)
from tests.operations.test_resume import NODES, silent
from tests.operations.world import EMPTY, HURRIED, OTHER_BUCKET, TUNED, Yard, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.report import Report

SHAPES = pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.ROLLING, Shape.TOGETHER])


def undone(there: Yard, plan: str) -> list[str | None]:
    """Return by which plans the journal says that this one was put back."""
    told = read(there.folder / "state" / "rollouts" / "prod" / f"{plan}.jsonl")[0]
    return [event.by for event in told if isinstance(event, RolloutUndone)]


def lines(report: Report) -> str:
    """Return all that the report says to a person."""
    return "\n".join([report.sentence, *(line.text for line in report.lines)])


@SHAPES
@pytest.mark.parametrize("way", [Shape.ROLLING, Shape.TOGETHER])
def test_the_last_rollout_is_rolled_back_whichever_way_it_was_done(tmp_path: Path, shape: Shape, way: Shape) -> None:
    there = tuned(tmp_path)
    before = files(there)
    roll_out(there, shape)
    plan = last_plan(there)
    there.requests.clear()

    report = roll_back(there, way)

    assert report.outcome is Outcome.OK
    assert files(there) == before
    assert locks(there) == {}
    assert {row.standing for row in report.nodes} == {"CURRENT"}
    assert undone(there, plan) == [as_json(report)["plan"]]
    assert "The inventory still declares another document for jira-[1-3]" in lines(report)


def test_its_budget_and_its_canary_can_be_said(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)

    assert roll_back(there, policy=Policy(max_unavailable=2, canary=("jira-2",))).outcome is Outcome.OK

    plan = read_plan(there.folder / "state" / "rollouts" / "prod", last_plan(there))
    assert (plan.budget, plan.steps[0].node) == (2, "jira-2")


def test_said_twice_it_is_done_once(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    plan = last_plan(there)
    first = roll_back(there)
    there.requests.clear()

    second = roll_back(there)

    assert second.outcome is Outcome.OK
    assert acts(there) == []
    assert undone(there, plan) == [as_json(first)["plan"]]
    assert "Nothing to do" in second.sentence
    assert history(there.world(), there.choice(), rollout=plan, last=9).outcome is Outcome.OK


def test_it_is_shown_which_rollout_is_meant(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    plan = last_plan(there)

    roll_back(there)

    assert f"prod: put back what the rollout {plan} changed on jira-[1-3]" in there.told


def test_a_rollout_that_committed_nothing_is_not_the_last(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    roll_out(there)
    there.rewrite(OTHER_BUCKET + HURRIED)
    there.fault("jira-2", Fault(mishap=Mishap.REFUSED, request=Stage))
    assert roll_out(there).outcome is Outcome.REFUSED

    assert roll_back(there).outcome is Outcome.OK

    assert files(there) == before


def test_one_that_was_brought_to_its_end_elsewhere_is_the_last(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    before = files(there)
    there.rewrite(OTHER_BUCKET + HURRIED)
    break_off(there, before=Death(Claim, "jira-3"))
    assert go_on(there, elsewhere(there)).outcome is Outcome.OK

    assert roll_back(there).outcome is Outcome.OK

    assert files(there) == before


def test_after_a_later_deploy_the_later_one_is_meant_and_an_earlier_one_can_be_named(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    first = files(there)
    roll_out(there)
    plan, second = last_plan(there), files(there)
    there.rewrite(OTHER_BUCKET + HURRIED)
    roll_out(there)

    assert roll_back(there).outcome is Outcome.OK
    assert files(there) == second
    assert roll_back(there, rollout=plan).outcome is Outcome.OK
    assert files(there) == first


@pytest.mark.parametrize("name", ["0ther", "../x", "a\x1b[31m", ""])
def test_a_rollout_that_is_not_there_is_refused_before_anything_is_connected(tmp_path: Path, name: str) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    dialled = there.dialled

    with pytest.raises(InputError, match="--rollout") as no:
        roll_back(there, rollout=name)

    assert "\x1b" not in str(no.value)
    assert there.dialled == dialled


def test_with_no_rollout_recorded_there_is_nothing_to_put_back(tmp_path: Path) -> None:
    there = yard(tmp_path)

    with pytest.raises(Refused, match="no rollout that changed a file is recorded"):
        roll_back(there)

    assert not there.dialled


def test_a_restart_is_nothing_to_put_back(tmp_path: Path) -> None:
    there = yard(tmp_path)
    roll_out(there, Shape.RESTART)

    with pytest.raises(Refused, match="no rollout that changed a file"):
        roll_back(there)
    with pytest.raises(Refused, match="changed no file"):
        roll_back(there, rollout=last_plan(there))


def test_where_there_was_no_file_there_is_none_again(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    for name in NODES:
        there.machine(name).receipts = []
        there.lay(name, None)
        there.start_jira(name)
    roll_out(there)

    report = roll_back(there)

    assert report.outcome is Outcome.OK
    assert files(there) == dict.fromkeys(NODES)
    assert {row.standing for row in report.nodes} == {"CURRENT"}
    assert roll_back(there).outcome is Outcome.OK


def test_an_earlier_file_that_was_broken_is_refused_and_that_node_can_be_left_out(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    there.lay("jira-1", b"<broken")
    roll_out(there)

    with pytest.raises(Refused, match=r"jira-1: what lay there before.*--limit"):
        roll_back(there)

    report = roll_back(there, Shape.ROLLING, "--allow-partial", limit="jira-[2-3]")
    assert files(there)["jira-2"] == before["jira-2"]
    assert report.outcome is Outcome.OK


def test_what_lay_there_before_is_kept_with_the_plan(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    roll_out(there)

    plan = read_plan(there.folder / "state" / "rollouts" / "prod", last_plan(there))

    assert [content for _, content in plan.previous] == [before["jira-1"]]


def test_a_node_that_has_left_the_inventory_is_named_and_let_be(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    roll_out(there)
    after = files(there)
    there.rewrite((TUNED + HURRIED).replace("jira-[1-3]", "jira-[1-2]"))

    assert roll_back(there).outcome is Outcome.OK

    assert files(there) == {**before, "jira-3": after["jira-3"]}
    assert any("jira-3: not in the inventory any more" in line for line in there.told)


def test_where_no_node_of_it_is_meant_nothing_is_connected(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    there.lay("jira-2", there.desired["jira-2"].content)
    there.lay("jira-3", there.desired["jira-3"].content)
    roll_out(there, Shape.COMMIT)
    dialled = there.dialled

    with pytest.raises(InputError, match="changed the file of jira-1 alone"):
        roll_back(there, limit="jira-2")

    assert there.dialled == dialled


def test_a_node_that_keeps_its_file_would_split_the_data_and_holds_it_up(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    there.lay("jira-3", there.desired["jira-3"].content)
    there.start_jira("jira-3")
    roll_out(there)
    there.requests.clear()

    report = roll_back(there)

    assert report.outcome is Outcome.REFUSED
    assert [it["code"] for it in as_json(report)["objections"]] == ["left-behind"]
    assert acts(there) == []
    assert report.next_command is not None
    assert report.next_command.startswith("filestore-agent rollback")


def test_without_a_restart_the_next_command_is_one_that_works(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    plan, old = last_plan(there), starts(there)

    report = roll_back(there, Shape.COMMIT)

    assert report.outcome is Outcome.OK
    assert starts(there) == old
    assert report.next_command == f"filestore-agent rollback --rollout {plan} --restart"
    assert roll_back(there, Shape.ROLLING, rollout=plan).outcome is Outcome.OK
    assert all(starts(there)[name] != old[name] for name in NODES)


def test_a_change_of_routing_needs_its_way_and_the_name(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    before = files(there)
    roll_out(there)
    plan = last_plan(there)
    there.requests.clear()

    report = roll_back(there, consent=YES, world=there.world(terminal=False))
    assert report.outcome is Outcome.REFUSED
    assert "--confirm prod" in report.sentence
    assert acts(there) == []

    assert roll_back(there, rollout=plan).outcome is Outcome.OK
    assert files(there) == before


def test_without_a_way_the_next_command_names_the_task_the_rollout_and_the_way(tmp_path: Path) -> None:
    there = rerouted(tmp_path)
    roll_out(there)
    plan = last_plan(there)

    report = rollback(
        there.world(),
        there.choice(),
        template=None,
        said=frozenset(),
        consent=YES,
        shape=Shape.COMMIT,
        rollout=plan,
    )

    as_json(report)
    assert report.outcome is Outcome.REFUSED
    way = "with one of --restart, --together, --no-restart"
    assert report.next_command == f"filestore-agent rollback --rollout {plan}, {way}"


def test_what_holds_the_nodes_is_said_and_aborted_first(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    break_off(there, before=Death(Stop, "jira-2"))

    report = roll_back(there)

    assert report.outcome is Outcome.LOCKED
    assert acts(there) == []


def test_a_silent_node_holds_it_up(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    silent(there, "jira-2")

    assert roll_back(there).outcome is Outcome.UNREACHABLE


def test_a_rollback_that_was_broken_off_is_gone_on_with_and_then_told(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    before = files(there)
    roll_out(there)
    plan = last_plan(there)
    dying(there, lambda: roll_back(there), before=Death(Stop, "jira-2"))
    assert undone(there, plan) == []

    with pytest.raises(Refused, match=f"puts {plan} back itself"):
        put_back(there)
    report = go_on(there)

    assert report.outcome is Outcome.OK
    assert files(there) == before
    assert undone(there, plan) == [last_plan(there)]


def test_a_file_that_somebody_changed_since_is_shown_before_it_is_replaced(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    there.rewrite(EMPTY + HURRIED)
    there.lay("jira-2", there.desired["jira-2"].content)

    report = roll_back(there, world=there.world(terminal=False), consent=Consent())

    assert report.outcome is Outcome.REFUSED
    assert any("What differs on jira-2" in line for line in there.told)


def test_an_inventory_that_declares_it_already_is_not_reproached(tmp_path: Path) -> None:
    there = tuned(tmp_path)
    roll_out(there)
    there.rewrite(TUNED.replace(", max-concurrency: 50", "") + HURRIED)

    report = roll_back(there)

    assert report.outcome is Outcome.OK
    assert "still declares" not in lines(report)
