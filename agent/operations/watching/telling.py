"""Who has to be told, and who has been? Side by side and within a bound; whoever was told is remembered at once.

A receiver that cannot be told stays as it was in the memory, so that the next check tries again with whatever is news
to it then. Only one check at a time tells the news of a cluster: nobody hears the same twice from two of them.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agent.core.remembering.news import news_for, told_now, with_told
from agent.core.remembering.news_json import news_json
from agent.core.remembering.receivers import Refusal, key_of, name_of
from agent.core.text.names import counted
from agent.edges import memory as shelf
from agent.operations.watching.delivering import Delivery, deliver

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from pathlib import Path

    from agent.core.inventory.model import Receiver
    from agent.core.remembering.memory import Memory, Told
    from agent.core.remembering.news_json import Bearings

MOST_SECONDS: Final = 300.0
"""For all receivers of all clusters together, whatever their own timeouts add up to."""
_FAREWELL: Final = 1.0
"""Seconds in which commands are ended when we are; who is slower than that is left to himself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What there is to tell of one cluster, and whom.

    memory is that after the check, kept whether it lies on the disk, about the nodes that were compared.
    """

    folder: Path
    memory: Memory
    kept: bool
    about: frozenset[str]
    bearings: Bearings
    receivers: Sequence[Receiver]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it: a note for whatever did not work, and the facts of each receiver that was to be told.

    interrupted: somebody pressed Ctrl-C meanwhile, and whoever had not been told by then was not.
    """

    notes: tuple[str, ...] = ()
    facts: tuple[dict[str, object], ...] = ()
    interrupted: bool = False


def tell_all(tellings: Sequence[Telling], environment: Mapping[str, str]) -> tuple[Heard, ...]:
    """Tell the receivers of all clusters side by side; nothing raises, and an interruption ends the telling alone."""
    with ExitStack() as alone:
        rounds = [_Round(telling, alone) for telling in tellings]
        posts = {(place, key): letter for place, it in enumerate(rounds) for key, letter in it.letters.items()}
        receivers = {(place, key): rounds[place].receivers[key] for place, key in posts}
        clusters = [telling.memory.cluster for telling in tellings]
        try:
            with closing(_delivered(posts, receivers, clusters, environment)) as ended:
                for (place, key), delivery in ended:
                    rounds[place].hear(key, delivery)
        except KeyboardInterrupt:
            return tuple(it.heard_until_now for it in rounds)
    return tuple(it.heard for it in rounds)


class _Round:
    """The telling of one cluster: which letters go to whom, and what has come of them so far."""

    def __init__(self, telling: Telling, alone: ExitStack) -> None:
        self.receivers = {key_of(receiver): receiver for receiver in telling.receivers}
        self.letters: dict[str, bytes] = {}
        self._telling = telling
        self._due: Mapping[str, Told] = {}
        self._notes: list[str] = []
        self._facts: list[dict[str, object]] = []
        cluster = telling.memory.cluster
        if not _due(telling, self.receivers):
            return
        if not alone.enter_context(shelf.telling(telling.folder, cluster)):
            self._notes.append(f"{cluster}: another check is telling its news right now; this one tells nobody")
            return
        self._telling = _up_to_date(telling)
        self._due = _due(self._telling, self.receivers)
        letters = {key: _letter(self._telling, key) for key in self._due}
        self._notes += _mark(self._telling, {key: it for key, it in self._due.items() if letters[key] is None})
        self.letters = {key: letter for key, letter in letters.items() if letter is not None}

    def hear(self, key: str, delivery: Delivery) -> None:
        """Note how one delivery ended; who was told is remembered at once."""
        name, refusal = name_of(self.receivers[key]), delivery.refusal
        self._facts.append(_fact(name, delivery))
        if refusal is None:
            self._notes += _mark(self._telling, {key: self._due[key]})
        else:
            cluster = self._telling.memory.cluster
            self._notes.append(f"{cluster}: {name} was not told: {refusal.reason}; the next check tries again")

    @property
    def heard(self) -> Heard:
        """What came of it."""
        return Heard(notes=tuple(dict.fromkeys(self._notes)), facts=tuple(self._facts))

    @property
    def heard_until_now(self) -> Heard:
        """What had come of it when it was interrupted."""
        open_ = len(self.letters) - len(self._facts)
        note = f"{self._telling.memory.cluster}: interrupted before {counted(open_, 'receiver')} had heard of it"
        notes = (*self.heard.notes, f"{note}; the next check tells") if open_ else self.heard.notes
        return replace(self.heard, notes=notes, interrupted=True)


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
    return replace(telling, memory=fresh)


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
    posts: Mapping[tuple[int, str], bytes],
    receivers: Mapping[tuple[int, str], Receiver],
    clusters: Sequence[str],
    environment: Mapping[str, str],
) -> Generator[tuple[tuple[int, str], Delivery]]:
    """Yield how each delivery ended, as it ends; whoever leaves early, or is interrupted, ends them all."""
    stop, ended = threading.Event(), queue.SimpleQueue[tuple[tuple[int, str], Delivery]]()
    give_up_at = time.monotonic() + MOST_SECONDS

    def run(to: tuple[int, str], content: bytes) -> None:
        delivery = Delivery(attempts=0, refusal=Refusal(reason="a fault of filestore-agent itself", again=False))
        with suppress(Exception):
            delivery = deliver(
                receivers[to], content, clusters[to[0]], environment=environment, stop=stop, give_up_at=give_up_at
            )
        ended.put((to, delivery))

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
