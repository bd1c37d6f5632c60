"""How nodes are reached: the grammar before everything, OpenSSH's own rules after it, and the order of the hops."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.core.node import Node, SshSettings
from agent.errors import InputError
from agent.node.dial.route import Route, resolve
from tests.support.need import needs

if TYPE_CHECKING:
    from agent.node.dial.directives import Directives

ME = pwd.getpwuid(os.getuid()).pw_name
HOSTILE_NAMES = (
    "",
    "a;touch /tmp/x",
    "$(id)",
    "`id`",
    "a b",
    "a\nb",
    "a\n",
    "-oProxyCommand=x",
    "a/b",
    "a%h",
    "a|b",
    "a'b",
    'a"b',
    "a\\b",
    "a..b",
    ".a",
    "a-",
    "host:22",
    "a" * 64,
    ".".join(["a" * 60] * 5),
    "jïra",
    "\u0430.example.com",
    "[::1",
    "1.2.3.4%eth0",
    "fe80::1%e;th",
)


def node_with(address: str = "192.0.2.1", **ssh: object) -> Node:
    settings = SshSettings(**ssh)  # type: ignore[arg-type]  # the test knows what it passes
    return Node(name="jira-1", cluster="c", address=address, localhome="/data", ssh=settings)


def never(name: str, _user: str | None, _port: int | None) -> Directives:
    raise AssertionError(f"{name} was looked up")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}


def resolved(node: Node, environment: dict[str, str], text: str) -> Route:
    config = Path(environment["HOME"]) / "config"
    config.write_text(text)
    ssh = {name: getattr(node.ssh, name) for name in ("user", "port", "jump", "known_hosts")}
    return resolve(node_with(node.address, config=str(config), **ssh), environment=environment)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_address_is_refused_before_anything_is_looked_up(name: str) -> None:
    with pytest.raises(InputError, match="jira-1: "):
        resolve(node_with(name), environment={}, consult=never)


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name != "host:22"])
def test_a_hostile_jump_is_refused_before_anything_is_looked_up(name: str) -> None:
    with pytest.raises(InputError, match="jira-1: "):
        resolve(node_with(jump=(name,)), environment={}, consult=never)


@pytest.mark.parametrize("user", ["", "root;id", "-l", "$USER", "a" * 33, "a b", "a\n", "1a"])
def test_a_hostile_user_is_refused_before_anything_is_looked_up(user: str) -> None:
    for node in (node_with(user=user), node_with(jump=(f"{user}@bastion",))):
        with pytest.raises(InputError, match="jira-1: "):
            resolve(node, environment={}, consult=never)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(InputError, match="port"):
        resolve(node_with(port=port), environment={}, consult=never)


@pytest.mark.parametrize("jump", ["bastion:0", "bastion:x", "bastion:", "bastion:22:22x", "[::1]x"])
def test_a_jump_with_a_broken_port_is_refused(jump: str) -> None:
    with pytest.raises(InputError):
        resolve(node_with(jump=(jump,)), environment={}, consult=never)


@needs("ssh", "openssh-client")
def test_a_hostile_name_runs_nothing_even_with_a_configuration_that_would(environment: dict[str, str]) -> None:
    mark = Path(environment["HOME"]) / "ran"
    text = f'Match exec "touch {mark}"\n  User x\n'
    with pytest.raises(InputError):
        resolved(node_with("a;touch x"), environment, text)
    assert not mark.exists()
    resolved(node_with("192.0.2.1"), environment, text)
    assert mark.exists()


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("jira_1.example.com", "jira_1.example.com"),
        ("jira-1.example.com.", "jira-1.example.com."),
    ],
)
def test_addresses_and_names_are_taken(environment: dict[str, str], address: str, host: str) -> None:
    assert resolve(node_with(address), environment=environment).node.host == host


def test_without_a_configuration_the_usual_keys_and_files_are_used(environment: dict[str, str]) -> None:
    hop = resolve(node_with(user="ops"), environment={**environment, "SSH_AUTH_SOCK": "/run/agent"}).node
    home = Path(environment["HOME"])
    assert (hop.user, hop.port, hop.agent) == ("ops", 22, "/run/agent")
    assert hop.identities[0] == home / ".ssh" / "id_ed25519"
    assert hop.known_hosts[0] == home / ".ssh" / "known_hosts"
    assert Path("/etc/ssh/ssh_known_hosts") in hop.known_hosts


def test_a_configuration_that_is_not_there_says_nothing(environment: dict[str, str]) -> None:
    assert resolve(node_with(config="~/none"), environment=environment).node.user == ME


@needs("ssh", "openssh-client")
def test_the_configuration_is_followed_through_include_and_match(environment: dict[str, str]) -> None:
    included = Path(environment["HOME"]) / "more"
    included.write_text("Host jira\n  HostName jira.example.com\n  Port 2200\n")
    text = (
        f'Include {included}\nMatch host jira.example.com exec "true"\n  User alice\n  IdentityFile ~/.ssh/id_%r\n'
        "Host *\n  CertificateFile ~/%n-cert.pub\n  IdentitiesOnly yes\n"
        "  UserKnownHostsFile /etc/own_known_hosts\n  HostKeyAlias j\n"
    )
    hop = resolved(node_with("jira"), environment, text).node
    home = Path(environment["HOME"])
    assert (hop.host, hop.port, hop.user, hop.known_as) == ("jira.example.com", 2200, "alice", "j")
    assert hop.identities == (home / ".ssh" / "id_alice",)
    assert hop.certificates == (home / "jira-cert.pub",)
    assert hop.identities_only
    assert {home / ".ssh" / "known_hosts", Path("/etc/own_known_hosts")} <= set(hop.known_hosts)


def test_the_inventory_wins_over_the_configuration(environment: dict[str, str]) -> None:
    text = "Host *\n  User alice\n  Port 2200\n  ProxyJump elsewhere\n"
    route = resolved(node_with(user="ops", port=22, jump=("bastion",)), environment, text)
    assert (route.node.user, route.node.port) == ("ops", 22)
    assert [hop.name for hop in route.jumps] == ["elsewhere", "bastion"]


def test_jumps_come_in_opensshs_order(environment: dict[str, str]) -> None:
    route = resolve(node_with(jump=("a", "ops@b:2222", "ssh://[2001:db8::1]:23")), environment=environment)
    assert [str(hop) for hop in route.hops] == [
        f"{ME}@a:22",
        "ops@b:2222",
        f"{ME}@[2001:db8::1]:23",
        f"{ME}@192.0.2.1:22",
    ]


def test_a_jump_of_the_configuration_brings_its_own_jumps_and_values(environment: dict[str, str]) -> None:
    text = (
        "Host jira\n  ProxyJump b,c\nHost b\n  ProxyJump a\n  User bob\nHost c\n  ProxyJump unused\n"
        "Host a\n  HostName a.example.com\n  ProxyCommand nc %h %p\n"
    )
    route = resolved(node_with("jira", user="ops"), environment, text)
    assert [str(hop) for hop in route.hops] == [
        f"{ME}@a.example.com:22",
        "bob@b:22",
        f"{ME}@c:22",
        "ops@jira:22",
    ]
    assert route.hops[0].proxy_command == "nc a.example.com 22"
    assert all(hop.proxy_command is None for hop in route.hops[1:])


def test_jumps_in_a_circle_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(InputError, match="circle"):
        resolved(node_with("x"), environment, "Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost x\n  ProxyJump a\n")


@needs("ssh", "openssh-client")
def test_a_proxy_command_gets_only_checked_values(environment: dict[str, str]) -> None:
    text = 'Host *\n  ProxyCommand relay %h %p %r %n "100%%" ${HOME}\n'
    hop = resolved(node_with("jira.example.com", user="ops"), environment, text).node
    assert hop.proxy_command == 'relay jira.example.com 22 ops jira.example.com "100%" ${HOME}'


@pytest.mark.parametrize("text", ["HostName a;id", "User -l", "HostKeyAlias $(id)", "ProxyJump a`id`"])
def test_hostile_values_of_the_configuration_are_refused(environment: dict[str, str], text: str) -> None:
    with pytest.raises(InputError):
        resolved(node_with("jira"), environment, f"Host *\n  {text}\n")


@needs("ssh", "openssh-client")
def test_a_broken_configuration_is_named_with_what_ssh_says(environment: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"config: ssh -G cannot use it for jira .*line 2"):
        resolved(node_with("jira"), environment, "Host *\n  NoSuchWord yes\n")


def test_a_revocation_list_is_refused_since_it_would_be_passed_over(environment: dict[str, str]) -> None:
    with pytest.raises(InputError, match="revokedhostkeys"):
        resolved(node_with("jira"), environment, "Host *\n  RevokedHostKeys /etc/ssh/revoked\n")


@pytest.mark.parametrize(
    ("said", "agent"),
    [("none", None), ("SSH_AUTH_SOCK", "/run/agent"), ("$OTHER", "/run/other"), ("/run/a.sock", "/run/a.sock")],
)
def test_the_agent_is_the_configured_one(environment: dict[str, str], said: str, agent: str | None) -> None:
    sockets = {**environment, "SSH_AUTH_SOCK": "/run/agent", "OTHER": "/run/other"}
    hop = resolved(node_with("jira"), sockets, f"Host *\n  IdentityAgent {said}\n").node
    assert hop.agent == agent


@needs("ssh", "openssh-client")
def test_a_match_exec_that_does_not_end_is_given_up(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.node.dial.ssh_config.TIME_LIMIT", 0.3)
    with pytest.raises(InputError, match="no answer within"):
        resolved(node_with("jira"), environment, 'Match exec "sleep 60"\n  User x\n')


def test_without_an_ssh_program_a_plain_file_is_still_followed(environment: dict[str, str]) -> None:
    bare = {**environment, "PATH": "/nonexistent"}
    text = (
        "Host jira\n  HostName %h.example.com\n  User alice\n  Port 2200\n  IdentityFile ~/k\n  ProxyCommand nc %h %p\n"
    )
    hop = resolved(node_with("jira"), bare, text).node
    assert (hop.host, hop.user, hop.port) == ("jira.example.com", "alice", 2200)
    assert hop.proxy_command == "nc jira.example.com 2200"
    assert resolved(node_with("jira", user="ops"), bare, text).node.user == "ops"


@pytest.mark.parametrize("text", ["Include more\n", 'Host a\n  Port 1\nMatch exec "true"\n'])
def test_without_an_ssh_program_what_only_ssh_knows_is_refused(environment: dict[str, str], text: str) -> None:
    with pytest.raises(InputError, match="OpenSSH"):
        resolved(node_with("jira"), {**environment, "PATH": "/nonexistent"}, text)


def test_a_folder_as_configuration_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(InputError, match="not a file"):
        resolve(node_with(config=environment["HOME"]), environment=environment)
