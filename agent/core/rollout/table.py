"""Which state follows which: the whole life of a step, and of the lock it works under, as two tables.

House rules: the state is a function of the state before and of what happened, and of nothing else; a pair that is not
in the table is an error and nothing moves. An act in the table stands for MoveStarted with that act. The diagrams in
docs/rollout.md are drawn from these tables by `python docs/draw_rollout.py`.

One event stands in no row: RolloutResumed makes every step that has not come to its good end UNCERTAIN
(core/rollout/fold).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from agent.core.rollout.events import (
    Act,
    AnswerLost,
    ClearanceDenied,
    ClearanceLapsed,
    ClearancePostponed,
    ConfigCommitted,
    ConfigRestored,
    ConfigStaged,
    HookFailed,
    LockLeft,
    LockRefused,
    LockReleased,
    MoveRefused,
    MoveStarted,
    NodeAdmitted,
    NodeAwaited,
    NodeClaimed,
    NodeCleared,
    NodeDiagnosed,
    NodeDrained,
    NodeProgressed,
    NodeReadmitted,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    NodeUnreachable,
    ReadySeen,
    StageDiscarded,
    StageLeft,
    StartAsked,
    StepReopened,
    StepSkipped,
    StopAsked,
    TimedOut,
)
from agent.errors import AgentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.rollout.events import NodeEvent


class OutOfTurn(AgentError):  # noqa: N818 - an event came that cannot come now; the house names such errors by the fact
    """An event does not fit the state; the journal is not this plan's, or the conductor is wrong. Nothing has moved."""


class StepState(StrEnum):
    """Where one step of the plan stands."""

    WAITING = "waiting"
    """Nothing done yet."""
    STAGING = "staging"
    STAGED = "staged"
    """The document lies beside the file; the node has voted yes."""
    CLEARED = "cleared"
    """May be stopped now; this permission does not survive a crash."""
    DRAINING = "draining"
    """The hook before the stop is at work."""
    DRAINED = "drained"
    """It has ended; whether the node may be stopped is asked once more."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    """No process, and it was we who asked for it."""
    COMMITTING = "committing"
    COMMITTED = "committed"
    """The document is the file; not loaded by anybody. The end of a step that is not to restart."""
    STARTING = "starting"
    WARMING = "warming"
    """Told to start; waited for until it is ready."""
    DONE = "done"
    """Right bytes, a process started after them, good several times in a row."""
    ADMITTING = "admitting"
    """The hook after the node is ready is at work."""
    SKIPPED = "skipped"
    """Did not come up, and was given up on under the failure budget."""
    FAILED = "failed"
    """Refused before any harm: the file is what it was."""
    SICK = "sick"
    """Harm done: down or wrong."""
    REVERTING = "reverting"
    REVERTED = "reverted"
    """The file is what it was before the rollout."""
    UNCERTAIN = "uncertain"
    """An answer was lost; only reading the node leads out of here."""


class LockState(StrEnum):
    """Where the lock on one node stands."""

    FREE = "free"
    CLAIMING = "claiming"
    HELD = "held"
    FOREIGN = "foreign"
    """Somebody else's, or fenced by a later epoch."""
    UNSURE = "unsure"
    """An answer was lost; only reading the node leads out of here."""
    RELEASING = "releasing"
    RELEASED = "released"
    LEFT = "left"
    """May still lie there in our name."""


Happening = Act | type["NodeEvent"]

STEPS: Final[Mapping[StepState, Mapping[Happening, StepState]]] = {
    StepState.WAITING: {
        Act.STAGE: StepState.STAGING,
        NodeCleared: StepState.CLEARED,
        ClearanceDenied: StepState.WAITING,
        ClearancePostponed: StepState.WAITING,
        Act.COMMIT: StepState.COMMITTING,
        Act.RESTORE: StepState.REVERTING,
        Act.START: StepState.STARTING,
        Act.ADMIT: StepState.ADMITTING,
        Act.DISCARD: StepState.WAITING,
        StageDiscarded: StepState.REVERTED,
        StageLeft: StepState.WAITING,
        ConfigCommitted: StepState.COMMITTED,
    },
    StepState.STAGING: {
        ConfigStaged: StepState.STAGED,
        MoveRefused: StepState.FAILED,
        NodeUnreachable: StepState.FAILED,
        AnswerLost: StepState.UNCERTAIN,
    },
    StepState.STAGED: {
        NodeCleared: StepState.CLEARED,
        ClearanceDenied: StepState.STAGED,
        ClearancePostponed: StepState.STAGED,
        Act.COMMIT: StepState.COMMITTING,
        Act.RESTORE: StepState.REVERTING,
        Act.START: StepState.STARTING,
        Act.ADMIT: StepState.ADMITTING,
        Act.DISCARD: StepState.STAGED,
        StageDiscarded: StepState.REVERTED,
        StageLeft: StepState.STAGED,
        ConfigCommitted: StepState.COMMITTED,
    },
    StepState.CLEARED: {
        Act.DRAIN: StepState.DRAINING,
        Act.STOP: StepState.STOPPING,
        Act.ADMIT: StepState.ADMITTING,
        Act.RESTORE: StepState.REVERTING,
        Act.START: StepState.STARTING,
        Act.DISCARD: StepState.STAGED,
        ClearanceLapsed: StepState.STAGED,
    },
    StepState.DRAINING: {
        NodeDrained: StepState.DRAINED,
        HookFailed: StepState.DRAINED,
    },
    StepState.DRAINED: {
        NodeCleared: StepState.CLEARED,
        ClearanceDenied: StepState.DRAINED,
        ClearancePostponed: StepState.DRAINED,
        Act.RESTORE: StepState.REVERTING,
        Act.ADMIT: StepState.ADMITTING,
        Act.DISCARD: StepState.DRAINED,
        StageDiscarded: StepState.REVERTED,
        StageLeft: StepState.DRAINED,
    },
    StepState.STOPPING: {
        StopAsked: StepState.STOPPING,
        NodeSeen: StepState.STOPPING,
        NodeAwaited: StepState.STOPPING,
        NodeStopped: StepState.STOPPED,
        MoveRefused: StepState.FAILED,
        NodeUnreachable: StepState.FAILED,
        AnswerLost: StepState.UNCERTAIN,
        TimedOut: StepState.SICK,
    },
    StepState.STOPPED: {
        Act.COMMIT: StepState.COMMITTING,
        Act.START: StepState.STARTING,
        Act.RESTORE: StepState.REVERTING,
    },
    StepState.COMMITTING: {
        ConfigCommitted: StepState.COMMITTED,
        MoveRefused: StepState.FAILED,
        NodeUnreachable: StepState.FAILED,
        AnswerLost: StepState.UNCERTAIN,
        NodeSick: StepState.SICK,
    },
    StepState.COMMITTED: {
        Act.START: StepState.STARTING,
        Act.RESTORE: StepState.REVERTING,
    },
    StepState.STARTING: {
        StartAsked: StepState.WARMING,
        MoveRefused: StepState.SICK,
        NodeUnreachable: StepState.SICK,
        AnswerLost: StepState.UNCERTAIN,
    },
    StepState.WARMING: {
        NodeSeen: StepState.WARMING,
        NodeAwaited: StepState.WARMING,
        NodeProgressed: StepState.WARMING,
        ReadySeen: StepState.WARMING,
        NodeReady: StepState.DONE,
        NodeRevived: StepState.REVERTED,
        NodeSick: StepState.SICK,
        TimedOut: StepState.SICK,
    },
    StepState.DONE: {
        Act.ADMIT: StepState.ADMITTING,
    },
    StepState.ADMITTING: {
        NodeAdmitted: StepState.DONE,
        NodeReadmitted: StepState.REVERTED,
        HookFailed: StepState.SICK,
    },
    StepState.FAILED: {
        Act.RESTORE: StepState.REVERTING,
        Act.START: StepState.STARTING,
        Act.ADMIT: StepState.ADMITTING,
        Act.DISCARD: StepState.FAILED,
        StageDiscarded: StepState.FAILED,
        StageLeft: StepState.FAILED,
        ConfigCommitted: StepState.COMMITTED,
    },
    StepState.SICK: {
        NodeDiagnosed: StepState.SICK,
        StepSkipped: StepState.SKIPPED,
        NodeCleared: StepState.CLEARED,
        ClearanceDenied: StepState.SICK,
        ClearancePostponed: StepState.SICK,
        Act.RESTORE: StepState.REVERTING,
        Act.DISCARD: StepState.SICK,
        StageDiscarded: StepState.SICK,
        StageLeft: StepState.SICK,
        ConfigCommitted: StepState.COMMITTED,
    },
    StepState.SKIPPED: {},
    StepState.REVERTING: {
        ConfigRestored: StepState.REVERTED,
        MoveRefused: StepState.SICK,
        NodeUnreachable: StepState.SICK,
        NodeSick: StepState.SICK,
        AnswerLost: StepState.UNCERTAIN,
    },
    StepState.REVERTED: {
        Act.START: StepState.STARTING,
        Act.ADMIT: StepState.ADMITTING,
        Act.DISCARD: StepState.REVERTED,
        StageDiscarded: StepState.REVERTED,
        StageLeft: StepState.REVERTED,
        ConfigCommitted: StepState.COMMITTED,
    },
    StepState.UNCERTAIN: {
        StepReopened: StepState.WAITING,
        ConfigStaged: StepState.STAGED,
        ConfigCommitted: StepState.COMMITTED,
        ConfigRestored: StepState.REVERTED,
        StopAsked: StepState.STOPPING,
        StartAsked: StepState.WARMING,
        MoveRefused: StepState.FAILED,
        NodeSick: StepState.SICK,
        NodeUnreachable: StepState.UNCERTAIN,
    },
}
"""The life of a step. DONE leads back to itself only: what is proven is not touched again, it is at most admitted.

FAILED, SICK and REVERTED can turn into COMMITTED: a commit whose answer was lost may have been at work still when it
was looked for, and show only in the answer to the discard, also after the node was started anew.
"""

LOCKS: Final[Mapping[LockState, Mapping[Happening, LockState]]] = {
    LockState.FREE: {Act.CLAIM: LockState.CLAIMING},
    LockState.CLAIMING: {
        NodeClaimed: LockState.HELD,
        LockRefused: LockState.FOREIGN,
        MoveRefused: LockState.FREE,
        NodeUnreachable: LockState.FREE,
        AnswerLost: LockState.UNSURE,
    },
    LockState.HELD: {
        Act.RELEASE: LockState.RELEASING,
        LockRefused: LockState.FOREIGN,
    },
    LockState.FOREIGN: {},
    LockState.UNSURE: {
        NodeClaimed: LockState.HELD,
        LockRefused: LockState.FOREIGN,
        MoveRefused: LockState.LEFT,
        LockReleased: LockState.RELEASED,
        LockLeft: LockState.LEFT,
        NodeUnreachable: LockState.LEFT,
    },
    LockState.RELEASING: {
        LockReleased: LockState.RELEASED,
        LockLeft: LockState.LEFT,
        AnswerLost: LockState.UNSURE,
    },
    LockState.RELEASED: {},
    LockState.LEFT: {Act.RELEASE: LockState.RELEASING},
}
"""The life of the lock on one node. A claim in doubt that was not found is LEFT, since it may still arrive."""


def happening_of(event: MoveStarted | NodeEvent) -> Happening:
    """Return the column of the table that an event stands in."""
    return event.act if isinstance(event, MoveStarted) else type(event)


def step_after(node: str, state: StepState, event: MoveStarted | NodeEvent) -> StepState:
    """Return the state of a step after an event.

    Raises:
        OutOfTurn: the pair is not in the table.
    """
    after = STEPS[state].get(happening_of(event))
    if after is None:
        raise _out_of_turn(node, f"its step is {state}", event)
    return after


def lock_after(node: str, state: LockState, event: MoveStarted | NodeEvent) -> LockState:
    """Return the state of a lock after an event.

    Raises:
        OutOfTurn: the pair is not in the table.
    """
    after = LOCKS[state].get(happening_of(event))
    if after is None:
        raise _out_of_turn(node, f"its lock is {state}", event)
    return after


def draw() -> str:
    """Return both tables as Mermaid state diagrams, one arrow per pair of states, for docs/rollout.md."""
    return f"## The life of a step\n\n{_diagram(STEPS)}\n\n## The life of a lock\n\n{_diagram(LOCKS)}\n"


def _diagram(
    table: Mapping[StepState, Mapping[Happening, StepState]] | Mapping[LockState, Mapping[Happening, LockState]],
) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, row in table.items():
        for happening, after in row.items():
            arrows.setdefault((state, after), []).append(_label(happening))
    first = next(iter(table))
    ends = [state for state, row in table.items() if not row]
    lines = [f"    {a} --> {b}: {', '.join(labels)}" for (a, b), labels in arrows.items()]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {first}",
            *lines,
            *(f"    {end} --> [*]" for end in ends),
            "```",
        ]
    )


def _label(happening: Happening) -> str:
    return f"{happening} begun" if isinstance(happening, Act) else happening.__name__


def _out_of_turn(node: str, where: str, event: MoveStarted | NodeEvent) -> OutOfTurn:
    name = _label(happening_of(event))
    return OutOfTurn(
        f"{node}: {name} cannot happen now ({where}); nothing was moved. "
        "This is a journal of another plan or a fault of this program; run `filestore-agent status` to see the nodes."
    )
