"""Salvage: nodes whose own way is sound are kept whatever else is wrong, and nothing is guessed for the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.inventory.host_grammar import host
from agent.core.inventory.resolve import read_inventory, resolve_nodes
from agent.core.inventory.salvage import Salvage, salvage
from agent.core.inventory.written import lay_over
from agent.core.node import CommandService, SystemdService
from agent.edges.yaml_source import read_yaml

if TYPE_CHECKING:
    from agent.core.inventory.written import Written

SOUND = """\
jira: {version: "10.3.4", localhome: /var/jira, owner: svc}
ssh: {user: ops, port: 2222, jump: [bastion], config: none}
nodes:
  jira-1: {}
  jira-2: {address: 10.0.0.2, user: root, port: 22, localhome: /data/jira, tags: [az-b]}
  "jira-[3-4]": {}
filestores: {backupBucket: {bucket-name: co-jira-backup-bucket, region: ap-southeast-4}}
associations: {backups: backupBucket}
"""
ALL = ["jira-1", "jira-2", "jira-3", "jira-4"]


def _written(text: str, file: str = "prod.yml") -> Written:
    written, _ = read_yaml(text.encode(), file)
    assert written is not None
    return written


def _salvage(text: str) -> Salvage:
    return salvage(_written(text), "prod")


def _names(found: Salvage) -> list[str]:
    return [node.name for node in found.nodes]


def _left_out(found: Salvage) -> list[str]:
    return [it.key for it in found.left_out]


def test_of_a_sound_inventory_all_is_kept_as_it_would_be_resolved() -> None:
    inventory, _ = read_inventory(_written(SOUND), "prod")
    assert inventory is not None

    assert _salvage(SOUND) == Salvage(nodes=resolve_nodes(inventory, "prod"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"10.3.4"', "10.3"),
        ('version: "10.3.4", ', ""),
        ("region: ap-southeast-4", "regoin: ap-southeast-4"),
        ("bucket-name: co-jira-backup-bucket, ", ""),
        ("filestores: {backupBucket: {bucket-name: co-jira-backup-bucket, region: ap-southeast-4}}\n", ""),
        ("associations: {backups: backupBucket}\n", ""),
        ("backups: backupBucket", "backup: nosuch"),
        ("associations:", "waivers: {FS999999: x}\nnotify: 7\nassociations:"),
        ("associations:", "rollout: {canary: 99, max-unavailable: 0, drain: nobody}\nassociations:"),
        ("associations:", "wholly-unknown: {a: [b]}\nassociations:"),
        ("owner: svc", "owner: svc, mode: 777, group: a b, sharedhome: relative, unheard-of: 1"),
        ("jira-1: {}", "jira-1: {tags: [a b], filestores: {nosuch: {region: x}}, bucket-name: mine}"),
        ("jira-1: {}", "jira-1:"),
    ],
)
def test_what_only_documents_and_rollouts_need_costs_no_node(old: str, new: str) -> None:
    broken = SOUND.replace(old, new)
    inventory, _ = read_inventory(_written(broken), "prod")
    assert inventory is None
    before = _salvage(SOUND)

    found = _salvage(broken)

    assert [(it.name, it.address, it.localhome, it.owner, it.ssh) for it in found.nodes] == [
        (it.name, it.address, it.localhome, it.owner, it.ssh) for it in before.nodes
    ]
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("jira-1: {}", '"jira-1;id": {}', "jira-1;id", 'nodes.jira-1;id: "jira-1;id" holds U+003B SEMICOLON'),
        ("jira-1: {}", '"-oProxyCommand=x": {}', "-oProxyCommand=x", "holds U+003D EQUALS SIGN"),
        ("jira-1: {}", 'jira-1: {address: "a;b"}', "jira-1", "nodes.jira-1.address: "),
        ("jira-1: {}", "jira-1: {address: 10.0.0.1:22}", "jira-1", "holds a port"),
        ("jira-1: {}", "jira-1: {address: }", "jira-1", "nodes.jira-1.address: the value is empty"),
        ("jira-1: {}", "jira-1: {adress: 10.0.0.1}", "jira-1", "nodes.jira-1.adress: the key is not known"),
        ("jira-1: {}", "jira-1: {prot: 2022}", "jira-1", "nodes.jira-1.prot: the key is not known"),
        ("jira-1: {}", "jira-1: {localhome: ../x}", "jira-1", "nodes.jira-1.localhome: "),
        ("jira-1: {}", 'jira-1: {user: "$(id)"}', "jira-1", "nodes.jira-1.user: "),
        ("jira-1: {}", "jira-1: {port: 99999}", "jira-1", "nodes.jira-1.port: 99999 is too large"),
        ("jira-1: {}", "jira-1: nonsense", "jira-1", "nodes.jira-1: "),
        ("jira-1: {}", "jira-1: [a]", "jira-1", "nodes.jira-1: "),
        ("jira-1: {}", "jira-1: *alias", "jira-1", "nodes.jira-1: the value cannot be taken as it is written"),
        ("jira-1: {}", '"jira-[1": {}', "jira-[1", "bracket that is not closed"),
        ("jira-1: {}", '"jira-[5-6]": {address: 10.0.0.5}', "jira-[5-6]", "1 addresses for 2 nodes"),
    ],
)
def test_a_fault_on_its_own_way_costs_that_entry_and_no_other(old: str, new: str, key: str, reason: str) -> None:
    found = _salvage(SOUND.replace(old, new))

    assert _names(found) == ALL[1:]
    assert _left_out(found) == [key]
    assert reason in found.left_out[0].reason
    assert (found.left_out[0].place.file, found.left_out[0].place.line) == ("prod.yml", 4)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("jump: [bastion]", "jump: bastion", "ssh.jump: "),
        ("jump: [bastion]", 'jump: ["b;id"]', "ssh.jump[0]: "),
        ("jump: [bastion]", "jmup: [bastion]", "ssh.jmup: the key is not known"),
        ("config: none", "config: nowhere", "ssh.config: "),
        ("owner: svc", "owner: a b", "jira.owner: "),
        ("owner: svc", "onwer: svc", "jira.onwer: the key is not known"),
        ("ssh: {", "shs: {", "shs: the key is not known"),
        ("ssh: {user: ops, port: 2222, jump: [bastion], config: none}", "ssh: ops", "ssh: "),
    ],
)
def test_a_fault_on_the_common_way_costs_every_node(old: str, new: str, reason: str) -> None:
    found = _salvage(SOUND.replace(old, new))

    assert found.nodes == ()
    assert _left_out(found) == ["jira-1", "jira-2", "jira-[3-4]"]
    assert {it.reason.startswith(reason) for it in found.left_out} == {True}
    assert found.left_out[2].names == ("jira-3", "jira-4")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("localhome: /var/jira", "localhome: var/jira"),
        ("localhome: /var/jira, ", ""),
        ("user: ops", "user: a b"),
        ("port: 2222", 'port: "2222"'),
    ],
)
def test_who_says_it_for_itself_does_not_need_what_the_others_have_in_common(old: str, new: str) -> None:
    found = _salvage(SOUND.replace(old, new, 1))

    assert _names(found) == ["jira-2"]
    node = found.nodes[0]
    assert (node.address, node.localhome, node.ssh.user, node.ssh.port) == ("10.0.0.2", "/data/jira", "root", 22)
    assert (node.owner, node.ssh.jump) == ("svc", ("bastion",))


def test_a_local_home_in_the_shared_home_is_not_looked_at() -> None:
    found = _salvage(SOUND.replace("localhome: /var/jira", "sharedhome: /srv/co, localhome: /srv/co/jira"))

    assert _names(found) == ["jira-2"]


@pytest.mark.parametrize("fault", ["status: {port: 0}", "status: 7", "service: {}", "service: {systemd: a b}"])
def test_where_the_state_cannot_be_asked_for_the_node_is_kept_without_one(fault: str) -> None:
    one = _salvage(SOUND.replace("jira-1: {}", f"jira-1: {{{fault}}}"))
    every = _salvage(SOUND.replace("owner: svc", f"owner: svc, {fault}"))

    assert (_names(one), _left_out(one), set(one.stateless)) == (ALL, [], {"jira-1"})
    assert (_names(every), _left_out(every), set(every.stateless)) == (ALL, [], set(ALL))


def test_a_sound_status_and_service_are_kept_beside_a_fault_elsewhere() -> None:
    service = "service: {start: [run], stop: [halt]}, status: {port: 8081}"
    broken = (
        SOUND.replace("owner: svc", f"owner: svc, {service}").replace("region: ap", "region: AP{").replace("{-", "-")
    )

    node = _salvage(broken).nodes[0]

    assert node.service == CommandService(start=("run",), stop=("halt",))
    assert node.status.port == 8081
    assert _salvage(SOUND).nodes[0].service == SystemdService(unit="jira")


def test_a_node_that_two_lines_describe_differently_is_left_out() -> None:
    differing = _salvage(SOUND.replace('"jira-[3-4]"', '"jira-[2-4]"'))
    by_case = _salvage(SOUND.replace('"jira-[3-4]"', '"JIRA-1,jira-[3-4]"'))

    assert _names(differing) == ["jira-1", "jira-3", "jira-4"]
    assert [it.names for it in differing.left_out] == [("jira-2",)]
    assert "named more than once" in differing.left_out[0].reason
    assert _names(by_case) == ["jira-2", "jira-3", "jira-4"]


def test_a_node_that_two_lines_describe_alike_is_kept_once() -> None:
    found = _salvage(SOUND.replace('"jira-[3-4]"', '"jira-1,jira-[3-4]"'))

    assert (_names(found), found.left_out) == (ALL, ())


def test_a_node_of_which_a_faulty_line_speaks_too_is_left_out() -> None:
    found = _salvage(SOUND.replace('"jira-[3-4]": {}', '"jira-[3-4]": {}\n  "jira-[4-5]": {port: high}'))

    assert _names(found) == ["jira-1", "jira-2", "jira-3"]
    assert [it.names for it in found.left_out] == [("jira-4", "jira-5")]


def test_of_two_nodes_at_one_address_the_machine_is_looked_at_once() -> None:
    found = _salvage(SOUND.replace("jira-1: {}", "jira-1: {address: 10.0.0.2, port: 22}"))

    assert _names(found) == ["jira-1", "jira-3", "jira-4"]
    assert found.left_out[0].names == ("jira-2",)
    assert 'the same address and port as "jira-1"' in found.left_out[0].reason


def test_an_empty_entry_is_not_trusted_where_keys_of_a_node_have_slipped_out_of_it() -> None:
    found = _salvage(SOUND.replace("jira-1: {}", "jira-1:\n  address: 10.0.0.1"))

    assert _names(found) == ALL[1:]
    assert _left_out(found) == ["jira-1", "address"]


def test_a_mistyped_key_is_not_made_good_by_defaults_below_it() -> None:
    defaults = _written("jira: {localhome: /var/jira, owner: jira}\n", "defaults.yml")
    own = _written("jira: {localhmoe: /data/jira}\nnodes: {jira-1: {}}\n")
    beside = _written("jira: {localhome: /data/jira, localhmoe: /data/jira}\nnodes: {jira-1: {}}\n")

    assert salvage(lay_over(defaults, own), "prod").nodes == ()
    assert _names(salvage(lay_over(defaults, beside), "prod")) == ["jira-1"]


def test_more_names_than_a_cluster_may_have_are_not_written_down() -> None:
    found = _salvage(
        SOUND.replace('"jira-[3-4]"', '"jira-[3-9999999]"').replace("filestores", '  "k-1": {}\nfilestores')
    )

    assert _names(found) == ["jira-1", "jira-2"]
    assert _left_out(found) == ["jira-[3-9999999]", "k-1"]


@pytest.mark.parametrize("text", ["nodes: 7\n", "nodes: []\n", "nodes: *a\n", "jira: {}\n", "nodes: {}\n"])
def test_without_nodes_there_are_none(text: str) -> None:
    assert _salvage(text) == Salvage(nodes=())


_WORDS = st.text(st.sampled_from("ab1.-_/;$ '\"{}[]:,*&!\n\t\\eé\u202e"), max_size=12)
_VALUES = st.recursive(
    st.one_of(_WORDS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_WORDS, inner, max_size=3)),
    max_leaves=5,
)
_KEYS = ("address", "port", "user", "localhome", "status", "service", "tags", "adress")


@given(
    nodes=st.dictionaries(
        st.one_of(st.sampled_from(["jira-1", "jira-[1-3]", "b"]), _WORDS),
        st.one_of(_VALUES, st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=3)),
        max_size=4,
    ),
    jira=st.dictionaries(st.sampled_from(["localhome", "owner", "status", "mode", "x"]), _VALUES, max_size=3),
    ssh=_VALUES,
)
def test_whatever_is_written_no_node_comes_out_that_the_grammars_refuse(
    nodes: dict[str, object], jira: dict[str, object], ssh: object
) -> None:
    text = json.dumps({"jira": {"localhome": "/var/jira", **jira}, "ssh": ssh, "nodes": nodes})
    written, _ = read_yaml(text.encode(), "prod.yml")
    if written is None:
        return

    for node in salvage(written, "prod").nodes:
        assert host(node.name) == node.name
        assert host(node.address) == node.address
        assert Path(node.localhome).is_absolute()
        assert " " not in node.owner
