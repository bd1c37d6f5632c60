from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Cause
from agent.core.rollout.outcome import NEXT_TASK, NextTask, next_command, next_task
from agent.core.rollout.progress import begin
from agent.core.rollout.summary import FoldedRow, folded_rows, summarise
from agent.core.rollout.table import StepState
from agent.core.routing import ChangeClass
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Commit, Restore, Stage, Start
from tests.simulator.cluster import Cluster, plan_for

if TYPE_CHECKING:
    from agent.core.rollout.summary import Summary
    from agent.node.port import Request

ALL = ("jira-1", "jira-2", "jira-3")


def summary_of(shape: Shape, *faults: tuple[str, Mishap, type[Request]]) -> Summary:
    struck: dict[str, list[Fault]] = {name: [] for name in ALL}
    for name, mishap, kind in faults:
        struck[name].append(Fault(mishap=mishap, request=kind))
    return summarise(Cluster(faults=struck).conduct(plan_for(ALL, shape=shape)))


def test_a_commit_names_the_restart_as_the_next_command() -> None:
    summary = summary_of(Shape.COMMIT)
    assert summary.outcome == "ok"
    assert summary.sentence == "prod: committed and read back on 3 of 3 nodes"
    assert summary.next_command == "filestore-agent rolling-restart --cluster prod"
    assert {row.text for row in summary.rows} == {"has the new file, and must be restarted to load it"}


@pytest.mark.parametrize(
    ("shape", "deed"),
    [
        (Shape.ROLLING, "committed, restarted and ready"),
        (Shape.TOGETHER, "committed, restarted and ready"),
        (Shape.RESTART, "restarted and ready"),
    ],
)
def test_a_finished_restart_leaves_nothing_to_do(shape: Shape, deed: str) -> None:
    summary = summary_of(shape)
    assert summary.sentence == f"prod: {deed} on 3 of 3 nodes"
    assert summary.next_command is None
    assert all(row.good for row in summary.rows)


def test_a_halt_names_the_node_the_reason_and_the_next_command() -> None:
    summary = summary_of(Shape.ROLLING, ("jira-2", Mishap.REFUSED, Commit))
    assert summary.sentence.startswith("prod: halted with 1 of 3 nodes done: jira-2: the node refused to commit: ")
    assert summary.next_command == "filestore-agent plan --cluster prod"
    assert [row.good for row in summary.rows] == [True, False, False]
    assert summary.rows[2].text == "as it was before"


def test_a_node_left_down_says_which_file_it_has() -> None:
    summary = summary_of(Shape.ROLLING, ("jira-1", Mishap.REFUSED, Start))
    assert "its earlier file; Jira was stopped by this rollout and has not been seen ready" in summary.rows[0].text


def test_a_failed_restore_says_that_the_new_file_lies_there_and_needs_a_person() -> None:
    summary = summary_of(Shape.COMMIT, ("jira-2", Mishap.REFUSED, Commit), ("jira-1", Mishap.REFUSED, Restore))
    assert summary.outcome == "partial"
    assert "the new file; not stopped" in summary.rows[0].text


def test_a_failed_restore_of_a_stopped_node_leaves_it_for_a_person() -> None:
    summary = summary_of(Shape.ROLLING, ("jira-1", Mishap.REFUSED, Start), ("jira-1", Mishap.REFUSED, Restore))
    assert summary.outcome == "partial"
    assert "the new file; Jira was stopped" in summary.rows[0].text


def test_a_restart_without_a_document_calls_the_file_unchanged() -> None:
    summary = summary_of(Shape.RESTART, ("jira-1", Mishap.REFUSED, Start))
    assert "its file unchanged" in summary.rows[0].text
    assert summary.outcome == "halted"


@pytest.mark.parametrize(("mishap", "outcome"), [(Mishap.REFUSED, "refused"), (Mishap.UNREACHABLE, "unreachable")])
def test_where_nothing_was_changed_the_cause_speaks(mishap: Mishap, outcome: str) -> None:
    assert summary_of(Shape.COMMIT, ("jira-3", mishap, Stage)).outcome == outcome


def test_an_unreachable_node_after_a_change_needs_a_person() -> None:
    assert summary_of(Shape.COMMIT, ("jira-3", Mishap.UNREACHABLE, Commit)).outcome == "partial"


def test_a_rollout_that_is_not_over_can_be_told_of() -> None:
    rollout = begin(plan_for(ALL))
    assert summarise(rollout).outcome == "partial"
    for state in StepState:
        steps = {name: replace(progress, state=state) for name, progress in rollout.steps.items()}
        assert all(row.text for row in summarise(replace(rollout, steps=steps)).rows)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_next_command(cause: Cause) -> None:
    assert " --cluster prod" in next_command(begin(plan_for(ALL)), cause)


@pytest.mark.parametrize(
    ("shape", "change", "words"),
    [
        (Shape.COMMIT, ChangeClass.TUNING, "deploy-config"),
        (Shape.COMMIT, ChangeClass.ROUTING, "deploy-config --no-restart"),
        (Shape.ROLLING, ChangeClass.ROUTING, "deploy-config --restart"),
        (Shape.TOGETHER, ChangeClass.TUNING, "deploy-config --together"),
        (Shape.RESTART, ChangeClass.ROUTING, "rolling-restart"),
    ],
)
def test_an_interrupted_rollout_is_most_likely_wanted_again(shape: Shape, change: ChangeClass, words: str) -> None:
    due = next_task(begin(plan_for(ALL, shape=shape, change=change)), Cause.INTERRUPTED)
    assert " ".join((due.task, *due.flags)) == words
    assert due.node is None


@pytest.mark.parametrize("cause", sorted(set(Cause) - {Cause.INTERRUPTED}))
def test_the_other_causes_name_the_task_that_shows_more(cause: Cause) -> None:
    assert next_task(begin(plan_for(ALL)), cause) == NextTask(task=NEXT_TASK[cause])


def test_a_node_that_did_not_start_is_to_be_restarted_alone_once_it_is_mended() -> None:
    rollout = Cluster(faults={"jira-2": [Fault(mishap=Mishap.REFUSED, request=Start)]}).conduct(plan_for(ALL))
    assert next_task(rollout, Cause.SICK) == NextTask(task="rolling-restart", node="jira-2")


def test_a_node_that_is_sick_before_any_start_is_to_be_looked_at() -> None:
    rollout = Cluster(faults={"jira-2": [Fault(mishap=Mishap.REFUSED, request=Stage)]}).conduct(plan_for(ALL))
    assert next_task(rollout, Cause.SICK) == NextTask(task="status")


def test_rows_of_equal_words_are_told_once_in_the_plans_order() -> None:
    cluster = Cluster(9, faults={"jira-2": [Fault(mishap=Mishap.REFUSED, request=Start)]})
    summary = summarise(cluster.conduct(plan_for(cluster.names)))
    done, sick, others = folded_rows(summary)
    assert (done.nodes, done.good) == ("jira-1", True)
    assert (sick.nodes, sick.text) == ("jira-2", summary.rows[1].text)
    assert others == FoldedRow(nodes="jira-[3-9]", text="as it was before", good=False)
