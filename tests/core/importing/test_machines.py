"""Ansible's hosts as nodes: what is taken, where hosts differ, and what is never taken, nor told."""

from __future__ import annotations

from typing import Any

import pytest

from agent.core.finding import Severity
from agent.core.importing.ansible import choose_group, read_estate
from agent.core.importing.machines import Machines, machines_of

ONE = {"ansible_user": "ops", "ansible_port": 2222, "ansible_host": "192.0.2.1"}


def _machines(*flags: str, **hosts: dict[str, Any]) -> Machines:
    named = {name.replace("_", "-"): variables for name, variables in hosts.items()}
    estate: Any = read_estate({"_meta": {"hostvars": named}, "jira": {"hosts": list(named)}}, "inventory.json")
    group: Any = choose_group(estate, None)
    return machines_of(estate, group, flags)


def _errors(found: Machines) -> list[str]:
    return [it.rule for it in found.findings if it.severity is Severity.ERROR]


def test_what_all_hosts_have_holds_for_all_and_addresses_are_each_nodes_own() -> None:
    found = _machines(jira_1=ONE, jira_2={**ONE, "ansible_host": "192.0.2.2"}, jira_3={**ONE, "ansible_host": "jira-3"})

    assert found.entries == {"jira-1": {"address": "192.0.2.1"}, "jira-2": {"address": "192.0.2.2"}, "jira-3": {}}
    assert found.settings == {"ssh.port": "2222", "ssh.user": "ops"}
    assert (found.findings, found.left) == ([], [])


def test_what_hosts_differ_in_goes_to_the_nodes_that_have_it() -> None:
    found = _machines(
        a={"ansible_user": "ops", "atl_product_home": "/data/a", "atl_tomcat_port": "8081"},
        b={"ansible_user": "root", "atl_product_home": "/data/b"},
    )

    assert found.entries == {
        "a": {"user": "ops", "localhome": "/data/a", "status": {"port": 8081}},
        "b": {"user": "root", "localhome": "/data/b"},
    }
    assert found.settings == {}


def test_of_two_names_for_one_thing_the_one_counts_that_ansible_takes() -> None:
    found = _machines(
        n1={
            "ansible_host": "192.0.2.1", "ansible_ssh_host": "192.0.2.2", "ansible_port": 2201,
            "ansible_ssh_port": 2202, "ansible_user": "u1", "ansible_ssh_user": "u2",
            "ansible_ssh_extra_args": "-J j-extra", "ansible_ssh_common_args": "-J j-common",
            "ansible_ssh_args": "-J j-args",
        }
    )  # fmt: skip

    assert found.entries == {"n1": {"address": "192.0.2.2"}}
    assert found.settings == {"ssh.port": "2202", "ssh.user": "u2", "ssh.jump": "j-args"}


def test_an_address_that_cannot_be_read_is_not_replaced_by_one_that_ansible_does_not_take() -> None:
    found = _machines(n1={"ansible_host": "192.0.2.1", "ansible_ssh_host": "{{ x }}"})

    assert (_errors(found), found.entries) == (["FS605"], {"n1": {}})


@pytest.mark.parametrize("name", ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"])
def test_a_jump_is_told_with_the_variable_that_says_it(name: str) -> None:
    assert [(it.key, it.name) for it in _machines(a={name: "-J one"}).taken] == [("ssh.jump", name)]


@pytest.mark.parametrize("first", ["-o ProxyJump=none", "-o ProxyCommand='nc %h %p'", "-o ProxyJump=ops@x"])
def test_a_jump_that_ssh_would_not_heed_is_not_taken(first: str) -> None:
    found = _machines(a={"ansible_ssh_args": first, "ansible_ssh_extra_args": "-J one"})

    assert found.settings == {}


def test_the_names_of_atlassians_automation_go_before_those_of_other_roles() -> None:
    found = _machines(
        a={
            "atl_product_user": "atl", "jira_user": "other", "atl_product_home": "/data/jira", "jira_home": "/x/y",
            "atl_product_version": "10.3.4", "atl_product_home_shared": "/media/atl/jira/shared",
            "atl_tomcat_contextpath": "/jira", "jira_group": "staff",
        }
    )  # fmt: skip

    assert found.settings == {
        "jira.version": "10.3.4",
        "jira.localhome": "/data/jira",
        "jira.sharedhome": "/media/atl/jira/shared",
        "jira.owner": "atl",
        "jira.group": "staff",
        "jira.status.context-path": "/jira",
    }


@pytest.mark.parametrize(
    "value",
    ["{{ atl_home_base }}/jira", {"__ansible_vault": "$ANSIBLE_VAULT;1.1\n6162"}, "$ANSIBLE_VAULT;1.1", True, 9.1,
     ["a"], {"a": "b"}, "relative/home", "/"],
    ids=repr,
)  # fmt: skip
def test_what_is_no_plain_text_is_left_and_the_next_name_is_asked(value: Any) -> None:
    found = _machines(a={"atl_product_home": value, "jira_home": "/data/jira"})

    plain = isinstance(value, str) and "{{" not in value and "VAULT" not in value
    assert found.settings == ({} if plain else {"jira.localhome": "/data/jira"})
    assert [it.name for it in found.left] == ["atl_product_home"]
    assert "6162" not in repr(found.left)


def test_text_that_ansible_calls_unsafe_is_text() -> None:
    assert _machines(a={"jira_home": {"__ansible_unsafe": "/data/jira"}}).settings == {"jira.localhome": "/data/jira"}


def test_root_is_not_whom_jira_runs_as() -> None:
    assert _machines(a={"ansible_become_user": "jira"}).settings == {"jira.owner": "jira"}
    found = _machines(a={"ansible_become_user": "root"})
    assert (found.settings, [it.name for it in found.left]) == ({}, ["ansible_become_user"])


def test_hosts_of_different_versions_are_refused_with_the_flag_that_says_it() -> None:
    found = _machines(a={"jira_version": "10.3.4"}, b={"jira_version": "10.3.5"})

    assert _errors(found) == ["FS609"]
    assert found.findings[0].message.endswith("10.3.4 on a, 10.3.5 on b")
    assert found.findings[0].hint == "say it: --jira-version"
    assert _errors(_machines("jira-version", a={"jira_version": "10.3.4"}, b={})) == []


def test_a_jump_host_is_taken_where_all_hosts_have_the_same() -> None:
    way = {"ansible_ssh_common_args": "-o ProxyJump=bastion -o StrictHostKeyChecking=no"}
    found = _machines(a=way, b=way)

    assert found.settings == {"ssh.jump": "bastion"}
    (finding,) = found.findings
    assert (finding.rule, finding.severity) == ("FS613", Severity.WARNING)
    assert finding.message.startswith("stricthostkeychecking in ansible_ssh_common_args of a,b is not taken")


def test_different_ways_are_none_and_told() -> None:
    found = _machines(a={"ansible_ssh_common_args": "-J one"}, b={})

    assert "ssh.jump" not in found.settings
    assert [it.rule for it in found.findings] == ["FS613"]
    assert _machines("jump", a={"ansible_ssh_common_args": "-J one"}, b={}).findings == []


def test_passwords_and_keys_are_named_and_never_told() -> None:
    secrets = {
        "ansible_password": "hunter2", "ansible_become_pass": "hunter2", "ansible_ssh_private_key_file": "~/hunter2",
        "jira_db_password": "hunter2", "ansible_ssh_common_args": "-o ProxyCommand='sshpass -p hunter2 ssh x'",
    }  # fmt: skip
    found = _machines(a=secrets)

    assert {it.name for it in found.left} == {"ansible_password", "ansible_become_pass", "ansible_ssh_private_key_file"}
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("name", ["a;touch x", "-oProxyCommand=x", "a b", "", "\u0430pp", "a" * 300, "user@host"])
def test_a_host_that_cannot_be_a_node_is_refused(name: str) -> None:
    assert _errors(_machines(**{name: {}})) == ["FS612"]


@pytest.mark.parametrize("address", ["10.0.0.1:22", "me@host", "$(id)", "a b"])
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    assert _errors(_machines(a={"ansible_host": address})) == (["FS605"] if "$" in address else ["FS612"])


@pytest.mark.parametrize(
    "address", ["{{ inventory_hostname }}.example.net", {"__ansible_vault": "x"}, ["10.0.0.1"]], ids=repr
)
def test_an_address_that_nobody_has_filled_in_is_refused_since_the_name_may_lead_elsewhere(address: Any) -> None:
    assert _errors(_machines(a={"ansible_host": address})) == ["FS605"]


def test_a_credential_in_a_value_is_refused_and_masked() -> None:
    found = _machines(a={"ansible_user": "AKIA" + "A1B2C3D4E5F6G7H8"})

    assert _errors(found) == ["FS611"]
    assert "A1B2C3D4" not in repr(found.findings)


@pytest.mark.parametrize("way", ["local", "docker", "winrm", "community.docker.docker", None, 5])
def test_a_host_that_is_not_reached_by_ssh_is_no_node(way: Any) -> None:
    assert _errors(_machines(a={"ansible_connection": way})) == ["FS612"]


@pytest.mark.parametrize("port", ["x", "0", 70000, "22 ", -1, "0000221111", "\uff12\uff12"])
def test_a_port_that_is_none_is_left(port: Any) -> None:
    found = _machines(a={"ansible_port": port})

    assert ("ssh.port" in found.settings) is (port == "22 ")
