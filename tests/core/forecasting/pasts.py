"""Rollouts of the past, made of the few events that count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agent.core.forecasting.past import Durations, Past
from agent.core.planning.plan import Hook, Plan, Shape, Step
from agent.core.rollout import events
from agent.core.rollout.events import Act
from agent.core.routing import ChangeClass

if TYPE_CHECKING:
    from agent.core.rollout.events import Event

Taken = dict[str, dict[str, tuple[float, ...]]]
HOOK = Hook(run=("drain", "{node}"))


def at(seconds: float) -> str:
    """Return a moment of the past, so many seconds after its beginning."""
    return (datetime(2026, 11, 22, 10, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()


def begun(act: Act, seconds: float, *nodes: str) -> events.MoveStarted:
    return events.MoveStarted(act=act, nodes=nodes or ("jira-1",), at=at(seconds))


def ended(act: Act, seconds: float, node: str = "jira-1") -> Event:
    """Return the good end of an act."""
    when = at(seconds)
    match act:
        case Act.STAGE:
            return events.ConfigStaged(node=node, digest="sha256:a", at=when)
        case Act.DRAIN:
            return events.NodeDrained(node=node, seconds=1, output="", at=when)
        case Act.STOP:
            return events.NodeStopped(node=node, at=when)
        case Act.COMMIT:
            return events.ConfigCommitted(node=node, digest="sha256:a", receipt=None, at=when)
        case Act.START:
            return events.NodeReady(node=node, at=when)
        case _:
            return events.NodeAdmitted(node=node, seconds=1, output="", at=when)


def past(**seconds: tuple[float, ...]) -> Past:
    """Return a past in which jira-1 took so many seconds for the acts named, each time."""
    return past_of_nodes({"jira-1": seconds})


def past_of_nodes(taken: Taken) -> Past:
    return Past(
        durations=tuple(
            Durations(node=node, act=Act(act), seconds=tuple(sorted(seconds)))
            for node, acts in taken.items()
            for act, seconds in acts.items()
        )
    )


def step(node: str, *, turn: int = 0, document: bytes | None = b"<x/>", restart: bool = True) -> Step:
    return Step(
        node=node,
        reason="",
        expected="sha256:a",
        digest="sha256:b",
        canonical="",
        routing="",
        restart=restart,
        running=True,
        document=document,
        turn=turn,
    )


def plan(
    *steps: Step,
    shape: Shape = Shape.ROLLING,
    budget: int = 1,
    absent: tuple[str, ...] = (),
    before_stop: Hook | None = None,
    after_ready: Hook | None = None,
) -> Plan:
    return Plan(
        id="p",
        cluster="prod",
        shape=shape,
        change=ChangeClass.TUNING,
        steps=steps,
        budget=budget,
        absent=absent,
        before_stop=before_stop,
        after_ready=after_ready,
    )
