"""Who has to be told, and who has been? Side by side and within a bound; whoever was told is remembered at once.

A receiver that cannot be told stays as it was in the memory, so that the next check tries again with whatever is news
to it then. Only one check at a time tells the news of a cluster: nobody hears the same twice from two of them.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.remembering.news import news_for, told_now, with_told
from agent.core.remembering.news_json import news_json
from agent.core.remembering.receivers import Refusal, key_of, name_of
from agent.edges import memory as shelf
from agent.operations.watching.delivering import Delivery, deliver

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from agent.core.inventory.model import Receiver
    from agent.core.remembering.memory import Memory, Told
    from agent.core.remembering.news_json import Bearings

MOST_SECONDS: Final = 300.0
"""For all receivers of a cluster together, whatever their own timeouts add up to."""
_FAREWELL: Final = 1.0
"""Seconds in which commands are ended when we are; who is slower than that is left to himself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What there is to tell of: the memory after the check, whether it lies on the disk, and the nodes compared."""

    folder: Path
    memory: Memory
    kept: bool
    about: frozenset[str]
    bearings: Bearings


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it: a note for whatever did not work, and the facts of each receiver that was to be told."""

    notes: tuple[str, ...] = ()
    facts: tuple[dict[str, object], ...] = ()


def tell(telling: Telling, receivers: Sequence[Receiver], environment: Mapping[str, str]) -> Heard:
    """Tell every receiver what is news to it; nothing raises but an interruption."""
    distinct = {key_of(receiver): receiver for receiver in receivers}
    if not _due(telling, distinct):
        return Heard()
    cluster = telling.memory.cluster
    with shelf.telling(telling.folder, cluster) as alone:
        if not alone:
            return Heard(notes=(f"{cluster}: another check is telling its news right now; this one tells nobody",))
        return _tell_alone(_up_to_date(telling), distinct, environment)


def _due(telling: Telling, receivers: Mapping[str, Receiver]) -> Mapping[str, Told]:
    """Return the receivers whose knowledge is another after this check, with what they will know then."""
    found = {}
    for key in receivers:
        before = telling.memory.told.get(key)
        after = told_now(telling.memory, before, telling.about)
        if before is None or (before.conditions, before.unmade) != (after.conditions, after.unmade):
            found[key] = after
    return found


def _up_to_date(telling: Telling) -> Telling:
    """Take what others have told, and seen, since this check was remembered."""
    if not telling.kept:
        return telling
    memory, fault = shelf.read(telling.folder, telling.memory.cluster)
    fresh = telling.memory if fault else memory
    return Telling(folder=telling.folder, memory=fresh, kept=True, about=telling.about, bearings=telling.bearings)


def _tell_alone(telling: Telling, receivers: Mapping[str, Receiver], environment: Mapping[str, str]) -> Heard:
    memory, due = telling.memory, _due(telling, receivers)
    letters = {key: _letter(telling, key) for key in due}
    notes = list(_mark(telling, {key: told for key, told in due.items() if letters[key] is None}))
    posts = {key: letter for key, letter in letters.items() if letter is not None}
    facts = []
    with closing(_delivered(posts, receivers, memory.cluster, environment)) as ended:
        for key, delivery in ended:
            name, refusal = name_of(receivers[key]), delivery.refusal
            facts.append(_fact(name, delivery))
            if refusal is None:
                notes += _mark(telling, {key: due[key]})
            else:
                notes.append(f"{memory.cluster}: {name} was not told: {refusal.reason}; the next check tries again")
    return Heard(notes=tuple(dict.fromkeys(notes)), facts=tuple(facts))


def _letter(telling: Telling, key: str) -> bytes | None:
    news = news_for(telling.memory, telling.memory.told.get(key), telling.about)
    return None if news is None else news_json(news, telling.memory, telling.bearings)


def _mark(telling: Telling, told: Mapping[str, Told]) -> tuple[str, ...]:
    """Write down what receivers know by now; return the note of what kept us from it."""
    if not told or not telling.kept:
        return ()
    updated = shelf.update(telling.folder, telling.memory.cluster, lambda memory: with_told(memory, told))
    return (updated.note,) if updated.note else ()


def _delivered(
    posts: Mapping[str, bytes], receivers: Mapping[str, Receiver], cluster: str, environment: Mapping[str, str]
) -> Generator[tuple[str, Delivery]]:
    """Yield how each delivery ended, as it ends; whoever leaves early, or is interrupted, ends them all."""
    stop, ended = threading.Event(), queue.SimpleQueue[tuple[str, Delivery]]()
    give_up_at = time.monotonic() + MOST_SECONDS

    def run(key: str, content: bytes) -> None:
        delivery = Delivery(attempts=0, refusal=Refusal(reason="a fault of filestore-agent itself", again=False))
        with suppress(Exception):
            delivery = deliver(
                receivers[key], content, cluster, environment=environment, stop=stop, give_up_at=give_up_at
            )
        ended.put((key, delivery))

    threads = [threading.Thread(target=run, args=post, daemon=True) for post in posts.items()]
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            yield ended.get()
    finally:
        stop.set()
        end = time.monotonic() + _FAREWELL
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))


def _fact(name: str, delivery: Delivery) -> dict[str, object]:
    refusal = delivery.refusal
    return {
        "receiver": name,
        "delivered": refusal is None,
        "attempts": delivery.attempts,
        "reason": refusal.reason if refusal else None,
    }
