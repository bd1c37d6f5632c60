"""Which rollout is to be gone on with, or put back? The one that holds the nodes; else the last one begun here.

What is needed is the plan: from the journal's folder here, or from a node, where whoever began has left a copy. The
journal, where it is here, tells what was done; the nodes tell it again when they are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.planning.plan_json import decode
from agent.core.rollout.fold import replay
from agent.core.rollout.past import Fate, past_of
from agent.core.text.names import fold
from agent.edges.journal import Journal, is_live, is_plan_name, journal_path, read, read_plan, rollouts
from agent.errors import JournalError, Locked, Outcome, Refused
from agent.operations.looking import observation_in
from agent.operations.releasing import FENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.observation import LockHolder, Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.node.port import Answer

NOTHING: Final = "nothing to go on with"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A rollout that has not come to its good end.

    holders are the locks of it by node, empty where nobody holds it any more. past holds what the journal on this
    workstation tells, None where it has none.
    """

    plan: Plan
    holders: Mapping[str, LockHolder]
    folder: Path
    past: tuple[Event, ...] | None

    @property
    def so_far(self) -> Rollout | None:
        """How far it has come, by the journal here."""
        return replay(self.plan, self.past) if self.past is not None else None

    def journal(self) -> Journal:
        """Open its journal here, or begin one where there is none.

        Raises:
            JournalError: it cannot be kept, or another process keeps it right now.
        """
        return (
            Journal.create(self.folder, self.plan) if self.past is None else Journal.reopen(self.folder, self.plan.id)
        )


def unfinished(cluster: str, folder: Path, answers: Mapping[str, Answer]) -> Unfinished:
    """Return the rollout that these looks (Recall) and the journals in this folder tell of.

    Raises:
        Refused: there is none, or more than one, or its plan is nowhere to be had.
        Locked: it runs right now, on this workstation.
        JournalError: its journal is damaged.

    """
    seen = {name: it for name, answer in answers.items() if (it := observation_in(answer)) is not None}
    locks = {name: it.lock for name, it in seen.items() if it.lock is not None}
    plan_id = _held(cluster, locks) or _left_here(cluster, folder)
    path = journal_path(folder, plan_id)
    if not path.is_file():
        return Unfinished(plan=_copied(cluster, plan_id, seen), holders=locks, folder=folder, past=None)
    if is_live(path):
        raise Locked(
            f"{cluster}: the rollout {plan_id} runs right now on this workstation ({path}); wait for it, or stop it"
        )
    told, _ = read(path)
    _require_unfinished(cluster, plan_id, told)
    return Unfinished(plan=_plan(cluster, folder, plan_id, seen), holders=locks, folder=folder, past=told)


def _held(cluster: str, locks: Mapping[str, LockHolder]) -> str | None:
    """Return the one plan that holds nodes."""
    plans = {lock.plan for lock in locks.values()}
    if not plans:
        return None
    if len(plans) > 1:
        told = "; ".join(f"{fold(n for n, lock in locks.items() if lock.plan == it)} by {it}" for it in sorted(plans))
        raise Refused(
            f"{cluster}: several rollouts hold nodes ({told}); see who with `lock`, and free what is left over"
        )
    plan = plans.pop()
    if not is_plan_name(plan) or plan == FENCE:
        raise Refused(f"{cluster}: {fold(locks)} is held, but by no rollout that can be gone on with; see `lock`")
    return plan


def _left_here(cluster: str, folder: Path) -> str:
    """Return the last rollout of this workstation, if it was broken off or has halted."""
    latest = next(iter(rollouts(folder)), None)
    if latest is None:
        raise Refused(f"{cluster}: {NOTHING}: nobody holds the nodes, and no rollout is recorded on this workstation")
    plan_id, path = latest
    _require_unfinished(cluster, plan_id, read(path)[0])
    return plan_id


def _require_unfinished(cluster: str, plan_id: str, told: tuple[Event, ...]) -> None:
    past = past_of(plan_id, told)
    if past.fate is Fate.PUT_BACK:
        raise Refused(f"{cluster}: {NOTHING}: the rollout {plan_id} was put back")
    if past.fate is Fate.ENDED and past.outcome == Outcome.OK:
        raise Refused(f"{cluster}: {NOTHING}: the last rollout, {plan_id}, has come to its good end")


def _plan(cluster: str, folder: Path, plan_id: str, seen: Mapping[str, Observation]) -> Plan:
    try:
        return read_plan(folder, plan_id)
    except JournalError as fault:
        try:
            return _copied(cluster, plan_id, seen)
        except Refused:
            raise fault from None


def _copied(cluster: str, plan_id: str, seen: Mapping[str, Observation]) -> Plan:
    """Return the plan from the first node that holds a whole copy; what a node says is checked, then believed."""
    for observation in seen.values():
        plan = _read(observation.plan_copy or b"")
        if plan is not None and (plan.id, plan.cluster) == (plan_id, cluster):
            return plan
    raise Refused(
        f"{cluster}: the rollout {plan_id} holds nodes, and its plan is neither on this workstation nor on a node that"
        " answers; go on where it was begun, or free the nodes with `lock --release`"
    )


def _read(content: bytes) -> Plan | None:
    try:
        return decode(content)
    except ValueError:
        return None
