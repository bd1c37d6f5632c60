"""Is one machine in two clusters found, however it is written, and are two Jiras on one machine told apart?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.core.finding import Place
from agent.core.node import CommandService, Node, SshSettings, StatusEndpoint, SystemdService
from agent.core.rules import check_estate

HOME = "/var/jira"


def at(cluster: str, path: tuple[str, ...]) -> Place:
    return Place(file="/".join((cluster, *path)))


def node(name: str = "jira-1", address: str | None = None, **own: Any) -> Node:
    return Node(**{"name": name, "cluster": "", "address": address or name, "localhome": HOME, **own})


def found(one: Node | tuple[Node, ...], other: Node | tuple[Node, ...]) -> list[tuple[str, str | None]]:
    sides = [side if isinstance(side, tuple) else (side,) for side in (one, other)]
    findings = check_estate({}, at, nodes=dict(zip(("one", "two"), sides, strict=True)))
    return [(finding.rule, finding.cluster) for finding in findings]


BOTH = [("FS404", "one"), ("FS404", "two")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (node("jira-1.example.com"), node("jira-1.example.com")),
        (node("jira-1.example.com"), node("a", "JIRA-1.EXAMPLE.COM.")),
        (node("a", "192.0.2.1"), node("b", "192.0.2.1")),
        (node("a", "2001:db8::1"), node("b", "2001:DB8:0:0::1")),
        (node("a.example.com", localhome="/var/jira/"), node("a.example.com", localhome="/var/jira")),
        (node("a.example.com"), node("a.example.com", ssh=SshSettings(port=22, user="other"))),
        (node("a.example.com", ssh=SshSettings(jump=("x",))), node("a.example.com", ssh=SshSettings(jump=("y",)))),
        (node("a", "10.0.0.1", ssh=SshSettings(jump=("x",))), node("b", "10.0.0.1", ssh=SshSettings(jump=("x",)))),
    ],
)
def test_one_machine_with_one_home_is_an_error_in_both_clusters(one: Node, other: Node) -> None:
    assert found(one, other) == BOTH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (node("a.example.com"), node("b.example.com")),
        (node("a.example.com"), node("a.example.com", ssh=SshSettings(port=2222))),
        (node("a", "10.0.0.1", ssh=SshSettings(jump=("x",))), node("b", "10.0.0.1", ssh=SshSettings(jump=("y",)))),
        (node("jira-1", ssh=SshSettings(jump=("x",))), node("jira-1", ssh=SshSettings(jump=("y",)))),
    ],
)
def test_what_may_be_another_machine_is_none_of_anybodys_business(one: Node, other: Node) -> None:
    assert found(one, other) == []


def test_the_nodes_of_a_range_are_told_in_one_sentence_for_each_cluster() -> None:
    names = [f"jira-{number}.example.com" for number in range(1, 4)]
    one, two = (tuple(node(name) for name in names) for _ in range(2))

    findings = check_estate({}, at, nodes={"one": one, "two": two})

    assert [finding.rule for finding in findings] == ["FS404", "FS404"]
    assert findings[0].place.file == "one/nodes/jira-1.example.com"
    assert findings[0].message == (
        'jira-[1-3].example.com: same machine and local home as jira-[1-3].example.com of cluster "two";'
        " both write one file"
    )


def test_a_node_in_three_clusters_is_told_with_each_of_the_others() -> None:
    findings = check_estate({}, at, nodes=dict.fromkeys(("one", "two", "three"), (node("a.example.com"),)))

    assert [finding.cluster for finding in findings] == ["one", "one", "two", "two", "three", "three"]


BESIDE = node("test", "a.example.com", localhome="/data/test")
APART = replace(BESIDE, status=StatusEndpoint(port=8081), service=SystemdService(unit="test"))


@pytest.mark.parametrize(
    ("beside", "both"),
    [
        (BESIDE, 'status port 8080 and unit "jira"'),
        (replace(APART, status=StatusEndpoint()), "status port 8080"),
        (replace(APART, service=SystemdService(unit="jira")), 'unit "jira"'),
    ],
)
def test_two_jiras_on_one_machine_must_not_share_what_tells_them_apart(beside: Node, both: str) -> None:
    findings = check_estate({}, at, nodes={"one": (node("a.example.com"),), "two": (beside,)})

    assert [(it.rule, it.cluster) for it in findings] == [("FS405", "one"), ("FS405", "two")]
    assert findings[0].message.endswith(f"and has the same {both}")


def test_two_jiras_on_one_machine_with_homes_ports_and_units_of_their_own_are_sound() -> None:
    assert found(node("a.example.com"), APART) == []


def test_commands_are_compared_as_units_are() -> None:
    service = CommandService(start=("start",), stop=("stop",))
    one, two = node("a.example.com", service=service), replace(APART, service=service)

    assert found(one, two) == [("FS405", "one"), ("FS405", "two")]
