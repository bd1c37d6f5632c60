"""What a rule is: a stable code, how bad a breach is, why the rule exists and how it looks broken and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from agent.core.rules.applicability import EVERYWHERE, Applicability

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.core.filestore import FilestoreConfig
    from agent.core.finding import Severity
    from agent.core.node import Node
    from agent.core.rules.applicability import Version

Subject = TypeVar("Subject")

Path = tuple[str, ...]
"""Names a part of the meaning: ("filestores", ID, "region"), ("associations", TARGET), ("waivers", CODE), ()."""


class Evidence(StrEnum):
    """How well a rule is founded: its source says so, or it follows from what sources say."""

    VERIFIED = "verified"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """How it should or should not be: the telling lines, and what they stand in.

    documents are whole files, one for each cluster, or one template; clusters are the nodes of each; waivers are an
    inventory's.
    """

    shown: str
    documents: tuple[bytes, ...] = field(default=(), repr=False)
    clusters: tuple[tuple[Node, ...], ...] = field(default=(), repr=False)
    jira_version: str | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The documentation of one rule. stops_jira: on a breach Jira does not start, so no waiver can help."""

    code: str
    severity: Severity
    title: str
    explanation: str
    source: str
    evidence: Evidence
    bad: Example
    good: Example
    applies: Applicability = EVERYWHERE
    stops_jira: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One breach of a rule by a value: which part of the meaning, the sentence, and the fix where one is known."""

    path: Path
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[Subject]):
    """A rule together with the function that finds its breaches in a subject."""

    rule: Rule
    find: Callable[[Subject], Iterable[Fault]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What most rules look at: one cluster's configuration, and its Jira version as numbers (None: not known)."""

    config: FilestoreConfig
    jira: Version | None = None

    def asked(self, rule: Rule) -> bool:
        """Tell whether a rule is asked of this Jira and these targets."""
        return rule.applies.asks(self.jira, {link.target for link in self.config.associations})


def check(rule: Rule) -> Callable[[Callable[[Subject], Iterable[Fault]]], Check[Subject]]:
    """Put a rule's documentation beside the function that applies it."""

    def documented(find: Callable[[Subject], Iterable[Fault]]) -> Check[Subject]:
        return Check(rule=rule, find=find)

    return documented
