"""What is found out after an interruption or a failure: where a step stands, what the log says, what is given up."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.observation import Incarnation  # noqa: TC001 - events_json reads the types of fields


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReopened:
    """A look after an interruption shows that no act of ours is under way here: the step begins anew from what is.

    on_disk is the digest found. committed: it is our document with its receipt, so it need not be brought again; ours:
    it is our document, with or without. down: no process runs here, where one should; serves: Jira is RUNNING;
    started: Jira was started with our document, and has locked itself at start.
    """

    node: str
    on_disk: str
    committed: bool
    ours: bool
    down: bool
    receipt: Incarnation | None = None
    serves: bool = True
    started: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDiagnosed:
    """What Jira's own log says of a node that did not come up; evidence beside the verdict, never the verdict.

    code is that of core/diagnosis ("unknown" where nothing was found), blames the file or not, confidence a word; line
    is the line of the log that says so, hint what to do.
    """

    node: str
    code: str
    blames_config: bool
    confidence: str
    sentence: str
    line: str
    hint: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """Given up on under the failure budget: the node counts as down, and the rollout goes on without it."""

    node: str
    reason: str
    at: str = ""
