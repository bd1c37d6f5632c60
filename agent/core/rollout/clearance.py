"""May a node be stopped now? Asked right before each stop, of all nodes as they are at this moment; no answer means no.

The budget: all that do not serve, whoever took them down, and this one besides must not be more than the plan allows,
and another must serve. A node that is down, or locked at start, serves nobody and costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of
from agent.core.planning.plan import Shape
from agent.core.rollout.events import Cause, ClearanceDenied, ClearancePostponed, LockRefused, NodeCleared
from agent.core.rollout.evidence import digest_on_disk, process_in
from agent.core.rollout.members import unlisted, unwell
from agent.core.rollout.table import LockState
from agent.core.text.names import fold
from agent.core.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.core.observation import LockHolder, Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.moves import AskClearance
    from agent.core.rollout.progress import Progress, Rollout

    Verdict = NodeCleared | ClearanceDenied | ClearancePostponed

STOPPABLE = frozenset({State.DOWN, State.ERROR})
"""States that serve nobody: stopping such a node costs no capacity, and starting it anew can only help."""


def fault_of_lock(rollout: Rollout, node: str, seen: Mapping[str, Observation | str]) -> ClearanceDenied | None:
    """Return why a node may not be drained or stopped for want of its lock: who was fenced must not even run a hook.

    Another plan's lock on any node is a no as well: a node that could not be claimed may be another's by now. A node
    that gave no look is denied by judge_clearance.
    """
    looks = {name: look for name, look in seen.items() if not isinstance(look, str)}
    if node in looks and looks[node].lock is None:
        return _denied(node, node, Cause.LOCKED, f"the lock on {node} is not ours any more: nobody holds it")
    for name, look in looks.items():
        if look.lock is not None and not _may_lie(rollout, look.lock, own=name == node):
            who = f"{look.lock.holder}@{look.lock.host} holds it for plan {look.lock.plan}"
            told = f"the lock on {name} is not ours any more: {who}"
            return _denied(node, name, Cause.LOCKED, printable(told, limit=300))
    return None


def loss_of_lock(rollout: Rollout, node: str, seen: Observation | str) -> LockRefused | None:
    """Return who has taken a node that is waited for: whatever is seen of it from then on is another's doing."""
    if isinstance(seen, str) or rollout.locks[node].state is not LockState.HELD:
        return None
    lock = seen.lock
    if lock is None:
        return LockRefused(node=node, holder="", host="", plan="", epoch=seen.epoch, since="")
    if _may_lie(rollout, lock, own=True):
        return None
    holder, host, plan, since = (printable(it, limit=200) for it in (lock.holder, lock.host, lock.plan, lock.since))
    return LockRefused(node=node, holder=holder, host=host, plan=plan, epoch=lock.epoch, since=since)


def _may_lie(rollout: Rollout, lock: LockHolder, *, own: bool) -> bool:
    """On the node itself it must be this sitting's; on another one of ours from before an interruption does no harm."""
    is_current = lock.epoch == rollout.epoch
    return lock.plan == rollout.plan.id and (is_current or (not own and lock.epoch < rollout.epoch))


def judge_clearance(
    plan: Plan, progress: Progress, move: AskClearance, seen: Mapping[str, Observation | str]
) -> Verdict:
    """Return whether a node may be stopped now; seen holds, for each node that counts, a look or why there is none."""
    node = move.node
    silent = next((name for name, look in seen.items() if isinstance(look, str)), None)
    if silent is not None:
        return _denied(node, silent, Cause.UNREACHABLE, f"could not look at {silent}: {seen[silent]}")
    looks = {name: look for name, look in seen.items() if not isinstance(look, str)}
    mine = looks[node]
    return (
        _fault_of_file(progress, mine)
        or (_fault_of_capacity(plan, move, looks) if state_of(mine) not in STOPPABLE else None)
        or NodeCleared(node=node, state=state_of(mine), process=process_in(mine), log=mine.log)
    )


def _fault_of_file(progress: Progress, mine: Observation) -> ClearanceDenied | None:
    """The next start would load what lies there."""
    found, node = digest_on_disk(mine), progress.node
    if found == progress.lies:
        return None
    fact = f"expected {progress.lies}, found {found or 'what cannot be read'}"
    reason = f"{node}: filestore-config.xml changed since the plan was made ({fact}); run drift, then plan again"
    return _denied(node, node, Cause.REFUSED, reason)


def _fault_of_capacity(
    plan: Plan, move: AskClearance, looks: Mapping[str, Observation]
) -> ClearanceDenied | ClearancePostponed | None:
    node, state = move.node, state_of(looks[move.node])
    if state is not State.RUNNING:
        return _denied(node, node, Cause.REFUSED, f"{node} is {state}: a node that is on its way is not stopped")
    if plan.shape is Shape.TOGETHER:
        return None
    return _fault_of_cluster(plan, move, looks) or _fault_of_budget(plan, move, looks)


def _fault_of_cluster(plan: Plan, move: AskClearance, looks: Mapping[str, Observation]) -> ClearanceDenied | None:
    """What the cluster itself says, where it is asked: silence and strangers are a no."""
    if not plan.consults:
        return None
    node = move.node
    if not any(look.rest and look.rest.members is not None for look in looks.values()):
        faults = next((look.rest.faults for look in looks.values() if look.rest and look.rest.faults), ("no answer",))
        reason = f"the cluster's own list of its nodes cannot be read: {faults[0]}"
        return _denied(node, node, Cause.REFUSED, reason)
    strangers = [name for name in unlisted(plan, looks.values()) if name not in plan.absent]
    if not strangers:
        return None
    reason = (
        f"the cluster knows {fold(strangers)}, which the inventory lacks; add it there, or remove it from the cluster"
    )
    return _denied(node, strangers[0], Cause.REFUSED, reason)


def _fault_of_budget(
    plan: Plan, move: AskClearance, looks: Mapping[str, Observation]
) -> ClearanceDenied | ClearancePostponed | None:
    idle = _idle(plan, move, looks)
    serving = [name for name in move.others if name not in idle]
    beyond = len(idle) + len(plan.absent) + 1 > plan.budget
    if not beyond and (serving or plan.accept_downtime):
        return None
    foreign = [name for name in idle if name not in move.taken]
    if move.taken and (len(foreign) + len(plan.absent) + 1 <= plan.budget):
        return ClearancePostponed(node=move.node, other=move.taken[0], reason=f"{fold(move.taken)} first")
    other = next(iter((*foreign, *plan.absent)), move.node)
    return _denied(move.node, other, Cause.REFUSED, _over(plan, move.node, [*idle.items(), *_absent(plan)], serving))


def _idle(plan: Plan, move: AskClearance, looks: Mapping[str, Observation]) -> dict[str, str]:
    """Return who of the others does not serve, and why not; what is on its way counts whatever it says."""
    idle: dict[str, str] = dict.fromkeys(move.taken, "on its way")
    for name in move.others:
        state = state_of(looks[name])
        if name not in idle and state is not State.RUNNING:
            idle[name] = str(state)
    for name, why in unwell(plan, looks.values()).items():
        if name in move.others:
            idle.setdefault(name, why)
    return idle


def _absent(plan: Plan) -> list[tuple[str, str]]:
    return [(name, "left out") for name in plan.absent]


def _over(plan: Plan, node: str, idle: Iterable[tuple[str, str]], serving: list[str]) -> str:
    down = [f"{name} is {why}" for name, why in idle]
    if not down:
        return f"no other node serves while {node} is stopped; say --accept-downtime to accept that"
    told = ", ".join(down)
    if not serving:
        return f"{told}: no node would serve while {node} is stopped"
    return f"{told}: stopping {node} now would leave {len(down) + 1} nodes not serving, and {plan.budget} may be"


def _denied(node: str, other: str, cause: Cause, reason: str) -> ClearanceDenied:
    return ClearanceDenied(node=node, other=other, cause=cause, reason=reason)
