"""How is it said who holds the nodes, which are free, which are not known, and what a release has done?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from agent.core.report import Line, NodeRow, Tone
from agent.core.text.names import fold
from agent.node.port import Ok, Refused
from agent.operations.locks.holding import as_facts, state_line, told_lines, who_line
from agent.operations.locks.releasing import is_fenced

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.inventory.salvage import LeftOut
    from agent.operations.locks.holding import Holding
    from agent.operations.locks.releasing import Order
    from agent.operations.locks.seen import LockSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What --release did: what each node was asked, who held it before, and what it said."""

    orders: Mapping[str, Order]
    before: LockSeen
    after: LockSeen

    @property
    def freed(self) -> tuple[str, ...]:
        """The nodes that were held and are not any more."""
        return tuple(node.name for node in self.before.held if node.name in self.after.free)

    @property
    def fenced(self) -> tuple[str, ...]:
        """The nodes that say themselves that they take later epochs only."""
        return tuple(name for name, order in self.orders.items() if is_fenced(self.after.answers[name], order))

    @property
    def open(self) -> tuple[str, ...]:
        """The nodes that are free, and would still take a claim of the old holder."""
        return tuple(name for name in self.after.free if name not in self.fenced)


def evidence(held: Iterable[Holding]) -> tuple[Line, ...]:
    """For each holder: what it holds, how Jira is there right now, and what is known of its rollout."""
    return tuple(line for it in held for line in (who_line(it), state_line(it), *told_lines(it)))


def not_seen(seen: LockSeen) -> tuple[Line, ...]:
    """The nodes that may be held all the same: silent ones, and those that nobody could ask."""
    silent = [f"{name}: {reason}" for name, reason in seen.unknown.items()]
    refusing = [f"{name}: {it.reason}" for name, it in seen.answers.items() if isinstance(it, Refused)]
    left = [f"{fold(names)}: not looked at ({why})" for why, names in _by_reason(seen.cluster.left_out).items()]
    return tuple(Line(text=text, tone=Tone.BAD) for text in dict.fromkeys((*silent, *refusing, *left)))


def _by_reason(left_out: Iterable[LeftOut]) -> Mapping[str, list[str]]:
    """Return the nodes that share a reason."""
    found: dict[str, list[str]] = {}
    for it in left_out:
        found.setdefault(f"{it.place}: {it.reason}", []).extend(it.names or (it.key,))
    return found


def fences(old: Iterable[Holding], released: Released) -> tuple[Line, ...]:
    """Where whatever the old controllers still send is refused, and where it is not."""
    lines = [
        Line(text=f"{_controller(it)} is fenced on {fold(released.fenced)}: whatever it still sends there is refused")
        for it in old
        if released.fenced
    ]
    others = {
        "free, but keeps no epoch: a late claim would be taken there": released.open,
        "not known to be free: if it is held, it still is, and nobody is fenced there": (
            *released.after.unknown,
            *_left_out(released.after),
            *released.after.cluster.not_meant,
        ),
    }
    found = (f"{fold(names)}: {what}" for what, names in others.items() if names)
    return (*lines, *(Line(text=text, tone=Tone.BAD) for text in found))


def _controller(holding: Holding) -> str:
    holder = holding.holder
    if holding.is_damaged:
        return "Whoever left the damaged lock"
    return f"The controller of plan {holder.plan} ({holder.holder}@{holder.host}, epoch {holder.epoch})"


def _left_out(seen: LockSeen) -> tuple[str, ...]:
    """Return the nodes that were left out; an entry's own words where it names no node."""
    return tuple(name for it in seen.cluster.left_out for name in it.names or (it.key,))


def sentence(seen: LockSeen, freed: tuple[str, ...] = ()) -> str:
    """Return which nodes were freed, are held, are free, and of which that cannot be said."""
    held = [node.name for node in seen.held]
    left = _left_out(seen)
    doubt = bool(seen.unknown or left)
    said = [f"Freed: {fold(freed)}."] if freed else []
    said += [f"Held: {fold(held)}."] if held else []
    said += [f"Free: {fold(seen.free)}."] if seen.free and not freed and (held or doubt) else []
    said += [f"Not known: {fold(seen.unknown)}."] if seen.unknown else []
    said += [f"Not looked at: {fold(left)}."] if left else []
    return " ".join(said) or "Nobody holds the lock."


def rows(seen: LockSeen) -> tuple[NodeRow, ...]:
    """Return one row for each node that could be told."""
    return tuple(_row(seen, node.name) for node in seen.cluster.nodes)


def _row(seen: LockSeen, name: str) -> NodeRow:
    observation, answer = seen.observation(name), seen.answers[name]
    lock = observation.lock if observation else None
    return NodeRow(
        name=name,
        cluster=seen.cluster.name,
        state=str(seen.state(name)),
        reason=seen.unknown.get(name) or (None if isinstance(answer, Ok) else answer.reason),
        facts={"lock": asdict(lock) if lock else None, "epoch": observation.epoch if observation else None},
    )


def facts(seen: LockSeen, held: tuple[Holding, ...], released: Released | None = None) -> dict[str, object]:
    """Return the same for scripts."""
    return {
        "holders": [as_facts(holding) for holding in held],
        "free": list(seen.free),
        "freed": list(released.freed) if released else [],
        "fenced": list(released.fenced) if released else [],
        "left_out": [
            {
                "entry": it.key,
                "nodes": list(it.names),
                "file": it.place.file,
                "line": it.place.line,
                "reason": it.reason,
            }
            for it in seen.cluster.left_out
        ],
    }
