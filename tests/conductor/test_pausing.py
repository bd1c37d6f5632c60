"""A rollout that pauses after so many nodes, and goes on for as many as are asked for then."""

from __future__ import annotations

import pytest

from agent.conductor import Wishes
from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Cause,
    NodeReady,
    RolloutStarted,
)
from agent.node.port import Stop
from tests.conductor.stories import ALL, kinds
from tests.simulator.cluster import Cluster, plan_for


def test_a_rollout_pauses_after_so_many_nodes_and_goes_on_for_as_many_as_are_asked_for_then() -> None:
    cluster = Cluster(5)
    plan = plan_for(cluster.names)
    first = cluster.conduct(plan, wishes=Wishes(pause_after=1))
    assert first.halted is not None
    assert (first.halted.cause, first.halted.next) == (Cause.PAUSED, "filestore-agent resume --cluster prod")
    assert "paused after 1 node" in first.halted.reason
    assert cluster.asked(Stop) == 1
    assert all(cluster.machines[name].lock is not None for name in cluster.names)
    second = cluster.conduct(plan, epoch=2, past=list(cluster.events), wishes=Wishes(pause_after=2))
    assert cluster.asked(Stop) == 3
    assert second.halted is not None
    assert cluster.conduct(plan, epoch=3, past=list(cluster.events)).outcome == "ok"
    assert cluster.asked(Stop) == 5


def test_nobody_is_begun_who_would_come_after_a_pause() -> None:
    cluster = Cluster(6)
    cluster.conduct(plan_for(cluster.names, budget=4), wishes=Wishes(pause_after=2), forks=4)
    assert cluster.asked(Stop) == 2
    assert len(kinds(cluster, NodeReady)) == 2


@pytest.mark.parametrize("shape", [Shape.COMMIT, Shape.TOGETHER])
def test_where_all_go_at_once_there_is_nothing_to_pause_between(shape: Shape) -> None:
    cluster = Cluster()
    assert cluster.conduct(plan_for(ALL, shape=shape), wishes=Wishes(pause_after=1)).outcome == "ok"


def test_a_pause_after_the_last_node_is_the_end() -> None:
    cluster = Cluster()
    assert cluster.conduct(plan_for(ALL), wishes=Wishes(pause_after=3)).outcome == "ok"


def test_what_was_wished_for_is_written_down() -> None:
    cluster = Cluster()
    cluster.conduct(plan_for(ALL), wishes=Wishes(pause_after=3, reason="because"))
    begun = cluster.events[0]
    assert isinstance(begun, RolloutStarted)
    assert (begun.reason, begun.pause_after) == ("because", 3)
