"""What happens to the file of a node, and to what lies beside it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.core.observation import Incarnation  # noqa: TC001 - events_json reads the types of fields


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigStaged:
    """The document lies beside the file, durable and checked; this is the node's vote for yes."""

    node: str
    digest: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDiscarded:
    """Nothing of ours lies beside the file."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLeft:
    """What we staged may still lie beside the file: harmless to Jira, removed by the next rollout."""

    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigCommitted:
    """The document is the file now, read back with its mode and owner; receipt is the moment by the node's clock."""

    node: str
    digest: str
    receipt: Incarnation | None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRestored:
    """The file is as it was before the rollout, "absent" included."""

    node: str
    digest: str
    receipt: Incarnation | None
    at: str = ""
