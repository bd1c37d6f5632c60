"""What happens to a rollout as a whole: begun, gone on with, halted, ended, put back."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.rollout.events.words import Cause  # noqa: TC001 - events_json reads the types of fields


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What a journal keeps of one step: digests, never the document itself."""

    node: str
    expected: str
    digest: str
    restart: bool
    running: bool
    document: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStarted:
    """The first event: which plan, by whom, fenced by which epoch."""

    plan: str
    cluster: str
    shape: str
    change: str
    epoch: int
    holder: str
    host: str
    steps: tuple[StepFacts, ...]
    bystanders: tuple[str, ...] = ()
    at: str = ""
    reason: str = ""
    """Why, in the words of whoever began it (--reason); free text."""
    undoes: str | None = None
    """The plan that this one puts back."""
    pause_after: int | None = None
    """Halt when so many nodes are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutResumed:
    """Gone on with, by whom and fenced by which epoch: all that was unfinished is looked at before anything is done."""

    epoch: int
    holder: str
    host: str
    pause_after: int | None = None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutUndone:
    """Another plan has put back what this one did (abort, rollback), or has found nothing to put back (by is None)."""

    by: str | None
    holder: str
    host: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutHalted:
    """No new work from here on, only putting back; next is the command that the operator will most likely want."""

    cause: Cause
    node: str | None
    reason: str
    next: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutEnded:
    """The last event; the outcome is the word of agent/errors."""

    outcome: str
    at: str = ""
