"""What is known of a node that is not well, and what is made of it: the input and the output of a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.judging.state import State
from agent.core.observation import LogExcerpt, Presence

if TYPE_CHECKING:
    from agent.core.observation import HealthCheck


class FileChange(StrEnum):
    """Whether this rollout has brought the node another filestore-config.xml before the start in question."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a diagnosis looks at: the lines of Jira's log after the restart mark, and what else was seen since.

    checks are those of Jira's own page; none where it was not asked or did not answer.
    """

    state: State = State.UNKNOWN
    process: Presence = Presence.UNKNOWN
    excerpt: LogExcerpt = field(default_factory=LogExcerpt)
    checks: tuple[HealthCheck, ...] = ()
    file: FileChange = FileChange.UNKNOWN


class Confidence(StrEnum):
    """How surely the cause explains what is wrong with the node."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"
    """No cause was found, so there is nothing to be sure of."""


UNKNOWN_CAUSE = "unknown"
"""The code where nothing was found that is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the evidence says; a word beside the verdict of /status, never the verdict.

    code is a stable word for scripts. blames_config: filestore-config.xml on this node is what stops the start, so that
    another file would cure it. line is the log's (or the check's) own word for it, printable and cut. next is the task
    that helps most once the hint is followed.
    """

    code: str
    sentence: str
    blames_config: bool
    confidence: Confidence
    line: str
    hint: str
    next: str


def one_line(diagnosis: Diagnosis, *, cluster: str) -> str:
    """Say cause, confidence and next command on one line."""
    sure = "" if diagnosis.confidence is Confidence.UNKNOWN else f" ({diagnosis.confidence})"
    return f"{diagnosis.sentence}{sure}; next: filestore-agent {diagnosis.next} --cluster {cluster}"
