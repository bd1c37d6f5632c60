"""What should be there, and what do most nodes have?"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.judging.on_disk import NoFile, Written
from agent.core.routing import Routing, routing_of
from agent.core.text.names import natural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.judging.standing import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """A document that the inventory makes, and for which nodes."""

    nodes: tuple[str, ...]
    digest: str
    routing: Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority:
    """What more than half of the nodes have on disk, by meaning; digest is that of the bytes most of them have.

    It decides nothing: all may be equally wrong. Where it is not what is desired, the inventory may be what is late.
    """

    nodes: tuple[str, ...]
    digest: str
    is_desired: bool


def desired_documents(judgements: Iterable[Judgement]) -> tuple[Desired, ...]:
    """Return each desired document once, the one for most nodes first."""
    groups: defaultdict[str, list[Judgement]] = defaultdict(list)
    for it in judgements:
        groups[it.desired_digest].append(it)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(
        Desired(nodes=_names(among), digest=digest, routing=routing_of(among[0].desired.config))
        for digest, among in ordered
    )


def majority(judgements: tuple[Judgement, ...]) -> Majority | None:
    """Return what most nodes agree on; None where no state has more than half of all nodes."""
    groups: defaultdict[str, list[Judgement]] = defaultdict(list)
    for it in judgements:
        if isinstance(it.on_disk, Written | NoFile):
            groups[it.on_disk.canonical].append(it)
    most = max(groups.values(), key=len, default=[])
    if 2 * len(most) <= len(judgements):
        return None
    return Majority(
        nodes=_names(most), digest=_commonest(most), is_desired=all(judgement.disk_is_right for judgement in most)
    )


def _commonest(judgements: list[Judgement]) -> str:
    count = Counter(it.digest or "" for it in judgements)
    return min(count, key=lambda digest: (-count[digest], digest))


def _names(judgements: list[Judgement]) -> tuple[str, ...]:
    return tuple(sorted((it.node.name for it in judgements), key=natural))
