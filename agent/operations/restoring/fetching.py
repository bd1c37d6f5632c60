"""The bytes: slice by slice until all are there, however often the way breaks, and with a word on how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.core.report import Tone
from agent.core.s3.brought import Fetched
from agent.core.text.durations import duration_words
from agent.core.text.sizes import size_words
from agent.errors import AgentError
from agent.node.answers import Lost, Refused, Unreachable
from agent.operations.restoring.asking import Away, Silent, brought_in, said_by

if TYPE_CHECKING:
    from agent.core.s3.answers import StoreFault
    from agent.node.answers import Answer
    from agent.node.port import FetchSlice, NodePort
    from agent.operations.restoring.source import Source
    from agent.operations.world import World

MOST_IDLE = 5
"""Slices in a row that bring nothing, before it is given up."""
LONGEST_WAIT = 20.0
SELDOM_PERCENT = 10
SELDOM_SECONDS = 60.0


@dataclass(slots=True)
class Pace:
    """What is told on the way: each slice to a person at a terminal, and every tenth of the whole to a log."""

    world: World
    total: int
    begun_at: float = 0.0
    begun_with: int | None = None
    told_at: float = field(default=-1e9)
    told_percent: int = -100

    def tell(self, now: int) -> None:
        """Say how far it is."""
        moment = self.world.clock.monotonic()
        if self.begun_with is None:
            self.begun_with, self.begun_at = now, moment
        percent = 100 if self.total == 0 else 100 * now // self.total
        often = self.world.ask is not None
        if not often and percent < self.told_percent + SELDOM_PERCENT and moment < self.told_at + SELDOM_SECONDS:
            return
        self.told_at, self.told_percent = moment, percent
        words = f"  {size_words(now)} of {size_words(self.total)} ({percent} %){self._rate(now, moment)}"
        self.world.progress(words, Tone.QUIET)

    def _rate(self, now: int, moment: float) -> str:
        took, brought = moment - self.begun_at, now - (self.begun_with or 0)
        if took <= 0 or brought <= 0:
            return ""
        rate = brought / took
        left = (self.total - now) / rate
        return f", {size_words(rate)}/s" + (f", about {duration_words(left)} left" if now < self.total else "")


def fetch(world: World, port: NodePort, first: FetchSlice, source: Source, key: str, *, there: int) -> None:
    """Let the node fetch until all bytes are there; each slice goes its own way, since a signed one ends soon.

    Raises:
        Away, Silent: the node was not to be had for too long.
        AgentError: the store refuses.
        Refused, Locked: the node refuses.

    """
    pace = Pace(world=world, total=first.size)
    pace.tell(there)
    idle, slice_ = 0, first
    while True:
        answer = port.perform(slice_)
        done = _step(port.name, answer, pace)
        if done is not None and done.after == first.size:
            return
        idle = 0 if done is not None and done.after > done.before else idle + 1
        if idle > MOST_IDLE:
            raise _given_up(port.name, answer, done)
        if idle:
            world.progress(f"  {port.name}: {_why(answer, done)}; trying again ({idle} of {MOST_IDLE})", Tone.CARE)
            world.clock.wait(min(LONGEST_WAIT, 2.0**idle))
        slice_ = replace(first, way=source.way(key))


def _step(name: str, answer: Answer, pace: Pace) -> Fetched | None:
    """Return what a slice brought; None where it may go better next time."""
    if isinstance(answer, Lost | Unreachable) or (isinstance(answer, Refused) and answer.code == "fetching"):
        return None
    done = brought_in(name, answer, Fetched)
    if done.after > done.before:
        pace.tell(done.after)
    if done.fault is not None and not done.fault.is_passing:
        raise AgentError(f"{name}: {_store_says(done.fault)}")
    return done


def _store_says(fault: StoreFault) -> str:
    match fault.code:
        case "PreconditionFailed":
            return "the object was replaced while it was fetched; run it again, it begins with the new one"
        case "no-ranges":
            return "the store cannot give the rest of an object, only the whole; what is there stays"
    if fault.is_denial:
        return f"the store refuses the object ({said_by(fault)}); what is there stays; --from-workstation signs for it"
    return f"the store refuses the object ({said_by(fault)}); what is there stays"


def _given_up(name: str, answer: Answer, done: Fetched | None) -> AgentError:
    kind = Away if isinstance(answer, Unreachable) else Silent
    return kind(f"{name}: given up after {MOST_IDLE} tries that brought nothing ({_why(answer, done)})")


def _why(answer: Answer, done: Fetched | None) -> str:
    if done is not None:
        return said_by(done.fault) if done.fault else "nothing came"
    return getattr(answer, "reason", "no answer")
