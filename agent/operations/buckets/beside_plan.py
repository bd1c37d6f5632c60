"""What does a plan show of the buckets, if it was asked to let the nodes ask them: beside the forecast, and in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.core.forms.junit_cases import cases_of
from agent.core.report import Line, Tone
from agent.errors import Outcome
from agent.operations.buckets import words
from agent.operations.buckets.probing import ask_nodes
from agent.operations.commands import command

if TYPE_CHECKING:
    from agent.core.report import NodeRow
    from agent.operations.buckets.probing import Findings
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.world import Choice, World

_ASKS_NONE = (
    "This by itself refuses no plan, since deploy-config asks no bucket: carried out as it is, Jira would start, and"
)
WARNINGS = {
    Outcome.REFUSED: f"{_ASKS_NONE} what is bad above would fail. Mend it first.",
    Outcome.PARTIAL: f"{_ASKS_NONE} whether it can do what it needs is not known. Find it out first.",
    Outcome.UNREACHABLE: f"{_ASKS_NONE} what the nodes that were not reached can do is not known. Ask again first.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What goes beside a plan; empty where nobody was asked."""

    outcomes: frozenset[Outcome] = frozenset()
    facts: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    cases: Mapping[str, NodeRow] = field(default_factory=dict)

    def beside(self, row: NodeRow) -> NodeRow:
        """Return a node's row of the plan with its own checks of the buckets as further cases for CI."""
        mine = self.cases.get(row.name)
        return row if mine is None else replace(row, cases=(*cases_of(row), *mine.cases))

    def mending(self, choice: Choice) -> str | None:
        """Return the command that tells more, where Jira would not be able to do what it needs, or nobody knows."""
        return command("preflight-s3", choice) if self.outcomes - {Outcome.OK} else None


AskBuckets = Callable[["World", "ClusterInput", int], Beside]


def ask_nobody(_: World, __: ClusterInput, ___: int) -> Beside:
    """Leave the buckets alone."""
    return Beside()


def ask_buckets(world: World, cluster: ClusterInput, forks: int) -> Beside:
    """Let the nodes ask the buckets of the desired configuration, those that are new in this plan as well."""
    found = ask_nodes(world, cluster, forks=forks)
    rows = {row.name: row for row in words.rows(found)}
    outcomes = frozenset({found.outcome})
    return Beside(
        outcomes=outcomes,
        facts={"preflight": {**words.cluster_facts(found), "nodes": [_fact(row) for row in rows.values()]}},
        lines=tuple(_lines(found)),
        cases=rows,
    )


def _fact(row: NodeRow) -> dict[str, object]:
    return {"name": row.name, "reason": row.reason, **row.facts}


def _lines(found: Findings) -> list[Line]:
    told = [Line(text=f"Preflight of the buckets: {words.sentence((found,))}", tone=Tone.TITLE)]
    told += [replace(line, text=f"  {line.text}") for line in words.lines(found)]
    if found.outcome is not Outcome.OK:
        told.append(Line(text=WARNINGS.get(found.outcome, WARNINGS[Outcome.PARTIAL]), tone=Tone.BAD))
    return told
