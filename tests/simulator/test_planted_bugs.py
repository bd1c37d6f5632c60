"""The simulator is worth something only if it finds bugs: each known one is planted and must be found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.conductor import answers, loop, vigil
from agent.core.rollout import (
    clearance,
    evidence,
    fold,
    in_shape,
    next_moves,
    putting_back,
    recall,
    table,
    troubling,
    witnesses,
)
from agent.core.rollout import progress as progress_values
from agent.core.rollout.events import (
    ConfigStaged,
    LockRefused,
    MoveRefused,
    MoveStarted,
    NodeClaimed,
    NodeCleared,
    NodeDrained,
    NodeUnreachable,
    StageDiscarded,
    StageLeft,
    StartAsked,
    StepReopened,
    StopAsked,
)
from agent.core.rollout.evidence import Readiness
from agent.core.rollout.table import StepState
from agent.errors import AgentError
from agent.node.memory import adapter, filing, locking
from agent.node.port import Lost, Refused, Unreachable
from tests.simulator.sitting import write
from tests.simulator.world import Broken, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Act, Event, NodeEvent
    from agent.core.rollout.moves import AskClearance, AwaitReady
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer
    from tests.simulator.sitting import Sitting

    Looks = Mapping[str, Observation | str]

SEEDS = 3000
"""So many at most; most are found within a hundred."""


def finds(law: str, write: Callable[[Sitting, Event], None] = write) -> bool:
    """Tell whether some seed breaks the law; a bug may also make the conductor stumble, which is not the proof."""
    for seed in range(SEEDS):
        try:
            Trial(seed, write=write).run()
        except Broken as found:
            if law in str(found):
                return True
        except (AgentError, AssertionError, KeyError):
            continue
    return False


def answering(monkeypatch: pytest.MonkeyPatch, lie: Callable[[Act, str, Answer | Exception], NodeEvent | None]) -> None:
    """Plant a conductor that takes some answers for something else."""
    original = answers.events_after

    def told(before: Rollout, act: Act, node: str, answer: Answer | Exception) -> tuple[NodeEvent, ...]:
        event = lie(act, node, answer)
        return (event,) if event else original(before, act, node, answer)

    monkeypatch.setattr(loop, "events_after", told)


# What is written down.


def test_a_journal_written_after_the_push_is_found() -> None:
    waiting: dict[int, list[Event]] = {}

    def late(sitting: Sitting, event: Event) -> None:
        if isinstance(event, MoveStarted):
            waiting.setdefault(id(sitting), []).append(event)
            return
        for earlier in waiting.pop(id(sitting), []):
            sitting.journal.append(earlier)
        sitting.journal.append(event)

    assert finds("I3", late)


# What an answer means.


def test_an_unknown_end_taken_for_a_failure_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(act: Act, node: str, answer: Answer | Exception) -> NodeEvent | None:
        is_lost = isinstance(answer, Lost)
        return MoveRefused(act=act, node=node, code="failed", reason="no answer") if is_lost else None

    answering(monkeypatch, hasty)
    assert finds("I6")


def test_an_unknown_end_taken_for_a_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = answers.events_after

    def hopeful(before: Rollout, act: Act, node: str, answer: Answer | Exception) -> tuple[NodeEvent, ...]:
        if isinstance(answer, Lost) and act == "stage":
            return (ConfigStaged(node=node, digest=before.steps[node].step.digest),)
        return original(before, act, node, answer)

    monkeypatch.setattr(loop, "events_after", hopeful)
    assert finds("I6")


def test_going_on_past_an_unreachable_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(act: Act, node: str, answer: Answer | Exception) -> NodeEvent | None:
        return NodeClaimed(node=node) if isinstance(answer, Unreachable) and act == "claim" else None

    answering(monkeypatch, careless)
    assert finds("I5")


def test_new_work_beside_an_unreachable_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = troubling.with_trouble

    def careless(before: Rollout, event: NodeEvent) -> Rollout:
        return before if isinstance(event, NodeUnreachable) else original(before, event)

    monkeypatch.setattr(fold, "with_trouble", careless)
    assert finds("I5")


def test_going_on_after_a_refusal_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = troubling.with_trouble

    def careless(before: Rollout, event: NodeEvent) -> Rollout:
        return before if isinstance(event, MoveRefused) else original(before, event)

    monkeypatch.setattr(fold, "with_trouble", careless)
    assert finds("I5")


def test_taking_silence_about_a_staged_file_for_its_absence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(progress: Progress, seen: Observation, code: str, reason: str) -> NodeEvent:
        del code
        if seen.staged is None:
            return StageDiscarded(node=progress.node)
        return StageLeft(node=progress.node, reason=reason)

    monkeypatch.setattr(answers, "_discard_seen", trusting)
    assert finds("has a staged file, and nobody says so")


def test_acting_on_a_node_in_doubt_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(before: Rollout) -> tuple[()]:
        del before
        return ()

    monkeypatch.setattr(next_moves, "_looks", none)
    assert finds("I6")


# Whether a node may be stopped.


def clearing(monkeypatch: pytest.MonkeyPatch, ask: Callable[[Plan, AskClearance, Looks], tuple[Plan, Looks]]) -> None:
    """Plant a judge of clearances that is told another plan, or other looks."""

    def judge(plan: Plan, progress: Progress, move: AskClearance, seen: Looks) -> clearance.Verdict:
        plan, seen = ask(plan, move, seen)
        return clearance.judge_clearance(plan, progress, move, seen)

    monkeypatch.setattr(vigil, "judge_clearance", judge)


def test_taking_silence_for_health_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(plan: Plan, move: AskClearance, seen: Looks) -> tuple[Plan, Looks]:
        return plan, {name: seen[move.node] if isinstance(look, str) else look for name, look in seen.items()}

    clearing(monkeypatch, trusting)
    assert finds("I5")


def test_an_ignored_floor_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(plan: Plan, progress: Progress, move: AskClearance, seen: Looks) -> NodeCleared:
        del plan, progress
        look = seen[move.node]
        process = None if isinstance(look, str) else evidence.process_in(look)
        return NodeCleared(node=move.node, state="running", process=process)

    monkeypatch.setattr(vigil, "judge_clearance", always)
    assert finds("I4")


def test_a_budget_off_by_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def generous(plan: Plan, move: AskClearance, seen: Looks) -> tuple[Plan, Looks]:
        del move
        return replace(plan, budget=plan.budget + 1), seen

    clearing(monkeypatch, generous)
    assert finds("I4")


def test_a_floor_of_no_other_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def generous(plan: Plan, move: AskClearance, seen: Looks) -> tuple[Plan, Looks]:
        del move
        return replace(plan, accept_downtime=True), seen

    clearing(monkeypatch, generous)
    assert finds("nobody else serves")


def test_counting_only_our_own_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def ours(plan: Plan, move: AskClearance, looks: Mapping[str, Observation]) -> dict[str, str]:
        del plan, looks
        return dict.fromkeys(move.taken, "on its way")

    monkeypatch.setattr(clearance, "_idle", ours)
    assert finds("I4")


def test_a_stranger_in_the_cluster_that_is_overlooked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(plan: Plan, looks: object) -> tuple[()]:
        del plan, looks
        return ()

    monkeypatch.setattr(clearance, "unlisted", nobody)
    assert finds("beside a node that nobody knows")


def test_a_heartbeat_that_is_overlooked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_well(plan: Plan, looks: object) -> dict[str, str]:
        del plan, looks
        return {}

    monkeypatch.setattr(clearance, "unwell", all_well)
    monkeypatch.setattr(witnesses, "_by_another", lambda *_: None)
    assert finds("I4")


def test_a_permission_that_survives_a_crash_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = fold._reopened_step

    def lasting(rollout: Rollout, progress: Progress) -> Progress:
        return progress if progress.state is StepState.CLEARED else original(rollout, progress)

    monkeypatch.setattr(fold, "_reopened_step", lasting)
    monkeypatch.setattr(loop._Conducting, "_lapse", lambda *_: False)  # which would stumble over it
    assert finds("nobody has asked whether it may be")


def test_a_permission_that_grows_old_while_the_workstation_sleeps_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "FRESH", 1e9)
    assert finds("I4")


# Drain hooks.


def test_a_drain_that_is_skipped_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_shape, "must_drain", lambda *_: False)
    assert finds("without having been drained")


def test_a_second_clearance_after_the_drain_that_is_skipped_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    row = table.STEPS[StepState.DRAINING]
    monkeypatch.setitem(row, NodeDrained, StepState.CLEARED)
    assert finds("nobody has asked whether it may be")


def test_a_node_left_drained_after_a_halt_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = putting_back._move_back

    def forgetful(rollout: Rollout, progress: Progress) -> object:
        return original(rollout, replace(progress, drained=False))

    monkeypatch.setattr(putting_back, "_move_back", forgetful)
    original_event = fold.advance

    def silent(rollout: Rollout, event: Event) -> Rollout:
        after = original_event(rollout, event)
        return replace(after, steps={name: replace(it, drained=False) for name, it in after.steps.items()})

    monkeypatch.setattr(loop, "advance", silent)
    assert finds("is left drained, and nobody says so")


# Whether a node is ready.


def test_a_node_called_ready_because_its_file_is_right_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_file(plan: Plan, progress: Progress, move: AwaitReady, looks: Looks) -> tuple[Readiness, str]:
        del plan
        look = looks[move.node]
        right = not isinstance(look, str) and evidence.digest_on_disk(look) == progress.lies
        return (Readiness.GOOD, "") if right else (Readiness.NOT_YET, "")

    monkeypatch.setattr(vigil, "judge_witnesses", by_file)
    assert finds("I8")


def test_a_restart_skipped_where_the_file_is_equal_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = progress_values.is_finished

    def by_file(plan: Plan, progress: Progress) -> bool:
        return progress.step.document is None or original(plan, progress)

    for module in (fold, in_shape, progress_values):
        monkeypatch.setattr(module, "is_finished", by_file)
    assert finds("not restarted")


def test_a_receipt_that_is_ignored_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "is_younger", lambda *_: True)
    assert finds("I8")


def test_a_failing_check_that_is_ignored_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnesses, "_by_its_pages", lambda *_: None)
    assert finds("its own check fails")


# Halting and going on.


def test_a_halt_that_leaves_the_new_file_lying_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(putting_back, "_may_restore", lambda *_: False)
    assert finds("was not put back")


def test_a_halt_that_leaves_a_stopped_node_down_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(putting_back, "STARTABLE", frozenset())
    assert finds("I7")


def test_a_resume_that_restarts_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = recall.recall

    def forgetful(plan: Plan, progress: Progress, seen: Observation) -> object:
        found = original(plan, progress, seen)
        if not isinstance(found, StartAsked):
            return found
        committed = progress.step.document is not None
        lies = evidence.digest_on_disk(seen) or ""
        return StepReopened(node=progress.node, on_disk=lies, committed=committed, ours=committed, down=False)

    monkeypatch.setattr(vigil, "recall", forgetful)
    assert finds("is stopped again")


def test_a_recall_that_believes_any_running_process_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "is_younger", lambda *_: True)
    monkeypatch.setattr(recall, "_is_another", lambda *_: True)
    assert finds("I7: does not converge")


# One writer.


def test_a_controller_that_goes_on_although_it_is_fenced_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def stubborn(act: Act, node: str, answer: Answer | Exception) -> NodeEvent | None:
        if not isinstance(answer, Refused) or answer.code != "not-ours":
            return None
        done: dict[str, NodeEvent] = {
            "stage": ConfigStaged(node=node, digest=""),
            "stop": StopAsked(node=node),
            "start": StartAsked(node=node),
        }
        return done.get(act)

    answering(monkeypatch, stubborn)
    assert finds("I5")


def test_a_lock_of_somebody_else_taken_for_ours_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = answers._lock_seen

    def ours(rollout: Rollout, act: Act, node: str, seen: Observation, no: tuple[str, str]) -> NodeEvent:
        event = original(rollout, act, node, seen, no)
        return NodeClaimed(node=node) if isinstance(event, LockRefused) else event

    monkeypatch.setattr(answers, "_lock_seen", ours)
    assert finds("I5")


def test_a_node_that_does_not_fence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (adapter, filing):
        monkeypatch.setattr(module, "require_lock", lambda *_: None)
    assert finds("I9")


def test_a_lock_that_anybody_may_take_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "_require_turn", lambda *_: None)
    assert finds("I9")


def test_writing_over_what_somebody_else_wrote_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "require_expected", lambda *_: None)
    original = recall.recall

    def blind(plan: Plan, progress: Progress, seen: Observation) -> object:
        file = replace(seen.file, digest=progress.step.expected)
        return original(plan, progress, replace(seen, file=file))

    monkeypatch.setattr(vigil, "recall", blind)
    assert finds("what somebody else wrote")
