"""What else is to be said of a node beside its standing: what lies there, whose it is, and whether it is what it seems.

A fault means that the inventory or the machine is not what it is taken for, so that no standing can make up for it; a
note is for whoever has the time. Each has a stable code.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.judging.origin import Origin
from agent.core.judging.sight import OTHER_LAYOUT, other_homes
from agent.core.judging.standing import Standing
from agent.core.judging.twins import is_networked, same_folder, same_node_id, same_storage
from agent.core.observation import FileKind
from agent.core.text.brief import short_digest
from agent.core.text.names import counted, fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation


class Severity(StrEnum):
    """How much a remark weighs: a fault is drift whatever the standing, a note changes no verdict."""

    FAULT = "fault"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that was noticed on one node; the hint says what to do about it."""

    severity: Severity
    code: str
    message: str
    hint: str


def remarks(judgements: tuple[Judgement, ...], whence: Mapping[str, Origin]) -> Mapping[str, tuple[Remark, ...]]:
    """Return the remarks on each node by name, faults first; whence holds the origin of each node's file."""
    told: defaultdict[str, list[Remark]] = defaultdict(list)
    for name, remark in _of_several(judgements):
        told[name].append(remark)
    for it in judgements:
        if it.observation is not None:
            told[it.node.name] += _of_one(it, it.observation, whence[it.node.name])
    return {
        it.node.name: tuple(sorted(told[it.node.name], key=lambda remark: remark.severity is Severity.NOTE))
        for it in judgements
    }


def _of_several(judgements: tuple[Judgement, ...]) -> Iterator[tuple[str, Remark]]:
    """Of one folder under two names nothing more is said: all else is the same there as well."""
    seen = {it.node.name: it.observation for it in judgements if it.observation}
    told: set[frozenset[str]] = set()
    for code, groups, what, hint in (
        ("one-machine", same_folder(seen), "are one machine with one localhome", "list it once"),
        (
            "shared-localhome",
            same_storage(seen),
            "have one localhome on shared storage",
            "give each node a localhome of its own, on a local disk",
        ),
        ("same-node-id", same_node_id(seen), "have the same jira.node.id", "make it unique in cluster.properties"),
    ):
        for names in groups:
            if any(set(names) <= alike for alike in told):
                continue
            told.add(frozenset(names))
            yield from ((name, _fault(code, f"{fold(names)} {what}", hint)) for name in names)


def _of_one(judgement: Judgement, seen: Observation, origin: Origin) -> Iterator[Remark]:
    yield from _of_home(judgement, seen)
    yield from _of_file(judgement, seen, origin)
    yield from _of_neighbours(seen)


def _of_home(judgement: Judgement, seen: Observation) -> Iterator[Remark]:
    home, homes = judgement.node.localhome, other_homes(judgement.node, seen)
    if homes:
        told = " or ".join(printable(other) for other in homes)
        message = f"Jira runs with the home {told}, so it never reads what is pushed to {home}"
        yield _fault("other-home", message, "correct jira.localhome in the inventory, or jira.home on the node")
    if seen.container:
        message = f"Jira runs in the vendor's image ({seen.container}), whose start rewrites the file"
        yield _note("container", message, "set the image's own ATL_S3... variables instead")
    if is_networked(seen):
        message = f"the localhome lies on {printable(seen.home.filesystem)}"
        yield _note("networked-localhome", message, "Jira wants its local home on a local disk")


def _of_file(judgement: Judgement, seen: Observation, origin: Origin) -> Iterator[Remark]:
    if origin is Origin.FOREIGN:
        message = f"the file ({short_digest(judgement.digest)}) was never deployed by this tool"
        yield _note("foreign-file", message, "find out who wrote it; `plan` shows what would replace it")
    if seen.file.links > 1 and seen.file.kind is FileKind.REGULAR:
        message = f"the file has {counted(seen.file.links, 'hard link')}"
        yield _note("hard-links", message, "remove the other names: a push would part them")
    attributes = [text for text in judgement.blemishes if text != OTHER_LAYOUT]
    if attributes and judgement.standing is not Standing.COSMETIC:
        yield _note("attributes", f"the file has {', '.join(attributes)}", "a push puts that right as well")


def _of_neighbours(seen: Observation) -> Iterator[Remark]:
    if seen.leftovers and seen.lock is None:
        message = (
            f"{counted(len(seen.leftovers), 'temporary file')} of a rollout that was cut off: {_listed(seen.leftovers)}"
        )
        yield _note("leftovers", message, "the next rollout that changes this node removes them")
    if seen.strays:
        message = f"beside the file lies {_listed(seen.strays)}"
        yield _note("strays", message, "Jira does not read that; remove it if nobody needs it")


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


_SHOWN = 3


def _fault(code: str, message: str, hint: str) -> Remark:
    return Remark(severity=Severity.FAULT, code=code, message=message, hint=hint)


def _note(code: str, message: str, hint: str) -> Remark:
    return Remark(severity=Severity.NOTE, code=code, message=message, hint=hint)
