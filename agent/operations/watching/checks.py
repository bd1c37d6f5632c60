"""One check of each cluster that is watched: what was seen and judged, what is remembered of it, and who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.drift.facts import cluster_facts, unmade_facts
from agent.core.drift.view import view_of
from agent.core.drift.words import sentence
from agent.core.inventory.resolve import resolve_nodes
from agent.core.remembering.memory import Seen
from agent.core.text.moments import iso, seconds_of
from agent.core.text.names import counted
from agent.errors import Outcome
from agent.operations.commands import command, of_cluster
from agent.operations.locks.under_way import nobody_at_work, plan_on
from agent.operations.looking.gathering import look_again, look_at_each
from agent.operations.watching.next_step import next_step
from agent.operations.watching.watch import Sighting, watch

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
    """Look at all nodes at once, judge each cluster for itself, remember it all, and only then tell anybody."""
    began = world.clock.monotonic()
    looked = look_at_each(world, watchable.inputs.clusters, forks=choice.forks)
    now = seconds_of(world.clock.now_iso())
    views = {cluster.name: _view(world, cluster, judged, now, choice.forks) for cluster, judged in looked}
    took = round(world.clock.monotonic() - began, 3)
    names = [name for name in watchable.inputs.names if name in views or name in watchable.broken]
    verdicts = {name: _verdict(choice, watchable, name, views.get(name), now) for name in names}
    watched = watch(world, [verdicts[name].sighting for name in names], notify=notify)
    return tuple(verdicts[name].check(views.get(name), now, took, it) for name, it in zip(names, watched, strict=True))


def _view(world: World, cluster: ClusterInput, judged: tuple[Judgement, ...], now: float, forks: int) -> ClusterView:
    """Judge a cluster; what a rollout held that has ended since is looked at once more: it may be free by now."""
    ended = nobody_at_work(world, cluster.name, judged)
    left = frozenset(it.node.name for it in judged if plan_on(it) in ended)
    judged = look_again(world, judged, left, forks=forks) if left else judged
    patience = _patience(cluster.inventory.rollout)
    return view_of(cluster.name, judged, size=len(cluster.nodes), now=now, patience=patience, ended=ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What is said of a cluster, whether it could be checked or not."""

    outcome: Outcome
    sighting: Sighting
    facts: Mapping[str, object]

    def check(self, view: ClusterView | None, now: float, took: float, watched: Watched) -> Check:
        """Return the whole check, with what became of it."""
        said = {
            "checked_at": iso(now),
            "duration_seconds": took if view else 0.0,
            "notes": list(watched.notes),
            "told": list(watched.told),
        }
        return Check(
            cluster=self.sighting.cluster,
            at=now,
            outcome=self.outcome,
            sentence=self.sighting.sentence,
            next_command=self.sighting.next_command,
            view=view,
            watched=watched,
            facts={**self.facts, **said},
        )


def _verdict(choice: Choice, watchable: Watchable, name: str, view: ClusterView | None, now: float) -> _Verdict:
    """A check that could not be made is news too, for whomever the inventory names as far as it can be read."""
    inventory = watchable.inputs.estate.clusters.get(name)
    here = of_cluster(name, choice)
    why = "" if view else _why(watchable.broken[name])
    outcome = view.outcome if view else Outcome.INVALID
    sighting = Sighting(
        cluster=name,
        receivers=inventory.notify if inventory else None,
        seen=_remembered(view) if view else [],
        at=now,
        outcome=str(outcome),
        known=frozenset(it.name for it in resolve_nodes(inventory, name)) if inventory and view else frozenset(),
        sentence=sentence(view) if view else why,
        next_command=next_step(view, here) if view else command("validate", here),
        unmade=view is None,
    )
    facts = cluster_facts(view) if view else unmade_facts(name, str(outcome), why)
    return _Verdict(outcome=outcome, sighting=sighting, facts=facts)


def _remembered(view: ClusterView) -> list[Seen]:
    """Return what is to be remembered; what only all nodes together would show is not, where some were left out."""
    whole = len(view.nodes) == view.size
    return [
        _seen(it)
        for it in view.nodes
        if whole or it.judgement.effective_routing in {None, it.judgement.desired_routing}
    ]


def _seen(node: NodeView) -> Seen:
    judgement = node.judgement
    return Seen(
        node=node.name,
        standing=str(judgement.standing),
        reason="; ".join((judgement.consequence or judgement.reason, *(fault.message for fault in node.faults))),
        faults=tuple(fault.code for fault in node.faults),
        in_transition=node.in_transition,
        loaded=judgement.witness,
    )


def _why(faults: tuple[Finding, ...]) -> str:
    first = faults[0]
    more = f" and {counted(len(faults) - 1, 'error')} more" if len(faults) > 1 else ""
    return f"It cannot be checked, since its files are wrong: {first.place}: {first.message}{more}."


def _patience(policy: Rollout) -> float:
    """How long nothing may happen in a rollout that is under way: a start, the hooks, the stop of the next node."""
    hooks = (policy.drain.after_ready, policy.drain.before_stop)
    return policy.ready_timeout + policy.stop_timeout + sum(hook.timeout for hook in hooks if hook)
