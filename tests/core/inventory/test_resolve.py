"""What follows from one cluster's inventory: nodes, filestores, patience; and the words it is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.core.filestore import Association, Filestore
from agent.core.finding import Place
from agent.core.inventory.home_grammar import file_path, home
from agent.core.inventory.host_grammar import host
from agent.core.inventory.resolve import (
    Inventory,
    allowed_down,
    documentation_address,
    patience,
    resolve_filestores,
    resolve_nodes,
)
from agent.core.inventory.unfit import Unfit
from agent.core.inventory.word_grammar import duration, mode, percentage, reference
from agent.core.inventory.written import Kind, Written, dotted, lay_over
from agent.core.node import CommandService, Node, SshSettings, StatusEndpoint, SystemdService
from agent.core.planning.plan import Patience
from agent.core.rules.inventory_codes import Rule
from agent.core.text.secret_shapes import masked, secret_in
from agent.core.text.suggest import closest, did_you_mean


def inventory(**keys: Any) -> Inventory:
    """Make an inventory of the required keys, with others laid over them; _ in a key stands for a hyphen."""
    required: dict[str, Any] = {
        "jira": {"version": "10.3.4", "localhome": "/home/jira"},
        "nodes": {"jira-1": {}},
        "filestores": {"store": {"bucket-name": "example-co", "region": "us-east-1"}},
        "associations": {"backups": "store"},
    }
    return Inventory.model_validate(required | keys)


def test_the_defaults_are_the_printed_ones() -> None:
    (node,) = resolve_nodes(inventory(), "prod")
    assert node == Node(
        name="jira-1",
        cluster="prod",
        address="jira-1",
        localhome="/home/jira",
        owner="jira",
        group="jira",
        mode="0640",
        ssh=SshSettings(user=None, port=None, jump=(), config="~/.ssh/config", known_hosts="~/.ssh/known_hosts"),
        status=StatusEndpoint(scheme="http", address="127.0.0.1", port=8080, context_path=""),
        service=SystemdService(unit="jira"),
        tags=frozenset(),
    )
    assert patience(inventory()) == Patience(
        ready_timeout=7200.0, ready_streak=3, ready_interval=5.0, stop_timeout=600.0
    )


def test_ranges_become_nodes_in_natural_order() -> None:
    names = [node.name for node in resolve_nodes(inventory(nodes={"jira-10": {}, "jira-[1-2]": {}}), "prod")]
    assert names == ["jira-1", "jira-2", "jira-10"]


def test_a_range_of_addresses_is_dealt_out_along_the_range_of_names() -> None:
    nodes = resolve_nodes(inventory(nodes={"jira-[1-2]": {"address": "192.0.2.[11-12]"}}), "prod")
    assert [(node.name, node.address) for node in nodes] == [("jira-1", "192.0.2.11"), ("jira-2", "192.0.2.12")]


def test_a_node_lays_its_own_settings_over_the_clusters() -> None:
    own = {
        "address": "192.0.2.14",
        "port": 2222,
        "user": "deploy",
        "localhome": "/data/jira",
        "status": {"port": 8081, "context-path": "/jira"},
        "service": {"start": ["/bin/up"], "stop": ["/bin/down", "-f"]},
        "tags": ("az-b",),
    }
    cluster = inventory(
        nodes={"jira-1": _tuples(own)}, ssh={"user": "ops", "port": 22, "jump": ("gate",), "config": "none"}
    )
    (node,) = resolve_nodes(cluster, "prod")
    assert (node.address, node.localhome, node.tags) == ("192.0.2.14", "/data/jira", frozenset({"az-b"}))
    assert node.ssh == SshSettings(user="deploy", port=2222, jump=("gate",), config=None)
    assert node.status == StatusEndpoint(port=8081, context_path="/jira")
    assert node.service == CommandService(start=("/bin/up",), stop=("/bin/down", "-f"))


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def test_a_node_may_go_back_to_an_empty_context_path() -> None:
    jira = {"version": "10.3.4", "localhome": "/home/jira", "status": {"context-path": "/jira"}}
    (node,) = resolve_nodes(inventory(jira=jira, nodes={"jira-1": {"status": {"context-path": ""}}}), "prod")
    assert node.status.context_path == ""


def test_a_node_tunes_a_filestore_and_nothing_else() -> None:
    own = {"store": {"max-concurrency": 7, "endpoint-override": "https://s3.us-east-1.amazonaws.com"}}
    cluster = inventory(nodes={"jira-[1-2]": {"filestores": own}, "jira-3": {}})
    tuned = Filestore(
        id="store",
        bucket_name="example-co",
        region="us-east-1",
        endpoint_override="https://s3.us-east-1.amazonaws.com",
        max_concurrency=7,
    )
    assert resolve_filestores(cluster, "jira-2").filestores == (tuned,)
    plain = Filestore(id="store", bucket_name="example-co", region="us-east-1")
    assert resolve_filestores(cluster, "jira-3").filestores == (plain,)
    assert resolve_filestores(cluster, "jira-3").associations == (Association(target="backups", file_store="store"),)


def test_a_nodes_zero_is_not_mistaken_for_no_value() -> None:
    cluster = inventory(nodes={"jira-1": {"filestores": {"store": {"max-concurrency": 0}}}})
    assert resolve_filestores(cluster, "jira-1").filestores[0].max_concurrency == 0


@pytest.mark.parametrize(
    ("budget", "count", "down"), [(1, 3, 1), (2, 5, 2), ("25%", 3, 1), ("25%", 8, 2), ("34%", 3, 1), ("99%", 4, 3)]
)
def test_a_share_of_the_nodes_is_rounded_down_to_at_least_one(budget: int | str, count: int, down: int) -> None:
    assert allowed_down(inventory(rollout={"max-unavailable": budget}), count) == down


def test_the_inventory_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        inventory().jira.owner = "root"  # type: ignore[misc]  # what is tried is what must fail


@pytest.mark.parametrize(
    ("address", "is_example"),
    [
        ("jira-1.example.com", True),
        ("EXAMPLE.org", True),
        ("a.example", True),
        ("192.0.2.14", True),
        ("198.51.100.1", True),
        ("203.0.113.255", True),
        ("2001:db8::1", True),
        ("example.com.evil.net", False),
        ("myexample.com", False),
        ("192.0.3.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("jira-1", False),
    ],
)
def test_addresses_of_documentation_are_known(address: str, is_example: bool) -> None:  # noqa: FBT001 - a table's column
    node = Node(name="jira-1", cluster="prod", address=address, localhome="/home/jira")
    assert documentation_address(node) is is_example


@pytest.mark.parametrize("text", ["30s", "5m", "2h", "168h", "1s"])
def test_durations_are_seconds(text: str) -> None:
    assert duration(text) == {"30s": 30, "5m": 300, "2h": 7200, "168h": 604800, "1s": 1}[text]


@pytest.mark.parametrize("text", ["", "30", "s", "1.5h", "-1s", "0m", "169h", "5 m", "5M", "1h30m", "٣s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        duration(text)


def test_modes_become_four_digits() -> None:
    assert [mode(text) for text in ("640", "0640", "0644", "0400")] == ["0640", "0640", "0644", "0400"]


@pytest.mark.parametrize("text", ["0646", "0642", "1640", "0240", "08", "rw-r-----", "", "00640"])
def test_modes_that_grant_wrongly_are_refused(text: str) -> None:
    with pytest.raises(Unfit):
        mode(text)


@pytest.mark.parametrize("text", ["1%", "25%", "99%"])
def test_shares_are_kept_as_written(text: str) -> None:
    assert percentage(text) == text


@pytest.mark.parametrize(
    "path", ["/data/jira", "/home/jira", "/data/my jira", "/opt/it's", "/usr/local/jira", "/etcetera/x"]
)
def test_a_plain_absolute_path_can_be_a_home(path: str) -> None:
    assert home(path) == path


@pytest.mark.parametrize(
    "path", ["/usr/bin", "/usr/bin/jira", "/proc/1", "/sys", "/var", "/a/./b", "/" + "a" * 4096, "/ä", "/a\\b"]
)
def test_a_system_folder_or_odd_path_cannot_be_a_home(path: str) -> None:
    with pytest.raises(Unfit) as refusal:
        home(path)
    assert refusal.value.rule is Rule.PATH


def test_files_may_lie_below_the_home_folder() -> None:
    assert [file_path(text) for text in ("~/.ssh/config", "/etc/ssh/ssh_config", "none")]
    for text in ("config", "~root/x", "/a;b", ""):
        with pytest.raises(Unfit):
            file_path(text)


@pytest.mark.parametrize("text", ["env:JIRA_TOKEN", "file:~/.token", "command:pass show jira"])
def test_references_name_where_a_secret_is(text: str) -> None:
    assert reference(text) == text


@pytest.mark.parametrize("text", ["hunter2", "env:", "env:A B", "ENV:X", "file:", "command: ", "http://x"])
def test_a_refused_reference_is_not_shown(text: str) -> None:
    with pytest.raises(Unfit) as refusal:
        reference(text)
    assert text not in f"{refusal.value.message}"


HOSTILE = st.text(alphabet="a1.-_;$(){}`'\"\\ \n%@:/[]*?~#&|<>=,\x00\u0430", max_size=12)


@settings(max_examples=500, deadline=None)
@given(text=HOSTILE)
def test_no_host_name_means_anything_to_a_shell_or_an_option_parser(text: str) -> None:
    try:
        name = host(text)
    except Unfit:
        return
    assert not set(name.partition("%")[0]) - set("abcdefghijklmnopqrstuvwxyz0123456789.-_:")
    assert name[0] != "-"
    assert "%" not in name or ":" in name


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "access key id"),
        ("key=ASIAIOSFODNN7EXAMPLE;", "access key id"),
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "secret access key"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "secret access key"),
        ("https://me:pw@example.com/", "user name or password"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----b3Blbn", "private key"),
    ],
)
def test_credentials_are_known_by_their_shape_and_masked(text: str, kind: str) -> None:
    assert kind in (secret_in(text) or "")
    assert secret_in(masked(text)) in {None, "an address with a user name or password in it"}
    assert not any(part in masked(text) for part in ("OSFODNN7", "FEMI", "pw", "b3Blbn"))


@pytest.mark.parametrize(
    "text",
    [
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "/var/atlassian/application-data/jira/Home1",
        "https://s3.example.com/@x",
        "example-co-jira-backup-bucket-ap-southeast-4",
        "AKIA",
    ],
)
def test_plain_words_are_not_taken_for_credentials(text: str) -> None:
    assert secret_in(text) is None
    assert masked(text) == text


def test_suggestions_are_near_or_none() -> None:
    assert closest("bukcet_name", ["region", "bucket-name"]) == "bucket-name"
    assert closest("bucketName", ["bucket-name"]) == "bucket-name"
    assert closest("zzz", ["region", "bucket-name"]) is None
    assert closest("", ["a"]) is None
    assert closest("a" * 100_000, ["a"]) is None
    assert did_you_mean("backup", ["avatars", "backups"]) == 'did you mean "backups"?'


def test_every_rule_code_is_explained_in_the_docs() -> None:
    rows = [f"| {rule} | {rule.meaning} |" for rule in Rule]
    page = (Path(__file__).parents[3] / "docs" / "inventory.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.startswith("| FS")] == rows


def written(value: object, file: str) -> Written:
    """Make a tree of values that all stand in one file."""
    place = Place(file=file, line=1, column=1)
    if isinstance(value, dict):
        return Written(
            kind=Kind.MAPPING, place=place, content={key: written(item, file) for key, item in value.items()}
        )
    return Written(kind=Kind.TEXT, place=place, content=str(value))


def test_laying_over_merges_mappings_and_keeps_where_each_value_came_from() -> None:
    merged = lay_over(written({"a": {"b": 1, "c": 2}, "d": {"e": 3}}, "low"), written({"a": {"b": 9}, "d": 4}, "high"))
    assert merged.plain() == {"a": {"b": "9", "c": "2"}, "d": "4"}
    assert [merged.nearest(path).place.file for path in (("a", "b"), ("a", "c"), ("d",))] == ["high", "low", "high"]


def test_paths_are_written_as_messages_name_them() -> None:
    assert dotted(("ssh", "jump", 0)) == "ssh.jump[0]"
    assert dotted(("nodes", "a\x1b", "port")) == "nodes.a\\x1b.port"
