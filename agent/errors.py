"""The family of errors and the exit codes: the fixed contract with scripts (docs/exit-codes in the README)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.finding import Finding


class Outcome(StrEnum):
    """How a task ended, as one word; each word has one exit code."""

    OK = "ok"
    ERROR = "error"
    CHANGES = "changes"
    DRIFT = "drift"
    HALTED = "halted"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    LOCKED = "locked"
    REFUSED = "refused"
    PARTIAL = "partial"
    INTERRUPTED = "interrupted"

    @property
    def exit_code(self) -> int:
        """The process exit status that stands for this outcome."""
        return EXIT_CODES[self]


EXIT_CODES = {
    Outcome.OK: 0,
    Outcome.ERROR: 1,
    Outcome.CHANGES: 2,
    Outcome.DRIFT: 2,
    Outcome.HALTED: 3,
    Outcome.UNREACHABLE: 4,
    Outcome.INVALID: 5,
    Outcome.LOCKED: 6,
    Outcome.REFUSED: 7,
    Outcome.PARTIAL: 8,
    Outcome.INTERRUPTED: 130,
}

PRECEDENCE = (
    Outcome.INTERRUPTED,
    Outcome.PARTIAL,
    Outcome.ERROR,
    Outcome.LOCKED,
    Outcome.REFUSED,
    Outcome.INVALID,
    Outcome.HALTED,
    Outcome.UNREACHABLE,
    Outcome.DRIFT,
    Outcome.CHANGES,
    Outcome.OK,
)


def weightiest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome that speaks for several: the first of the fixed precedence that occurs."""
    present = set(outcomes)
    return next((outcome for outcome in PRECEDENCE if outcome in present), Outcome.OK)


class AgentError(Exception):
    """Something the user must know; the message reads *who: what (facts); what to do next*."""

    outcome: ClassVar[Outcome] = Outcome.ERROR


class InputError(AgentError):
    """The user's files or words are wrong; carries every finding, not the first."""

    outcome = Outcome.INVALID

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class Refused(AgentError):  # noqa: N818 - a refusal is an answer, and the word for it everywhere
    """A guard said no: nothing was changed, and the message names the flag that overrides it."""

    outcome = Outcome.REFUSED


class Locked(AgentError):  # noqa: N818 - as Refused
    """Another rollout, or another process, is at work there right now."""

    outcome = Outcome.LOCKED


class JournalError(AgentError):
    """The journal cannot be written or read; nothing may happen that it does not hold."""


class Unsettled(AgentError):  # noqa: N818 - as Refused
    """A rollout broke off without an end of its own: nodes may be changed and are locked, and a person has to look."""

    outcome = Outcome.PARTIAL


class Interrupted(AgentError):  # noqa: N818 - as Refused
    """The user or the system asked us to stop."""

    outcome = Outcome.INTERRUPTED
