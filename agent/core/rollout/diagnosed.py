"""Why did a node not come up? Its log's word, joined with what was seen, as an event: evidence beside the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.core.diagnosis import Confidence, Diagnosis, Evidence, FileChange, diagnose
from agent.core.judging.state import state_of
from agent.core.observation import LogExcerpt, Observation
from agent.core.rollout.events import NodeDiagnosed

if TYPE_CHECKING:
    from agent.core.rollout.progress import Progress

UNREAD: Final = "unread"
"""The code where the log could not be read."""


def diagnosis_of(progress: Progress, look: Observation | str) -> NodeDiagnosed:
    """Return what the log says; nothing is blamed where it could not be read, or where our file is not the one."""
    if isinstance(look, str):
        return _unread(progress.node, look)
    found = _sober(progress, _found(progress, look))
    return NodeDiagnosed(
        node=progress.node,
        code=found.code,
        blames_config=found.blames_config,
        confidence=str(found.confidence),
        sentence=found.sentence,
        line=found.line,
        hint=found.hint,
    )


def _found(progress: Progress, look: Observation) -> Diagnosis:
    return diagnose(
        Evidence(
            state=state_of(look),
            process=look.process.presence,
            excerpt=look.excerpt or LogExcerpt(),
            checks=(progress.check,) if progress.check else (),
            file=FileChange.CHANGED if progress.wrote else FileChange.UNCHANGED,
        )
    )


def _sober(progress: Progress, found: Diagnosis) -> Diagnosis:
    """Without the place where the log ended before the start, a line may be of any start; nothing is put back then."""
    blames = found.blames_config and progress.wrote and progress.log is not None
    surely = progress.log is not None or found.confidence is Confidence.UNKNOWN
    return replace(found, blames_config=blames, confidence=found.confidence if surely else Confidence.POSSIBLE)


def _unread(node: str, why: str) -> NodeDiagnosed:
    sentence = f"its log could not be read ({why})"
    return NodeDiagnosed(
        node=node, code=UNREAD, blames_config=False, confidence="", sentence=sentence, line="", hint=""
    )
