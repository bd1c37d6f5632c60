"""A fault of one cluster's keys before it has a place in a file: rule, path of the key, what is wrong, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Place, Severity
from agent.core.inventory.written import KeyPath, Kind, Written, dotted

if TYPE_CHECKING:
    from agent.core.inventory.unfit import Unfit
    from agent.core.rules.inventory_codes import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at a path; on_key tells that the key itself is at fault, not its value."""

    rule: Rule
    path: KeyPath
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    on_key: bool = False


def unfit(path: KeyPath, reason: Unfit) -> Fault:
    """Return the fault of a value that does not fit its grammar."""
    return Fault(rule=reason.rule, path=path, message=reason.message, hint=reason.hint)


def unfit_key(path: KeyPath, reason: Unfit) -> Fault:
    """Return the fault of a key that does not fit its grammar."""
    return Fault(rule=reason.rule, path=path, message=reason.message, hint=reason.hint, on_key=True)


def is_news(fault: Fault, written: Written) -> bool:
    """Tell whether no finding speaks of the value yet: what the reader refused is not judged twice."""
    return written.nearest(fault.path).kind is not Kind.REFUSED


def finding_of(fault: Fault, written: Written, cluster: str) -> Finding:
    """Give a fault its place: the value's, the key's, or that of the nearest mapping above."""
    where = f"{dotted(fault.path)}: " if fault.path else ""
    return Finding(
        rule=fault.rule.value,
        severity=fault.severity,
        message=f"{where}{fault.message}",
        place=place_of(fault, written),
        hint=fault.hint,
        cluster=cluster,
    )


def place_of(fault: Fault, written: Written) -> Place:
    """Return the place that a fault points to."""
    nearest = written.nearest(fault.path)
    is_exact = written.at(fault.path) is not None
    return nearest.key_place if fault.on_key and is_exact and nearest.key_place else nearest.place
