"""What ansible-inventory prints: groups in groups, variables merged as Ansible does, and one that is meant."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.finding import Finding
from agent.core.importing.ansible import Estate, Group, choose_group, read_estate

LISTED: dict[str, Any] = {
    "_meta": {"hostvars": {"app-1": {"ansible_host": "192.0.2.1"}, "app-2": {}, "db-1": {"x": 1}}},
    "all": {"children": ["ungrouped", "jira_cluster", "postgres"]},
    "jira_cluster": {"children": ["jira_nodes"]},
    "jira_nodes": {"hosts": ["app-2", "app-1"]},
    "postgres": {"hosts": ["db-1"]},
}


def _estate(value: Any) -> Estate:
    found = read_estate(value, "inventory.json")
    assert isinstance(found, Estate)
    return found


def _refusal(value: Any, said: str | None = None) -> str:
    found = choose_group(_estate(value), said)
    assert isinstance(found, Finding)
    return f"{found.rule}: {found.message}; {found.hint}"


def test_groups_of_the_product_with_the_same_hosts_are_one() -> None:
    group = choose_group(_estate(LISTED), None)

    assert not isinstance(group, Finding)
    assert group.hosts == ("app-1", "app-2")


def test_the_only_group_with_hosts_is_meant_whatever_it_is_called() -> None:
    group = choose_group(_estate({"all": {"children": ["web"]}, "web": {"hosts": ["a", "b"]}}), None)

    assert not isinstance(group, Finding)
    assert (group.name, group.hosts) == ("web", ("a", "b"))


def test_several_groups_are_listed_with_their_hosts_and_none_is_chosen() -> None:
    said = _refusal({**LISTED, "jira_test": {"hosts": ["test-1"]}})

    assert said.startswith("FS609: several groups may be meant: ")
    assert "jira_nodes (2 hosts: app-[1-2])" in said
    assert "jira_test (1 host: test-1)" in said
    assert "postgres" not in said
    assert said.endswith("say which: --group NAME")


def test_hosts_without_a_group_are_all_of_them_only_if_that_is_said() -> None:
    bare = {"all": {"children": ["ungrouped"]}, "ungrouped": {"hosts": ["a", "b"]}}

    assert "say --group all" in _refusal(bare)
    group = choose_group(_estate(bare), "all")
    assert not isinstance(group, Finding)
    assert group.hosts == ("a", "b")


def test_a_group_that_is_not_there_or_empty_is_told_with_those_that_are() -> None:
    assert 'the group "jira" is not there; there are ' in _refusal(LISTED, "jira")
    assert 'the group "ungrouped" has no hosts' in _refusal({**LISTED, "ungrouped": {}}, "ungrouped")


@pytest.mark.parametrize("value", [{"_meta": {"hostvars": {}}, "all": {"children": ["ungrouped"]}}, {"all": {}}])
def test_an_inventory_that_ansible_could_not_read_has_no_hosts(value: Any) -> None:
    assert "FS612: there are no hosts in it" in _refusal(value)


def test_variables_of_groups_are_merged_by_depth_priority_and_name_and_the_hosts_own_last() -> None:
    exported = {
        "all": {"children": ["jira", "a_site"], "vars": {"v": "all", "w": "all", "x": "all", "y": "all", "z": "all"}},
        "jira": {"children": ["jira_nodes"], "vars": {"w": "jira", "x": "jira", "y": "jira", "z": "jira"}},
        "jira_nodes": {"hosts": ["h"], "vars": {"x": "nodes", "z": "nodes"}},
        "a_site": {"hosts": ["h"], "vars": {"w": "site", "y": "site", "ansible_group_priority": 10}},
        "_meta": {"hostvars": {"h": {"z": "own"}}},
    }

    found = _estate(exported).variables(["h"])["h"]

    assert [found[key] for key in "vwxyz"] == ["all", "site", "nodes", "site", "own"]


def test_what_older_scripts_print_is_read_too() -> None:
    estate = _estate({"jira": ["a", "b"], "other": {"hosts": {"c": {"ansible_user": "me"}}}})

    assert estate.members().of("jira") == ("a", "b")
    assert estate.variables(["c"]) == {"c": {"ansible_user": "me"}}


def test_a_circle_of_groups_ends() -> None:
    circle = {
        "all": {"children": ["a"]},
        "a": {"children": ["b"], "vars": {"x": 1}},
        "b": {"children": ["a"], "hosts": ["h"]},
    }

    assert _estate(circle).variables(["h"]) == {"h": {"x": 1}}
    assert _estate(circle).members().of("b") == ("h",)


@pytest.mark.parametrize(
    "value",
    [None, [], "x", 5, {}, {"_meta": {}}, {"a": 5}, {"a": "x"}, {"a": {"hosts": "x"}}, {"a": [1]},
     {"a": {"vars": None}}, {f"g{n}": {} for n in range(2001)}, {"a": {"children": [f"g{n}" for n in range(20_001)]}},
     {"a": {"hosts": [f"h{n}" for n in range(10_001)]}}],
    ids=lambda it: repr(it)[:30],
)  # fmt: skip
def test_anything_else_is_not_what_ansible_prints(value: Any) -> None:
    found = read_estate(value, "inventory.json")

    assert isinstance(found, Finding)
    assert found.rule == "FS602"


@pytest.mark.parametrize("meta", [None, 5, [], {"hostvars": []}, {"hostvars": {"a": 5}}])
def test_hosts_without_variables_have_none(meta: Any) -> None:
    assert _estate({"_meta": meta, "jira": {"hosts": ["a"]}}).variables(["a"]) == {"a": {}}


def test_two_thousand_nested_groups_over_ten_thousand_hosts_take_no_while() -> None:
    hosts = [f"h{number}" for number in range(10_000)]
    groups: dict[str, Any] = {f"g{at}": {"children": [f"g{at + 1}"], "vars": {"x": at}} for at in range(1_990)}
    value = {"_meta": {"hostvars": {host: {} for host in hosts}}, **groups, "g1990": {"hosts": hosts}}

    began = time.process_time()
    estate = read_estate(value, "f")
    assert isinstance(estate, Estate)
    group = choose_group(estate, None)
    assert isinstance(group, Group)
    merged = estate.variables(group.hosts)

    assert time.process_time() - began < 4
    assert len(group.hosts) == len(merged) == 10_000


ESTATES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.fixed_dictionaries(
        {
            "hosts": st.lists(st.sampled_from(["h1", "h2", "h3", "h4"]), unique=True),
            "children": st.lists(st.sampled_from("abcdefg"), unique=True),
            "vars": st.dictionaries(st.sampled_from("xy"), st.integers(0, 9), max_size=2),
        }
    ),
    min_size=1,
)


@given(ESTATES)
def test_a_group_has_the_hosts_of_all_groups_below_it_circles_included(value: dict[str, Any]) -> None:
    estate = read_estate(value, "f")
    assert isinstance(estate, Estate)
    members = estate.members()

    def below(group: str, seen: frozenset[str]) -> set[str]:
        if group in seen or group not in value:
            return set()
        nested = (below(it, seen | {group}) for it in value[group]["children"])
        return set(value[group]["hosts"]).union(*nested)

    said = {name: set(members.of(name)) for name in value}
    assert said == {name: below(name, frozenset()) for name in value}
    for host, variables in estate.variables(["h1", "h2"]).items():
        around = [value[name]["vars"] for name in value if host in said[name]]
        assert set(variables) == {key for it in around for key in it}
