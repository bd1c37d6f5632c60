"""When is a node looked at next, and what has become of waiting for it? The patience of one looking move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.conductor.answers import events_after_look, words
from agent.core.altered import altered
from agent.core.judging.state import state_of
from agent.core.observation import Observation, Presence
from agent.core.rollout.absence import Absence, absence_after, judge_absence
from agent.core.rollout.clearance import fault_of_lock, judge_clearance, loss_of_lock
from agent.core.rollout.diagnosed import diagnosis_of
from agent.core.rollout.events import (
    Act,
    NodeAwaited,
    NodeProgressed,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    TimedOut,
)
from agent.core.rollout.evidence import LOOK_INTO_LOG, Readiness
from agent.core.rollout.getting_on import mark_of
from agent.core.rollout.moves import AskClearance, AwaitReady, AwaitStopped, Diagnose, LookAgain
from agent.core.rollout.recall import recall
from agent.core.rollout.witnesses import failing_check, judge_witnesses
from agent.node.port import Ok

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.observation import HealthCheck
    from agent.core.planning.plan import Patience
    from agent.core.rollout.events import NodeEvent
    from agent.core.rollout.getting_on import Mark
    from agent.core.rollout.moves import LookingMove
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer

FIRST_PAUSE = 0.25
"""Seconds between the first two looks; each further pause is twice as long, up to the plan's ready_interval."""
DOUBTFUL_LOOKS = 6
"""So many looks in vain, about eight seconds, and a doubt stays: a node that is gone longer needs a person."""

TOLD_EVERY = 60.0
"""Seconds between two words about a node that is waited for, so that nobody wonders whether this program hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigil:
    """One looking move under way; since, due and asked by the monotonic clock.

    asked is when the look was sent whose answers are judged: what was seen before the patience ended says nothing of
    afterwards, however late it is read (this machine may have slept in between).
    mark is how far a reindex or a catch-up was, told_progress when its moving on was last told of.
    looks counts all looks, hopeless those in a row that said "never", absence those that found no process; word is the
    state last told of, reminders how often it was said that the node is still waited for.
    """

    since: float
    due: float
    asked: float = 0.0
    pause: float = FIRST_PAUSE
    looks: int = 0
    hopeless: int = 0
    word: str = ""
    reminders: int = 0
    mark: Mark | None = None
    told_progress: float = -TOLD_EVERY
    absence: Absence = field(default_factory=Absence)


def after_looks(
    rollout: Rollout, move: LookingMove, vigil: Vigil, answers: Mapping[str, Answer | Exception], now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    """Return what the looks of a move tell, and the vigil that goes on if they have not ended it."""
    seen = {node: _look(answer) for node, answer in answers.items()}
    vigil = _waiting_longer(rollout, vigil, now)
    progress = rollout.steps.get(move.node)
    match move:
        case AskClearance() if progress:
            fenced = fault_of_lock(rollout, move.node, seen)
            return (fenced or judge_clearance(rollout.plan, progress, move, seen),), vigil
        case Diagnose() if progress:
            return (diagnosis_of(progress, seen[move.node]),), vigil
        case LookAgain():
            return _in_doubt(rollout, move, vigil, seen[move.node]), vigil
        case AwaitStopped() | AwaitReady() if lost := loss_of_lock(rollout, move.node, seen[move.node]):
            return (lost,), vigil
        case AwaitStopped():
            events, vigil = _while_stopping(rollout, move, vigil, seen[move.node])
            return (events, vigil) if events else _awaited(rollout, move, vigil, seen[move.node], now)
        case AwaitReady():
            events, vigil = _while_warming(rollout, move, vigil, seen, now)
            return (events, vigil) if events else _awaited(rollout, move, vigil, seen[move.node], now)
    raise LookupError(f"{move.node}: the plan has no step for this node")


def _look(answer: Answer | Exception) -> Observation | str:
    return answer.observation if isinstance(answer, Ok) else words(answer)


def _waiting_longer(rollout: Rollout, vigil: Vigil, now: float) -> Vigil:
    interval = rollout.plan.patience.ready_interval
    pause = min(vigil.pause * 2, interval)
    return altered(vigil, looks=vigil.looks + 1, due=now + min(vigil.pause, interval), pause=pause)


def _in_doubt(rollout: Rollout, move: LookAgain, vigil: Vigil, seen: Observation | str) -> tuple[NodeEvent, ...]:
    """Only reading the node ends a doubt; a start in doubt may still show, so it gets all the looks."""
    is_last = vigil.looks >= DOUBTFUL_LOOKS
    if move.act is None:
        return _recalled(rollout, move.node, seen, is_last=is_last)
    if isinstance(seen, Observation):
        events = events_after_look(rollout, move.act, move.node, seen)
        reason = f"the answer to the {move.act} was lost, and no new process has appeared"
        return events or ((NodeSick(node=move.node, reason=reason),) if is_last else ())
    reason = f"the answer to the {move.act} was lost, and the node cannot be read: {seen}"
    return (NodeUnreachable(act=move.act, node=move.node, reason=reason),) if is_last else ()


def _recalled(rollout: Rollout, node: str, seen: Observation | str, *, is_last: bool) -> tuple[NodeEvent, ...]:
    """Where a step stands after an interruption; a look that does not tell is tried again, and then it stays open."""
    found = recall(rollout.plan, rollout.steps[node], seen) if isinstance(seen, Observation) else None
    if found is not None or not is_last:
        return (found,) if found else ()
    told = seen if isinstance(seen, str) else "it does not say which process uses its localhome"
    return (NodeUnreachable(act=Act.START, node=node, reason=f"where its step stands cannot be read: {told}"),)


def _while_stopping(
    rollout: Rollout, move: AwaitStopped, vigil: Vigil, seen: Observation | str
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    if isinstance(seen, Observation) and seen.process.presence is Presence.NONE:
        return (NodeStopped(node=move.node),), vigil
    told, vigil = _tell(move.node, vigil, _word(seen))
    reason = seen if isinstance(seen, str) else "its process is still there; nothing was killed"
    overdue = _out_of_patience(Act.STOP, move.node, vigil.asked - vigil.since, rollout.plan.patience, reason)
    return overdue or told, vigil


def _while_warming(
    rollout: Rollout, move: AwaitReady, vigil: Vigil, looks: Mapping[str, Observation | str], now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    progress, patience, seen = rollout.steps[move.node], rollout.plan.patience, looks[move.node]
    look = seen if isinstance(seen, Observation) else None
    vigil = altered(vigil, absence=absence_after(vigil.absence, progress, look, now))
    verdict, reason = judge_witnesses(rollout.plan, progress, move, looks)
    if verdict is Readiness.GOOD:
        vigil = altered(vigil, hopeless=0, word=_word(seen), due=now + patience.ready_interval)
        return _good_look(progress, patience.ready_streak), vigil
    vigil = altered(vigil, hopeless=vigil.hopeless + 1 if verdict is Readiness.NEVER else 0)
    check = failing_check(look) if look and verdict is Readiness.NEVER else None
    given_up = _given_up(move.node, vigil, patience, (reason, check), now)
    getting_on, vigil = _getting_on(move.node, vigil, look, now)
    told, vigil = _tell(move.node, vigil, _word(seen), spoiled=progress.streak)
    return given_up or (*getting_on, *told), vigil


def _getting_on(node: str, vigil: Vigil, look: Observation | None, now: float) -> tuple[tuple[NodeEvent, ...], Vigil]:
    """A reindex or a catch-up that moves on sets the deadline anew; it is told once a minute at most."""
    mark = mark_of(look) if look else None
    if mark is None or mark == vigil.mark:
        return (), vigil
    is_first, vigil = vigil.mark is None, altered(vigil, mark=mark)
    if is_first:
        return (), vigil
    vigil = altered(vigil, since=now, reminders=0)
    if now - vigil.told_progress < TOLD_EVERY:
        return (), vigil
    return (NodeProgressed(node=node, what=mark.words),), altered(vigil, told_progress=now)


def _given_up(
    node: str, vigil: Vigil, patience: Patience, why: tuple[str, HealthCheck | None], now: float
) -> tuple[NodeEvent, ...]:
    """What will not come is not waited for to the end; the log is named where the reason does not name the cure."""
    reason, check = why
    if vigil.hopeless >= patience.ready_streak:
        return (NodeSick(node=node, reason=reason, check=check),)
    gone = judge_absence(vigil.absence, patience, now)
    if gone is not None:
        return (NodeSick(node=node, reason=gone),)
    cure = "" if vigil.hopeless else f"; {LOOK_INTO_LOG}"
    return _out_of_patience(Act.START, node, vigil.asked - vigil.since, patience, f"{reason}{cure}")


def _good_look(progress: Progress, wanted: int) -> tuple[NodeEvent, ...]:
    """The last of the row ends the wait: with the new file (or none to bring) done, with the earlier one revived."""
    streak = progress.streak + 1
    good = ReadySeen(node=progress.node, streak=streak)
    if streak < wanted:
        return (good,)
    is_new = progress.wrote or progress.step.document is None
    return (good, NodeReady(node=progress.node) if is_new else NodeRevived(node=progress.node))


def _tell(node: str, vigil: Vigil, word: str, *, spoiled: int = 0) -> tuple[tuple[NodeEvent, ...], Vigil]:
    """Only what is new is told: another state, or the end of a row of good looks."""
    if word == vigil.word and not spoiled:
        return (), vigil
    return (NodeSeen(node=node, state=word),), altered(vigil, word=word)


def _word(seen: Observation | str) -> str:
    return state_of(seen) if isinstance(seen, Observation) else "unknown"


def _limit(act: Act, patience: Patience) -> float:
    return patience.stop_timeout if act is Act.STOP else patience.ready_timeout


def _out_of_patience(act: Act, node: str, waited: float, patience: Patience, reason: str) -> tuple[NodeEvent, ...]:
    limit = _limit(act, patience)
    if waited < limit:
        return ()
    aim = "stopped" if act is Act.STOP else "ready"
    return (TimedOut(act=act, node=node, seconds=limit, reason=f"not {aim} after {limit:g} s: {reason}"),)


def _awaited(
    rollout: Rollout, move: AwaitStopped | AwaitReady, vigil: Vigil, seen: Observation | str, now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    """Where there is nothing new, say once a minute that there is not."""
    waited = now - vigil.since
    reminders = int(waited // TOLD_EVERY)
    if reminders <= vigil.reminders:
        return (), vigil
    act = Act.STOP if isinstance(move, AwaitStopped) else Act.START
    limit = _limit(act, rollout.plan.patience)
    told = NodeAwaited(act=act, node=move.node, state=_word(seen), seconds=waited, limit=limit)
    return (told,), altered(vigil, reminders=reminders)
