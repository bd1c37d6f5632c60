"""How is a saved plan carried out? As it was read, or not at all: what has moved since is named, and refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agent import __version__
from agent.core.planning.binding import Now, moved
from agent.edges.plan_file import read_plan_file
from agent.errors import InputError, Refused
from agent.operations.bound import EVERY_NODE, bound_nodes, input_digests, moment
from agent.operations.policy import Policy, read_policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.core.planning.binding import SavedPlan
    from agent.core.planning.plan import Shape
    from agent.operations.last_seen import LastSeen
    from agent.operations.proposing import Proposal
    from agent.operations.rolling_out import Deed
    from agent.operations.world import Choice


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
    own = [f"--{name}" for name in ("limit", "exclude") if getattr(choice, name)]
    own += sorted(said - {EVERY_NODE}) + [word for word in policy.words if word.startswith("--")]
    if own:
        raise InputError(f"--plan {file}: the plan has its own {', '.join(own)}; leave that out, or plan again with it")
    saved = read_plan_file(file)
    if (saved.plan.shape == "restart") != (shape == "restart"):
        task = "rolling-restart" if saved.plan.shape == "restart" else "deploy-config"
        raise InputError(f"--plan {file}: this is a plan for {task}")
    return Wish(
        choice=replace(choice, limit=saved.limit, exclude=saved.exclude, clusters=(saved.cluster,)),
        said=frozenset(word for word in saved.said if "=" not in word),
        policy=_policy(saved),
        shape=saved.plan.shape,
        saved=saved,
    )


def applied(deed: Deed, wish: Wish) -> Deed:
    """Return the deed, held to the saved plan where there is one."""
    saved = wish.saved
    if saved is None:
        return deed
    return replace(deed, bound=lambda proposal, ports: _held(saved, proposal, ports))


def _policy(saved: SavedPlan) -> Policy:
    pairs = [word.removeprefix("--").split("=", 1) for word in saved.said if "=" in word]
    values: Mapping[str, str] = {name.replace("-", "_"): value for name, value in pairs}
    return read_policy(**values, without_rest="--without-rest" in saved.said)


def _held(saved: SavedPlan, proposal: Proposal, ports: Mapping[str, LastSeen]) -> Proposal:
    """Raises Refused with all that has moved; the plan keeps the name under which it was saved."""
    now = Now(
        version=__version__,
        cluster=proposal.cluster.name,
        at=moment(datetime.now(UTC)),
        inputs=input_digests(proposal.cluster),
        nodes=bound_nodes(proposal.judgements, {name: port.identity for name, port in ports.items()}),
        change=proposal.plan.change,
        plan=proposal.plan,
    )
    differences = moved(saved, now)
    if differences:
        told = "; ".join(differences)
        raise Refused(f"The saved plan {saved.plan.id} does not hold any more: {told}; nothing was changed; plan again")
    return replace(proposal, plan=replace(proposal.plan, id=saved.plan.id))
