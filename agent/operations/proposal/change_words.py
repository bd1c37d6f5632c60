"""What a plan means, in words: its class, what goes elsewhere, what it takes to do it, and the ways to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.core.planning.plan import Shape
from agent.core.report import columns
from agent.core.routing import ChangeClass, Confirmation
from agent.core.rules.wording import listed
from agent.core.text.names import fold
from agent.operations.proposal.facts import moved
from agent.operations.proposal.next_command import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.planning.plan import Plan
    from agent.operations.proposal.proposing import Proposal

_MEANINGS = {
    ChangeClass.NONE: "no file changes",
    ChangeClass.COSMETIC: "layout, mode or owner only: commit, no restart",
    ChangeClass.TUNING: "the data stays where it goes now: a rolling restart brings it into force",
    ChangeClass.REPAIR: "some nodes stand out from the rest: they come first",
}


def meaning(proposal: Proposal) -> str:
    """Return what the class of the change means for this very plan.

    Where all nodes are stopped before any is started, and none is left out, no two of them go different ways.
    """
    made = proposal.plan
    if made.change is not ChangeClass.ROUTING:
        return _MEANINGS[made.change]
    if made.shape is Shape.TOGETHER and not made.bystanders and not made.absent:
        return "all nodes change over at once: no data is written to two places"
    if len(proposal.judgements) == 1 or any(objection.code == "routing" for objection in proposal.objections):
        return f"new {_targets(proposal)} will be stored elsewhere"
    return f"new {_targets(proposal)} go to two places until {_until(proposal)}"


def relocation_lines(proposal: Proposal) -> Iterable[str]:
    """Give what goes elsewhere, target by target, and below it what users will see of it."""
    for move, names in moved(proposal).items():
        first, *more = move.lines
        yield f"{fold(names)}: {first}"
        yield from (f"  {text}" for text in more)


def asking(made: Plan) -> Iterable[str]:
    """Give what it takes to do it, where a yes is not enough."""
    if made.confirmation is Confirmation.NAME:
        yield (
            f"It takes the cluster's name, typed at a terminal; without one, --confirm {made.cluster}."
            " --yes does not cover it."
        )


def ways(proposal: Proposal) -> tuple[str, ...]:
    """Return what there is to choose from where the way has not been said, and what each way costs."""
    what = _targets(proposal)
    return columns([(flag, cost.format(what=what)) for flag, cost in WAYS.items()])


def _targets(proposal: Proposal) -> str:
    return listed(dict.fromkeys(str(move.target) for move in moved(proposal))) or "data"


def _until(proposal: Proposal) -> str:
    """A node without a step goes on as it is, and so does one that was not seen."""
    stepped = {step.node for step in proposal.plan.steps}
    others = [it for it in proposal.judgements if it.node.name not in stepped]
    left = [it.node.name for it in others if it.effective_routing != it.desired_routing]
    if left:
        return f"{fold(left)} {'changes' if len(left) == 1 else 'change'} over too, which is not part of this plan"
    return "each node has had its next restart" if proposal.plan.shape is Shape.COMMIT else "the last of them is done"
