"""What came of a plan: refused, not agreed to, or carried out; from what the nodes themselves said last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.judging.standing import Standing
from agent.core.report import Line, Report, Tone
from agent.core.rollout.outcome import next_task
from agent.core.rollout.progress import has_lost_nodes, is_complete, keeps_locks
from agent.core.rollout.summary import folded_rows, summarise
from agent.core.text.names import fold
from agent.errors import Outcome, weightiest
from agent.operations.commands import command
from agent.operations.looking import verdicts
from agent.operations.proposal import words as proposal_words

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.finding import Finding
    from agent.core.judging.standing import Judgement
    from agent.core.planning.guards import Objection
    from agent.core.rollout.progress import Rollout
    from agent.core.rollout.summary import Summary
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.world import Choice

_SILENT = {"unreachable": Outcome.UNREACHABLE, "unknown": Outcome.PARTIAL}
"""What an objection to a silent node means for the exit code."""
_FOLLOWING = frozenset({"budget", "downtime"})
"""Objections that a silent node brings about by itself, since it counts as down."""


def _outcome(against: tuple[Objection, ...]) -> Outcome:
    """The first of the precedence that fits; what only follows from a silent node does not count beside it.

    Where a flag would do away with an objection it is a no, whatever it is about.
    """
    if any(objection.code == "locked" for objection in against):
        return Outcome.LOCKED
    silent = [_SILENT[objection.code] for objection in against if objection.code in _SILENT and not objection.flags]
    rest = [objection for objection in against if objection.code not in _SILENT or objection.flags]
    own = [objection for objection in rest if not (silent and objection.code in _FOLLOWING)]
    return weightiest((*silent, *(Outcome.REFUSED for _ in own)))


def not_done(task: str, findings: tuple[Finding, ...], proposal: Proposal, choice: Choice) -> Report:
    """Nothing is due, or something speaks against it: the plan is the answer."""
    against = proposal.objections
    reasons = f"{len(against)} reasons" if len(against) != 1 else "the reason is"
    return Report(
        task=task,
        cluster=proposal.plan.cluster,
        outcome=_outcome(against),
        sentence=f"Nothing was changed; {reasons} above." if against else proposal_words.sentence(proposal),
        findings=findings,
        nodes=verdicts.rows(proposal.judgements),
        facts=proposal_words.facts(proposal),
        lines=proposal_words.lines(proposal),
        next_command=proposal_words.mending_command(proposal, choice),
    )


def not_agreed(
    task: str, findings: tuple[Finding, ...], proposal: Proposal, sentence: str, next_command: str | None = None
) -> Report:
    """The user, or the want of one, said no, with the plan before him; or it is not the plan that was agreed to."""
    return Report(
        task=task,
        cluster=proposal.plan.cluster,
        outcome=Outcome.REFUSED,
        sentence=sentence,
        findings=findings,
        quiet_findings=True,
        nodes=verdicts.rows(proposal.judgements),
        facts=proposal_words.facts(proposal),
        next_command=next_command,
    )


def done(
    task: str,
    proposal: Proposal,
    rollout: Rollout,
    *,
    after: tuple[Judgement, ...],
    findings: tuple[Finding, ...],
    choice: Choice,
    journal: Path,
) -> Report:
    """Say what came of it, from what the nodes themselves said last."""
    summary = summarise(rollout)
    return Report(
        task=task,
        cluster=proposal.plan.cluster,
        outcome=_outcome_of(summary, proposal, after),
        sentence=_sentence(summary, _pending(proposal, after)),
        findings=findings,
        quiet_findings=True,
        nodes=verdicts.rows(after),
        facts={
            **proposal_words.facts(proposal),
            "rollout": {"outcome": str(summary.outcome), "journal": str(journal), "halted": _halt(rollout)},
            "results": [{"node": row.node, "state": str(row.state), "meaning": row.text} for row in summary.rows],
        },
        lines=(
            *(Line(text=f"  {row.nodes}: {row.text}", tone=Tone.BAD) for row in folded_rows(summary) if not row.good),
            Line(text=f"{proposal.plan.cluster} afterwards:", tone=Tone.TITLE),
            *verdicts.folded_lines(after),
            Line(text=f"Journal: {journal}", tone=Tone.QUIET),
            *_way_back(rollout, choice),
        ),
        next_command=_next(proposal, rollout, after, choice),
    )


def _outcome_of(summary: Summary, proposal: Proposal, after: tuple[Judgement, ...]) -> Outcome:
    """Weigh the rollout's own word with the last look; halted is only for a cluster that this look shows to be whole.

    The rollout knows its steps alone, the look knows every node of the cluster, also those that were left out.
    """
    found = weightiest({summary.outcome, *_afterwards(proposal, after)})
    return Outcome.PARTIAL if found is Outcome.HALTED and not verdicts.is_whole(after) else found


def _afterwards(proposal: Proposal, after: tuple[Judgement, ...]) -> frozenset[Outcome]:
    """What the last look says of the nodes that the plan was about: right, or right and waiting for a restart.

    A node that the plan restarted waits for none: what it has loaded is proven by now, or it is not done.
    """
    steps = {step.node: step for step in proposal.plan.steps}
    own = [judgement for judgement in after if judgement.node.name in steps]
    odd = [it for it in own if it.standing is not Standing.CURRENT]
    found = verdicts.verdict_of(it for it in odd if steps[it.node.name].restart or not it.needs_restart)
    return found | {Outcome.PARTIAL} if _is_split_by_restarts(proposal, after) else found


def _is_split_by_restarts(proposal: Proposal, after: tuple[Judgement, ...]) -> bool:
    """Restarts of some nodes alone leave data going to two places, whatever was allowed: that needs a person."""
    restarted = any(step.restart for step in proposal.plan.steps)
    return restarted and any(judgement.standing is Standing.SPLIT for judgement in after)


def _halt(rollout: Rollout) -> dict[str, object] | None:
    halt = rollout.halted
    return None if halt is None else {"cause": str(halt.cause), "node": halt.node, "reason": halt.reason}


def _pending(proposal: Proposal, after: tuple[Judgement, ...]) -> list[str]:
    """Return the nodes that have not loaded their file; what is put back concerns no node that was let be."""
    plan = proposal.plan
    own = {step.node for step in plan.steps} if plan.undoes else {it.node.name for it in after}
    return [it.node.name for it in after if it.needs_restart and it.node.name in own]


def _sentence(summary: Summary, pending: list[str]) -> str:
    waiting = f" Not in force before a restart: {fold(pending)}." if pending and summary.outcome is Outcome.OK else ""
    return f"{summary.sentence}.{waiting}"


_OF_THE_CLUSTER = frozenset({"resume", "lock", "status"})
"""Tasks that are about all of a rollout, whichever nodes were named when it began."""


def _whole(choice: Choice) -> Choice:
    return replace(choice, limit=None, exclude=None)


def _way_back(rollout: Rollout, choice: Choice) -> tuple[Line, ...]:
    """Where a rollout rests in the middle, going on is not the only way; but one that puts back has no other.

    Who has lost the nodes is told no way that takes them from whoever has them.
    """
    if not keeps_locks(rollout) or has_lost_nodes(rollout) or rollout.plan.undoes is not None:
        return ()
    text = f"Or put everything back: {command('abort', _whole(choice))}"
    return (Line(text=text, exact=True),)


def _next(proposal: Proposal, rollout: Rollout, after: tuple[Judgement, ...], choice: Choice) -> str | None:
    """A lock that may lie on comes first, since it holds up whatever else is to be done."""
    if any(lock.is_left for lock in rollout.locks.values()) and not keeps_locks(rollout):
        return command("lock", _whole(choice), "--release")
    if rollout.halted:
        return _after_a_halt(proposal, next_task(rollout, rollout.halted.cause), choice)
    if not is_complete(rollout):
        return command("resume", _whole(choice))
    return command("rolling-restart", replace(choice, limit=None)) if _pending(proposal, after) else None


def _after_a_halt(proposal: Proposal, due: str, choice: Choice) -> str:
    """Where nothing was changed, a task with a plan of its own is said again, for the plan to be made anew."""
    if due in _OF_THE_CLUSTER:
        return command(due, _whole(choice))
    if due == "plan" and proposal.task:
        return command(proposal.task, choice, *proposal.words)
    return command(due, choice)
