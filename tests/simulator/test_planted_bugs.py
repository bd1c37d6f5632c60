"""The simulator is worth something only if it finds bugs: each known one is planted and must be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.conductor import answers, loop, vigil
from agent.core.rollout import evidence, next_moves
from agent.core.rollout import fold as rollout
from agent.core.rollout import progress as progress_values
from agent.core.rollout.events import (
    ConfigStaged,
    MoveRefused,
    MoveStarted,
    NodeClaimed,
    NodeCleared,
    NodeUnreachable,
    StageDiscarded,
    StageLeft,
)
from agent.core.rollout.evidence import Readiness
from agent.errors import AgentError
from agent.node.port import Lost, Unreachable
from tests.simulator.cluster import NEW_DIGEST
from tests.simulator.world import Broken, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Act, ClearanceDenied, Event, NodeEvent
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer

SEEDS = 500


def finds(law: str, write: Callable[[Trial, Event], None] | None = None) -> bool:
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


def test_a_journal_written_after_the_push_is_found() -> None:
    waiting: dict[int, list[Event]] = {}

    def late(trial: Trial, event: Event) -> None:
        if isinstance(event, MoveStarted):
            waiting.setdefault(trial.seed, []).append(event)
            return
        trial.journal.extend(waiting.pop(trial.seed, []))
        trial.journal.append(event)

    assert finds("I3", late)


def test_a_node_called_ready_because_its_file_is_right_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_file(progress: Progress, seen: Observation) -> tuple[Readiness, str]:
        right = evidence.digest_on_disk(seen) == progress.step.digest
        return (Readiness.GOOD, "") if right else (Readiness.NOT_YET, "")

    monkeypatch.setattr(vigil, "judge_readiness", by_file)
    assert finds("I8")


def test_a_restart_skipped_where_the_file_is_equal_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = progress_values.is_finished

    def by_file(plan: Plan, progress: Progress) -> bool:
        return progress.step.document is None or original(plan, progress)

    monkeypatch.setattr(next_moves, "is_finished", by_file)
    monkeypatch.setattr(progress_values, "is_finished", by_file)
    assert finds("not restarted")


def test_an_unknown_end_taken_for_a_failure_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = answers.events_after

    def hasty(before: Rollout, act: Act, node: str, answer: Answer | Exception) -> tuple[NodeEvent, ...]:
        if isinstance(answer, Lost):
            return (MoveRefused(act=act, node=node, code="failed", reason=answer.reason),)
        return original(before, act, node, answer)

    monkeypatch.setattr(loop, "events_after", hasty)
    assert finds("I6")


def test_an_unknown_end_taken_for_a_success_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = answers.events_after

    def hopeful(before: Rollout, act: Act, node: str, answer: Answer | Exception) -> tuple[NodeEvent, ...]:
        if isinstance(answer, Lost) and act == "stage":
            return (ConfigStaged(node=node, digest=NEW_DIGEST),)
        return original(before, act, node, answer)

    monkeypatch.setattr(loop, "events_after", hopeful)
    assert finds("I6")


def test_going_on_past_an_unreachable_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = answers.events_after

    def careless(before: Rollout, act: Act, node: str, answer: Answer | Exception) -> tuple[NodeEvent, ...]:
        if isinstance(answer, Unreachable) and act == "claim":
            return (NodeClaimed(node=node),)
        return original(before, act, node, answer)

    monkeypatch.setattr(loop, "events_after", careless)
    assert finds("I5")


def test_new_work_beside_an_unreachable_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = rollout._with_trouble

    def careless(before: Rollout, event: NodeEvent) -> Rollout:
        return before if isinstance(event, NodeUnreachable) else original(before, event)

    monkeypatch.setattr(rollout, "_with_trouble", careless)
    assert finds("I5")


def test_taking_silence_for_health_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = evidence.judge_clearance

    def trusting(node: str, seen: Mapping[str, Observation | str]) -> NodeCleared | ClearanceDenied:
        return original(node, {name: look for name, look in seen.items() if not isinstance(look, str) or name == node})

    monkeypatch.setattr(vigil, "judge_clearance", trusting)
    assert finds("I5")


def test_an_ignored_floor_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(node: str, seen: Mapping[str, Observation | str]) -> NodeCleared:
        look = seen[node]
        return NodeCleared(node=node, state="", process=None if isinstance(look, str) else evidence.process_in(look))

    monkeypatch.setattr(vigil, "judge_clearance", always)
    assert finds("I4")


def test_going_on_after_a_refusal_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = rollout._with_trouble

    def careless(before: Rollout, event: NodeEvent) -> Rollout:
        return before if isinstance(event, MoveRefused) else original(before, event)

    monkeypatch.setattr(rollout, "_with_trouble", careless)
    assert finds("I5")


def test_a_halt_that_leaves_the_new_file_lying_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(progress: Progress) -> bool:
        del progress
        return False

    monkeypatch.setattr(next_moves, "_may_restore", never)
    assert finds("was not put back")


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
