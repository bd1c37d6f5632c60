"""What there is to say of a rollout at its end: a row for each node, a sentence, and what to do next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.planning.plan import Hook, Shape
from agent.core.rollout.events import Act, Cause, RolloutHalted
from agent.core.rollout.progress import Lock, begin
from agent.core.rollout.summary import FoldedRow, folded_rows, summarise
from agent.core.rollout.table import LockState, StepState
from agent.node.memory.adapter import Fault, Mishap
from agent.node.port import Commit, Restore, Stage, Start
from tests.core.rollout.situations import at, halted, rollout_with
from tests.simulator.cluster import Cluster, plan_for

if TYPE_CHECKING:
    from agent.core.rollout.progress import Progress
    from agent.core.rollout.summary import Summary
    from agent.node.port import Request

ALL = ("jira-1", "jira-2", "jira-3")
LEFT_BESIDE = "what was staged may still lie beside the file; the next rollout removes it"


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
    assert summary.sentence.endswith("; the nodes stay locked for whoever goes on")
    assert summary.next_command == "filestore-agent resume --cluster prod"
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


def test_rows_of_equal_words_are_told_once_in_the_plans_order() -> None:
    cluster = Cluster(9, faults={"jira-2": [Fault(mishap=Mishap.REFUSED, request=Start)]})
    summary = summarise(cluster.conduct(plan_for(cluster.names)))
    done, sick, others = folded_rows(summary)
    assert (done.nodes, done.good) == ("jira-1", True)
    assert (sick.nodes, sick.text) == ("jira-2", summary.rows[1].text)
    assert others == FoldedRow(nodes="jira-[3-9]", text="as it was before", good=False)


# Rows.


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (at(StepState.COMMITTED, wrote=True), "has the new file; it was not started again"),
        (at(StepState.COMMITTED, restart=False), "has the new file, and must be restarted to load it"),
        (at(StepState.DONE, note="x"), "runs with its file loaded, and has been seen ready several times in a row"),
        (at(StepState.FAILED, note="no space"), "not changed (no space)"),
        (at(StepState.SICK, wrote=True), "needs a look; the new file; not stopped"),
        (
            at(StepState.REVERTED, down=True),
            "as it was before; its earlier file; Jira was stopped by this rollout and has not been seen ready since",
        ),
        (
            at(StepState.WAITING, wrote=True, started=True),
            "was started anew and is not ready; the new file; not stopped",
        ),
        (
            at(StepState.FAILED, wrote=True, started=True),
            "was started anew and is not ready; the new file; not stopped",
        ),
        (at(StepState.STAGED, litter=True), f"not changed; {LEFT_BESIDE}"),
        (at(StepState.DRAINED, drained=True), "drained; not stopped; may still be out of the balancer"),
        (at(StepState.SKIPPED, note="gone"), "did not come up, and was given up on (gone)"),
    ],
)
def test_a_row_says_what_the_state_means_for_the_file_and_for_jira(progress: Progress, text: str) -> None:
    assert summarise(halted(progress)).rows[0].text == text


# What to do next.


def test_locks_that_are_kept_on_purpose_are_not_to_be_released() -> None:
    """Gone on with, and interrupted before they could be claimed again: they are for whoever goes on next."""
    rollout = halted(at(StepState.WAITING))
    kept = replace(rollout, locks={"jira-1": Lock(inherited=True)})
    summary = summarise(kept)
    assert "the nodes stay locked for whoever goes on" in summary.sentence
    assert summary.next_command == "filestore-agent resume --cluster prod"


def test_who_has_lost_the_nodes_on_the_way_claims_to_keep_none() -> None:
    halt = RolloutHalted(cause=Cause.LOCKED, node="jira-2", reason="the lock is not ours any more", next="")
    rollout = replace(rollout_with(at(StepState.DONE), at(StepState.STOPPED, "jira-2", down=True)), halted=halt)
    assert summarise(rollout).sentence.endswith("not ours any more; see with `lock` who has the nodes now")


@pytest.mark.parametrize(
    ("state", "admits", "is_told"),
    [
        (StepState.WAITING, False, False),
        (StepState.DONE, False, False),
        (StepState.DRAINED, False, True),
        (StepState.WAITING, True, True),
        (StepState.DONE, True, True),
    ],
)
def test_without_a_hook_that_puts_it_back_only_a_node_known_to_be_out_is_told(
    state: StepState, *, admits: bool, is_told: bool
) -> None:
    rollout = halted(at(state, drained=True))
    hook = Hook(run=("true",)) if admits else None
    rollout = replace(rollout, plan=replace(rollout.plan, after_ready=hook))
    assert ("out of the balancer" in summarise(rollout).rows[0].text) is is_told


def test_a_lock_that_may_lie_on_by_mischance_is_to_be_released() -> None:
    rollout = rollout_with(at(StepState.DONE))
    left = replace(rollout, locks={"jira-1": Lock(state=LockState.LEFT, tried=frozenset({Act.RELEASE}))})
    summary = summarise(left)
    assert "the lock may still lie on jira-1" in summary.sentence
    assert summary.next_command == "filestore-agent lock --cluster prod --release"


def test_a_rollout_that_gave_a_node_up_is_to_be_gone_on_with() -> None:
    summary = summarise(rollout_with(at(StepState.DONE), at(StepState.SKIPPED, "jira-2", wrote=True, started=True)))
    assert summary.sentence.startswith("prod: committed, restarted and ready on 1 of 2 nodes")
    assert summary.next_command == "filestore-agent resume --cluster prod"
    assert summary.outcome == "partial"


def test_what_puts_back_says_so() -> None:
    rollout = rollout_with(at(StepState.DONE))
    undoing = replace(rollout, plan=replace(rollout.plan, undoes="plan-0"))
    assert summarise(undoing).sentence == "prod: put back and ready on 1 of 1 node"


def test_a_halt_without_a_node_names_none() -> None:
    halt = RolloutHalted(cause=Cause.PAUSED, node=None, reason="paused after 1 node, as asked", next="")
    rollout = replace(rollout_with(at(StepState.DONE), at(StepState.STAGED, "jira-2")), halted=halt)
    assert summarise(rollout).sentence.startswith("prod: halted with 1 of 2 nodes done: paused after 1 node, as asked")
