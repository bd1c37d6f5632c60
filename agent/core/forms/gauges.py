"""What does monitoring read of a drift check? Gauges by cluster and by node; docs/monitoring.md tells each.

All of them speak of the check that wrote the file: a check that fails leaves no node in it, and its outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

from agent.core.judging.standing import Standing
from agent.core.judging.state import State
from agent.core.text.moments import seconds_or_none
from agent.core.text.printable import printable
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.core.report import NodeRow, Report

OUTCOMES: Final = tuple(it for it in Outcome if it not in {Outcome.CHANGES, Outcome.HALTED})
"""Those that drift can have; the other two belong to plans and rollouts."""
SEVERITIES: Final = ("fault", "note")
PREFIX: Final = "filestore_agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One number, and whom it is about: the values of its gauge's labels, in their order."""

    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One metric with all its samples; about is its help, labels the names of what tells the samples apart."""

    name: str
    about: str
    labels: tuple[str, ...]
    samples: tuple[Sample, ...] = ()


def gauges_of(report: Report, *, version: str, asked: Sequence[str], now: float) -> tuple[Gauge, ...]:
    """Return every gauge of a drift check, those without a sample too.

    Where the check ended before it could tell of any cluster, asked stands in (the clusters that were named), and now
    (seconds since 1970).
    """
    samples: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in ABOUT}
    for name, labels, value in _samples(report, version, asked, now):
        samples[name][tuple(map(printable, labels))] = value
    return tuple(
        Gauge(
            name=f"{PREFIX}_{name}",
            about=about,
            labels=labels,
            samples=tuple(Sample(labels=who, value=value) for who, value in samples[name].items()),
        )
        for name, (labels, about) in ABOUT.items()
    )


_NODE: Final = ("cluster", "node")
_CLUSTER: Final = ("cluster",)
ABOUT: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "node_standing": ((*_NODE, "standing"), "1 for the standing that the node has, 0 for every other."),
    "node_state": ((*_NODE, "state"), "1 for what Jira does on the node, 0 for every other state."),
    "node_restart_pending": (_NODE, "1 where the file is right but not proven to be in force: a restart is due."),
    "node_in_transition": (_NODE, "1 while a rollout is at work on the node."),
    "node_flapping": (_NODE, "1 where the standing went to and fro in the last checks."),
    "node_remarks": ((*_NODE, "severity"), "How many remarks there are on the node besides its standing."),
    "node_drift_since_timestamp_seconds": (
        _NODE,
        "Since when the node has been in its present condition; absent where that is good, or nothing tells.",
    ),
    "node_last_good_timestamp_seconds": (
        _NODE,
        "When the node was last seen as it should be; absent where that is not known.",
    ),
    "cluster_outcome": ((*_CLUSTER, "outcome"), "1 for how the last check ended, 0 for every other outcome."),
    "cluster_nodes": (_CLUSTER, "How many nodes the last check tells of."),
    "last_check_timestamp_seconds": (_CLUSTER, "When the cluster was last checked, with whatever outcome."),
    "check_duration_seconds": (_CLUSTER, "How long the check took; absent where nothing was looked at."),
    "build_info": ((*_CLUSTER, "version"), "Always 1; which version of filestore-agent wrote this."),
}
"""Each gauge, without the prefix that all bear: its labels, and its help."""

_Told = tuple[str, tuple[str, ...], float]


def _samples(report: Report, version: str, asked: Sequence[str], now: float) -> Iterator[_Told]:
    for name, facts in _clusters_of(report, asked).items():
        yield "build_info", (name, version), 1
        yield from _of_cluster(report, name, facts, now)
    for row in report.nodes:
        yield from _of_node(row)


def _clusters_of(report: Report, asked: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
    """Each cluster with what is told of it; nothing where the task ended before, and "" where nobody can name one."""
    told = report.facts.get("clusters")
    among = [it for it in told if isinstance(it, Mapping)] if isinstance(told, list | tuple) else []
    facts = {str(it.get("cluster")): it for it in among}
    seen = [row.cluster for row in report.nodes]
    named = (report.cluster,) if report.cluster else tuple(name for name in asked if name != "all")
    return {name: facts.get(name, {}) for name in (*facts, *seen) or named or ("",)}


def _of_cluster(report: Report, name: str, facts: Mapping[str, object], now: float) -> Iterator[_Told]:
    outcome = facts.get("outcome", str(report.outcome))
    checked_at = seconds_or_none(facts.get("checked_at"))
    yield from (("cluster_outcome", (name, it), float(it == outcome)) for it in OUTCOMES)
    yield "cluster_nodes", (name,), float(sum(row.cluster == name for row in report.nodes))
    yield "last_check_timestamp_seconds", (name,), now if checked_at is None else checked_at
    duration = facts.get("duration_seconds")
    if isinstance(duration, int | float) and isfinite(duration) and duration >= 0:
        yield "check_duration_seconds", (name,), float(duration)


def _of_node(row: NodeRow) -> Iterator[_Told]:
    who, facts = (row.cluster, row.name), row.facts
    yield from (("node_standing", (*who, it), float(it == row.standing)) for it in Standing)
    yield from (("node_state", (*who, it), float(it == row.state)) for it in State)
    yield "node_restart_pending", who, float(facts.get("needs_restart") is True)
    yield "node_in_transition", who, float(facts.get("in_transition") is True)
    yield "node_flapping", who, float(facts.get("flapping") is True)
    yield from (("node_remarks", (*who, it), _count(facts.get("remarks"), it)) for it in SEVERITIES)
    if row.standing != Standing.CURRENT:
        yield from _at("node_drift_since_timestamp_seconds", who, facts.get("first_seen"), facts.get("since"))
    elif _count(facts.get("remarks"), "fault"):
        # The node's own evidence is of its standing, with which all is well here.
        yield from _at("node_drift_since_timestamp_seconds", who, facts.get("first_seen"))
    yield from _at("node_last_good_timestamp_seconds", who, facts.get("last_good"))


def _at(name: str, who: tuple[str, ...], *told: object) -> Iterator[_Told]:
    """The first moment of those that are told; none where none is."""
    moments = [seconds for seconds in map(seconds_or_none, told) if seconds is not None]
    yield from ((name, who, seconds) for seconds in moments[:1])


def _count(remarks: object, severity: str) -> float:
    among = remarks if isinstance(remarks, list | tuple) else ()
    return float(sum(isinstance(it, Mapping) and it.get("severity") == severity for it in among))
