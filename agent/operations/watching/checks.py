"""One check of each cluster that is watched: what was seen and judged, what is remembered of it, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.drift.facts import cluster_facts, unmade_facts
from agent.core.drift.view import view_of
from agent.core.drift.words import sentence
from agent.core.remembering.memory import Seen
from agent.core.text.moments import iso, seconds_of
from agent.core.text.names import counted
from agent.errors import Outcome
from agent.operations.commands import command
from agent.operations.locks.holding import of_cluster
from agent.operations.locks.under_way import nobody_at_work
from agent.operations.looking.gathering import look_at_each
from agent.operations.watching.next_step import next_step
from agent.operations.watching.watch import watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.drift.view import ClusterView, NodeView
    from agent.core.finding import Finding
    from agent.core.inventory.model import Rollout
    from agent.core.judging.standing import Judgement
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.inputs.watchable import Watchable
    from agent.operations.watching.watch import Watched
    from agent.operations.world import Choice, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What came of checking one cluster; there is no view where its files are wrong. at is in seconds since 1970."""

    cluster: str
    at: float
    outcome: Outcome
    sentence: str
    next_command: str | None
    view: ClusterView | None
    watched: Watched
    facts: Mapping[str, object]


def check_each(world: World, choice: Choice, watchable: Watchable, *, notify: bool) -> tuple[Check, ...]:
    """Look at all nodes at once, and judge each cluster for itself, in the order in which they were asked for."""
    began = world.clock.monotonic()
    looked = look_at_each(world, watchable.inputs.clusters, forks=choice.forks)
    took = round(world.clock.monotonic() - began, 3)
    seen = {cluster.name: (cluster, judged) for cluster, judged in looked}
    return tuple(
        _made(world, choice, *seen[name], took=took, notify=notify)
        if name in seen
        else _unmade(world, choice, name, watchable, notify=notify)
        for name in watchable.inputs.names
        if name in seen or name in watchable.broken
    )


def _made(
    world: World, choice: Choice, cluster: ClusterInput, judged: tuple[Judgement, ...], *, took: float, notify: bool
) -> Check:
    now = seconds_of(world.clock.now_iso())
    patience, ended = _patience(cluster.inventory.rollout), nobody_at_work(world, cluster.name, judged)
    view = view_of(cluster.name, judged, size=len(cluster.nodes), now=now, patience=patience, ended=ended)
    due = next_step(view, of_cluster(cluster.name, choice))
    watched = watch(
        world,
        cluster.name,
        cluster.inventory.notify,
        [_seen(node) for node in view.nodes],
        at=now,
        outcome=str(view.outcome),
        known=frozenset(node.name for node in cluster.nodes),
        sentence=sentence(view),
        notify=notify,
        next_command=due,
    )
    facts = cluster_facts(view) | _facts_of(now, took, watched)
    return Check(
        cluster=cluster.name,
        at=now,
        outcome=view.outcome,
        sentence=sentence(view),
        next_command=due,
        view=view,
        watched=watched,
        facts=facts,
    )


def _unmade(world: World, choice: Choice, name: str, watchable: Watchable, *, notify: bool) -> Check:
    """A check that could not be made is news too, for whomever the inventory names as far as it can be read."""
    now = seconds_of(world.clock.now_iso())
    inventory = watchable.inputs.estate.clusters.get(name)
    why, due = _why(watchable.broken[name]), command("validate", of_cluster(name, choice))
    watched = watch(
        world,
        name,
        inventory.notify if inventory else None,
        [],
        at=now,
        outcome=str(Outcome.INVALID),
        known=frozenset(),
        sentence=why,
        notify=notify,
        next_command=due,
    )
    facts = unmade_facts(name, str(Outcome.INVALID), why) | _facts_of(now, 0.0, watched)
    return Check(
        cluster=name,
        at=now,
        outcome=Outcome.INVALID,
        sentence=why,
        next_command=due,
        view=None,
        watched=watched,
        facts=facts,
    )


def _facts_of(now: float, took: float, watched: Watched) -> dict[str, object]:
    return {
        "checked_at": iso(now),
        "duration_seconds": took,
        "notes": list(watched.notes),
        "told": list(watched.told),
    }


def _seen(node: NodeView) -> Seen:
    judgement = node.judgement
    return Seen(
        node=node.name,
        standing=str(judgement.standing),
        reason="; ".join((judgement.consequence or judgement.reason, *(fault.message for fault in node.faults))),
        faults=tuple(fault.code for fault in node.faults),
        in_transition=node.in_transition,
    )


def _why(faults: tuple[Finding, ...]) -> str:
    first = faults[0]
    more = f" and {counted(len(faults) - 1, 'error')} more" if len(faults) > 1 else ""
    return f"It cannot be checked, since its files are wrong: {first.place}: {first.message}{more}."


def _patience(policy: Rollout) -> float:
    """How long nothing may happen in a rollout that is under way: a start, the hooks, the stop of the next node."""
    hooks = (policy.drain.after_ready, policy.drain.before_stop)
    return policy.ready_timeout + policy.stop_timeout + sum(hook.timeout for hook in hooks if hook)
