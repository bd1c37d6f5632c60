"""What happened in a rollout, as frozen values: the only log there is, and the input of the fold in core/rollout.

House rules: an event is a past fact and holds no judgement; `at` is ISO 8601 by the controller's clock and is there
for people and forecasts, nothing is decided by it; text that a node chose has been made printable by whoever emits.
Events travel as JSON through core/rollout/events_json.
"""

from agent.core.rollout.events.acts import (
    AnswerLost,
    MoveRefused,
    MoveStarted,
    NodeUnreachable,
)
from agent.core.rollout.events.after import (
    NodeDiagnosed,
    StepReopened,
    StepSkipped,
)
from agent.core.rollout.events.clearing import (
    ClearanceDenied,
    ClearanceLapsed,
    ClearancePostponed,
    HookFailed,
    NodeAdmitted,
    NodeCleared,
    NodeDrained,
    NodeReadmitted,
)
from agent.core.rollout.events.files import (
    ConfigCommitted,
    ConfigRestored,
    ConfigStaged,
    StageDiscarded,
    StageLeft,
)
from agent.core.rollout.events.locks import (
    LockLeft,
    LockRefused,
    LockReleased,
    NodeClaimed,
)
from agent.core.rollout.events.service import (
    NodeAwaited,
    NodeProgressed,
    NodeReady,
    NodeRevived,
    NodeSeen,
    NodeSick,
    NodeStopped,
    ReadySeen,
    StartAsked,
    StopAsked,
    TimedOut,
)
from agent.core.rollout.events.whole import (
    RolloutEnded,
    RolloutHalted,
    RolloutResumed,
    RolloutStarted,
    RolloutUndone,
    StepFacts,
)
from agent.core.rollout.events.words import (
    Act,
    Cause,
)

LockEvent = NodeClaimed | LockRefused | LockReleased | LockLeft
StepEvent = (
    ConfigStaged
    | StageDiscarded
    | StageLeft
    | ConfigCommitted
    | ConfigRestored
    | NodeCleared
    | ClearanceDenied
    | ClearancePostponed
    | ClearanceLapsed
    | NodeDrained
    | NodeAdmitted
    | NodeReadmitted
    | HookFailed
    | StepReopened
    | NodeProgressed
    | NodeDiagnosed
    | StepSkipped
    | StopAsked
    | NodeStopped
    | StartAsked
    | NodeSeen
    | NodeAwaited
    | ReadySeen
    | NodeReady
    | NodeRevived
    | NodeSick
    | TimedOut
)
Setback = MoveRefused | NodeUnreachable | AnswerLost
NodeEvent = LockEvent | StepEvent | Setback
Event = RolloutStarted | RolloutResumed | RolloutUndone | RolloutHalted | RolloutEnded | MoveStarted | NodeEvent

__all__ = [
    "Act",
    "AnswerLost",
    "Cause",
    "ClearanceDenied",
    "ClearanceLapsed",
    "ClearancePostponed",
    "ConfigCommitted",
    "ConfigRestored",
    "ConfigStaged",
    "Event",
    "HookFailed",
    "LockEvent",
    "LockLeft",
    "LockRefused",
    "LockReleased",
    "MoveRefused",
    "MoveStarted",
    "NodeAdmitted",
    "NodeAwaited",
    "NodeClaimed",
    "NodeCleared",
    "NodeDiagnosed",
    "NodeDrained",
    "NodeEvent",
    "NodeProgressed",
    "NodeReadmitted",
    "NodeReady",
    "NodeRevived",
    "NodeSeen",
    "NodeSick",
    "NodeStopped",
    "NodeUnreachable",
    "ReadySeen",
    "RolloutEnded",
    "RolloutHalted",
    "RolloutResumed",
    "RolloutStarted",
    "RolloutUndone",
    "Setback",
    "StageDiscarded",
    "StageLeft",
    "StartAsked",
    "StepEvent",
    "StepFacts",
    "StepReopened",
    "StepSkipped",
    "StopAsked",
    "TimedOut",
]
