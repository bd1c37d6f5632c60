"""Conduct a plan with all that belongs to it: its journal first, the terminal, hooks, signals, the copy on nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.conductor import Holder, Wishes, conduct
from agent.core.planning.plan_json import encode
from agent.core.report import Tone
from agent.core.rollout.telling import tell
from agent.edges.jsonlog import event_file
from agent.edges.secrets import resolve
from agent.edges.signals import listening
from agent.errors import AgentError, Interrupted, Unsettled
from agent.operations.commands import command
from agent.operations.foretelling import Waiting
from agent.operations.hooks import hook_runner
from agent.operations.last_act import LastAct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.edges.journal import Journal
    from agent.node.port import NodePort
    from agent.operations.inputs import ClusterInput
    from agent.operations.world import Choice, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One sitting of a controller at a plan: past is None for the first, and all that is known of it for any other.

    seen_epoch is the highest that any node has seen; events a file for one JSON object per event.
    """

    cluster: ClusterInput
    plan: Plan
    ports: Mapping[str, NodePort]
    seen_epoch: int
    past: Iterable[Event] | None = None
    wishes: Wishes = field(default_factory=Wishes)
    events: Path | None = None


def carry_on(world: World, choice: Choice, errand: Errand, journal: Journal) -> Rollout:
    """Conduct the plan; the journal hears each event first, every other listener cannot hinder it.

    Raises:
        Interrupted: asked a second time; what was in flight goes on by itself, and the locks stay.
        Unsettled: the rollout could not go on, most likely for want of its journal; nodes may be changed.
        JournalError: the same, before anything was begun.

    """
    plan, acts = errand.plan, LastAct()
    concerned = {step.node for step in plan.steps} | set(plan.bystanders)
    waiting = Waiting.for_cluster(world, plan.cluster)
    with (
        event_file(errand.events) as log,
        listening(lambda text: world.progress(text, Tone.CARE), world.clock.woken) as interruptions,
    ):
        try:
            return conduct(
                plan,
                {name: port for name, port in errand.ports.items() if name in concerned},
                (journal.append, acts.hear, log, _teller(world, waiting)),
                world.clock,
                _holder(world, errand),
                epoch=1 + errand.seen_epoch,
                forks=choice.forks,
                interrupted=interruptions.asked,
                hooks=hook_runner(world, errand.cluster),
                wishes=errand.wishes,
                past=errand.past,
            )
        except KeyboardInterrupt:
            raise Interrupted(f"{plan.cluster}: let go; {_left(acts, journal.path, choice)}") from None
        except AgentError as fault:
            if acts.are_none:
                raise
            raise Unsettled(f"{fault}; {_left(acts, journal.path, choice)}") from fault


def _holder(world: World, errand: Errand) -> Holder:
    rest = errand.cluster.inventory.jira.rest
    token = resolve(rest.token, world.environment) if rest is not None and errand.plan.consults else ""
    return Holder(holder=world.user, host=world.host, plan_copy=encode(errand.plan), token=token)


def _left(acts: LastAct, journal: Path, choice: Choice) -> str:
    """What is left behind where a rollout did not come to an end of its own, and what to do about it."""
    return (
        f"{acts.in_flight()}; the nodes stay locked (journal {journal}); "
        f"go on with `{command('resume', choice)}`, or put all back with `{command('abort', choice)}`"
    )


def _teller(world: World, waiting: Waiting) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        line = tell(event)
        if line:
            world.progress(f"  {line.text}{waiting.words(event)}", line.tone)

    return listen
