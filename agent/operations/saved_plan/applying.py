"""How is a saved plan carried out? As it was read, or not at all: what has moved since is named, and refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from agent import __version__
from agent.core.planning.binding import Now, moved
from agent.core.planning.plan import Shape
from agent.core.text.names import fold
from agent.edges.journal import journal_path
from agent.edges.plan_file import read_plan_file
from agent.errors import InputError, Refused
from agent.operations.inputs.clusters import reachable_inputs
from agent.operations.proposal.policy import Policy, read_policy
from agent.operations.rollout.rolling_out import rollouts_folder
from agent.operations.saved_plan.bound import EVERY_NODE, bound_nodes, input_digests, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agent.core.planning.binding import SavedPlan
    from agent.core.planning.plan import Plan
    from agent.operations.inputs.clusters import Inputs
    from agent.operations.looking.last_seen import LastSeen
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.rollout.rolling_out import Deed
    from agent.operations.world import Choice, World

_VALUED: Final = frozenset({"canary", "max_unavailable", "pause_after", "reason"})
"""The flags with a value that a saved plan may hold, as read_policy calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done: by the words of the command line, or by those of a saved plan."""

    choice: Choice
    said: frozenset[str]
    policy: Policy
    shape: Shape
    saved: SavedPlan | None = None


def as_saved(choice: Choice, *, said: frozenset[str], policy: Policy, shape: Shape, file: Path | None) -> Wish:
    """Return the wish of the command line, or that of the saved plan, which has words of its own.

    Raises:
        InputError: the file is no plan that can be followed, or the command line has words that it has itself.

    """
    if file is None:
        return Wish(choice=choice, said=said, policy=policy, shape=shape)
    own = _own_words(choice, said, policy)
    if own:
        raise InputError(f"--plan {file}: the plan has its own {', '.join(own)}; leave that out, or plan again with it")
    saved = read_plan_file(file)
    _require_fit(file, saved, choice, said, shape)
    return Wish(
        choice=replace(choice, limit=saved.limit, exclude=saved.exclude, clusters=(saved.cluster,)),
        said=frozenset(word for word in saved.said if "=" not in word),
        policy=_policy(file, saved),
        shape=saved.plan.shape,
        saved=saved,
    )


def _own_words(choice: Choice, said: frozenset[str], policy: Policy) -> list[str]:
    own = [f"--{name}" for name in ("limit", "exclude") if getattr(choice, name) is not None]
    return own + sorted(said - {EVERY_NODE}) + list(policy.words[::2])


def _require_fit(file: Path, saved: SavedPlan, choice: Choice, said: frozenset[str], shape: Shape) -> None:
    """The cluster, the task and --all may be said again, but not otherwise than they stand in the plan."""
    if choice.clusters and set(choice.clusters) != {saved.cluster}:
        raise InputError(f"--plan {file}: it was made for the cluster {saved.cluster}, not for {choice.clusters[0]}")
    if (saved.plan.shape is Shape.RESTART) != (shape is Shape.RESTART):
        task = "rolling-restart" if saved.plan.shape is Shape.RESTART else "deploy-config"
        raise InputError(f"--plan {file}: this is a plan for {task}")
    if EVERY_NODE in said and EVERY_NODE not in saved.said:
        raise InputError(f"--plan {file}: the plan restarts those that need it; leave {EVERY_NODE} out, or plan again")


def inputs_for(wish: Wish, *, template: Path | None) -> Inputs:
    """Return the valid inputs; a saved plan that does not fit them any more is named with what is wrong.

    Raises:
        InputError: as reachable_inputs.

    """
    try:
        return reachable_inputs(wish.choice, template=template)
    except InputError as fault:
        if wish.saved is None:
            raise
        told = f"the saved plan {wish.saved.plan.id} of {wish.saved.cluster} cannot be followed: {fault}"
        raise InputError(told, fault.findings) from fault


def applied(world: World, deed: Deed, wish: Wish) -> Deed:
    """Return the deed, held to the saved plan where there is one."""
    saved = wish.saved
    if saved is None:
        return deed
    return replace(deed, bound=lambda proposal, ports: _held(world, saved, proposal, ports))


def _policy(file: Path, saved: SavedPlan) -> Policy:
    pairs = [word.removeprefix("--").split("=", 1) for word in saved.said if "=" in word]
    values: Mapping[str, str] = {name.replace("-", "_"): value for name, value in pairs}
    if not values.keys() <= _VALUED:
        raise InputError(f"--plan {file}: it has words that this filestore-agent does not know; plan again")
    return read_policy(**values, without_rest="--without-rest" in saved.said)


def _held(world: World, saved: SavedPlan, proposal: Proposal, ports: Mapping[str, LastSeen]) -> Proposal:
    """Raises Refused with all that has moved; the plan keeps the name under which it was saved."""
    _require_not_begun(world, saved)
    now = Now(
        version=__version__,
        cluster=proposal.cluster.name,
        at=moment(datetime.now(UTC)),
        inputs=input_digests(proposal.cluster),
        nodes=bound_nodes(proposal.judgements, {name: port.identity for name, port in ports.items()}),
        change=proposal.plan.change,
        plan=proposal.plan,
    )
    differences = (*moved(saved, now), *_restarted(saved.plan, proposal.plan))
    if differences:
        told = "; ".join(differences)
        raise Refused(f"The saved plan {saved.plan.id} does not hold any more: {told}; nothing was changed; plan again")
    return replace(proposal, plan=replace(proposal.plan, id=saved.plan.id))


def _require_not_begun(world: World, saved: SavedPlan) -> None:
    """A plan is carried out once; what was begun is gone on with, by its journal."""
    if journal_path(rollouts_folder(world, saved.cluster), saved.plan.id).is_file():
        raise Refused(
            f"The saved plan {saved.plan.id} was begun already (see `history`); nothing was changed now; go on with it"
            " by `resume` if it has not come to its end, or plan again"
        )


def _restarted(then: Plan, now: Plan) -> Iterator[str]:
    """To restart what has been restarted since is not what was agreed to; for a commit it makes no difference."""
    if then.shape is not Shape.RESTART:
        return
    before = {step.node: step.process for step in then.steps}
    again = [step.node for step in now.steps if step.node in before and step.process != before[step.node]]
    if again:
        yield f"{fold(again)}: another process runs there than when the plan was made"
