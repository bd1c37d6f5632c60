"""What must a person know of an import beside its result: what was left out, and for whom such a source is meant?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from agent.core.finding import Finding, Place, Severity
from agent.core.text.names import counted
from agent.operations.importing.wish import FROM_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.importing.told import Stores
    from agent.operations.importing.wish import Wish

SHOWN: Final = "(stdout)"
MOST_IN_HEAD: Final = 10
_OF_CONTAINERS: Final = (
    "For clusters that move off Helm or docker to plain machines: what the source means is taken, and nodes that run"
    " the vendor's container image are refused, since it writes the file anew at each start."
)


def remarks_on(wish: Wish, stores: Stores) -> tuple[str, ...]:
    """Return what holds for every import from a source of this kind, once it has told something."""
    of_containers = bool(wish.helm) or wish.env is not None or FROM_ENVIRONMENT in wish.said
    return (_OF_CONTAINERS,) if of_containers and stores.config is not None else ()


def warnings_among(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that a person should know of."""
    return tuple(it for it in findings if it.severity is Severity.WARNING)


def summed_up(stores: Stores, findings: tuple[Finding, ...]) -> str:
    """Return the end of the summary: how many warnings there are, and which targets were left out."""
    number = len(warnings_among(findings))
    left_out = f": {' and '.join(stores.left_out)} left out" if stores.left_out else ""
    return f"; {counted(number, 'warning')}{left_out}" if number else ""


def warnings_in_head(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Return the lines that keep the warnings with the file: who reads it later has not seen the terminal."""
    heard = warnings_among(findings)
    for it in heard[:MOST_IN_HEAD]:
        yield f"Warning: {it.place}: {it.rule}: {it.message}"
    if len(heard) > MOST_IN_HEAD:
        yield f"Warning: ... and {len(heard) - MOST_IN_HEAD} more; import again to see them"


def placed(findings: tuple[Finding, ...], name: str, out: Path | None, *, where: str | None) -> tuple[Finding, ...]:
    """Return findings in the inventory where it can be looked at: on stdout; else without a line, by who would hold it.

    Args:
        findings: as the reader of inventories has made them, in a file that may not be there.
        name: the cluster's name.
        out: the file that was to be written.
        where: what the lines are those of; None where there is nothing to be looked at.
    """
    file = out.name if out else f"{name}.yml"
    absent = Place(file=f"{out or 'the inventory'} (not written)")
    return tuple(
        replace(it, place=replace(it.place, file=where) if where else absent)
        if PurePath(it.place.file).name == file
        else it
        for it in findings
    )
