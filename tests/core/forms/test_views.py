"""What the verdict on a cluster comes to is the same in its cases, in its gauges and in its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from agent.core.forms.gauges import PREFIX, gauges_of
from agent.core.forms.junit_cases import suites_of
from agent.core.report import Result
from agent.errors import Outcome
from tests.core.forms.views import NOW, reported, views

if TYPE_CHECKING:
    from agent.core.drift.view import ClusterView

BAD = {Result.FAILED, Result.ERROR}


@given(view=views())
def test_the_cases_of_a_node_are_bad_where_and_only_where_it_counts_against_the_outcome(view: ClusterView) -> None:
    for node, row in zip(view.nodes, reported(view).nodes, strict=True):
        bad = [case.name for case in row.cases if case.result in BAD]
        assert bool(bad) is (node.outcome is not Outcome.OK), bad


@given(view=views())
def test_so_no_case_is_left_out_of_the_count_in_the_file(view: ClusterView) -> None:
    told = [it.case.message for suite in suites_of(reported(view)) for it in suite.trials]

    assert not any(message.startswith("does not count") for message in told)


@given(view=views())
def test_the_gauges_of_a_node_are_its_verdict(view: ClusterView) -> None:
    gauges = {it.name: it for it in gauges_of(reported(view), version="1", asked=(), now=NOW)}
    numbers = {(name, *sample.labels): sample.value for name, it in gauges.items() for sample in it.samples}

    for node in view.nodes:
        who = (view.cluster, node.name)
        assert numbers[f"{PREFIX}_node_standing", *who, node.judgement.standing] == 1
        assert numbers[f"{PREFIX}_node_restart_pending", *who] == node.judgement.needs_restart
        assert numbers[f"{PREFIX}_node_in_transition", *who] == node.in_transition
        assert numbers[f"{PREFIX}_node_remarks", *who, "fault"] == len(node.faults)
        assert numbers[f"{PREFIX}_node_remarks", *who, "note"] == len(node.remarks) - len(node.faults)
    assert numbers[f"{PREFIX}_cluster_outcome", view.cluster, view.outcome] == 1
    assert numbers[f"{PREFIX}_cluster_nodes", view.cluster] == len(view.nodes)
