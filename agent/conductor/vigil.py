"""When is a node looked at next, and what has become of waiting for it? The patience of one looking move."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.conductor.answers import events_after_look, words
from agent.core.judging.state import state_of
from agent.core.observation import Observation, Presence
from agent.core.rollout.absence import Absence, absence_after, judge_absence
from agent.core.rollout.events import (
    Act,
    NodeAwaited,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    TimedOut,
)
from agent.core.rollout.evidence import (
    LOOK_INTO_LOG,
    Readiness,
    judge_clearance,
    judge_file_before_stop,
    judge_readiness,
)
from agent.core.rollout.moves import AskClearance, AwaitReady, AwaitStopped, LookAgain
from agent.node.port import Ok

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.planning.plan import Patience
    from agent.core.rollout.events import NodeEvent
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
    """One looking move under way; since and due by the monotonic clock.

    looks counts all looks, hopeless those in a row that said "never", absence those that found no process; word is the
    state last told of, reminders how often it was said that the node is still waited for.
    """

    since: float
    due: float
    pause: float = FIRST_PAUSE
    looks: int = 0
    hopeless: int = 0
    word: str = ""
    reminders: int = 0
    absence: Absence = field(default_factory=Absence)


def after_looks(
    rollout: Rollout, move: LookingMove, vigil: Vigil, answers: Mapping[str, Answer | Exception], now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    """Return what the looks of a move tell, and the vigil that goes on if they have not ended it."""
    seen = {node: _look(answer) for node, answer in answers.items()}
    vigil = _waiting_longer(rollout, replace(vigil, looks=vigil.looks + 1), now)
    match move:
        case AskClearance():
            unfit = judge_file_before_stop(rollout.steps[move.node].step, seen[move.node])
            return (unfit or judge_clearance(move.node, seen),), vigil
        case LookAgain():
            return _in_doubt(rollout, move, vigil, seen[move.node]), vigil
        case AwaitStopped():
            events, vigil = _while_stopping(rollout, move, vigil, seen[move.node], now)
        case _:
            events, vigil = _while_warming(rollout, move, vigil, seen[move.node], now)
    return (events, vigil) if events else _awaited(rollout, move, vigil, seen[move.node], now)


def _look(answer: Answer | Exception) -> Observation | str:
    return answer.observation if isinstance(answer, Ok) else words(answer)


def _waiting_longer(rollout: Rollout, vigil: Vigil, now: float) -> Vigil:
    interval = rollout.plan.patience.ready_interval
    return replace(vigil, due=now + min(vigil.pause, interval), pause=min(vigil.pause * 2, interval))


def _in_doubt(rollout: Rollout, move: LookAgain, vigil: Vigil, seen: Observation | str) -> tuple[NodeEvent, ...]:
    """Only reading the node ends a doubt; a start in doubt may still show, so it gets all the looks."""
    is_last = vigil.looks >= DOUBTFUL_LOOKS
    if isinstance(seen, Observation):
        events = events_after_look(rollout, move.act, move.node, seen)
        reason = f"the answer to the {move.act} was lost, and no new process has appeared"
        return events or ((NodeSick(node=move.node, reason=reason),) if is_last else ())
    reason = f"the answer to the {move.act} was lost, and the node cannot be read: {seen}"
    return (NodeUnreachable(act=move.act, node=move.node, reason=reason),) if is_last else ()


def _while_stopping(
    rollout: Rollout, move: AwaitStopped, vigil: Vigil, seen: Observation | str, now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    if isinstance(seen, Observation) and seen.process.presence is Presence.NONE:
        return (NodeStopped(node=move.node),), vigil
    told, vigil = _tell(move.node, vigil, _word(seen))
    reason = seen if isinstance(seen, str) else "its process is still there; nothing was killed"
    overdue = _out_of_patience(Act.STOP, move.node, now - vigil.since, rollout.plan.patience, reason)
    return overdue or told, vigil


def _while_warming(
    rollout: Rollout, move: AwaitReady, vigil: Vigil, seen: Observation | str, now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    progress, patience = rollout.steps[move.node], rollout.plan.patience
    look = seen if isinstance(seen, Observation) else None
    vigil = replace(vigil, absence=absence_after(vigil.absence, progress, look, now))
    verdict, reason = judge_readiness(progress, look) if look else (Readiness.NOT_YET, str(seen))
    if verdict is Readiness.GOOD:
        vigil = replace(vigil, hopeless=0, word=_word(seen), due=now + patience.ready_interval)
        return _good_look(progress, patience.ready_streak), vigil
    vigil = replace(vigil, hopeless=vigil.hopeless + 1 if verdict is Readiness.NEVER else 0)
    given_up = _given_up(move.node, vigil, patience, reason, now)
    told, vigil = _tell(move.node, vigil, _word(seen), spoiled=progress.streak)
    return given_up or told, vigil


def _given_up(node: str, vigil: Vigil, patience: Patience, reason: str, now: float) -> tuple[NodeEvent, ...]:
    """What will not come is not waited for to the end; the log is named where the reason does not name the cure."""
    never = reason if vigil.hopeless >= patience.ready_streak else judge_absence(vigil.absence, patience, now)
    if never is not None:
        return (NodeSick(node=node, reason=never),)
    cure = "" if vigil.hopeless else f"; {LOOK_INTO_LOG}"
    return _out_of_patience(Act.START, node, now - vigil.since, patience, f"{reason}{cure}")


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
    return (NodeSeen(node=node, state=word),), replace(vigil, word=word)


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
    return (told,), replace(vigil, reminders=reminders)
