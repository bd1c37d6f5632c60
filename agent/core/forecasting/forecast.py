"""How long will this plan take, by what the cluster has taken before?

Assumptions. The times of what comes one after the other are added, the good ones to the good and the bad ones to the
bad, as if a bad day were bad for every phase: so the upper end says rather too much. Of what goes side by side the
slowest counts. Within a turn as many nodes are on their way as the budget allows, the next one as soon as one is done;
that Jira itself starts one node after the other is in it only as far as the past rollouts had it. Locks, looks and
questions to people are not counted, nor is any setback.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapreplace
from typing import TYPE_CHECKING, Final

from agent.core.forecasting.past import Spread, spread_of, usual
from agent.core.forecasting.phases import PHASES
from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act
from agent.core.rollout.progress import restarts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.core.forecasting.past import Past
    from agent.core.planning.plan import Plan, Step

ESSENTIAL: Final = frozenset({Act.STOP, Act.START})
"""Without these a restart cannot be foretold; the others are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Seconds on a usual and on a bad day."""

    p50: float = 0.0
    p90: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeForecast:
    """One step: each of its phases with what it usually takes (None: not known)."""

    node: str
    phases: tuple[tuple[Act, Spread | None], ...]

    def spread(self, act: Act) -> Spread | None:
        """Return what one phase usually takes; None where it is not known, or no part of the step."""
        return dict(self.phases).get(act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The steps in the plan's order; restart is one of this cluster's, whole the plan's span (None: not known).

    missing are phases of the plan of which no past rollout tells; they are left out of restart and whole.
    """

    nodes: tuple[NodeForecast, ...]
    restart: Spread | None
    whole: Span | None
    missing: tuple[Act, ...] = ()


def forecast(past: Past, plan: Plan) -> Forecast:
    """Return how long each phase on each node, one restart and the whole plan usually take."""
    nodes = tuple(_node(past, plan, step) for step in plan.steps)
    needed = {act for node in nodes for act, _ in node.phases}
    missing = tuple(act for act in PHASES if act in needed and not past.of_all(act))
    is_known = needed > set(missing) and not ESSENTIAL & set(missing)
    return Forecast(
        nodes=nodes,
        restart=_restart(past, [act for act in PHASES if act in needed]),
        whole=_whole(plan, nodes) if is_known else None,
        missing=missing,
    )


def _node(past: Past, plan: Plan, step: Step) -> NodeForecast:
    return NodeForecast(node=step.node, phases=tuple((act, usual(past, step.node, act)) for act in _acts(plan, step)))


def _acts(plan: Plan, step: Step) -> list[Act]:
    """Return the phases of one step, in order."""
    is_restarted = restarts(plan, step)
    due = {
        Act.STAGE: step.stages,
        Act.DRAIN: is_restarted and plan.before_stop is not None,
        Act.STOP: is_restarted,
        Act.COMMIT: step.document is not None,
        Act.START: is_restarted,
        Act.ADMIT: is_restarted and plan.after_ready is not None,
    }
    return [act for act in PHASES if due[act]]


def _restart(past: Past, needed: list[Act]) -> Spread | None:
    """Return what one restart takes in this cluster, staging apart; its samples are those of the starts."""
    known = {act: spread_of(past.of_all(act)) for act in needed if act is not Act.STAGE}
    stop, start = known.get(Act.STOP), known.get(Act.START)
    if stop is None or start is None:
        return None
    span = _in_turn(_span(spread) for spread in known.values())
    return Spread(p50=span.p50, p90=span.p90, samples=start.samples)


def _whole(plan: Plan, nodes: tuple[NodeForecast, ...]) -> Span:
    if plan.shape in (Shape.COMMIT, Shape.TOGETHER):
        return _in_turn(_side_by_side(_span(node.spread(act)) for node in nodes) for act in PHASES)
    staging = _side_by_side(_span(node.spread(Act.STAGE)) for node in nodes)
    by_node = {node.node: _in_turn(_span(it) for act, it in node.phases if act is not Act.STAGE) for node in nodes}
    turns = sorted({step.turn for step in plan.steps})
    companies = ([by_node[step.node] for step in plan.steps if step.turn == turn] for turn in turns)
    return _in_turn((staging, *(_within_budget(plan, company) for company in companies)))


def _within_budget(plan: Plan, company: list[Span]) -> Span:
    """Return how long a turn takes; nodes that are left out are down already and use the budget up."""
    at_once = max(1, plan.budget - len(plan.absent))
    return Span(
        p50=_last_end([span.p50 for span in company], at_once),
        p90=_last_end([span.p90 for span in company], at_once),
    )


def _last_end(lengths: list[float], at_once: int) -> float:
    """Return when the last is done, where so many go side by side and the next begins as soon as one ends."""
    ends = [0.0] * min(at_once, len(lengths))
    for length in lengths:
        heapreplace(ends, ends[0] + length)
    return max(ends)


def _span(spread: Spread | None) -> Span:
    return Span() if spread is None else Span(p50=spread.p50, p90=spread.p90)


def _in_turn(spans: Iterable[Span]) -> Span:
    total = Span()
    for span in spans:
        total = Span(p50=total.p50 + span.p50, p90=total.p90 + span.p90)
    return total


def _side_by_side(spans: Iterable[Span]) -> Span:
    several = tuple(spans)
    return Span(p50=max(span.p50 for span in several), p90=max(span.p90 for span in several))
