"""How are suites of cases written as JUnit XML? In the dialect that both Ant's and Jenkins' schemas take."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from junitparser import Attr, Error, Failure, IntAttr, JUnitXml, Properties, Skipped, TestCase, TestSuite
from junitparser.junitparser import Element, SystemErr, SystemOut

from agent.core.forms.junit_cases import VERDICT
from agent.core.report import Result
from agent.core.text.moments import iso
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.core.forms.junit_cases import Suite, Trial
    from agent.core.report import Case

_KINDS: Final = {Result.FAILED: Failure, Result.ERROR: Error, Result.SKIPPED: Skipped}


class _NumberedSuite(TestSuite):
    """A suite as Ant's schema wants it: numbered, with the package that it belongs to."""

    id = IntAttr()
    package = Attr()


def junit_bytes(suites: Sequence[Suite], *, now: float, host: str) -> bytes:
    """Return the file's bytes; now (seconds since 1970) stands where a suite does not say when it was.

    The root bears no counts: Ant's schema has none there, and every reader adds them up for itself.
    """
    root = JUnitXml()
    for number, suite in enumerate(suites):
        _put(root, _suite(suite, number, now=now, host=host))
    file = BytesIO()
    root.write(file)
    return file.getvalue()


def _suite(suite: Suite, number: int, *, now: float, host: str) -> TestSuite:
    made = _NumberedSuite(suite.name)
    made.id, made.package, made.hostname = number, suite.name.partition(".")[0], printable(host) or "localhost"
    made.timestamp = iso(now if suite.checked_at is None else suite.checked_at).removesuffix("Z")
    _put(made, Properties())
    made.add_testcases([_case(trial) for trial in suite.trials])
    _put(made, SystemOut("\n".join(suite.notes)))
    _put(made, SystemErr(""))
    made.time = round(suite.seconds, 3)
    return made


def _case(trial: Trial) -> TestCase:
    """What a case that passed has to say is left out: Ant's schema has no room for it, and nobody looks there."""
    case = trial.case
    made = TestCase(case.name, trial.place, 0.0)
    kind = _KINDS.get(case.result)
    if kind is not None:
        result = kind(case.message or case.name, None if kind is Skipped else _type_of(case))
        result.text = "\n".join(filter(None, (case.message, case.detail)))
        _put(made, result)
    return made


def _type_of(case: Case) -> str:
    """What a skipped case must not have in Ant's schema, and any other must."""
    return "verdict" if case.name == VERDICT else "check"


def _put(parent: Element, child: Element) -> None:
    parent.append(child)
