"""What does a look at a node prove about an act of ours? Verdicts on observations, with the reason as a sentence.

A verdict is None where the look proves it, and else says what is missing; an answer that says "done" proves nothing
by itself. No verdict compares clocks of two machines: a process is named by boot and start ticks.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of
from agent.core.observation import FileKind, Incarnation, Presence

if TYPE_CHECKING:
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
    if found == ABSENT:
        return _fault_of_receipt(step, observation)
    wanted = ((step.mode, facts.mode, "mode"), (step.owner, facts.owner, "owner"), (step.group, facts.group, "group"))
    for should, is_now, what in wanted:
        if should is not None and should != is_now:
            return f"the file's {what} is {is_now or 'unknown'} instead of {should}"
    return _fault_of_receipt(step, observation)


def _fault_of_receipt(step: Step, observation: Observation) -> str | None:
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
    found = digest_on_disk(observation)
    if found == progress.lies:
        return None
    if found is None:
        return Readiness.NOT_YET, "the file cannot be read"
    since = "after the rollout wrote it" if progress.wrote else "since the plan was made"
    return Readiness.NEVER, f"the file changed {since} (it is {found} instead of {progress.lies})"


def _wrong_process(progress: Progress, observation: Observation) -> tuple[Readiness, str] | None:
    process = process_in(observation)
    if process is None:
        return Readiness.NOT_YET, "there is no process that can be named"
    if process == progress.process:
        return Readiness.NOT_YET, "it is still the process from before the stop"
    if progress.receipt is not None and not is_younger(process, progress.receipt):
        return Readiness.NOT_YET, "the process is not younger than the file"
    return None


def is_younger(process: Incarnation, moment: Incarnation) -> bool:
    """Another boot came later, since the moment was in an earlier one; equal ticks prove nothing."""
    return process.boot_id != moment.boot_id or process.ticks > moment.ticks
