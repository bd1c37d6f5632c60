"""Which forms has a report, as a file beside the result or in its place on stdout? Each is made of the report alone."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from agent import __version__
from agent.edges.result_file import write_result
from agent.edges.streams import complain
from agent.edges.whole_file import BY_UMASK, FOR_EVERYONE
from agent.errors import AgentError, Outcome, weightiest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from agent.core.forms.places import Checkout
    from agent.core.report import Report

# Each form has a library of its own, which only those wait for who ask for it.
# ruff: noqa: PLC0415

Form = tuple["Callable[[Report, Mapping[str, Any]], bytes]", int | None]


def leave_files(report: Report, values: Mapping[str, Any]) -> Report:
    """Write each file that was asked for, and return the report: an error where one of them could not be written.

    Then the others are written once more, so that none of them says that all is well where the exit code does not.
    Of flags that name the same file none gets it.
    """
    shared = sharing(values)
    asked = [it for it in FORMS if values.get(it) and it not in shared and (report.task, it) not in FOR_LATER]
    faults = _write_each(asked, report, values)
    if not faults:
        return report
    for fault in faults.values():
        complain(f"{report.task}: {fault}")
    spoilt = with_fault(report, " ".join(faults.values()))
    _write_each([flag for flag in asked if flag not in faults], spoilt, values)
    return spoilt


def sharing(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the flags that name the same file as another one, in whatever spelling."""
    places: dict[Path, list[str]] = {}
    for flag in (*_OTHER_FILES, *FORMS):
        if values.get(flag):
            path = Path(values[flag])
            places.setdefault(Path(os.path.realpath(path.parent)) / path.name, []).append(flag)
    return tuple(flag for flags in places.values() if len(flags) > 1 for flag in flags)


def with_fault(report: Report, fault: str) -> Report:
    """Return the report of a task that could not deliver its result."""
    return replace(
        report, outcome=weightiest((report.outcome, Outcome.ERROR)), sentence=f"{report.sentence} {fault}", silent=False
    )


def _write_each(flags: Iterable[str], report: Report, values: Mapping[str, Any]) -> dict[str, str]:
    """Return what went wrong, by the flag that names the file."""
    told = {flag: _write(flag, report, values) for flag in flags}
    return {flag: fault for flag, fault in told.items() if fault}


def _write(flag: str, report: Report, values: Mapping[str, Any]) -> str | None:
    path, (form, mode) = Path(values[flag]), FORMS[flag]
    try:
        write_result(path, form(report, values), mode=mode)
    except AgentError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - the verdict is there, and no form of it may keep it from the user
        return f"{path}: a fault of filestore-agent itself ({type(error).__name__}: {error})"
    return None


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
    return _json_text(report).encode("ascii")


FORMS: Mapping[str, Form] = {
    "metrics": (_metrics, FOR_EVERYONE),
    "junit": (_junit, BY_UMASK),
    "json_out": (_document, BY_UMASK),
}
"""By the flag that names the file: what makes its bytes, and the mode; other users' node_exporter reads metrics."""


def _junit_text(report: Report) -> str:
    """XML in ASCII reads the same whatever the stream's encoding is."""
    return _junit(report, {}).decode("utf-8").encode("ascii", "xmlcharrefreplace").decode("ascii")


def _json_text(report: Report) -> str:
    from agent.edges.console import as_json

    return as_json(report)


def _sarif_text(report: Report) -> str:
    import json

    from agent.core.forms.sarif import sarif_of

    return json.dumps(sarif_of(report, version=__version__, checkout=_checkout()), indent=2) + "\n"


def _github_text(report: Report) -> str:
    from agent.core.forms.workflow_commands import workflow_commands

    return workflow_commands(report, checkout=_checkout())


def _checkout() -> Checkout:
    """The repository is what the runner says it has checked out, where we are in it; else the folder we are in."""
    from agent.core.forms.places import Checkout

    folder = Path.cwd()
    said = os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR")
    around = said is not None and Path(said).is_absolute() and folder.is_relative_to(said)
    return Checkout(folder=str(folder), top=said if said is not None and around else str(folder))


PRINTED: Mapping[str, Callable[[Report], str]] = {
    "json": _json_text,
    "junit": _junit_text,
    "sarif": _sarif_text,
    "github": _github_text,
}
"""By the word of --format: what makes the text that stdout gets; of "text" the console takes care."""

_OTHER_FILES = ("plan", "out", "events")
"""The flags that name what a task itself reads or writes, which no result may replace."""
FOR_LATER = frozenset({("schedule", "metrics")})
"""A task whose flag of that name is handed on to the checks that it schedules."""
