"""What does a look at a node prove about an act of ours? Verdicts on observations, with the reason as a sentence.

A verdict is None where the look proves it, and else says what is missing; an answer that says "done" proves nothing
by itself. No verdict compares clocks of two machines: a process is named by boot and start ticks.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of
from agent.core.observation import FileKind, Presence
from agent.core.rollout.events import Cause, ClearanceDenied, Incarnation, NodeCleared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.observation import Observation
    from agent.core.planning.plan import Step
    from agent.core.rollout.progress import Progress

ABSENT = "absent"
LOOK_INTO_LOG = "look into log/atlassian-jira.log in its localhome"
"""Where a Jira that does not come up says why (Atlassian, "Jira application logs": the home directory's log folder)."""


def digest_on_disk(observation: Observation) -> str | None:
    """Return the digest of the file, "absent" where there is none, or None where it could not be read."""
    return ABSENT if observation.file.kind is FileKind.ABSENT else observation.file.digest


def process_in(observation: Observation) -> Incarnation | None:
    """Return which process the node runs; None where there is none, or it cannot be named."""
    process = observation.process
    if process.presence is not Presence.FOUND or process.start_ticks is None or not observation.boot_id:
        return None
    return Incarnation(boot_id=observation.boot_id, ticks=process.start_ticks)


def receipt_in(observation: Observation) -> Incarnation | None:
    """Return the moment of the last commit by the node's own clock."""
    if not observation.receipts:
        return None
    last = observation.receipts[-1]
    return Incarnation(boot_id=last.boot_id, ticks=last.ticks)


def fault_of_commit(step: Step, observation: Observation) -> str | None:
    """Return what is wrong with a committed file: bytes, mode, owner, or the missing receipt."""
    found = digest_on_disk(observation)
    if found != step.digest:
        return f"the file is {found or 'unreadable'} instead of {step.digest}"
    facts = observation.file
    wanted = ((step.mode, facts.mode, "mode"), (step.owner, facts.owner, "owner"), (step.group, facts.group, "group"))
    for should, is_now, what in wanted:
        if should is not None and should != is_now:
            return f"the file's {what} is {is_now or 'unknown'} instead of {should}"
    if not observation.receipts or observation.receipts[-1].digest != step.digest:
        return "the node has no receipt of this commit"
    return None


class Readiness(StrEnum):
    """What one look says of a node that was told to start."""

    GOOD = "good"
    NOT_YET = "not yet"
    NEVER = "never"
    """This process will not become ready, however long it is waited for."""


def judge_readiness(progress: Progress, observation: Observation) -> tuple[Readiness, str]:
    """Return whether this look is a good one, and why not.

    Only HTTP 200 and RUNNING together mean ready (Atlassian, "Jira status endpoint response meanings"); 500 ERROR
    means that the start-up has failed and that this process stays locked.
    """
    fault = _wrong_file(progress, observation) or _wrong_process(progress, observation)
    if fault is not None:
        return fault
    state = state_of(observation)
    if state is State.ERROR:
        return Readiness.NEVER, f"Jira answers 500 ERROR: it has locked itself at start; {LOOK_INTO_LOG}"
    return (Readiness.GOOD, "") if state is State.RUNNING else (Readiness.NOT_YET, f"Jira is {state}")


def _wrong_file(progress: Progress, observation: Observation) -> tuple[Readiness, str] | None:
    """A file that changed under a starting Jira makes it worthless that Jira runs."""
    step = progress.step
    wanted, found = (step.digest if progress.wrote else step.expected), digest_on_disk(observation)
    if found == wanted:
        return None
    if found is None:
        return Readiness.NOT_YET, "the file cannot be read"
    since = "after the rollout wrote it" if progress.wrote else "since the plan was made"
    return Readiness.NEVER, f"the file changed {since} (it is {found} instead of {wanted})"


def _wrong_process(progress: Progress, observation: Observation) -> tuple[Readiness, str] | None:
    process = process_in(observation)
    if process is None:
        return Readiness.NOT_YET, "there is no process that can be named"
    if process == progress.process:
        return Readiness.NOT_YET, "it is still the process from before the stop"
    if progress.receipt is not None and not _is_younger(process, progress.receipt):
        return Readiness.NOT_YET, "the process is not younger than the file"
    return None


def _is_younger(process: Incarnation, moment: Incarnation) -> bool:
    """Another boot came later, since the moment was in an earlier one; equal ticks prove nothing."""
    return process.boot_id != moment.boot_id or process.ticks > moment.ticks


STOPPABLE = frozenset({State.DOWN, State.ERROR})
"""States that serve nobody: stopping such a node costs no capacity, and starting it anew can only help."""


def judge_clearance(node: str, seen: Mapping[str, Observation | str]) -> NodeCleared | ClearanceDenied:
    """Return whether a node may be stopped now; seen holds, for each node that counts, a look or why there is none.

    A node that serves may go down only while all others serve, and at least one does where others count at all. One
    that is down, or locked at start, serves nobody and costs nothing. No answer means no.
    """
    silent = next((name for name, look in seen.items() if isinstance(look, str)), None)
    if silent is not None:
        return _denied(node, silent, Cause.UNREACHABLE, f"{silent} does not answer: {seen[silent]}")
    states = {name: state_of(look) for name, look in seen.items() if not isinstance(look, str)}
    mine = states.pop(node)
    if mine not in STOPPABLE:
        denial = _capacity_denial(node, mine, states)
        if denial is not None:
            return denial
    look = seen[node]
    return NodeCleared(node=node, state=mine, process=None if isinstance(look, str) else process_in(look))


def judge_file_before_stop(step: Step, look: Observation | str) -> ClearanceDenied | None:
    """Return why a node may not be stopped for the sake of its own file; its next start would load what lies there.

    A node that gave no look is denied by judge_clearance.
    """
    found = step.expected if isinstance(look, str) else digest_on_disk(look)
    if found == step.expected:
        return None
    fact = f"expected {step.expected}, found {found or 'what cannot be read'}"
    reason = f"{step.node}: filestore-config.xml changed since the plan was made ({fact}); run drift, then plan again"
    return _denied(step.node, step.node, Cause.REFUSED, reason)


def _capacity_denial(node: str, mine: State, others: Mapping[str, State]) -> ClearanceDenied | None:
    if mine is not State.RUNNING:
        return _denied(node, node, Cause.REFUSED, f"{node} is {mine}: a node that is on its way is not stopped")
    idle = next((name for name, state in others.items() if state is not State.RUNNING), None)
    if idle is not None:
        return _denied(
            node,
            idle,
            Cause.REFUSED,
            f"{idle} is {others[idle]}: stopping {node} now would leave two nodes not serving",
        )
    return None


def _denied(node: str, other: str, cause: Cause, reason: str) -> ClearanceDenied:
    return ClearanceDenied(node=node, other=other, cause=cause, reason=reason)
