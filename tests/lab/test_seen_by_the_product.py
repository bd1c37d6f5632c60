"""The product looks at stand-ins as it would at Jira: its door reads their pages, its diagnosis their logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.core.diagnosis import Evidence, FileChange, diagnose, signs
from agent.core.inventory.resolve import resolve_nodes
from agent.core.judging.state import State
from agent.edges.loader import load_estate
from agent.lab import embedded
from agent.lab.cluster import lab_cluster
from agent.lab.jira import checks
from agent.lab.node import DOWN
from agent.node.port import Consult, Observe, Ok, Page, ReadLog
from agent.node.shell import ShellNode
from tests.lab.test_startup import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.observation import Observation
    from agent.lab.cluster import LabCluster
    from agent.lab.node import LabNode
    from agent.node.port import Request

FOUND: list[tuple[dict[str, Any], str, str, str]] = [
    ({}, "<filestore-config>", "ERROR", "file-not-parsed"),
    ({}, GOOD.replace("region>", "regio>"), "ERROR", "filestore-invalid"),
    ({}, GOOD.replace('store="b', 'store="'), "ERROR", "filestore-missing"),
    ({"locked": True}, GOOD, "ERROR", "locked-at-start"),
    ({"out_of_memory": True}, GOOD, DOWN, "out-of-memory-heap"),
    ({"port_in_use": True}, GOOD, DOWN, "port-in-use"),
    ({"s3_trouble": "no-such-bucket"}, GOOD, "RUNNING", "bucket-not-found"),
    ({"s3_trouble": "access-denied"}, GOOD, "RUNNING", "access-denied"),
    ({"s3_trouble": "wrong-region"}, GOOD, "RUNNING", "region-wrong"),
    ({"s3_trouble": "redirected"}, GOOD, "RUNNING", "region-wrong"),
    ({"s3_trouble": "unknown-host"}, GOOD, "RUNNING", "endpoint-unknown"),
    ({"s3_trouble": "no-credentials"}, GOOD, "RUNNING", "credentials-missing"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabCluster]:
    folder = tmp_path_factory.mktemp("seen")
    with lab_cluster(folder, 2, serve=embedded.start, context_path="/jira") as running:
        yield running


@pytest.fixture
def node(cluster: LabCluster) -> Iterator[LabNode]:
    node = cluster.node("jira-1")
    node.behave(start_seconds=0)
    yield node
    node.kill_jira()
    node.behave_well()
    node.remove()


def seen(cluster: LabCluster, request: Request) -> Observation:
    """Ask for jira-1 through the local shell, as the inventory says."""
    answer = ShellNode(resolve_nodes(load_estate(cluster.inventory).clusters["lab"], "lab")[0]).perform(request)
    assert isinstance(answer, Ok), answer
    return answer.observation


def test_the_door_reads_all_four_pages(cluster: LabCluster, node: LabNode) -> None:
    reason = {checks.BACKUP_FILESTORE: checks.ABLE_TO_DELETE}
    node.behave(catch_up_seconds=1000, failing_checks=reason)
    cluster.list_stranger("jira-9", "OFFLINE")
    node.start_jira()
    node.wait_for("RUNNING")
    view = seen(cluster, Consult(pages=frozenset(Page), token=cluster.token)).rest
    cluster.unlist("jira-9")
    assert view
    assert (view.faults, view.upgrade) == ((), "STABLE")
    assert [(member.node_id, member.state) for member in view.members or ()] == [
        ("jira-1", "ACTIVE"),
        ("jira-9", "OFFLINE"),
    ]
    assert {check.name: check.reason for check in view.checks or () if not check.healthy} == reason
    assert view.index
    assert (view.index.node_id, view.index.readable, view.index.in_database) == ("jira-1", True, 1000)
    assert 880 < view.index.in_index < 920


def test_the_door_reads_no_page_with_another_token(cluster: LabCluster, node: LabNode) -> None:
    node.start_jira()
    node.wait_for("RUNNING")
    view = seen(cluster, Consult(pages=frozenset(Page), token="another")).rest  # noqa: S106 - opens nothing
    assert view
    assert len(view.faults) == 4
    assert all("not accepted (HTTP 401)" in fault for fault in view.faults)


@pytest.mark.parametrize("case", FOUND, ids=lambda case: case[-1])
def test_the_log_of_a_start_that_went_wrong_tells_the_cause(
    cluster: LabCluster, node: LabNode, case: tuple[dict[str, Any], str, str, str]
) -> None:
    habits, text, state, code = case
    node.write(text.encode())
    node.behave(**habits)
    mark = seen(cluster, Observe()).log
    node.start_jira()
    if state == DOWN:
        node.wait_until_down()
    else:
        node.wait_for(state)
    after = seen(cluster, ReadLog(since=mark, signs=signs()))
    assert after.excerpt
    evidence = Evidence(
        state=State[state.upper()],
        process=after.process.presence,
        excerpt=after.excerpt,
        file=FileChange.CHANGED,
    )
    assert diagnose(evidence).code == code
