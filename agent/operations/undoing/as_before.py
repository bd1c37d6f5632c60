"""Which nodes has a rollout changed, and what puts each back? Judged by what the nodes show, not by what was meant.

A node is restarted only if it may have loaded the rollout's file, or was left stopped: whoever still runs the process
from before has what it had.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.core.judging.in_force import Known
from agent.core.judging.state import State
from agent.core.observation import Presence
from agent.core.planning.found import running_process
from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.table import StepState

if TYPE_CHECKING:
    from agent.core.judging.standing import Judgement
    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan, Step
    from agent.operations.unfinished.choosing import Unfinished

_CLOSING = State.STARTING
"""So an old process looks that has closed its port already: it is on its way down."""
UNTOUCHED_PROCESS = "its process is the one from before"


def changed_files(plan: Plan, judgements: tuple[Judgement, ...]) -> frozenset[str]:
    """Return the nodes on which the rollout's file lies in the place of another."""
    found = {it.node.name: it.digest for it in judgements}
    return frozenset(
        step.node for step in plan.steps if step.digest != step.expected and found.get(step.node) == step.digest
    )


def to_restart(found: Unfinished, judgements: tuple[Judgement, ...]) -> frozenset[str]:
    """Return the nodes that do not run what they ran before the rollout, or were told to stop."""
    seen = {it.node.name: it for it in judgements}
    steps = (step for step in found.plan.steps if step.node in seen)
    stopping = _told_to_stop(found)
    return frozenset(
        step.node for step in steps if _must_restart(step, seen[step.node], is_stopping=step.node in stopping)
    )


def _told_to_stop(found: Unfinished) -> frozenset[str]:
    """A stop is asked for and not waited for, so its process may still show."""
    so_far = found.so_far
    if so_far is None:
        return frozenset()
    return frozenset(
        node for node, it in so_far.steps.items() if it.begun is Act.STOP or it.state is StepState.STOPPING
    )


def shape_back(plan: Plan, restarting: frozenset[str]) -> Shape:
    """Return how it is put back: as it was done, and without any restart where none is due."""
    if not restarting:
        return Shape.COMMIT
    return Shape.TOGETHER if plan.shape is Shape.TOGETHER else Shape.ROLLING


def exactly(made: Plan, restarts: Plan) -> Plan:
    """Return the plan with the restarts that the other one has, and no more.

    What is on its way down still shows what it has loaded, so a plan made from that alone would not start it again.
    """
    wanted, own = {step.node for step in restarts.steps}, {step.node for step in made.steps}
    last = max((step.turn for step in made.steps), default=-1)
    late = (replace(step, turn=last + 1 + step.turn) for step in restarts.steps if step.node not in own)
    steps = (*(_told(step, restart=step.node in wanted) for step in made.steps), *late)
    return replace(made, steps=steps, bystanders=tuple(name for name in made.bystanders if name not in wanted))


def _told(step: Step, *, restart: bool) -> Step:
    if step.restart is restart:
        return step
    why, act = step.reason.rpartition("; ")[0], "remove the file" if step.removes else "commit the file"
    what = f"stop, {act}, start" if restart else f"{act}, no restart: {UNTOUCHED_PROCESS}"
    return replace(step, restart=restart, reason=f"{why}; {what}")


def _must_restart(step: Step, judgement: Judgement, *, is_stopping: bool) -> bool:
    seen = judgement.observation
    if seen is None:
        return False
    if seen.process.presence is Presence.NONE:
        return step.running
    if step.running and (judgement.state is State.ERROR or (is_stopping and judgement.state is not State.RUNNING)):
        return True
    now = running_process(seen)
    if now is not None and now == step.process:
        return step.running and judgement.state is _CLOSING
    return step.document is not None and _may_have_loaded(step, judgement, seen)


def _may_have_loaded(step: Step, judgement: Judgement, seen: Observation) -> bool:
    """Another process than before: what it has loaded decides, and where that is not known, whether it could have."""
    if step.digest == step.expected:
        return False
    loaded = judgement.in_force
    if isinstance(loaded, Known):
        return loaded.canonical != _canonical_before(step, judgement)
    return judgement.digest == step.digest or any(receipt.digest == step.digest for receipt in seen.receipts)


def _canonical_before(step: Step, judgement: Judgement) -> str:
    return step.expected_canonical if step.expected_canonical is not None else judgement.desired.canonical
