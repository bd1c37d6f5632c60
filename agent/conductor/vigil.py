"""When is a node looked at next, and what has become of waiting for it? The patience of one looking move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.conductor.answers import events_after_look, words
from agent.core.judging.state import state_of
from agent.core.observation import Observation, Presence
from agent.core.rollout.events import (
    Act,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    TimedOut,
)
from agent.core.rollout.evidence import Readiness, judge_clearance, judge_file_before_stop, judge_readiness
from agent.core.rollout.moves import AskClearance, AwaitReady, AwaitStopped, LookAgain
from agent.node.port import Ok

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.rollout.events import NodeEvent
    from agent.core.rollout.moves import LookingMove
    from agent.core.rollout.progress import Progress, Rollout
    from agent.node.port import Answer

FIRST_PAUSE = 0.25
"""Seconds between the first two looks; each further pause is twice as long, up to the plan's ready_interval."""
DOUBTFUL_LOOKS = 6
"""So many looks in vain, about eight seconds, and a doubt stays: a node that is gone longer needs a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vigil:
    """One looking move under way; since and due by the monotonic clock.

    looks counts all looks, hopeless those in a row that said "never"; word is the state last told of.
    """

    since: float
    due: float
    pause: float = FIRST_PAUSE
    looks: int = 0
    hopeless: int = 0
    word: str = ""


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
            return _while_stopping(rollout, move, vigil, seen[move.node], now)
        case _:
            return _while_warming(rollout, move, vigil, seen[move.node], now)


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
    overdue = _out_of_patience(move, now - vigil.since, rollout.plan.patience.stop_timeout, reason)
    return overdue or told, vigil


def _while_warming(
    rollout: Rollout, move: AwaitReady, vigil: Vigil, seen: Observation | str, now: float
) -> tuple[tuple[NodeEvent, ...], Vigil]:
    progress, patience = rollout.steps[move.node], rollout.plan.patience
    verdict, reason = judge_readiness(progress, seen) if isinstance(seen, Observation) else (Readiness.NOT_YET, seen)
    if verdict is Readiness.GOOD:
        vigil = replace(vigil, hopeless=0, word=_word(seen), due=now + patience.ready_interval)
        return _good_look(progress, patience.ready_streak), vigil
    vigil = replace(vigil, hopeless=vigil.hopeless + 1 if verdict is Readiness.NEVER else 0)
    if vigil.hopeless >= patience.ready_streak:
        return (NodeSick(node=move.node, reason=reason),), vigil
    overdue = _out_of_patience(move, now - vigil.since, patience.ready_timeout, reason)
    told, vigil = _tell(move.node, vigil, _word(seen), spoiled=progress.streak)
    return overdue or told, vigil


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


def _out_of_patience(
    move: AwaitStopped | AwaitReady, waited: float, limit: float, reason: str
) -> tuple[NodeEvent, ...]:
    if waited < limit:
        return ()
    act, aim = (Act.STOP, "stopped") if isinstance(move, AwaitStopped) else (Act.START, "ready")
    reason = f"not {aim} after {limit:g} s: {reason}"
    return (TimedOut(act=act, node=move.node, seconds=limit, reason=reason),)
