"""Conduct a plan with all that belongs to it: its journal first, the terminal, hooks, signals, the copy on nodes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
from agent.operations.locks.epochs import next_epoch, require_counted
from agent.operations.looking.gathering import observation_in
from agent.operations.proposal.foretelling import Waiting
from agent.operations.rollout.hooks import hook_runner
from agent.operations.rollout.last_act import LastAct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from agent.core.observation import Observation
    from agent.core.planning.plan import Plan
    from agent.core.rollout.events import Event
    from agent.core.rollout.progress import Rollout
    from agent.edges.journal import Journal
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.looking.last_seen import LastSeen
    from agent.operations.world import Choice, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One sitting of a controller at a plan: past is None for the first, and all that is known of it for any other.

    events is a file for one JSON object per event; first is done when all is prepared, right before the rollout begins.
    """

    cluster: ClusterInput
    plan: Plan
    ports: Mapping[str, LastSeen]
    past: Iterable[Event] | None = None
    wishes: Wishes = field(default_factory=Wishes)
    events: Path | None = None
    first: Callable[[], None] = lambda: None


def carry_on(world: World, choice: Choice, errand: Errand, journal: Journal) -> Rollout:
    """Conduct the plan; the journal hears each event first, every other listener cannot hinder it.

    Raises:
        InputError: the token's reference leads nowhere, or the file for events cannot be opened; nothing was begun.
        Refused: a node's epoch is no count; nothing was begun.
        Interrupted: asked a second time; what was in flight goes on by itself, and the locks stay.
        Unsettled: the rollout could not go on, most likely for want of its journal; nodes may be changed.
        JournalError: the same, before anything was begun.

    """
    acts = LastAct()
    waiting = Waiting.for_cluster(world, errand.plan.cluster)
    with (
        event_file(errand.events) as log,
        listening(lambda text: world.progress(text, Tone.CARE), world.clock.woken) as interruptions,
    ):
        listeners = (journal.append, acts.hear, log, _teller(world, waiting))
        holder = _holder(world, errand)
        require_counted(errand.plan.cluster, seen_by(errand.ports))
        errand.first()
        try:
            return _conduct(world, errand, holder, listeners, forks=choice.forks, interrupted=interruptions.asked)
        except KeyboardInterrupt:
            raise Interrupted(f"{errand.plan.cluster}: let go; {_left(acts, errand, journal.path, choice)}") from None
        except AgentError as fault:
            if acts.are_none:
                raise
            raise Unsettled(f"{fault}; {_left(acts, errand, journal.path, choice)}") from fault


def _conduct(
    world: World,
    errand: Errand,
    holder: Holder,
    listeners: tuple[Callable[[Event], None], ...],
    *,
    forks: int,
    interrupted: Callable[[], bool],
) -> Rollout:
    plan = errand.plan
    concerned = {step.node for step in plan.steps} | set(plan.bystanders)
    return conduct(
        plan,
        {name: port for name, port in errand.ports.items() if name in concerned},
        listeners,
        world.clock,
        holder,
        epoch=next_epoch(seen_by(errand.ports)),
        forks=forks,
        interrupted=interrupted,
        hooks=hook_runner(world, errand.cluster),
        wishes=errand.wishes,
        past=errand.past,
    )


def seen_by(ports: Mapping[str, LastSeen]) -> Mapping[str, Observation]:
    """Return what each node has told of itself last."""
    found = ((name, port.answer and observation_in(port.answer)) for name, port in ports.items())
    return {name: seen for name, seen in found if seen}


def _holder(world: World, errand: Errand) -> Holder:
    rest = errand.cluster.inventory.jira.rest
    token = resolve(rest.token, world.environment) if rest is not None and errand.plan.consults else ""
    return Holder(holder=world.user, host=world.host, plan_copy=encode(errand.plan), token=token)


def _left(acts: LastAct, errand: Errand, journal: Path, choice: Choice) -> str:
    """What is left behind where a rollout did not come to an end of its own, and what to do about it."""
    whole = replace(choice, limit=None, exclude=None)
    back = "" if errand.plan.undoes else f", or put all back with `{command('abort', whole)}`"
    return (
        f"{acts.in_flight()}; the nodes stay locked (journal {journal}); go on with `{command('resume', whole)}`{back}"
    )


def _teller(world: World, waiting: Waiting) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        line = tell(event)
        if line:
            world.progress(f"  {line.text}{waiting.words(event)}", line.tone)

    return listen
