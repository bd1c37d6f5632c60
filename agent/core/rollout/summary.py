"""What is there to say of a rollout at its end? A row for each node, one sentence, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.rollout.events import Cause
from agent.core.rollout.outcome import next_command, outcome_of
from agent.core.rollout.progress import has_lost_nodes, is_complete, is_finished, is_stuck, keeps_locks, restarts
from agent.core.rollout.table import StepState
from agent.core.text.names import counted, fold
from agent.errors import Outcome

if TYPE_CHECKING:
    from agent.core.rollout.progress import Progress, Rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """One node: the state of its step, and in words what that means for the file and for Jira."""

    node: str
    state: StepState
    text: str
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedRow:
    """Several nodes of which the same is to be said; nodes is their short word."""

    nodes: str
    text: str
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The end of a rollout; next_command is None where nothing is left to do."""

    outcome: Outcome
    sentence: str
    rows: tuple[SummaryRow, ...]
    next_command: str | None


def summarise(rollout: Rollout) -> Summary:
    """Return what to tell of a rollout, in the plan's order."""
    outcome = Outcome(rollout.outcome) if rollout.outcome else outcome_of(rollout)
    return Summary(
        outcome=outcome,
        sentence=_sentence(rollout),
        rows=tuple(_row(rollout, progress) for progress in rollout.steps.values()),
        next_command=_next(rollout),
    )


def folded_rows(summary: Summary) -> tuple[FoldedRow, ...]:
    """Return the rows with equal words as one, each in the place of its first node."""
    alike: dict[tuple[str, bool], list[str]] = {}
    for row in summary.rows:
        alike.setdefault((row.text, row.good), []).append(row.node)
    return tuple(FoldedRow(nodes=fold(names), text=text, good=good) for (text, good), names in alike.items())


def _row(rollout: Rollout, progress: Progress) -> SummaryRow:
    return SummaryRow(
        node=progress.node,
        state=progress.state,
        text=_meaning(rollout, progress),
        good=is_finished(rollout.plan, progress),
    )


_MEANINGS = {
    StepState.WAITING: "not touched",
    StepState.STAGING: "being staged when last heard of",
    StepState.STAGED: "not changed",
    StepState.CLEARED: "not touched",
    StepState.DRAINING: "being drained when last heard of",
    StepState.DRAINED: "drained; not stopped",
    StepState.ADMITTING: "ready; the hook after that was at work when last heard of",
    StepState.SKIPPED: "did not come up, and was given up on",
    StepState.STOPPING: "told to stop; not yet seen stopped",
    StepState.STOPPED: "stopped by this rollout; not started again",
    StepState.COMMITTING: "being committed when last heard of",
    StepState.COMMITTED: "has the new file, and must be restarted to load it",
    StepState.STARTING: "being started when last heard of",
    StepState.WARMING: "started; not yet seen ready",
    StepState.DONE: "runs with its file loaded, and has been seen ready several times in a row",
    StepState.FAILED: "not changed",
    StepState.SICK: "needs a look",
    StepState.REVERTING: "being put back when last heard of",
    StepState.REVERTED: "as it was before",
    StepState.UNCERTAIN: "not known: an answer was lost and the node could not be read",
}


_LEFT_BESIDE = "what was staged may still lie beside the file; the next rollout removes it"


def _meaning(rollout: Rollout, progress: Progress) -> str:
    text = _MEANINGS[progress.state]
    if progress.state is StepState.COMMITTED and not is_finished(rollout.plan, progress):
        text = "has the new file; it was not started again"
    if is_stuck(progress):
        text = "was started anew and is not ready"
    is_wrong = progress.down or progress.state is StepState.SICK or is_stuck(progress)
    where = f"; {_whereabouts(progress)}" if is_wrong else ""
    where = f"{where}; may still be out of the balancer" if _may_be_out(rollout, progress) else where
    beside = f"; {_LEFT_BESIDE}" if progress.litter else ""
    note = f" ({progress.note})" if progress.note and progress.state is not StepState.DONE else ""
    return f"{text}{where}{beside}{note}"


def _may_be_out(rollout: Rollout, progress: Progress) -> bool:
    """Without a hook that puts it back, only a node that was drained and not restarted is known to need a hand."""
    is_known = rollout.plan.after_ready is not None or progress.state not in _NOT_KEPT_OUT
    return progress.drained and is_known


_NOT_KEPT_OUT = frozenset({StepState.WAITING, StepState.STAGED, StepState.CLEARED, StepState.DONE})


def _whereabouts(progress: Progress) -> str:
    """For nodes that are not at rest: which file lies there, and whether Jira was left stopped."""
    file = "the new file" if progress.wrote else "its earlier file"
    if progress.step.document is None:
        file = "its file unchanged"
    jira = "Jira was stopped by this rollout and has not been seen ready since" if progress.down else "not stopped"
    return f"{file}; {jira}"


def _sentence(rollout: Rollout) -> str:
    finished = sum(is_finished(rollout.plan, progress) for progress in rollout.steps.values())
    total = len(rollout.steps)
    left = _left_locks(rollout)
    if rollout.halted is None:
        return (
            f"{rollout.plan.cluster}: {_deed(rollout)} on {finished} of {counted(total, 'node')}{left}{_kept(rollout)}"
        )
    node = f"{rollout.halted.node}: " if rollout.halted.node else ""
    done = f"{finished} of {counted(total, 'node')} done"
    return f"{rollout.plan.cluster}: halted with {done}: {node}{rollout.halted.reason}{left}{_kept(rollout)}"


def _kept(rollout: Rollout) -> str:
    if not keeps_locks(rollout):
        return ""
    if has_lost_nodes(rollout):
        return "; see with `lock` who has the nodes now"
    return "; the nodes stay locked for whoever goes on"


def _left_locks(rollout: Rollout) -> str:
    """Those that are kept on purpose lie where they should."""
    if keeps_locks(rollout):
        return ""
    left = [node for node, lock in rollout.locks.items() if lock.is_left]
    return f"; the lock may still lie on {', '.join(left)}" if left else ""


def _deed(rollout: Rollout) -> str:
    if rollout.plan.undoes:
        return "put back and ready"
    match rollout.plan.shape:
        case Shape.COMMIT:
            return "committed and read back"
        case Shape.RESTART:
            return "restarted and ready"
        case _:
            return "committed, restarted and ready"


def _next(rollout: Rollout) -> str | None:
    """After a commit without restarts the restart is due; after a halt, what it said; a left lock comes first."""
    cluster = rollout.plan.cluster
    if _left_locks(rollout):
        return f"filestore-agent lock --cluster {cluster} --release"
    if rollout.halted is not None:
        return next_command(rollout, rollout.halted.cause)
    if not is_complete(rollout):
        return next_command(rollout, Cause.SICK)
    waits = any(
        progress.state is StepState.COMMITTED and not restarts(rollout.plan, progress.step)
        for progress in rollout.steps.values()
    )
    return f"filestore-agent rolling-restart --cluster {cluster}" if waits else None
