"""Which states are on the nodes: equal meaning is one state, whatever the layout."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from agent.core.adopting.joining import frame_of
from agent.core.judging.difference import difference
from agent.core.judging.on_disk import Broken, NoFile, Written
from agent.core.judging.standing import Standing
from agent.core.text.names import fold, natural

if TYPE_CHECKING:
    from agent.core.filestore import FilestoreConfig
    from agent.core.judging.difference import Change
    from agent.core.judging.standing import Judgement


class Kind(StrEnum):
    """What lies on a node, as far as an inventory could say it."""

    FILE = "file"
    DOUBT = "doubt"
    """A file with parts of which nobody knows the effect."""
    BROKEN = "broken"
    """Something that Jira would not start on, or no file at all."""
    ABSENT = "absent"
    HIDDEN = "hidden"
    """We were not allowed to look, or the answer was lost."""
    UNREACHABLE = "unreachable"


SEEN = frozenset({Kind.FILE, Kind.DOUBT, Kind.BROKEN, Kind.ABSENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state and its nodes in natural order; config only of a file whose meaning is plain."""

    kind: Kind
    names: tuple[str, ...]
    said: str
    digests: tuple[str, ...]
    config: FilestoreConfig | None = None

    @property
    def label(self) -> str:
        """The nodes, folded."""
        return fold(self.names)


def kind_of(judgement: Judgement) -> Kind:
    """Return what lies on one node."""
    match judgement.on_disk:
        case Written(doubt=None):
            return Kind.FILE
        case Written():
            return Kind.DOUBT
        case Broken():
            return Kind.BROKEN
        case NoFile():
            return Kind.ABSENT
    return Kind.UNREACHABLE if judgement.standing is Standing.UNREACHABLE else Kind.HIDDEN


def states_of(judgements: tuple[Judgement, ...]) -> tuple[State, ...]:
    """Return the distinct states, those of most nodes first and then by name."""
    alike: dict[tuple[object, ...], list[Judgement]] = {}
    for it in sorted(judgements, key=lambda one: natural(one.node.name)):
        alike.setdefault(_sameness(it), []).append(it)
    return tuple(sorted(map(_state, alike.values()), key=lambda state: -len(state.names)))


def same_frame(one: State, other: State) -> bool:
    """Tell whether two states differ no further than nodes of one cluster may."""
    return one.config is not None and other.config is not None and frame_of(one.config) == frame_of(other.config)


def changes_between(one: State, other: State) -> tuple[Change, ...]:
    """Return how another state differs in meaning; nothing where one of them has no plain meaning."""
    plain = {Kind.FILE, Kind.ABSENT}
    return difference(one.config, other.config) if {one.kind, other.kind} <= plain else ()


def _sameness(judgement: Judgement) -> tuple[object, ...]:
    kind, on_disk = kind_of(judgement), judgement.on_disk
    if kind is Kind.FILE and isinstance(on_disk, Written):
        return kind, on_disk.canonical
    return kind, judgement.digest, _said(judgement)


def _state(alike: list[Judgement]) -> State:
    first = alike[0]
    return State(
        kind=kind_of(first),
        names=tuple(it.node.name for it in alike),
        said=_said(first),
        digests=tuple(dict.fromkeys(it.digest for it in alike if it.digest)),
        config=first.config if kind_of(first) is Kind.FILE else None,
    )


def _said(judgement: Judgement) -> str:
    on_disk = judgement.on_disk
    match on_disk:
        case Written(doubt=None):
            places = (f"{target} in {place}" for target, place in on_disk.routing.items())
            return "; ".join(places)
        case Written(doubt=doubt):
            return f"it cannot be told what Jira makes of it: {doubt}"
        case NoFile():
            return "no file: everything in the shared home"
        case Broken(reason=reason, detail=detail):
            return f"{reason} ({detail})" if detail else reason
    return judgement.sentence
