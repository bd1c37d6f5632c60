"""What is wrong with a node that did not come up? The likeliest cause, as far as its log, state and checks tell.

The log is evidence and never the verdict: whoever can make Jira log a line can write any line. So a cause counts only
where the node shows what the cause does. That the file is to blame is said only of a node that is locked or gone, and
only for the three faults on which the vendor says that Jira refuses to start; putting the earlier file back cures no
other cause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.diagnosis.cause import INFERRED, Cause, Effect
from agent.core.diagnosis.check_causes import CHECKS, EXPLAINED_BY_LOG, OTHER_CHECK
from agent.core.diagnosis.evidence import UNKNOWN_CAUSE, Confidence, Diagnosis, Evidence, FileChange
from agent.core.diagnosis.line import Line, Voice, bears, read, shown, shown_check
from agent.core.diagnosis.table import LOG_CAUSES
from agent.core.judging.state import State
from agent.core.observation import Presence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.diagnosis.cause import Sign


class _Plight(StrEnum):
    """How the node is, as far as a cause must fit it."""

    FAILED = "failed"
    """Locked at start, or no process at all."""
    COMING = "coming"
    """Neither up nor given up."""
    SERVING = "serving"


CERTAIN, LIKELY, POSSIBLE = Confidence.CERTAIN, Confidence.LIKELY, Confidence.POSSIBLE

_FITS: Final[Mapping[_Plight, Mapping[Effect, Confidence]]] = {
    _Plight.FAILED: {
        Effect.FILE: CERTAIN,
        Effect.STOPS: CERTAIN,
        Effect.SHORTAGE: CERTAIN,
        Effect.STORE: POSSIBLE,
        Effect.SYMPTOM: CERTAIN,
    },
    _Plight.COMING: {
        Effect.FILE: POSSIBLE,
        Effect.STOPS: POSSIBLE,
        Effect.SHORTAGE: POSSIBLE,
        Effect.WAITS: CERTAIN,
        Effect.STORE: POSSIBLE,
        Effect.SYMPTOM: POSSIBLE,
    },
    _Plight.SERVING: {Effect.SHORTAGE: POSSIBLE, Effect.STORE: POSSIBLE},
}
"""How far a cause can explain such a node at most. What is not here, the node itself refutes."""

_LAST: Final[Mapping[Effect, int]] = {Effect.STORE: 1, Effect.SYMPTOM: 2}
"""What explains less comes later: storage does not stop a start, and a symptom only says that something did."""

_ORDER: Final = (CERTAIN, LIKELY, POSSIBLE)
_HEARD: Final = frozenset({Voice.STARTUP, Voice.OTHER, Voice.BARE})
_FROM_AFAR: Final = frozenset({Voice.OTHER, Voice.BARE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One line of the log that bears a sign of a cause, and how sure that makes of it; place counts from 0."""

    cause: Cause
    sign: Sign
    line: Line
    place: int
    confidence: Confidence


def diagnose(evidence: Evidence) -> Diagnosis:
    """Return the likeliest cause: of those that fit the node best the surest, of equally sure ones the earliest.

    A check that fails now says more than the log, unless the log says why it does.
    """
    plight = _plight_of(evidence)
    findings = _findings(evidence, plight)
    best = min(findings, key=_rank, default=None)
    failed = _failed_check(evidence) if plight is not _Plight.FAILED else None
    if failed is None:
        return _of_line(best, evidence, plight) if best else _unknown(evidence)
    if best is not None and failed[0].code in EXPLAINED_BY_LOG and best.cause.effect is Effect.STORE:
        return _of_line(replace(best, confidence=LIKELY), evidence, plight)
    return _of_check(*failed)


def _plight_of(evidence: Evidence) -> _Plight:
    if evidence.state in (State.ERROR, State.DOWN) or evidence.process is Presence.NONE:
        return _Plight.FAILED
    return _Plight.SERVING if evidence.state is State.RUNNING else _Plight.COMING


def _findings(evidence: Evidence, plight: _Plight) -> list[_Finding]:
    """Return what the lines show and the node does not refute; what a later line calls over is left out."""
    lines = [read(text) for text in evidence.excerpt.lines]
    found = [_finding(line, place, evidence, plight) for place, line in enumerate(lines)]
    over = {cause.code: _last_settled(cause, lines) for cause in LOG_CAUSES if cause.settled}
    return [one for one in found if one is not None and one.place > over.get(one.cause.code, -1)]


def _finding(line: Line, place: int, evidence: Evidence, plight: _Plight) -> _Finding | None:
    named = _cause_in(line)
    if named is None or named[0].effect not in _FITS[plight]:
        return None
    cause, sign = named
    sure = _confidence(cause, line.voice, evidence, plight)
    return _Finding(cause=cause, sign=sign, line=line, place=place, confidence=sure)


def _last_settled(cause: Cause, lines: list[Line]) -> int:
    settled = cause.settled
    return max((place for place, line in enumerate(lines) if settled and settled.search(line.message)), default=-1)


def _cause_in(line: Line) -> tuple[Cause, Sign] | None:
    """Return the first of the table that fits the line, and by which sign."""
    for cause in LOG_CAUSES:
        if line.voice in _HEARD or (cause.quiet and line.voice is Voice.QUIET):
            for sign in cause.signs:
                if bears(line, sign):
                    return cause, sign
    return None


def _confidence(cause: Cause, voice: Voice, evidence: Evidence, plight: _Plight) -> Confidence:
    """A fresh change raises what it may have caused; hearsay and inference stay below certain, gaps cost a step.

    An excerpt that is not whole may have lost the true cause, or hold lines from before the restart.
    """
    sure = _FITS[plight][cause.effect]
    if cause.suspects_file and evidence.file is FileChange.CHANGED:
        sure = LIKELY
    if sure is CERTAIN and (voice in _FROM_AFAR or cause.footing is INFERRED):
        sure = LIKELY
    return sure if evidence.excerpt.whole else _ORDER[min(_ORDER.index(sure) + 1, len(_ORDER) - 1)]


def _rank(finding: _Finding) -> tuple[int, int, int]:
    return _LAST.get(finding.cause.effect, 0), _ORDER.index(finding.confidence), finding.place


def _of_line(finding: _Finding, evidence: Evidence, plight: _Plight) -> Diagnosis:
    """Blame is for a node that has failed; where the words alone do not settle it, only for a file just changed."""
    cause, sure = finding.cause, finding.confidence
    is_settled = sure is CERTAIN or evidence.file is FileChange.CHANGED
    return Diagnosis(
        code=cause.code,
        sentence=cause.sentence,
        blames_config=cause.effect is Effect.FILE and plight is _Plight.FAILED and is_settled,
        confidence=sure,
        line=shown(finding.line, finding.sign),
        hint=cause.hint + _detail(cause, finding.line),
        next=cause.next,
    )


def _detail(cause: Cause, line: Line) -> str:
    found = cause.detail.search(line.message) if cause.detail else None
    return f" ({cause.says} {found[1]})" if found else ""


def _failed_check(evidence: Evidence) -> tuple[Cause, str] | None:
    """Return the first check of a filestore that fails, the documented texts before any other."""
    failing = [check for check in evidence.checks if not check.healthy and "filestore" in check.name.lower()]
    told = [(_cause_of_check(check.reason), f"{check.name}: {check.reason}") for check in failing]
    return min(told, key=lambda one: one[0] is OTHER_CHECK, default=None)


def _cause_of_check(reason: str) -> Cause:
    return next((cause for text, cause in CHECKS.items() if text in reason.lower()), OTHER_CHECK)


def _of_check(cause: Cause, text: str) -> Diagnosis:
    """A check is Jira's own verdict on the store; it says nothing against the file."""
    return Diagnosis(
        code=cause.code,
        sentence=cause.sentence,
        blames_config=False,
        confidence=CERTAIN,
        line=shown_check(text),
        hint=cause.hint,
        next=cause.next,
    )


def _unknown(evidence: Evidence) -> Diagnosis:
    gap = "" if evidence.excerpt.whole else ", as far as it could be read"
    return Diagnosis(
        code=UNKNOWN_CAUSE,
        sentence=f"Jira's log says nothing that is known here{gap}",
        blames_config=False,
        confidence=Confidence.UNKNOWN,
        line="",
        hint="look into log/atlassian-jira.log in its localhome, and into catalina.out where Tomcat itself failed",
        next="status",
    )
