"""How does a receiver get its news? As one JSON object: a sentence for a pager, and the facts for a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from agent.core.document import digest_of
from agent.core.judging.standing import Standing
from agent.core.remembering.memory import FLAPPING, GOOD
from agent.core.report import SCHEMA
from agent.core.strict_json import dump
from agent.core.text.moments import iso, iso_or_none
from agent.core.text.names import counted, fold, natural
from agent.core.text.printable import printable, printable_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.core.remembering.memory import Memory
    from agent.core.remembering.news import Difference, News

EVENT: Final = "drift.changed"
MOST_LETTERS: Final = 500
"""Of the sentence: pagers and chats cut what is longer, each in its own way."""
_ID_LETTERS: Final = 32
_MENTIONS: Final = ("all", "channel", "everyone", "here")
_SEVERITY: Final = {str(standing): place for place, standing in enumerate(Standing)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """Where news come from: the check's moment, machine and outcome, its sentence, and what is to be run now."""

    at: float
    host: str
    outcome: str
    sentence: str
    next_command: str | None = None
    notes: tuple[str, ...] = ()


def news_json(news: News, memory: Memory, bearings: Bearings) -> bytes:
    """Return the object in ASCII, as docs/schemas/news.json describes it; equal news of one check are equal bytes."""
    summary = _summary(news, memory, bearings)
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "event": EVENT,
        "cluster": memory.cluster,
        "at": iso(bearings.at),
        "host": bearings.host,
        "outcome": bearings.outcome,
        "summary": summary,
        "text": _text(summary, bearings),
        "changes": [_change(it) for it in _ordered(news.differences)],
        "nodes": {name: node.standing for name, node in memory.nodes.items()},
        "next_command": bearings.next_command,
        "notes": list(bearings.notes),
    }
    clean: Any = printable_value(body)
    return dump({**clean, "id": digest_of(dump(clean)).removeprefix("sha256:")[:_ID_LETTERS]})


def _summary(news: News, memory: Memory, bearings: Bearings) -> str:
    cluster = memory.cluster
    if news.unmade:
        said = f"{cluster}: the check itself cannot be made: {bearings.sentence}"
    else:
        again = ("checks can be made again",) if news.was_unmade else ()
        told = "; ".join((*again, *_clauses(news.differences)))
        said = f"{cluster}: {told}{_whole(memory)}"
    return printable(said, limit=MOST_LETTERS)


def _clauses(differences: Sequence[Difference]) -> Iterable[str]:
    """One clause for all nodes that went the same way; the most severe first, and it alone with the reason."""
    ways: dict[tuple[str | None, str | None], list[Difference]] = {}
    for it in _ordered(differences):
        ways.setdefault((it.before, it.after), []).append(it)
    for place, ((before, after), alike) in enumerate(ways.items()):
        reason = f": {alike[0].reason.rstrip('.')}" if place == 0 and after not in {None, GOOD} else ""
        yield f"{_way(fold(it.node for it in alike), len(alike), before, after)}{reason}"


def _way(names: str, number: int, before: str | None, after: str | None) -> str:
    verb, was = ("is", "was") if number == 1 else ("are", "were")
    now = "no longer in the inventory" if after is None else f"{after} again" if before and after == GOOD else after
    return f"{names} {verb} {now}{f' ({was} {before})' if before else ''}"


def _whole(memory: Memory) -> str:
    """Say that all is well, where it is: who reads of one node that is good again wants to know of the others."""
    if any(node.condition != GOOD or node.lasting == FLAPPING for node in memory.nodes.values()):
        return ""
    number = len(memory.nodes)
    return f". All {counted(number, 'node')} are {GOOD}." if number > 1 else ""


def _text(summary: str, bearings: Bearings) -> str:
    """Return what a chat shows; letters that a chat takes for mark-up or for a call to everybody are taken out."""
    following = f"\nNext: {bearings.next_command}" if bearings.next_command else ""
    said = "\n".join((f"{summary} (seen from {bearings.host}){following}", *bearings.notes))
    plain = said.translate({ord("<"): "\u2039", ord(">"): "\u203a"})
    for word in _MENTIONS:
        plain = plain.replace(f"@{word}", f"(at){word}")
    return plain


def _change(it: Difference) -> dict[str, object]:
    return {
        "node": it.node,
        "before": it.before,
        "after": it.after,
        "reason": it.reason,
        "first_seen": iso_or_none(it.first_seen),
    }


def _ordered(differences: Iterable[Difference]) -> list[Difference]:
    return sorted(differences, key=lambda it: (_severity(it.after), natural(it.node)))


def _severity(condition: str | None) -> int:
    """A standing has its place; what flaps comes first, and a node that has left last."""
    if condition is None:
        return len(_SEVERITY)
    return -1 if condition == FLAPPING else _SEVERITY.get(condition.partition(" ")[0], -1)
