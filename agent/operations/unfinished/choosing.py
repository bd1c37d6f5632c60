"""Which rollout is to be gone on with, or put back? The one that holds the nodes; else the last one begun here.

What is needed is the plan: from the journal's folder here, or from the nodes, where whoever began has left copies. The
journal, where it is here, tells what was done; the nodes tell it again when they are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.rollout.events import RolloutResumed, RolloutStarted
from agent.core.rollout.fold import replay
from agent.core.rollout.past import Fate, past_of
from agent.core.text.names import fold
from agent.core.text.printable import printable
from agent.edges.journal import Journal, epoch_before, is_live, is_plan_name, journal_path, read, read_plan
from agent.errors import JournalError, Locked, Refused
from agent.operations.locks.epochs import next_epoch
from agent.operations.locks.releasing import FENCE
from agent.operations.looking.gathering import observation_in
from agent.operations.unfinished.left_here import heard, is_over, left, recent, undone_by
from agent.operations.unfinished.plan_copies import copied, holding_plans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.observation import LockHolder, Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.node.port import Answer
    from agent.operations.unfinished.left_here import Kept

_COMINGS = (RolloutStarted, RolloutResumed)
"""Events in which a controller comes under an epoch."""
NOTHING: Final = "nothing to go on with, and nothing to put back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A rollout that has not come to its good end.

    holders are the locks of it by node, empty where nobody holds it any more. past holds what the journal on this
    workstation tells, None where it has none; then from_nodes tells how many copies of the plan, all alike, the nodes
    have. epoch is the last one that this workstation knows of. undone_by is the plan that was to put it back, and has
    not got beyond taking the nodes over.
    """

    plan: Plan
    holders: Mapping[str, LockHolder]
    folder: Path
    past: tuple[Event, ...] | None
    epoch: int
    from_nodes: int = 0
    undone_by: str | None = None

    @property
    def so_far(self) -> Rollout | None:
        """How far it has come, by the journal here."""
        return replay(self.plan, self.past) if self.past is not None else None

    def journal(self) -> Journal:
        """Open its journal here, or begin one where there is none.

        Raises:
            JournalError: it cannot be kept, or another process keeps it right now.
        """
        if self.past is None:
            return Journal.create(self.folder, self.plan, epoch=self.epoch)
        return Journal.reopen(self.folder, self.plan.id)


def unfinished(cluster: str, folder: Path, answers: Mapping[str, Answer]) -> Unfinished:
    """Return the rollout that these looks (Recall) and the journals in this folder tell of.

    Raises:
        Refused: there is none, or more than one, or its plan is nowhere to be had.
        Locked: it runs right now, on this workstation.
        JournalError: its journal is damaged.

    """
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    locks = {name: it.lock for name, it in seen.items() if it.lock is not None}
    held = _held(cluster, folder, seen)
    if held is not None:
        _require_no_other_here(cluster, folder, held, seen, locks)
    plan_id = held or _left_here(cluster, folder)
    if journal_path(folder, plan_id).is_file():
        return _known_here(cluster, folder, plan_id, seen, locks)
    plan, count = copied(cluster, plan_id, seen)
    return Unfinished(plan=plan, holders=locks, folder=folder, past=None, epoch=next_epoch(seen) - 1, from_nodes=count)


def _known_here(
    cluster: str, folder: Path, plan_id: str, seen: Mapping[str, Observation], locks: Mapping[str, LockHolder]
) -> Unfinished:
    path = journal_path(folder, plan_id)
    if is_live(path):
        raise Locked(_runs(cluster, plan_id, path))
    told = _told(path, is_held=bool(locks))
    _require_unfinished(cluster, plan_id, told, locks)
    plan, count = _plan(cluster, folder, plan_id, seen)
    return Unfinished(
        plan=plan,
        holders=locks,
        folder=folder,
        past=told,
        epoch=max(epoch_before(folder, plan_id), *(it.epoch for it in told if isinstance(it, _COMINGS)), 0),
        from_nodes=count,
        undone_by=undone_by(folder, plan_id),
    )


def _held(cluster: str, folder: Path, seen: Mapping[str, Observation]) -> str | None:
    """Return the one plan that holds nodes; of two it is the one that puts the other back."""
    holding = holding_plans(seen)
    damaged = fold(name for name, plan in holding.items() if not plan)
    if damaged:
        raise Refused(
            f"{cluster}: the lock file on {damaged} is damaged, so that nobody can tell whose it is; look with `lock`,"
            f" then free that one: lock --release --limit {damaged}"
        )
    plans = set(holding.values())
    plans = plans - {_put_back_by(cluster, folder, it, seen) for it in plans} or plans
    if len(plans) > 1:
        told = "; ".join(
            f"{fold(name for name, plan in holding.items() if plan == it)} by {printable(it)}" for it in sorted(plans)
        )
        raise Refused(
            f"{cluster}: several rollouts hold nodes ({told}); see who with `lock`, and free what is left over"
        )
    plan = next(iter(plans), None)
    if plan is not None and (not is_plan_name(plan) or plan == FENCE):
        raise Refused(f"{cluster}: {fold(holding)}: held, but by no rollout that can be gone on with; see `lock`")
    return plan


def _require_no_other_here(
    cluster: str,
    folder: Path,
    held: str,
    seen: Mapping[str, Observation],
    locks: Mapping[str, LockHolder],
) -> None:
    """Whoever means the rollout that was begun here must not take over another one, that has come meanwhile."""
    if journal_path(folder, held).is_file():
        return
    kept = recent(folder, heard)
    begun = {it.plan for it in kept if not it.is_unbegun}
    other = next((it for it in left(kept) if it in begun), None)
    if other is None or _put_back_by(cluster, folder, held, seen) == other:
        return
    who = sorted({printable(f"{lock.holder}@{lock.host}") for lock in locks.values()})
    raise Refused(
        f"{cluster}: another rollout, {held}, has taken {fold(locks)} meanwhile ({', '.join(who)}), and the last one of"
        f" this workstation, {other}, has no good end either; go on where {held} was begun, or see `lock`"
    )


def _put_back_by(cluster: str, folder: Path, held: str, seen: Mapping[str, Observation]) -> str | None:
    """Return the plan that another one puts back: to go on with that ends the one that is put back as well."""
    try:
        if is_plan_name(held) and journal_path(folder, held).is_file():
            return read_plan(folder, held).undoes
        return copied(cluster, held, seen)[0].undoes
    except (Refused, JournalError):
        return None


def _left_here(cluster: str, folder: Path) -> str:
    """Return the rollout of this workstation that was broken off or has halted, or the last one of all.

    Of several it is the last: it could only be agreed to while nobody held the nodes, so those before it were over, or
    somebody had freed the nodes of them.
    """
    kept = recent(folder, lambda path: _told(path, is_held=False))
    if not kept:
        raise Refused(f"{cluster}: {NOTHING}: nobody holds the nodes, and no rollout is recorded on this workstation")
    running = next((it for it in kept if not it.is_over and is_live(it.path)), None)
    if running is not None:
        raise Locked(_runs(cluster, running.plan, running.path))
    if kept[0].is_unbegun and not _takes_part_in_an_undoing(kept):
        return kept[0].plan
    found = left(kept)
    if not found and not kept[0].is_over:
        raise Refused(
            f"{cluster}: {NOTHING}: nobody holds the nodes, and the last rollout, {kept[0].plan}, has left every node"
            " as it was; nothing was begun: deploy again"
        )
    return found[0] if found else kept[0].plan


def _takes_part_in_an_undoing(kept: tuple[Kept, ...]) -> bool:
    """Tell whether the last one was to put back another that is not over, or is itself to be put back."""
    last, unfinished_here = kept[0], {it.plan for it in kept if not it.is_over}
    return last.undoes in unfinished_here or last.plan in {it.undoes for it in kept}


def _runs(cluster: str, plan_id: str, path: Path) -> str:
    return f"{cluster}: the rollout {plan_id} runs right now on this workstation ({path}); wait for it, or stop it"


def _require_unfinished(cluster: str, plan_id: str, told: tuple[Event, ...], locks: Mapping[str, LockHolder]) -> None:
    past = past_of(plan_id, told)
    left = f"; its lock still lies on {fold(locks)}: free it with `lock --release`" if locks else ""
    if past.fate is Fate.PUT_BACK:
        raise Refused(f"{cluster}: {NOTHING}: the rollout {plan_id} was put back{left}")
    if is_over(told):
        raise Refused(f"{cluster}: {NOTHING}: the last rollout, {plan_id}, has come to its good end{left}")


def _told(path: Path, *, is_held: bool) -> tuple[Event, ...]:
    try:
        return read(path)[0]
    except JournalError as fault:
        if not is_held:
            raise
        raise JournalError(
            f"{fault}; to go by what the nodes know instead, move that file and its .plan.json to another folder, and"
            " say the same again"
        ) from fault


def _plan(cluster: str, folder: Path, plan_id: str, seen: Mapping[str, Observation]) -> tuple[Plan, int]:
    try:
        return read_plan(folder, plan_id), 0
    except JournalError as fault:
        try:
            return copied(cluster, plan_id, seen)
        except Refused:
            raise fault from None
