"""What becomes of an act in general: begun, refused, never there, or not known."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.rollout.events.words import Act  # noqa: TC001 - events_json reads the types of fields


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStarted:
    """Durable before the first of the requests is sent; alone, without an outcome, it means: look first."""

    act: Act
    nodes: tuple[str, ...]
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRefused:
    """The node said no, or a look has shown that nothing happened; the act changed nothing."""

    act: Act
    node: str
    code: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUnreachable:
    """The request never got there, so it changed nothing; for a node in doubt: it could not be read either."""

    act: Act
    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost:
    """The act may or may not have happened."""

    act: Act
    node: str
    reason: str
    at: str = ""
