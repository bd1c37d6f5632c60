"""Which files does a task leave beside its result, where a flag asks for them? One form each, from the report alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.edges.result_file import BY_UMASK, FOR_EVERYONE, write_result
from agent.edges.streams import complain
from agent.errors import AgentError, Outcome, weightiest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.core.report import Report

# Each form has a library of its own, which only those wait for who ask for it.
# ruff: noqa: PLC0415

Form = tuple["Callable[[Report, Mapping[str, Any]], bytes]", int | None]


def leave_files(report: Report, values: Mapping[str, Any]) -> Report:
    """Write each file that was asked for, and return the report: an error where one of them could not be written.

    JUnit comes after the metrics and the JSON after both, so that what failed before is a failure in them too.
    """
    for flag in FORMS:
        if values.get(flag) and (report.task, flag) not in FOR_LATER:
            report = _with_file(report, flag, values)
    return report


def with_fault(report: Report, fault: str) -> Report:
    """Return the report of a task that could not deliver its result."""
    return replace(
        report, outcome=weightiest((report.outcome, Outcome.ERROR)), sentence=f"{report.sentence} {fault}", silent=False
    )


def _with_file(report: Report, flag: str, values: Mapping[str, Any]) -> Report:
    path, (form, mode) = Path(values[flag]), FORMS[flag]
    try:
        write_result(path, form(report, values), mode=mode)
    except AgentError as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - the verdict is there, and no form of it may keep it from the user
        fault = f"{path}: a fault of filestore-agent itself ({type(error).__name__}: {error})"
    else:
        return report
    complain(f"{report.task}: {fault}")
    return with_fault(report, fault)


def _metrics(report: Report, values: Mapping[str, Any]) -> bytes:
    from agent.core.forms.gauges import gauges_of
    from agent.edges.metrics import metrics_bytes

    asked = tuple(values.get("cluster") or ())
    return metrics_bytes(gauges_of(report, version=__version__, asked=asked, now=time()))


def _junit(report: Report, _: Mapping[str, Any]) -> bytes:
    from socket import gethostname

    from agent.core.forms.junit_cases import suites_of
    from agent.edges.junit import junit_bytes

    return junit_bytes(suites_of(report), now=time(), host=gethostname())


def _document(report: Report, _: Mapping[str, Any]) -> bytes:
    from agent.edges.console import as_json

    return as_json(report).encode("ascii")


FORMS: Mapping[str, Form] = {
    "metrics": (_metrics, FOR_EVERYONE),
    "junit": (_junit, BY_UMASK),
    "json_out": (_document, BY_UMASK),
}
"""By the flag that names the file: what makes its bytes, and the mode; other users' node_exporter reads metrics."""
FOR_LATER = frozenset({("schedule", "metrics")})
"""A task whose flag of that name is handed on to the checks that it schedules."""
