"""A rollout that pauses after so many nodes, and goes on for as many as are asked for then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.conductor import Wishes
from agent.core.planning.plan import Shape
from agent.core.rollout.events import (
    Cause,
    NodeReady,
    RolloutStarted,
)
from agent.node.port import Stop
from tests.conductor.stories import ALL, Killed, kinds
from tests.simulator.cluster import NEW, OLD, Cluster, plan_for, step_for

if TYPE_CHECKING:
    from agent.core.rollout.events import Event


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


def test_a_node_that_was_only_found_done_does_not_count_for_a_pause() -> None:
    plan = plan_for(ALL)
    cluster = Cluster()

    def killed(event: Event) -> None:
        if isinstance(event, NodeReady):
            raise Killed

    with pytest.raises(Killed):
        cluster.conduct(plan, listeners=(killed,))
    rollout = cluster.conduct(plan, epoch=2, past=[], wishes=Wishes(pause_after=1))
    assert rollout.halted is not None
    assert rollout.halted.cause is Cause.PAUSED
    assert cluster.asked(Stop) == 2


def test_a_pause_leaves_a_committed_file_that_nobody_needs_to_load() -> None:
    """Its process has that meaning loaded already: the commit has taken a danger away."""
    steps = (step_for("jira-1", restart=False), step_for("jira-2", turn=1), step_for("jira-3", turn=2))
    cluster = Cluster()
    rollout = cluster.conduct(plan_for((), steps=steps), wishes=Wishes(pause_after=1))
    assert rollout.halted is not None
    assert [cluster.content(name) for name in ALL] == [NEW, NEW, OLD]
    assert rollout.outcome == "halted"
