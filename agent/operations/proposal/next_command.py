"""Which command comes after a proposal: the one that does it, or the one that mends what speaks against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.core.judging.standing import Standing
from agent.core.planning.capacity_guards import down_at_once
from agent.core.planning.plan import Shape
from agent.operations.commands import command

if TYPE_CHECKING:
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.world import Choice

WAYS: Final = {
    "--restart": "one node after the other: Jira goes on serving; until the last node has restarted, new {what} go to"
    " the old place on some nodes and to the new one on others",
    "--together": "all nodes are stopped first: Jira is down for everybody meanwhile; at no time are there two places",
    "--no-restart": "only the file is brought now: each node changes over at its own next restart, whenever that is;"
    " until the last one has, new {what} go to both places",
}
"""The ways to bring a change of routing about, one of which has to be said, and what each costs."""


def next_command(proposal: Proposal, choice: Choice) -> str | None:
    """Return the command that does this plan; where it is empty, the one that does what is left."""
    if proposal.plan.steps:
        return command(_task(proposal), choice, *_everyone(proposal), *_shape_words(proposal))
    wide = replace(choice, limit=None)
    if any(judgement.needs_restart for judgement in proposal.judgements):
        return command("rolling-restart", wide)
    wrong = any(judgement.standing not in _LEFT_ALONE for judgement in proposal.judgements)
    return command("plan", wide) if wrong and proposal.plan.shape is Shape.RESTART else None


def mending_command(proposal: Proposal, choice: Choice) -> str | None:
    """Return what to run where a plan was not done: what the first objection asks for, or what is left to do."""
    if not proposal.objections:
        return next_command(proposal, choice)
    first = proposal.objections[0]
    if first.code in _SILENT and first.flags and proposal.plan.steps:
        return _say_the_flag(proposal, choice)
    return _CURES.get(first.code, _examine)(proposal, choice)


def planning_command(proposal: Proposal, choice: Choice) -> str:
    """Return the command that makes a plan like this one anew."""
    shape = ("--rolling-restart",) if proposal.plan.shape is Shape.RESTART else ()
    words = (*shape, *_everyone(proposal), *sorted(proposal.said), *proposal.policy.words)
    return command("plan", choice, *words)


def _examine(_: Proposal, choice: Choice) -> str:
    return command("doctor", choice)


def _look(_: Proposal, choice: Choice) -> str:
    return command("status", replace(choice, limit=None, exclude=None))


def _allow_more(proposal: Proposal, choice: Choice) -> str:
    """Who has left out a dead machine knows that it is down; else a look at the nodes comes first."""
    if not choice.exclude:
        return _look(proposal, choice)
    others = replace(proposal.policy, max_unavailable=down_at_once(proposal.plan, proposal.judgements))
    said = sorted(proposal.said)
    return command(_task(proposal), choice, *_everyone(proposal), *proposal.words, *said, *others.words)


def _see_the_holder(_: Proposal, choice: Choice) -> str:
    return command("lock", replace(choice, limit=None))


def _plan_again(proposal: Proposal, choice: Choice) -> str:
    """A task with a name of its own makes its plan itself, whenever it is run."""
    return command(proposal.task or "plan", choice, *proposal.words)


def _push_first(proposal: Proposal, choice: Choice) -> str:
    return command("deploy-config", choice, *sorted({*proposal.said, "--restart"}), *proposal.policy.words)


def _say_the_way(proposal: Proposal, choice: Choice) -> str:
    """Which way is for a person to choose; pasted as it stands, the command is refused."""
    return f"{command(_task(proposal), choice, *_shape_words(proposal))}, with one of {', '.join(WAYS)}"


def _say_the_flag(proposal: Proposal, choice: Choice) -> str:
    """Only a person can decide for a flag that overrides; the command is that of the same task, with it."""
    said = sorted({*proposal.said, *proposal.objections[0].flags[:1]})
    return command(_task(proposal), choice, *_everyone(proposal), *proposal.words, *said, *proposal.policy.words)


def _take_all(proposal: Proposal, choice: Choice) -> str:
    wide = replace(choice, limit=None, exclude=None)
    said = sorted(proposal.said)
    return command(_task(proposal), wide, *_everyone(proposal), *proposal.words, *said, *proposal.policy.words)


def _task(proposal: Proposal) -> str:
    return proposal.task or ("rolling-restart" if proposal.plan.shape is Shape.RESTART else "deploy-config")


def _everyone(proposal: Proposal) -> tuple[str, ...]:
    """A restart of nodes that do not need one was asked for by --all, and is only done by it."""
    needy = {judgement.node.name for judgement in proposal.judgements if judgement.needs_restart}
    surplus = any(step.node not in needy for step in proposal.plan.steps)
    return ("--all",) if surplus and proposal.plan.shape is Shape.RESTART else ()


_CURES = {
    "budget": _allow_more,
    "busy": _look,
    "downtime": _say_the_flag,
    "left-behind": _take_all,
    "max-unavailable": _plan_again,
    "locked": _see_the_holder,
    "not-in-cluster": _plan_again,
    "routing": _say_the_way,
    "unknown-member": _plan_again,
    "unreadable": _plan_again,
    "upgrade": _plan_again,
    "wrong-file": _push_first,
}
"""What an objection asks the user to run next; any other sends him to the doctor."""
_SILENT = frozenset({"unreachable", "unknown"})
"""Of a node that was left out on purpose, and may be."""
_LEFT_ALONE = frozenset({Standing.CURRENT, Standing.COSMETIC, Standing.UNREACHABLE, Standing.UNKNOWN})


def _shape_words(proposal: Proposal) -> tuple[str, ...]:
    """The flags that were said; the cluster's name is not among them, since a guard that is pasted is none."""
    return (*proposal.words, *sorted(proposal.said), *proposal.policy.words)
