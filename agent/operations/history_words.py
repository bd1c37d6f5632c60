"""The past in words: rows and lines for people, whole facts for scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.report import Line, NodeRow, Tone, columns
from agent.core.rollout.past import Fate
from agent.core.rollout.past_detail import Result
from agent.core.text.brief import short_digest
from agent.core.text.durations import duration_words
from agent.core.text.names import counted, fold
from agent.core.text.printable import printable
from agent.core.typed_json import plain
from agent.errors import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agent.core.rollout.past import Past
    from agent.core.rollout.past_detail import Detail, Halt, HookRun, NodePast

DAMAGED: Final = "damaged"
_MOST_LETTERS: Final = 32
"""Of the nodes' short word in the list; the rest is in the detail."""
_GOOD: Final = frozenset({Result.DONE, Result.COMMITTED})
_QUIET: Final = frozenset({Result.NOT_TOUCHED, Result.STAGED, Result.NOT_CHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One journal: what it tells, or why it cannot be read."""

    cluster: str
    plan: str
    journal: Path
    past: Past | None = None
    damage: str | None = None


def sentence(names: tuple[str, ...], entries: tuple[Entry, ...], earlier: int) -> str:
    """Sum the list up."""
    where = f"{', '.join(names)}: " if names else ""
    if not entries:
        return f"{where}no rollout was begun from this workstation."
    damaged = sum(entry.damage is not None for entry in entries)
    said = f"{where}{counted(len(entries), 'rollout')}"
    said += f", and {earlier} earlier" if earlier else ""
    broken = f"; {counted(damaged, 'journal')} cannot be read: look at it, then move it out of its folder"
    return f"{said}{broken if damaged else ''}."


def table(cluster: str, entries: tuple[Entry, ...], earlier: int) -> tuple[Line, ...]:
    """Return the list of one cluster, the newest first."""
    if not entries:
        return ()
    words = [
        ("  PLAN", "BEGUN", "BY", "WAY", "CLASS", "NODES", "TOOK", "OUTCOME"),
        *((f"  {entry.plan}", *_words(entry)) for entry in entries),
    ]
    head, *rows = columns(words)
    told = (Line(text=text, tone=_tone(entry)) for text, entry in zip(rows, entries, strict=True))
    left = (Line(text=f"  ... and {earlier} earlier (--last N)", tone=Tone.QUIET),) if earlier else ()
    damage = (Line(text=f"  {it.damage}", tone=Tone.BAD) for it in entries if it.damage)
    return (Line(text=f"{cluster}:", tone=Tone.TITLE), Line(text=head, tone=Tone.QUIET), *told, *left, *damage)


def row(entry: Entry) -> dict[str, object]:
    """Return one rollout for scripts; what is not known is null."""
    past = entry.past
    return {
        "plan": entry.plan,
        "cluster": entry.cluster,
        "fate": str(past.fate) if past else DAMAGED,
        "outcome": past.outcome if past else None,
        "put_back_by": past.put_back_by if past else None,
        "undoes": past.undoes if past else None,
        "begun": past.begun if past else None,
        "last": past.last if past else None,
        "seconds": past.seconds if past else None,
        "holder": past.holder if past else None,
        "host": past.host if past else None,
        "reason": past.reason if past else None,
        "shape": past.shape if past else None,
        "class": past.change if past else None,
        "nodes": list(past.nodes) if past else [],
        "journal": str(entry.journal),
        "damage": entry.damage,
    }


def verdict(entry: Entry) -> str:
    """Say in one sentence what came of a rollout."""
    return f"{entry.cluster}: rollout {entry.plan}: {_outcome(entry)}."


def facts(detail: Detail, torn: bytes | None) -> dict[str, object]:
    """Return for scripts what the row and the nodes do not hold; torn says that the last line was cut off."""
    return {
        "halts": plain(detail.halts),
        "hooks": plain(detail.hooks),
        "resumptions": plain(detail.resumptions),
        "phases": plain(detail.phases),
        "torn": torn is not None,
    }


def node_rows(cluster: str, detail: Detail) -> tuple[NodeRow, ...]:
    """Return each node of the plan: its digest is what the journal knows last."""
    return tuple(
        NodeRow(
            name=node.node,
            cluster=cluster,
            digest=node.on_disk,
            desired_digest=node.wanted,
            reason=node.reason,
            facts={
                "expected_digest": node.before,
                "result": str(node.result),
                "note": node.note,
                "phases": {str(phase): seconds for phase, seconds in node.phases},
            },
        )
        for node in detail.nodes
    )


def lines(entry: Entry, detail: Detail, torn: bytes | None) -> tuple[Line, ...]:
    """Return one rollout for people: who, when and why; what was in the way; each node; how long."""
    past = detail.past
    return (
        Line(text=f"{entry.cluster}: rollout {entry.plan} ({_way(past)})", tone=Tone.TITLE),
        *(Line(text=f"  {text}") for text in _story(detail)),
        *(line for halt in detail.halts for line in _halt(halt)),
        *_nodes(detail.nodes),
        *(line for run in detail.hooks for line in _hook(run)),
        *_times(detail),
        *((Line(text="  its last line was cut off in the middle", tone=Tone.CARE),) if torn else ()),
        Line(text=f"Journal: {entry.journal}", tone=Tone.QUIET),
    )


def _words(entry: Entry) -> tuple[str, ...]:
    past = entry.past
    if past is None:
        return ("?", "?", "?", "?", "?", "?", _outcome(entry))
    return (
        past.begun or "?",
        _who(past.holder, past.host),
        past.shape or "?",
        past.change or "?",
        printable(fold(past.nodes), limit=_MOST_LETTERS) or "?",
        _lasting(past.seconds),
        _outcome(entry),
    )


def _outcome(entry: Entry) -> str:
    past = entry.past
    if past is None:
        return DAMAGED
    words: Mapping[Fate, str] = {
        Fate.NOT_BEGUN: "not begun",
        Fate.BROKEN_OFF: "broken off",
        Fate.RUNNING: "running now",
        Fate.ENDED: past.outcome or "?",
        Fate.PUT_BACK: f"put back by {past.put_back_by}" if past.put_back_by else "nothing to put back",
    }
    return words[past.fate]


def _tone(entry: Entry) -> Tone:
    past = entry.past
    if past is None:
        return Tone.BAD
    if past.fate is Fate.ENDED:
        return Tone.PLAIN if past.outcome == Outcome.OK else Tone.CARE
    return Tone.CARE if past.fate in {Fate.BROKEN_OFF, Fate.RUNNING} else Tone.QUIET


def _lasting(seconds: float | None) -> str:
    return "-" if seconds is None else duration_words(seconds)


def _who(holder: str | None, host: str | None) -> str:
    return f"{holder or '?'}@{host or '?'}"


def _way(past: Past) -> str:
    return f"{past.shape or 'in a way that is not known'}, {past.change or 'of a class that is not known'}"


def _story(detail: Detail) -> Iterable[str]:
    past = detail.past
    yield f"begun {past.begun or '(when is not known)'} by {_who(past.holder, past.host)}"
    if past.reason:
        yield f"why: {past.reason}"
    if past.undoes:
        yield f"puts back what plan {past.undoes} did"
    for it in detail.resumptions:
        yield f"gone on with {it.at} by {_who(it.holder, it.host)} (epoch {it.epoch})"
    if past.put_back_by:
        yield f"put back by plan {past.put_back_by}"


def _halt(halt: Halt) -> Iterable[Line]:
    node = f"{halt.node}: " if halt.node else ""
    yield Line(text=f"  halted {halt.at} ({halt.cause}): {node}{halt.reason}", tone=Tone.BAD)
    said = halt.diagnosis
    if said:
        blame = "; the file is to blame" if said.blames_config else ""
        yield Line(text=f"      {said.code} ({said.confidence}{blame}): {said.sentence}", tone=Tone.BAD)
        more = (f"its log: {said.line}" if said.line else "", said.hint)
        yield from (Line(text=f"      {text}", tone=Tone.QUIET) for text in more if text)


def _nodes(nodes: tuple[NodePast, ...]) -> Iterable[Line]:
    if not nodes:
        return
    head, *rows = columns(
        [
            ("  NODE", "FROM", "TO", "TOOK", "RESULT"),
            *((f"  {it.node}", short_digest(it.before), _became(it), _lasting(_sum(it)), _result(it)) for it in nodes),
        ]
    )
    yield Line(text=head, tone=Tone.QUIET)
    for text, it in zip(rows, nodes, strict=True):
        yield Line(text=text, tone=_node_tone(it))
        if it.reason:
            yield Line(text=f"      why: {it.reason}", tone=Tone.QUIET)


def _became(node: NodePast) -> str:
    return "(the same)" if node.before == node.wanted else short_digest(node.wanted)


def _sum(node: NodePast) -> float | None:
    return sum(seconds for _, seconds in node.phases) if node.phases else None


def _result(node: NodePast) -> str:
    known = "" if node.on_disk in {node.before, node.wanted} else f"; on disk: {short_digest(node.on_disk)}"
    note = f" ({node.note})" if node.note else ""
    return f"{str(node.result).replace('-', ' ')}{note}{known}"


def _node_tone(node: NodePast) -> Tone:
    if node.result in _GOOD:
        return Tone.GOOD
    return Tone.QUIET if node.result in _QUIET else Tone.CARE


def _hook(run: HookRun) -> Iterable[Line]:
    if run.good:
        yield Line(text=f"  {run.node}: {run.hook} ended well in {_lasting(run.seconds)}", tone=Tone.QUIET)
    else:
        yield Line(text=f"  {run.node}: {run.hook} failed: {run.reason}", tone=Tone.CARE)
    for line in run.output.splitlines():
        yield Line(text=f"      {line}", tone=Tone.QUIET)


def _times(detail: Detail) -> Iterable[Line]:
    each = ", ".join(f"{it.phase} {_lasting(it.seconds)} on {counted(it.nodes, 'node')}" for it in detail.phases)
    yield Line(text=f"  took {_lasting(detail.past.seconds)}{f': {each}' if each else ''}")
