"""The verdict on clusters in one sentence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from agent.core.drift.view import SILENT
from agent.core.judging.standing import Standing
from agent.core.routing import SHARED_HOME
from agent.core.text.names import counted, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agent.core.drift.view import ClusterView, NodeView
    from agent.core.routing import Routing


def sentence(view: ClusterView) -> str:
    """Return the verdict on one cluster."""
    if all(node.is_good for node in view.nodes):
        return "The one node is CURRENT." if len(view.nodes) == 1 else f"All {len(view.nodes)} nodes are CURRENT."
    told = "; ".join(_parts(view))
    return f"{told[0].upper()}{told[1:]}."


def sentence_of_several(sentences: Mapping[str, str], good: frozenset[str]) -> str:
    """Return the verdict on several clusters: those without a word to say at once, each of the others in its own."""
    odd = [f"{name}: {said.rstrip('.')}" for name, said in sentences.items() if name not in good]
    fine = [f"{fold(good)} {'is' if len(good) == 1 else 'are'} as {'it' if len(good) == 1 else 'they'} should be"]
    return f"{counted(len(sentences), 'cluster')}: {'; '.join([*odd, *(fine if good else ())])}."


def places_in_words(routing: Routing) -> str:
    """Return where a routing sends the data, as short as can be."""
    moved = [f"{target} to {place}" for target, place in routing.items() if place != SHARED_HOME]
    return ", ".join(moved) if moved else "everything to the shared home"


def _parts(view: ClusterView) -> Iterator[str]:
    moving = [node for node in view.nodes if node.in_transition and not node.is_good and not node.faults]
    silent = [node for node in view.nodes if node.judgement.standing in SILENT]
    odd = [node for node in view.nodes if not node.is_good and node not in moving and node not in silent]
    if odd:
        verb = "is not as it should be" if len(odd) == 1 else "are not as they should be"
        yield f"{len(odd)} of {counted(len(view.nodes), 'node')} {verb}: {_counts(odd)}"
    if silent:
        yield f"nothing is known of {len(silent)} of {counted(len(view.nodes), 'node')}: {_counts(silent)}"
    if moving:
        yield f"a rollout is at work on {fold(node.name for node in moving)}: in transition"


def _counts(nodes: Iterable[NodeView]) -> str:
    found = Counter(_word(node) for node in nodes)
    order = {word: place for place, word in enumerate([*Standing, _AT_FAULT])}
    return ", ".join(f"{found[word]} {word}" for word in sorted(found, key=lambda word: order[word]))


_AT_FAULT: Final = "at fault"


def _word(node: NodeView) -> str:
    return _AT_FAULT if node.judgement.standing is Standing.CURRENT else str(node.judgement.standing)
