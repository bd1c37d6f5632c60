"""What does a CI system read of a report? Suites of cases, one suite per cluster, which agree with the exit code.

A task that ends with 0 leaves no failure and no error, any other leaves one at least: the case that tells the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Final

from agent.core.finding import Severity
from agent.core.report import Case, Result
from agent.core.text.moments import seconds_or_none
from agent.core.text.names import counted
from agent.core.text.printable import printable, printable_lines
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.core.finding import Finding
    from agent.core.report import NodeRow, Report

VERDICT: Final = "the verdict"
FILES: Final = "inventory and documents"
STANDING: Final = "standing"
NAMELESS: Final = "check"
LONGEST: Final = 1e6
"""Seconds; no check lasts longer, and readers of the form take no exponents."""

_BROKEN_OFF = frozenset(
    {Outcome.ERROR, Outcome.UNREACHABLE, Outcome.LOCKED, Outcome.PARTIAL, Outcome.INTERRUPTED},
)
"""What kept the task from its answer; every other outcome but ok is an answer that is no."""
_UNSEEN = frozenset({"UNREACHABLE", "UNKNOWN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One case with the place where CI pages file it: task, cluster and node, with dots between."""

    place: str
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The cases of one cluster, or of the task itself; notes are what was found besides and fails nothing.

    checked_at is seconds since 1970, None where the report does not say; seconds is how long the check took. All text
    is printable.
    """

    name: str
    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()
    checked_at: float | None = None
    seconds: float = 0.0


def suites_of(report: Report) -> tuple[Suite, ...]:
    """Return a suite per cluster, in the order of the report, and the suite of the task with its verdict at the end."""
    told = _told_clusters(report)
    names = _clusters_of(report, told)
    made = (*(_of_cluster(report, name, told) for name in names), _of_task(report))
    agreed = map(_as_fine, made) if report.outcome is Outcome.OK else made
    taken: set[tuple[str, str]] = set()
    return tuple(replace(suite, trials=_distinct(suite.trials, taken)) for suite in agreed)


def result_of(outcome: Outcome) -> Result:
    """Return how an outcome counts as the result of one case."""
    if outcome is Outcome.OK:
        return Result.PASSED
    return Result.ERROR if outcome in _BROKEN_OFF else Result.FAILED


def _of_cluster(report: Report, name: str, told: Mapping[str, Mapping[str, object]]) -> Suite:
    place = f"{report.task}.{name}"
    facts = told.get(name, {})
    findings = tuple(it for it in report.findings if (it.cluster or report.cluster) == name)
    nodes = [
        Trial(place=f"{place}.{row.name}", case=case)
        for row in report.nodes
        if row.cluster == name
        for case in cases_of(row)
    ]
    own = (_of_findings(findings, report), *(_verdict_of_cluster(facts) if len(told) > 1 else ()))
    return Suite(
        name=printable(place),
        trials=(*(Trial(place=place, case=case) for case in own), *nodes),
        notes=_notes(findings, report),
        checked_at=seconds_or_none(facts.get("checked_at")),
        seconds=_number(facts.get("duration_seconds")),
    )


def _of_task(report: Report) -> Suite:
    """Findings that speak of no cluster, files that were named one by one, and how the task ended as a whole."""
    findings = tuple(it for it in report.findings if (it.cluster or report.cluster) is None)
    files = _named_files(report)
    others = tuple(it for it in findings if it.place.file not in files)
    cases = [replace(_of_findings(_in_file(findings, file), report), name=file) for file in files]
    if others:
        cases.append(_of_findings(others, report))
    cases.append(Case(name=VERDICT, result=result_of(report.outcome), message=report.sentence))
    trials = tuple(Trial(place=report.task, case=case) for case in cases)
    return Suite(name=report.task, trials=trials, notes=_notes(findings, report))


def _verdict_of_cluster(facts: Mapping[str, object]) -> tuple[Case, ...]:
    """Of one cluster alone the task's verdict tells already."""
    try:
        outcome = Outcome(_text(facts.get("outcome")))
    except ValueError:
        return ()
    return (Case(name=VERDICT, result=result_of(outcome), message=_text(facts.get("sentence"))),)


def cases_of(row: NodeRow) -> tuple[Case, ...]:
    """What was checked on the node; a task that only names its standing has that for the one case."""
    if row.cases or row.standing is None:
        return row.cases
    if row.standing == "CURRENT":
        return (Case(name=STANDING, detail=row.reason or ""),)
    result = Result.ERROR if row.standing in _UNSEEN else Result.FAILED
    return (Case(name=STANDING, result=result, message=f"{row.standing}: {row.reason or ''}".rstrip(": ")),)


def _of_findings(findings: Sequence[Finding], report: Report) -> Case:
    faults = [finding for finding in findings if finding.severity in _counting(report)]
    if not faults:
        return Case(name=FILES)
    lines = "\n".join(map(_line, faults))
    if len(faults) == 1:
        return Case(name=FILES, result=Result.FAILED, message=lines)
    return Case(name=FILES, result=Result.FAILED, message=counted(len(faults), "fault"), detail=lines)


def _notes(findings: Sequence[Finding], report: Report) -> tuple[str, ...]:
    counting = _counting(report)
    return tuple(printable(_line(it)) for it in findings if it.severity not in counting)


def _counting(report: Report) -> frozenset[Severity]:
    strict = report.facts.get("strict") is True
    return frozenset({Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR})


def _line(finding: Finding) -> str:
    hint = f" (hint: {finding.hint})" if finding.hint else ""
    return f"{finding.place}: {finding.severity} {finding.rule}: {finding.message}{hint}"


def _in_file(findings: Iterable[Finding], file: str) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.place.file == file)


def _clusters_of(report: Report, told: Mapping[str, object]) -> tuple[str, ...]:
    """Every cluster that the report speaks of, in the order in which it does."""
    sound = report.facts.get("clusters")
    named = [it for it in sound if isinstance(it, str)] if isinstance(sound, list | tuple) else []
    found = (
        *told,
        *named,
        report.cluster,
        *(it.cluster for it in report.nodes),
        *(it.cluster for it in report.findings),
    )
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _told_clusters(report: Report) -> dict[str, Mapping[str, object]]:
    """What the report tells of each cluster that was checked."""
    told = report.facts.get("clusters")
    among = [it for it in told if isinstance(it, Mapping)] if isinstance(told, list | tuple) else []
    return {_text(facts.get("cluster")): facts for facts in among}


def _named_files(report: Report) -> tuple[str, ...]:
    files = report.facts.get("files")
    return tuple(dict.fromkeys(map(str, files))) if isinstance(files, list | tuple) else ()


def _distinct(trials: Iterable[Trial], taken: set[tuple[str, str]]) -> tuple[Trial, ...]:
    """Number what bears a name that is taken in its place, since CI systems would show the last of them alone."""
    made = []
    for trial in trials:
        place, name = printable(trial.place), printable(trial.case.name) or NAMELESS
        names = (name if times == 1 else f"{name} ({times})" for times in count(1))
        free = next(it for it in names if (place, it) not in taken)
        taken.add((place, free))
        made.append(Trial(place=place, case=_legible(trial.case, free)))
    return tuple(made)


def _legible(case: Case, name: str) -> Case:
    """A node's words may hold what neither a page nor XML can bear."""
    return replace(case, name=name, message=printable(case.message), detail=printable_lines(case.detail))


def _as_fine(suite: Suite) -> Suite:
    """Nothing fails where the task itself ends well: whatever is odd then does not count, and is told as skipped."""
    return replace(suite, trials=tuple(replace(trial, case=_not_counted(trial.case)) for trial in suite.trials))


def _not_counted(case: Case) -> Case:
    if case.result in {Result.PASSED, Result.SKIPPED}:
        return case
    return replace(case, result=Result.SKIPPED, message=f"does not count: {case.message}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < LONGEST else 0.0
