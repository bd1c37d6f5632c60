"""A proposal for scripts: the keys that every task with a plan has in its JSON (docs/schemas/common.json, plan)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.capacity import capacities
from agent.core.planning.order import AS_CANARY
from agent.core.relocation import moves
from agent.core.rollout.hooks import AFTER_READY, BEFORE_STOP
from agent.core.text.names import fold
from agent.operations.looking import verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.planning.guards import Objection
    from agent.core.planning.plan import Plan, Step
    from agent.core.relocation import Relocation
    from agent.operations.proposal.proposing import Proposal


def facts(proposal: Proposal) -> dict[str, object]:
    """Return the plan for scripts."""
    made = proposal.plan
    return {
        "plan": made.id,
        "class": str(made.change),
        "confirmation": str(made.confirmation),
        "shape": str(made.shape),
        "relocations": list(relocations(proposal)),
        "differences": verdicts.differences(proposal.judgements),
        "steps": [_step(step) for step in made.steps],
        "budget": {"count": made.budget, "told": proposal.budget.told},
        "capacity": _capacity(proposal),
        "canary": [step.node for step in made.steps if step.reason.startswith(AS_CANARY)],
        "absent": list(made.absent),
        "hooks": _hooks(made),
        "consults": made.consults,
        "forecast": list(proposal.forecast),
        "objections": _objections(proposal.objections),
        "overridden": _objections(proposal.overridden),
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "node": step.node,
        "turn": step.turn,
        "reason": step.reason,
        "commits": step.document is not None,
        "restarts": step.restart,
        "expected_digest": step.expected,
        "digest": step.digest,
    }


def _capacity(proposal: Proposal) -> list[dict[str, object]]:
    return [
        {
            "turn": during.turn,
            "nodes": list(during.nodes),
            "of": during.of,
            "stopped": during.stopped,
            "serving": during.serving,
        }
        for during in capacities(proposal.plan, proposal.judgements)
    ]


def _hooks(made: Plan) -> list[dict[str, object]]:
    hooks = ((BEFORE_STOP, made.before_stop), (AFTER_READY, made.after_ready))
    return [
        {"name": name, "run": list(hook.run), "on": hook.on, "timeout": hook.timeout}
        for name, hook in hooks
        if hook is not None
    ]


def _objections(objections: tuple[Objection, ...]) -> list[dict[str, object]]:
    return [{"code": it.code, "sentence": it.sentence, "flags": list(it.flags)} for it in objections]


def relocations(proposal: Proposal) -> tuple[str, ...]:
    """Return on which nodes which target's data goes elsewhere after the plan, and what becomes of the data there."""
    return tuple(f"{fold(names)}: {move.sentence}" for move, names in moved(proposal).items())


def moved(proposal: Proposal) -> Mapping[Relocation, tuple[str, ...]]:
    """Return each target that goes elsewhere after the plan, with the nodes on which it does."""
    found: dict[Relocation, tuple[str, ...]] = {}
    for judgement in proposal.judgements:
        if judgement.effective_routing is not None:
            for move in moves(judgement.effective_routing, judgement.desired_routing):
                found[move] = (*found.get(move, ()), judgement.node.name)
    return found
