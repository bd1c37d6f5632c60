"""Proposing: the inventory's policy with the user's words before it, and what speaks against the plan on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.core.observation import Member, RestView
from agent.core.planning.plan import Shape
from agent.operations.inputs.clusters import one_cluster, reachable_inputs
from agent.operations.looking.gathering import look_at_cluster
from agent.operations.proposal.policy import Policy
from agent.operations.proposal.proposing import canary, consults, propose
from tests.command_line import INVENTORY
from tests.operations.world import HURRIED, TUNED, yard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.core.judging.standing import Judgement
    from agent.operations.inputs.clusters import ClusterInput
    from agent.operations.proposal.proposing import Proposal


def _cluster(tmp_path: Path, rollout: str = HURRIED, **choice: str) -> tuple[ClusterInput, tuple[Judgement, ...]]:
    """A cluster that is due for a tuning, as it is seen before."""
    there = yard(tmp_path)
    there.rewrite(TUNED + rollout)
    cluster = one_cluster(reachable_inputs(there.choice(**choice), template=None))
    return cluster, look_at_cluster(there.world(), cluster, forks=2)


def _members(judgements: tuple[Judgement, ...], *members: Member) -> tuple[Judgement, ...]:
    """Let each node know its id, and list the cluster with these members besides."""
    ids = [f"node{number}" for number, _ in enumerate(judgements, 1)]
    listed = (*(Member(node_id=node_id, state="ACTIVE", alive=True) for node_id in ids), *members)
    return tuple(
        replace(it, observation=it.observation and replace(it.observation, node_id=own, rest=RestView(members=listed)))
        for it, own in zip(judgements, ids, strict=True)
    )


def _codes(proposal: Proposal) -> list[str]:
    return [it.code for it in proposal.objections]


def _rolled(cluster: ClusterInput, seen: tuple[Judgement, ...], *said: str, policy: Policy | None = None) -> Proposal:
    return propose(cluster, seen, shape=Shape.ROLLING, said=frozenset(said), policy=policy)


def test_the_plan_is_on_the_terms_of_the_inventory(tmp_path: Path) -> None:
    hooks = "drain: {before-stop: {run: [drain, '{node}'], timeout: 7s}}"
    cluster, seen = _cluster(tmp_path, f"rollout: {{max-unavailable: 2, max-failures: 1, canary: 0, {hooks}}}\n")

    plan = _rolled(cluster, seen).plan

    assert (plan.budget, plan.max_failures, plan.accept_downtime) == (2, 1, False)
    assert plan.before_stop is not None
    assert (plan.before_stop.run, plan.before_stop.timeout, plan.after_ready) == (("drain", "{node}"), 7.0, None)
    assert {step.turn for step in plan.steps} == {0}
    assert _rolled(cluster, seen, "--skip-hooks").plan.before_stop is None


def test_the_users_words_go_before_the_inventorys(tmp_path: Path) -> None:
    cluster, seen = _cluster(tmp_path, "rollout: {max-unavailable: 2, canary: 0}\n")

    plan = _rolled(cluster, seen, policy=Policy(max_unavailable=1, canary=1)).plan

    assert plan.budget == 1
    assert [step.turn for step in plan.steps] == [0, 1, 1]


def test_a_budget_of_all_nodes_is_cut_unless_a_downtime_is_accepted(tmp_path: Path) -> None:
    cluster, seen = _cluster(tmp_path)
    policy = Policy(max_unavailable=3)

    refused, accepted = (
        _rolled(cluster, seen, policy=policy),
        _rolled(cluster, seen, "--accept-downtime", policy=policy),
    )

    assert (refused.plan.budget, _codes(refused)) == (2, ["max-unavailable"])
    assert (accepted.plan.budget, accepted.plan.accept_downtime, _codes(accepted)) == (3, True, [])
    assert [it.code for it in accepted.overridden] == ["max-unavailable"]


def test_canaries_of_the_inventory_may_be_written_in_another_case(tmp_path: Path) -> None:
    cluster, seen = _cluster(tmp_path, "rollout: {canary: [JIRA-3]}\n")

    assert canary(cluster) == ("jira-3",)
    assert canary(cluster, Policy(canary="jira-[1-2]")) == ("jira-1", "jira-2")
    assert _rolled(cluster, seen).plan.steps[0].node == "jira-3"


def test_an_old_jira_is_restarted_one_node_at_a_time(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace('"10.3.4"', '"9.0.5"').replace("{backups: backupBucket}", "{}"))
    cluster = one_cluster(reachable_inputs(there.choice(), template=None))
    seen = look_at_cluster(there.world(), cluster, forks=2)

    proposal = _rolled(cluster, seen, policy=Policy(max_unavailable=2))

    assert proposal.plan.budget == 1
    assert "Jira 9.0.5 must start one at a time" in proposal.budget.told


def test_who_is_left_out_is_absent_and_no_bystander(tmp_path: Path) -> None:
    cluster, seen = _cluster(tmp_path, exclude="jira-2")

    plan = _rolled(cluster, seen, "--allow-partial", policy=Policy(max_unavailable=2)).plan

    assert plan.absent == ("jira-2",)
    assert {*plan.bystanders, *(step.node for step in plan.steps)} == {"jira-1", "jira-3"}


@pytest.mark.parametrize(("alive", "absent", "after"), [(False, ("node9",), ["budget"]), (True, (), [])])
def test_a_member_that_the_inventory_lacks_is_accepted_with_a_word_and_counts_if_it_is_dead(
    tmp_path: Path, *, alive: bool, absent: tuple[str, ...], after: list[str]
) -> None:
    cluster, plain = _cluster(tmp_path)
    seen = _members(plain, Member(node_id="node9", state="ACTIVE", alive=alive))

    refused, accepted = _rolled(cluster, seen), _rolled(cluster, seen, "--allow-partial")

    assert _codes(refused) == ["unknown-member"]
    assert (accepted.plan.absent, _codes(accepted)) == (absent, after)
    ids = dict(accepted.plan.known_node_ids)
    assert ids == {"jira-1": "node1", "jira-2": "node2", "jira-3": "node3"} | ({"node9": "node9"} if alive else {})


def test_the_member_that_an_unseen_node_must_be_is_no_stranger_to_the_rollout(tmp_path: Path) -> None:
    cluster, plain = _cluster(tmp_path, exclude="jira-2")
    seen = _members(plain)

    proposal = _rolled(cluster, seen, "--allow-partial", policy=Policy(max_unavailable=2))

    assert _codes(proposal) == []
    assert dict(proposal.plan.known_node_ids) == {"jira-1": "node1", "jira-3": "node3", "node2": "node2"}
    assert proposal.plan.absent == ("jira-2",), "it counts once"


def test_jira_is_asked_where_there_is_a_token_and_nobody_said_otherwise(tmp_path: Path) -> None:
    there = yard(tmp_path, prod=INVENTORY.replace("/var/jira", "/var/jira, rest: {token: 'env:T'}"))
    cluster = one_cluster(reachable_inputs(there.choice(), template=None))

    assert (consults(cluster), consults(cluster, Policy())) == (True, True)
    assert not consults(cluster, Policy(without_rest=True))
    there.rewrite(INVENTORY)
    assert not consults(one_cluster(reachable_inputs(there.choice(), template=None)))
