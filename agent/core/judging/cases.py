"""What was checked on one node, one by one: the same verdict as its standing, in the pieces that a CI page lists.

The names are stable: dashboards and quarantine lists of CI systems know a case by them. Whether Jira runs is no case,
since that is another question than the standing. docs/monitoring.md tells what each one means.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from agent.core.judging.checkup import Check, Health
from agent.core.judging.difference import changes_due
from agent.core.judging.in_force import Known
from agent.core.judging.on_disk import Broken, Hidden
from agent.core.judging.sight import OTHER_LAYOUT
from agent.core.judging.standing import Standing
from agent.core.report import Case, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.core.judging.standing import Judgement

REACHABLE: Final = "reachable"
SEEN: Final = "file can be looked at"
LOADABLE: Final = "file can be loaded"
RIGHT: Final = "file is right"
IN_FORCE: Final = "file is in force"
PLACES: Final = "data goes where it should"
ATTRIBUTES: Final = "file attributes"
REMARKS: Final = "nothing else is odd"
PROVEN: Final = "all could be proven"
NAMES: Final = (REACHABLE, SEEN, LOADABLE, RIGHT, IN_FORCE, PLACES, ATTRIBUTES, REMARKS, PROVEN)
"""In the order in which they are listed: what comes first takes away the ground for what follows."""


class Remark(Protocol):
    """What is odd on a node besides its standing; only a fault counts against it."""

    @property
    def severity(self) -> str:
        """Return note or fault."""
        ...

    @property
    def message(self) -> str:
        """Return one sentence."""
        ...

    @property
    def hint(self) -> str | None:
        """Return what to do about it."""
        ...


def cases_of(
    judgement: Judgement, *, remarks: Sequence[Remark] = (), in_transition: bool = False, unproven: Sequence[str] = ()
) -> tuple[Case, ...]:
    """Return the cases of a node, always the same names in the same order.

    They agree with the standing: CURRENT without a fault among the remarks has no failed case and no error, anything
    else has one at least. What a rollout is changing right now is skipped, not failed; a fault is one all the same.
    """
    standing = _of_standing(judgement)
    return (
        *(map(_meanwhile, standing) if in_transition else standing),
        _of_remarks(remarks),
        _of_proof(unproven),
    )


def case_of_check(check: Check) -> Case:
    """Return one check of doctor as a case; only what is bad counts, and who cannot be reached was not checked."""
    if check.health is not Health.BAD:
        return Case(name=check.what, detail=check.seen)
    result = Result.ERROR if check.what == "connection" else Result.FAILED
    return Case(name=check.what, result=result, message=check.seen, detail=check.cure or "")


def _of_standing(judgement: Judgement) -> tuple[Case, ...]:
    if judgement.standing is Standing.UNREACHABLE:
        return _broken_off(judgement, REACHABLE, Result.ERROR)
    if isinstance(judgement.on_disk, Hidden):
        return _broken_off(judgement, SEEN, Result.ERROR)
    if isinstance(judgement.on_disk, Broken):
        return _broken_off(judgement, LOADABLE, Result.FAILED)
    return (
        *(Case(name=name) for name in (REACHABLE, SEEN, LOADABLE)),
        _of_disk(judgement),
        _of_process(judgement),
        _of_places(judgement),
        _of_attributes(judgement),
    )


def _broken_off(judgement: Judgement, name: str, result: Result) -> tuple[Case, ...]:
    """What came before was fine, and nothing can be said of what would come after."""
    at = NAMES.index(name)
    return (
        *(Case(name=before) for before in NAMES[:at]),
        Case(name=name, result=result, message=_told(judgement), detail=judgement.detail),
        *(_unknown(after) for after in NAMES[at + 1 : NAMES.index(REMARKS)]),
    )


def _of_disk(judgement: Judgement) -> Case:
    if judgement.disk_is_right:
        return Case(name=RIGHT)
    changes = map(str, changes_due(judgement))
    detail = _lines(judgement.consequence, *changes) or judgement.detail
    return Case(name=RIGHT, result=Result.FAILED, message=_told(judgement), detail=detail)


def _of_process(judgement: Judgement) -> Case:
    """The meaning counts: a process that loaded another layout of the same has it in force."""
    loaded = judgement.in_force
    if isinstance(loaded, Known) and loaded.canonical == judgement.desired.canonical:
        return Case(name=IN_FORCE, detail=judgement.in_force_text)
    return Case(name=IN_FORCE, result=Result.FAILED, message=_told(judgement), detail=judgement.in_force_text)


def _of_places(judgement: Judgement) -> Case:
    if judgement.effective_routing is None:
        return _unknown(PLACES)
    if judgement.standing is Standing.CURRENT or judgement.effective_routing == judgement.desired_routing:
        return Case(name=PLACES)
    detail = _lines(judgement.consequence, judgement.stray_data)
    return Case(name=PLACES, result=Result.FAILED, message=_told(judgement), detail=detail)


def _of_attributes(judgement: Judgement) -> Case:
    """Of a file that means something else the bytes differ as a matter of course."""
    odd = [it for it in judgement.blemishes if judgement.disk_is_right or it != OTHER_LAYOUT]
    if not odd:
        return Case(name=ATTRIBUTES)
    return Case(name=ATTRIBUTES, result=Result.FAILED, message=", ".join(odd))


def _of_remarks(remarks: Sequence[Remark]) -> Case:
    """Notes are told beside the faults, and alone they fail nothing."""
    faults = [remark.message for remark in remarks if remark.severity == "fault"]
    detail = "\n".join(_sentence(remark) for remark in remarks)
    return Case(
        name=REMARKS, result=Result.FAILED if faults else Result.PASSED, message="; ".join(faults), detail=detail
    )


def _of_proof(unproven: Sequence[str]) -> Case:
    """What could not be proven is neither right nor wrong."""
    if not unproven:
        return Case(name=PROVEN)
    return Case(name=PROVEN, result=Result.SKIPPED, message="; ".join(unproven))


def _meanwhile(case: Case) -> Case:
    if case.result not in {Result.FAILED, Result.ERROR}:
        return case
    return replace(case, result=Result.SKIPPED, message=f"in transition: {case.message}")


def _unknown(name: str) -> Case:
    return Case(name=name, result=Result.SKIPPED, message="not known")


def _lines(*told: str | None) -> str:
    return "\n".join(filter(None, told))


def _told(judgement: Judgement) -> str:
    """The standing's own word comes first, as on the terminal and in the JSON."""
    return f"{judgement.standing}: {judgement.reason}"


def _sentence(remark: Remark) -> str:
    return f"{remark.severity}: {remark.message}{f' ({remark.hint})' if remark.hint else ''}"
