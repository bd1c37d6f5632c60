"""Which nodes are in the very same state, so that what is to be said of them is said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.difference import changes_due
from agent.core.judging.standing import Standing
from agent.core.text.names import fold, natural, renamed

if TYPE_CHECKING:
    from agent.core.judging.difference import Change
    from agent.core.judging.standing import Judgement
    from agent.core.judging.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Nodes of which the same is to be said; label is their names folded, names in natural order.

    Where reason, detail and consequences speak of the node itself they carry the label. changes lead from disk to
    desired.
    """

    names: tuple[str, ...]
    label: str
    standing: Standing
    state: State
    reason: str
    detail: str
    consequences: tuple[str, ...]
    digest: str | None
    desired_digest: str
    changes: tuple[Change, ...]


def fold_states(judgements: tuple[Judgement, ...]) -> tuple[Group, ...]:
    """Return the nodes grouped by identical state, the most severe first and then by name."""
    alike: dict[tuple[object, ...], list[Judgement]] = {}
    for judgement in sorted(judgements, key=lambda it: natural(it.node.name)):
        alike.setdefault(_state(judgement), []).append(judgement)
    severity = list(Standing).index
    return tuple(sorted(map(_group, alike.values()), key=lambda group: severity(group.standing)))


def _state(judgement: Judgement) -> tuple[object, ...]:
    """All that is said of a node, with its own name left open."""
    return (
        judgement.standing,
        judgement.state,
        judgement.digest,
        judgement.desired_digest,
        _of(judgement.sentence, judgement, "\0", "\1"),
        *(_of(said, judgement, "\0", "\1") for said in _consequences(judgement)),
        changes_due(judgement),
    )


def _group(alike: list[Judgement]) -> Group:
    first = alike[0]
    names = tuple(judgement.node.name for judgement in alike)
    label = fold(names)
    address = fold({judgement.node.address for judgement in alike})
    return Group(
        names=names,
        label=label,
        standing=first.standing,
        state=first.state,
        reason=_of(first.reason, first, label, address),
        detail=_of(first.detail, first, label, address),
        consequences=tuple(_of(said, first, label, address) for said in _consequences(first)),
        digest=first.digest,
        desired_digest=first.desired_digest,
        changes=changes_due(first),
    )


def _of(text: str, judgement: Judgement, name: str, address: str) -> str:
    """Return what is said of a node as it is said of others, with another name and another address."""
    return renamed(renamed(text, judgement.node.name, name), judgement.node.address, address)


def _consequences(judgement: Judgement) -> tuple[str, ...]:
    return tuple(said for said in (judgement.consequence, judgement.stray_data) if said)
