"""The verdict on a cluster for people: nodes in the same state once, then what else is to be said of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agent.core.document import ABSENT
from agent.core.drift.words import places_in_words
from agent.core.judging.remarks import Severity
from agent.core.judging.standing import Standing
from agent.core.report import Line, Tone
from agent.core.text.brief import short_digest
from agent.core.text.durations import duration_words
from agent.core.text.moments import iso
from agent.core.text.names import counted, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agent.core.drift.transition import Transition
    from agent.core.drift.view import ClusterView, NodeView
    from agent.core.judging.folding import Group
    from agent.core.remembering.memory import NodeMemory

INDENT = "      "


def head_lines(view: ClusterView) -> Iterator[Line]:
    """Return the cluster, and what its nodes should have."""
    looked = len(view.nodes)
    among = counted(view.size, "node") if looked == view.size else f"{looked} of {counted(view.size, 'node')}"
    yield Line(text=f"{view.cluster}: {among}", tone=Tone.TITLE)
    if looked < view.size:
        yield Line(text="  whether data goes to two places shows only where all nodes are looked at", tone=Tone.QUIET)
    for due in view.desired:
        where = f" on {fold(due.nodes)}" if len(view.desired) > 1 else ""
        yield Line(
            text=f"  desired{where}: {places_in_words(due.routing)} ({short_digest(due.digest)})", tone=Tone.QUIET
        )


def group_lines(group: Group, view: ClusterView, past: Mapping[str, NodeMemory], now: float) -> Iterator[Line]:
    """Return what lies on the disks of a group that is not as it should be, and since when it is so."""
    if group.standing is Standing.CURRENT:
        return
    among = [node for node in view.nodes if node.name in group.names]
    told = "; ".join((*_on_disk(group), *_since(among), *_remembered(among, past, now)))
    if told:
        yield Line(text=f"{INDENT}{told}", tone=Tone.QUIET)


def tail_lines(view: ClusterView) -> Iterator[Line]:
    """Return who is at work, what was noticed besides, what is not proven, and what most nodes have."""
    yield from map(_transition_line, view.transitions)
    yield from _remark_lines(view)
    yield from _unproven_lines(view)
    if not all(node.is_good for node in view.nodes):
        yield from _majority_line(view)


def _on_disk(group: Group) -> Iterator[str]:
    if group.digest not in {None, ABSENT}:
        yield f"on disk {short_digest(group.digest)}"


def _since(among: list[NodeView]) -> Iterator[str]:
    """Each node has a moment of its own; of several the first is told."""
    moments = {node.since for node in among if node.since}
    if moments:
        first = min(moments, key=lambda moment: moment.at)
        yield f"there as it is since {iso(first.at)}{' at the earliest' if len(moments) > 1 else ''}, {first.event}"


def _remembered(among: list[NodeView], past: Mapping[str, NodeMemory], now: float) -> Iterator[str]:
    known = [past[node.name] for node in among if node.name in past]
    if not known:
        return
    first = min(node.first_seen for node in known)
    if first < now:
        yield f"seen so from here for {duration_words(now - first)}"
    good = [node.last_good for node in known if node.last_good is not None]
    if good:
        yield f"last good {iso(max(good))}"
    if any(node.flapping for node in known):
        yield "flapping"


def _transition_line(it: Transition) -> Line:
    holder = f"{it.holder}@{it.host} holds {fold(it.nodes)} since {it.since} for plan {it.plan}"
    if not it.plan:
        return Line(text=f"  held: the lock file of {fold(it.nodes)} is damaged; `lock` tells more", tone=Tone.BAD)
    if it.stands_still:
        return Line(text=f"  held: {holder}, and nothing moves there any more; `lock` tells more", tone=Tone.CARE)
    return Line(text=f"  in transition: {holder}", tone=Tone.CARE)


def _remark_lines(view: ClusterView) -> Iterator[Line]:
    found: defaultdict[tuple[Severity, str, str], list[str]] = defaultdict(list)
    for node in view.nodes:
        for remark in node.remarks:
            found[remark.severity, remark.message, remark.hint].append(node.name)
    for (severity, message, hint), names in sorted(found.items(), key=lambda it: it[0][0] is Severity.NOTE):
        tone = Tone.BAD if severity is Severity.FAULT else Tone.QUIET
        yield Line(text=f"  {severity}: {fold(names)}: {message}; {hint}", tone=tone)


def _unproven_lines(view: ClusterView) -> Iterator[Line]:
    """What the node's own line says already is not said again."""
    for what, names in _by_text(
        (what, node.name)
        for node in view.nodes
        for what in node.unproven
        if not _is_said(what, node.judgement.sentence)
    ).items():
        yield Line(text=f"  not proven on {fold(names)}: {what}", tone=Tone.CARE)


def _is_said(what: str, sentence: str) -> bool:
    """Tell whether the reason for which something is open stands in the node's own line."""
    why = what.partition(": ")[2]
    return bool(why) and why in sentence


def _by_text(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for text, name in pairs:
        found[text].append(name)
    return found


def _majority_line(view: ClusterView) -> Iterator[Line]:
    most = view.majority
    if len(view.nodes) == 1:
        return
    if most is None:
        yield Line(text="  majority: none; no state is on more than half of the nodes", tone=Tone.QUIET)
        return
    who = f"{fold(most.nodes)} ({len(most.nodes)} of {len(view.nodes)})"
    if most.is_desired:
        yield Line(text=f"  majority: {who} have what is desired, by its meaning", tone=Tone.QUIET)
    else:
        told = f"{who} have {'no file' if most.digest == ABSENT else f'what {short_digest(most.digest)} means'}"
        doubt = "which is not desired: either they are late, or the inventory is (`adopt` writes what they have)"
        yield Line(text=f"  majority: {told}, {doubt}", tone=Tone.CARE)
