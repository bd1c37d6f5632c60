"""What happened in a rollout, as frozen values: the only log there is, and the input of the fold in core/rollout.

House rules: an event is a past fact and holds no judgement; `at` is ISO 8601 by the controller's clock and is there
for people and forecasts, nothing is decided by it; text that a node chose has been made printable by whoever emits.
Events travel as JSON through core/events_json.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.core.observation import Incarnation, LogMark  # noqa: TC001 - events_json reads the types of fields


class Act(StrEnum):
    """The moves that change a node; each is announced by a MoveStarted before its request is sent."""

    CLAIM = "claim"
    STAGE = "stage"
    STOP = "stop"
    COMMIT = "commit"
    START = "start"
    DISCARD = "discard"
    RESTORE = "restore"
    RELEASE = "release"
    DRAIN = "drain"
    """The hook before the stop: runs on the workstation or another host, never on the node."""
    ADMIT = "admit"
    """The hook after the node is ready."""


class Cause(StrEnum):
    """Why a rollout halted, in one word; core/rollout/outcome weighs it together with what had been changed by then."""

    REFUSED = "refused"
    """A node, or a guard of ours, said no."""
    LOCKED = "locked"
    """Another rollout holds a node, or held it since the epoch was chosen."""
    UNREACHABLE = "unreachable"
    """A node that is needed cannot be reached."""
    UNCERTAIN = "uncertain"
    """An answer was lost, and the node cannot be read."""
    SICK = "sick"
    """A node is down or wrong after we touched it."""
    INTERRUPTED = "interrupted"
    """The user or the system asked us to stop."""
    PAUSED = "paused"
    """As many nodes are done as were asked for before a pause."""
    HOOK = "hook"
    """A drain hook did not do its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What a journal keeps of one step: digests, never the document itself."""

    node: str
    expected: str
    digest: str
    restart: bool
    running: bool
    document: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStarted:
    """The first event: which plan, by whom, fenced by which epoch."""

    plan: str
    cluster: str
    shape: str
    change: str
    epoch: int
    holder: str
    host: str
    steps: tuple[StepFacts, ...]
    bystanders: tuple[str, ...] = ()
    at: str = ""
    reason: str = ""
    """Why, in the words of whoever began it (--reason); free text."""
    undoes: str | None = None
    """The plan that this one puts back."""
    pause_after: int | None = None
    """Halt when so many nodes are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutResumed:
    """Gone on with, by whom and fenced by which epoch: all that was unfinished is looked at before anything is done."""

    epoch: int
    holder: str
    host: str
    pause_after: int | None = None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutUndone:
    """Another plan has put back what this one did (abort, rollback), or has found nothing to put back (by is None)."""

    by: str | None
    holder: str
    host: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutHalted:
    """No new work from here on, only putting back; next is the command that the operator will most likely want."""

    cause: Cause
    node: str | None
    reason: str
    next: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutEnded:
    """The last event; the outcome is the word of agent/errors."""

    outcome: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStarted:
    """Durable before the first of the requests is sent; alone, without an outcome, it means: look first."""

    act: Act
    nodes: tuple[str, ...]
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRefused:
    """The node said no, or a look has shown that nothing happened; the act changed nothing."""

    act: Act
    node: str
    code: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUnreachable:
    """The request never got there, so it changed nothing; for a node in doubt: it could not be read either."""

    act: Act
    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost:
    """The act may or may not have happened."""

    act: Act
    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeClaimed:
    """The node's lock is ours, seen in the node's own words."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRefused:
    """Somebody else's lock or epoch; the holder's fields are empty where the lock is free and only the epoch is not."""

    node: str
    holder: str
    host: str
    plan: str
    epoch: int
    since: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReleased:
    """The lock on the node is not ours any more."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLeft:
    """The lock may still lie there in our name."""

    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigStaged:
    """The document lies beside the file, durable and checked; this is the node's vote for yes."""

    node: str
    digest: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDiscarded:
    """Nothing of ours lies beside the file."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLeft:
    """What we staged may still lie beside the file: harmless to Jira, removed by the next rollout."""

    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigCommitted:
    """The document is the file now, read back with its mode and owner; receipt is the moment by the node's clock."""

    node: str
    digest: str
    receipt: Incarnation | None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRestored:
    """The file is as it was before the rollout, "absent" included."""

    node: str
    digest: str
    receipt: Incarnation | None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCleared:
    """All that count were looked at just now, and this node may be stopped; process is what runs on it."""

    node: str
    state: str
    process: Incarnation | None
    at: str = ""
    log: LogMark | None = None
    """Where Jira's log ended then: what a later start says comes after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearancePostponed:
    """The node may not be stopped now, since others of this rollout are on their way: asked again after them."""

    node: str
    other: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDrained:
    """The hook before the stop has ended well."""

    node: str
    seconds: float
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAdmitted:
    """The hook after the node was ready has ended well."""

    node: str
    seconds: float
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReadmitted:
    """The same hook, for a node that was drained and serves on as it was before."""

    node: str
    seconds: float
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFailed:
    """A hook ended badly, or not at all in its time; the balancer may have heard half of it."""

    act: Act
    node: str
    reason: str
    output: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceDenied:
    """The node may not be stopped now, because of what another one (or itself) is or does not answer."""

    node: str
    other: str
    cause: Cause
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsked:
    """The service was told to stop."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStopped:
    """No process uses the localhome any more."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAsked:
    """The service was told to start, or a new process shows that it was.

    receipt: the look also showed the commit that this process is younger than.
    """

    node: str
    at: str = ""
    receipt: Incarnation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReopened:
    """A look after an interruption shows that no act of ours is under way here: the step begins anew from what is.

    on_disk is the digest found. committed: it is our document with its receipt, so it need not be brought again; ours:
    it is our document, with or without. down: no process runs here, where one should.
    """

    node: str
    on_disk: str
    committed: bool
    ours: bool
    down: bool
    receipt: Incarnation | None = None
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProgressed:
    """A node that takes long is getting on (a reindex, a catch-up): the deadline counts from here."""

    node: str
    what: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDiagnosed:
    """What Jira's own log says of a node that did not come up; evidence beside the verdict, never the verdict.

    code is that of core/diagnosis ("unknown" where nothing was found), blames the file or not, confidence a word; line
    is the line of the log that says so, hint what to do.
    """

    node: str
    code: str
    blames_config: bool
    confidence: str
    sentence: str
    line: str
    hint: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """Given up on under the failure budget: the node counts as down, and the rollout goes on without it."""

    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSeen:
    """A node that is waited for has changed its state, or spoiled a row of good looks (which starts anew then)."""

    node: str
    state: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAwaited:
    """The node is still waited for, told once a minute: so many seconds now, of at most limit.

    It moves nothing, but is an event like the others: every listener hears of it in the one way there is, and the
    journal of a controller that died shows to the minute until when it lived. It is not brought to the disk by itself.
    """

    act: Act
    node: str
    state: str
    seconds: float
    limit: float
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadySeen:
    """One good look at the new process: 200 and RUNNING together; streak counts how many in a row."""

    node: str
    streak: int
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReady:
    """Done in the full sense: right bytes, a process started after them, good several times in a row."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRevived:
    """A node that we had stopped serves again, with the file it had before."""

    node: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSick:
    """The node is down or wrong, and waiting would not change that."""

    node: str
    reason: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """Patience ended after so many seconds; nothing was killed, and the node may still get there."""

    act: Act
    node: str
    seconds: float
    reason: str
    at: str = ""


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
