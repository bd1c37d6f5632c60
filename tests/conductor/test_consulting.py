"""Jira's own pages as witnesses, where the inventory has a token; and a node that takes long but is getting on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import HealthCheck, RestView
from agent.core.planning.plan import Shape
from agent.core.rollout.events import Act, Cause, NodeProgressed, ReadySeen, TimedOut
from agent.core.rollout.table import StepState
from agent.node.memory.machine import Temper
from agent.node.port import Consult, Observe, Page, Start, Stop
from tests.conductor.stories import ALL, ASKING, Attended, consulting, kinds, let_all_say, member, saying, view
from tests.simulator.cluster import IDENTITY, NEW, OLD, PATIENCE, Cluster, plan_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.rollout.progress import Rollout
    from agent.node.port import NodePort

MAINTENANCE = ("MAINTENANCE",) * 5000
IMPATIENT = replace(PATIENCE, ready_timeout=100.0)


def conduct(cluster: Cluster, shape: Shape = Shape.ROLLING) -> Rollout:
    return cluster.conduct(consulting(plan_for(ALL, shape=shape)), identity=ASKING)


def after_seconds(cluster: Cluster, seconds: float, before: RestView, then: RestView) -> Callable[[], RestView]:
    """Return what a Jira says that changes its mind so many seconds into the rollout."""
    return lambda: then if cluster.clock.now >= seconds else before


def test_where_all_witnesses_agree_the_rollout_ends_well() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    assert conduct(cluster).outcome == "ok"
    assert [cluster.loaded(name) for name in ALL] == [NEW] * 3


def test_each_look_asks_for_the_pages_that_it_needs_and_shows_the_token_to_nobody() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    conduct(cluster)
    asked = {(name, tuple(sorted(it.pages))) for name, it in cluster.requests if isinstance(it, Consult)}
    assert ("jira-1", (Page.CHECKS, Page.INDEX)) in asked
    assert ("jira-2", (Page.MEMBERS,)) in asked
    assert {it.token for _, it in cluster.requests if isinstance(it, Consult)} == {ASKING.token}
    assert ASKING.token not in repr(cluster.requests) + repr(cluster.events)


@pytest.mark.parametrize("identity", [IDENTITY, ASKING])
def test_without_a_token_or_a_plan_that_consults_jira_is_not_asked(identity: object) -> None:
    cluster = Cluster()
    let_all_say(cluster)
    plan = plan_for(ALL)
    assert cluster.conduct(plan, identity=identity).outcome == "ok"  # type: ignore[arg-type]  # one of two holders
    assert cluster.asked(Consult) == 0
    assert cluster.asked(Observe) > 0


def test_a_heartbeat_that_lags_is_waited_for_and_is_no_failure() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    lagging = view("jira-2", members=(member("jira-1", alive=False), member("jira-2"), member("jira-3")))
    moment = [0.0]

    def lags() -> RestView:
        started = cluster.asked(Stop, "jira-1")
        if started and not moment[0]:
            moment[0] = cluster.clock.now
        return lagging if started and cluster.clock.now < moment[0] + 60 else view("jira-2")

    cluster.machines["jira-2"].rest = lags
    assert conduct(cluster).outcome == "ok"
    good = [it for it in kinds(cluster, ReadySeen) if isinstance(it, ReadySeen) and it.node == "jira-1"]
    assert [it.streak for it in good] == [1, 2, 3]
    assert cluster.clock.now > 60


@pytest.mark.parametrize("listed", [(member("jira-2"), member("jira-3")), (member("jira-1", "OFFLINE"),)])
def test_a_node_that_the_others_never_see_is_not_ready(listed: tuple[object, ...]) -> None:
    cluster = Cluster()
    let_all_say(cluster)
    absent = view("jira-2", members=listed)  # type: ignore[arg-type]  # members
    cluster.machines["jira-2"].rest = lambda: absent if cluster.asked(Stop, "jira-1") else view("jira-2")
    rollout = conduct(cluster)
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert [it.act for it in kinds(cluster, TimedOut) if isinstance(it, TimedOut)] == [Act.START]
    assert "another node" in rollout.steps["jira-1"].note
    assert cluster.asked(Stop) == 1


def test_a_failing_check_of_the_file_stores_halts_after_a_row_of_looks_and_keeps_the_file() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    failing = HealthCheck(name="Backup Filestore", healthy=False, reason="Unable to write to backup storage")
    bad = view("jira-1", checks=(failing,))
    cluster.machines["jira-1"].rest = lambda: bad if cluster.asked(Stop, "jira-1") else view("jira-1")
    rollout = conduct(cluster)
    assert rollout.halted is not None
    assert (rollout.halted.cause, rollout.halted.node) == (Cause.SICK, "jira-1")
    assert "'Backup Filestore' fails: Unable to write to backup storage" in rollout.halted.reason
    assert (cluster.loaded("jira-1"), cluster.asked(Stop)) == (NEW, 1)
    assert cluster.clock.now < 60


def test_a_failing_check_of_the_file_stores_halts_whatever_the_failure_budget_allows() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    failing = HealthCheck(name="Backup Filestore", healthy=False, reason="Unable to write to backup storage")
    bad = view("jira-1", checks=(failing,))
    cluster.machines["jira-1"].rest = lambda: bad if cluster.asked(Stop, "jira-1") else view("jira-1")
    plan = consulting(plan_for(ALL, max_failures=2, budget=2))
    rollout = cluster.conduct(plan, identity=ASKING)
    assert rollout.halted is not None
    assert rollout.halted.cause is Cause.SICK
    assert "Jira may not write to the bucket of the backups" in rollout.halted.reason


def test_pages_that_cannot_be_read_do_not_make_a_node_ready() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    cluster.machines["jira-1"].rest = lambda: None if cluster.asked(Stop, "jira-1") else view("jira-1")
    rollout = conduct(cluster)
    assert rollout.steps["jira-1"].state is StepState.SICK
    assert "Jira's own pages cannot be read" in rollout.steps["jira-1"].note


def test_a_page_that_another_node_answers_is_not_taken_for_this_one() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    cluster.machines["jira-1"].rest = lambda: view("jira-3" if cluster.asked(Stop, "jira-1") else "jira-1")
    rollout = conduct(cluster)
    assert "answered by jira-3, another node than jira-1" in rollout.steps["jira-1"].note


def test_a_stranger_in_the_cluster_is_refused_by_name_before_anything_is_stopped() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    strange = view("jira-2", members=(*(member(name) for name in ALL), member("jira-9")))
    cluster.machines["jira-2"].rest = saying(strange)
    rollout = conduct(cluster)
    assert (rollout.outcome, cluster.asked(Stop)) == ("refused", 0)
    assert rollout.halted is not None
    assert "the cluster knows jira-9, which the inventory lacks" in rollout.halted.reason


def test_nobody_is_stopped_while_the_clusters_own_list_cannot_be_read() -> None:
    cluster = Cluster()
    rollout = conduct(cluster)
    assert (rollout.outcome, cluster.asked(Stop)) == ("refused", 0)
    assert rollout.halted is not None
    assert "the cluster's own list of its nodes cannot be read" in rollout.halted.reason


def test_together_nobody_is_left_to_ask() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    assert conduct(cluster, Shape.TOGETHER).outcome == "ok"


# Taking long.


@pytest.mark.parametrize("shape", [Shape.ROLLING, Shape.RESTART])
def test_a_reindex_that_writes_to_its_log_is_waited_for_beyond_the_deadline(shape: Shape) -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=MAINTENANCE)})
    machine = cluster.machines["jira-1"]

    def work(_: object) -> None:
        if cluster.asked(Start, "jira-1"):
            machine.log.write(f"reindexing at {cluster.clock.now}")
        if cluster.clock.now > 250:
            machine.settle()

    ports: dict[str, NodePort] = {**cluster.ports, "jira-1": Attended(cluster.ports["jira-1"], work)}
    rollout = cluster.conduct(plan_for(ALL, shape=shape, patience=IMPATIENT), ports=ports)
    assert rollout.outcome == "ok"
    assert cluster.clock.now > 250
    told = [it for it in kinds(cluster, NodeProgressed) if isinstance(it, NodeProgressed)]
    assert 2 <= len(told) <= 5
    assert {it.what for it in told} == {"a reindex is at work"}


def test_maintenance_without_any_progress_ends_at_the_deadline() -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=MAINTENANCE)})
    cluster.machines["jira-1"].log.write("begin")
    rollout = cluster.conduct(plan_for(ALL, patience=IMPATIENT))
    (timed_out,) = kinds(cluster, TimedOut)
    assert isinstance(timed_out, TimedOut)
    assert "not ready after 100 s: Jira is maintenance" in timed_out.reason
    assert kinds(cluster, NodeProgressed) == []
    assert 100 < cluster.clock.now < 120
    assert rollout.outcome == "halted"


def test_a_log_that_grows_in_any_other_state_proves_nothing() -> None:
    cluster = Cluster(tempers={"jira-1": Temper(warm_up=("STARTING",) * 5000)})
    machine = cluster.machines["jira-1"]

    def work(_: object) -> None:
        machine.log.write(f"busy at {cluster.clock.now}")

    cluster.conduct(plan_for(ALL, patience=IMPATIENT), listeners=(work,))
    assert len(kinds(cluster, TimedOut)) == 1
    assert kinds(cluster, NodeProgressed) == []


def test_an_index_that_catches_up_is_waited_for_beyond_the_deadline() -> None:
    cluster = Cluster()
    let_all_say(cluster)

    def catching_up() -> RestView:
        if not cluster.asked(Stop, "jira-1") or cluster.clock.now > 300:
            return view("jira-1")
        return view("jira-1", readable=False, in_index=int(cluster.clock.now), queued=7)

    cluster.machines["jira-1"].rest = catching_up
    plan = consulting(plan_for(ALL, patience=IMPATIENT))
    assert cluster.conduct(plan, identity=ASKING).outcome == "ok"
    told = [it for it in kinds(cluster, NodeProgressed) if isinstance(it, NodeProgressed)]
    assert told
    assert "its index catches up (" in told[0].what
    assert "7 operations waiting" in told[0].what


def test_an_index_that_stands_still_ends_at_the_deadline() -> None:
    cluster = Cluster()
    let_all_say(cluster)
    still = view("jira-1", readable=False, in_index=3, queued=7)
    cluster.machines["jira-1"].rest = lambda: still if cluster.asked(Stop, "jira-1") else view("jira-1")
    rollout = cluster.conduct(consulting(plan_for(ALL, patience=IMPATIENT)), identity=ASKING)
    assert "the node's index is not readable yet" in rollout.steps["jira-1"].note
    assert cluster.content("jira-2") == OLD


def test_a_witness_that_is_on_its_way_itself_is_not_asked() -> None:
    cluster = Cluster(4)
    for name in cluster.names:
        cluster.machines[name].rest = saying(view(name, members=tuple(member(it) for it in cluster.names)))
    plan = consulting(plan_for(cluster.names, budget=2))
    assert cluster.conduct(plan, identity=ASKING, forks=3).outcome == "ok"
