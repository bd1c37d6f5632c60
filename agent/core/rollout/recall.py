"""Where does a step stand, after an interruption? Told by the node alone: its file, its receipts, its process.

What the journal remembers helps (which process ran before, that a stop was asked), but the node decides. So a rollout
can be gone on with from a workstation that has only the plan. A node that has been brought to the new file, and started
after it, is waited for and never restarted again; one on which nothing is under way begins its step anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.judging.state import State, state_of
from agent.core.observation import Presence
from agent.core.rollout.events import Act, ConfigCommitted, NodeSick, StartAsked, StepReopened, StopAsked
from agent.core.rollout.evidence import digest_on_disk, fault_of_commit, is_younger, process_in, receipt_in
from agent.core.rollout.progress import restarts

if TYPE_CHECKING:
    from agent.core.observation import Incarnation, Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.progress import Progress

    Recalled = ConfigCommitted | NodeSick | StartAsked | StepReopened | StopAsked


def recall(plan: Plan, progress: Progress, seen: Observation) -> Recalled | None:
    """Return where the step stands; None where this look does not tell, so that another may."""
    step, found = progress.step, digest_on_disk(seen)
    if found is None or found not in (step.expected, step.digest):
        return NodeSick(node=step.node, reason=_altered(progress, found))
    committed = step.document is not None and fault_of_commit(step, seen) is None
    if not restarts(plan, step):
        return _committed(progress, seen) if committed else _reopened(progress, seen, found, committed=False)
    if seen.process.presence is Presence.UNKNOWN:
        return None
    return _where_it_restarts(progress, seen, found, committed=committed)


def is_reached(plan: Plan, progress: Progress, seen: Observation) -> bool:
    """Tell whether the node is as its step would leave it, whoever has brought it there."""
    found = recall(plan, progress, seen)
    return isinstance(found, ConfigCommitted) or (isinstance(found, StartAsked) and state_of(seen) is State.RUNNING)


def _altered(progress: Progress, found: str | None) -> str:
    fact = f"expected {progress.step.expected} or {progress.step.digest}, found {found or 'what cannot be read'}"
    return f"filestore-config.xml was changed by somebody else meanwhile ({fact}); nothing is done to this node"


def _where_it_restarts(progress: Progress, seen: Observation, found: str, *, committed: bool) -> Recalled | None:
    step, state = progress.step, state_of(seen)
    if seen.process.presence is Presence.NONE:
        return _reopened(progress, seen, found, committed=committed, down=progress.down or step.running)
    process = process_in(seen)
    if process is None:
        return None
    receipt = receipt_in(seen) if committed else None
    is_new = is_younger(process, receipt) if receipt else _is_another(progress, process)
    has_loaded_it = is_new and (committed or step.document is None)
    if has_loaded_it and state is not State.ERROR:
        return StartAsked(node=step.node, receipt=receipt)
    if not is_new and Act.STOP in progress.tried and state is not State.RUNNING:
        return StopAsked(node=step.node)
    return _reopened(progress, seen, found, committed=committed, started=has_loaded_it)


def _is_another(progress: Progress, process: Incarnation) -> bool:
    """Where the process from before could not be named, and was not seen to end, one that runs may still be that."""
    was_seen_to_end = progress.handled or progress.down or not progress.step.running
    is_known = progress.process is not None or was_seen_to_end
    return is_known and process != progress.process


def _committed(progress: Progress, seen: Observation) -> ConfigCommitted:
    return ConfigCommitted(node=progress.node, digest=progress.step.digest, receipt=receipt_in(seen))


def _reopened(
    progress: Progress, seen: Observation, found: str, *, committed: bool, down: bool = False, started: bool = False
) -> StepReopened:
    step = progress.step
    return StepReopened(
        node=step.node,
        on_disk=found,
        committed=committed,
        ours=committed or (step.document is not None and found == step.digest != step.expected),
        down=down,
        serves=state_of(seen) is State.RUNNING,
        started=started,
        receipt=receipt_in(seen) if committed else progress.receipt,
    )
