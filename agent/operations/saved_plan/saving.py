"""What is a plan bound to when it is saved: inputs, host keys, the file of every node, the words it was made with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agent import __version__
from agent.core.planning.binding import SavedPlan
from agent.core.planning.plan import Shape
from agent.edges.plan_file import write_plan
from agent.operations.commands import command
from agent.operations.saved_plan.bound import EVERY_NODE, bound_nodes, input_digests, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.proposal.proposing import Proposal
    from agent.operations.world import Choice

    Keep = Callable[[ClusterInput, Proposal, Mapping[str, str | None]], "Kept"]
    """Saves a plan, with what it is bound to: the host key of each node that was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a plan was saved, until when it holds, and the command that carries it out as it is."""

    path: Path
    expires_at: str
    command: str


def keeping(choice: Choice, path: Path, *, valid_for: float) -> Keep:
    """Return what saves a proposal to a file, for so many seconds."""

    def keep(cluster: ClusterInput, proposal: Proposal, host_keys: Mapping[str, str | None]) -> Kept:
        now = datetime.now(UTC)
        saved = SavedPlan(
            version=__version__,
            cluster=cluster.name,
            made_at=moment(now),
            expires_at=moment(now + timedelta(seconds=valid_for)),
            inputs=input_digests(cluster),
            nodes=bound_nodes(proposal.judgements, host_keys),
            limit=choice.limit,
            exclude=choice.exclude,
            said=_words(proposal),
            change=proposal.plan.change,
            plan=proposal.plan,
        )
        write_plan(path, saved)
        task = "rolling-restart" if proposal.plan.shape is Shape.RESTART else "deploy-config"
        doing = command(task, _bare(choice), "--plan", str(path))
        return Kept(path=path, expires_at=saved.expires_at, command=doing)

    return keep


def _words(proposal: Proposal) -> tuple[str, ...]:
    """The user's words: those that override, and the values for this rollout alone as --flag=value."""
    needy = {judgement.node.name for judgement in proposal.judgements if judgement.needs_restart}
    surplus = proposal.plan.shape is Shape.RESTART and any(step.node not in needy for step in proposal.plan.steps)
    flags, values = proposal.policy.words[::2], proposal.policy.words[1::2]
    valued = (f"{flag}={value}" for flag, value in zip(flags, values, strict=True))
    return tuple(sorted({*proposal.said, *valued, *((EVERY_NODE,) if surplus else ())}))


def _bare(choice: Choice) -> Choice:
    """The plan has its own selection."""
    return replace(choice, limit=None, exclude=None)
