"""Which nodes --limit and --exclude mean."""

from __future__ import annotations

import pytest

from agent.core.inventory.selection import select
from agent.core.node import Node
from agent.errors import InputError


def node(name: str, *tags: str) -> Node:
    """Make a node of which only the name and the tags matter."""
    return Node(name=name, cluster="prod", address=name, localhome="/home/jira", tags=frozenset(tags))


NODES = (
    node("jira-1.example.com", "az-a"),
    node("jira-2.example.com", "az-b"),
    node("jira-10.example.com", "az-b", "slow"),
    node("web.example.com"),
    node("web.example.org"),
)


def chosen(limit: str | None, exclude: str | None = None) -> list[str]:
    """Name the chosen nodes without their domain, where that is the usual one."""
    return [found.name.removesuffix(".example.com") for found in select(NODES, limit, exclude)]


@pytest.mark.parametrize(
    ("limit", "names"),
    [
        (None, "jira-1 jira-2 jira-10 web web.example.org"),
        ("jira-2.example.com", "jira-2"),
        ("JIRA-2.Example.COM", "jira-2"),
        ("jira-2", "jira-2"),
        ("jira-10,jira-1", "jira-1 jira-10"),
        ("jira-[1-2]", "jira-1 jira-2"),
        ("jira-[1-2].example.com, web.example.org", "jira-1 jira-2 web.example.org"),
        ("@az-b", "jira-2 jira-10"),
        ("@az-b,jira-2", "jira-2 jira-10"),
        ("*", "jira-1 jira-2 jira-10 web web.example.org"),
        ("jira-?", "jira-1 jira-2"),
        ("*.example.org", "web.example.org"),
        ("JIRA-*", "jira-1 jira-2 jira-10"),
    ],
)
def test_a_limit_means_these_nodes_in_the_clusters_order(limit: str | None, names: str) -> None:
    assert chosen(limit) == names.split()


@pytest.mark.parametrize(
    ("limit", "exclude", "names"),
    [
        (None, "jira-[1-2]", "jira-10 web web.example.org"),
        ("@az-b", "@slow", "jira-2"),
        ("jira-*", "jira-1", "jira-2 jira-10"),
    ],
)
def test_what_is_excluded_is_left_out(limit: str | None, exclude: str, names: str) -> None:
    assert chosen(limit, exclude) == names.split()


@pytest.mark.parametrize(
    ("limit", "exclude", "message"),
    [
        ("", None, "--limit: it is empty; the nodes are jira-["),
        (None, "  ", "--exclude: it is empty"),
        ("nosuch", None, 'there is no node "nosuch"; the nodes are jira-[1-2,10].example.com,web.example.com'),
        ("jria-1", None, 'did you mean "jira-1"?'),
        ("jira-[1-3]", None, 'there is no node "jira-3"'),
        ("web", None, '"web" could be any of web.example.com,web.example.org; write the whole name'),
        ("jira-1,jira-1.example.com", None, '"jira-1.example.com" is named twice'),
        ("jira-[1-2],jira-2", None, "named twice"),
        ("@az-c", None, 'did you mean "@az-a"?'),
        ("@az-c", None, "tags: @az-a, @az-b, @slow"),
        ("x*", None, '"x*" matches no node'),
        ("a,,b", None, "holds an empty name"),
        ("jira-[1", None, "not closed"),
        ("jira-[1-99999]", None, "more than 10,000"),
        ("\x1b[2J", None, "--limit: "),
        (None, "*", '--exclude: "*" leaves no node'),
        ("jira-1", "jira-1", "leaves no node"),
    ],
)
def test_what_means_nothing_is_refused_with_the_names(limit: str | None, exclude: str | None, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        select(NODES, limit, exclude)
    assert message in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_the_full_name_comes_before_the_first_label() -> None:
    nodes = (node("jira"), node("jira.example.com"))
    assert select(nodes, "jira", None) == nodes[:1]


def test_many_nodes_are_listed_in_a_short_message() -> None:
    nodes = tuple(node(f"{'ab'[number % 2]}{'x' * number}") for number in range(200))
    with pytest.raises(InputError) as refusal:
        select(nodes, "nosuch", None)
    assert "(200 in all)" in str(refusal.value)
    assert len(str(refusal.value)) < 400
