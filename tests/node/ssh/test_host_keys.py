"""Strict host keys over a real server: what is not known is refused, with what the operator needs to judge."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node.port import Observe, Ok, Unreachable
from agent.node.ssh.adapter import Lines
from tests.support.ssh import Place, fingerprint_of, need_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.lab.sshd import Sshd
    from agent.node.port import Answer

pytestmark = pytest.mark.sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    need_sshd()
    server = sshd.start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.stop()


@pytest.fixture
def place(tmp_path: Path, server: Sshd) -> Place:
    place = Place(folder=tmp_path)
    place.trust(server)
    return place


def look(place: Place, server: Sshd, config: str | None = None) -> Answer:
    with Lines(place.environment) as lines:
        port = lines.port(place.node(server, config=config))
        answer = port.perform(Observe())
        port.close()
        return answer


def refused(place: Place, server: Sshd, config: str | None = None) -> str:
    """Look, and return why not; the server must never have been asked to let us in."""
    before = server.log.count("userauth-request") + server.log.count("Accepted")
    answer = look(place, server, config)
    assert isinstance(answer, Unreachable), answer
    assert answer.reason.startswith("host key: ")
    assert server.log.count("userauth-request") + server.log.count("Accepted") == before
    return answer.reason


def test_the_known_key_is_trusted(place: Place, server: Sshd) -> None:
    assert isinstance(look(place, server), Ok)


def test_a_node_is_who_its_key_says_from_its_first_connection_on_and_after_the_last(place: Place, server: Sshd) -> None:
    with Lines(place.environment) as lines:
        port = lines.port(place.node(server))
        proved = [port.identity]
        for _ in range(2):
            assert isinstance(port.perform(Observe()), Ok)
            proved.append(port.identity)
        port.close()
    assert [*proved, port.identity] == [None, *[fingerprint_of(server.folder / "host_key.pub")] * 3]


def test_a_key_that_is_not_trusted_proves_nothing(place: Place, server: Sshd) -> None:
    place.known_hosts.write_text("")
    with Lines(place.environment) as lines:
        port = lines.port(place.node(server))
        assert isinstance(port.perform(Observe()), Unreachable)
        assert port.identity is None


def test_an_unknown_key_is_refused_with_its_fingerprint_and_the_files(place: Place, server: Sshd) -> None:
    place.known_hosts.write_text("")
    reason = refused(place, server)
    assert fingerprint_of(server.folder / "host_key.pub") in reason
    assert str(place.known_hosts) in reason


def test_a_missing_file_is_as_good_as_an_empty_one(place: Place, server: Sshd) -> None:
    place.known_hosts.unlink()
    assert "unknown" in refused(place, server)


def test_a_changed_key_is_refused_with_both_fingerprints_and_the_line(place: Place, server: Sshd) -> None:
    other = sshd.make_key(place.folder / "other")
    place.known_hosts.write_text("# first\n" + sshd.known_hosts_line(server.host, server.port, other))
    reason = refused(place, server)
    assert fingerprint_of(server.folder / "host_key.pub") in reason
    assert fingerprint_of(other) in reason
    assert f"{place.known_hosts}:2" in reason


def test_a_revoked_key_is_refused(place: Place, server: Sshd) -> None:
    line = place.known_hosts.read_text()
    place.known_hosts.write_text(f"{line}@revoked {line}")
    assert f"{place.known_hosts}:2 marks @revoked" in refused(place, server)


def test_a_hashed_line_is_trusted(place: Place, server: Sshd) -> None:
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(place.known_hosts)], check=True, capture_output=True)
    assert server.host not in place.known_hosts.read_text()
    assert isinstance(look(place, server), Ok)


def test_a_line_without_the_port_is_refused_and_pointed_out(place: Place, server: Sshd) -> None:
    place.known_hosts.write_text(sshd.known_hosts_line(server.host, 22, server.folder / "host_key"))
    assert f"{place.known_hosts}:1 knows this key, but as 127.0.0.1" in refused(place, server)


def test_an_authority_alone_is_refused_before_anything_is_connected(place: Place, server: Sshd) -> None:
    place.known_hosts.write_text(f"@cert-authority {place.known_hosts.read_text()}")
    before = server.log.count("Connection from")
    assert "@cert-authority" in refused(place, server)
    assert server.log.count("Connection from") == before


def test_a_server_without_a_key_of_the_known_type_is_refused_as_a_changed_one(place: Place, server: Sshd) -> None:
    rsa = sshd.make_key(place.folder / "rsa", "rsa")
    place.known_hosts.write_text("# first\n" + sshd.known_hosts_line(server.host, server.port, rsa))
    name = f"'[{server.host}]:{server.port}'"
    assert refused(place, server) == (
        f"host key: the server has none of the types in {place.known_hosts}:2 (ssh-rsa); it was changed, or somebody is"
        f" in between; if it was rebuilt, check its fingerprint by another way, then drop the old key and add the new"
        f" one: ssh-keygen -R {name} -f {place.known_hosts}; ssh-keyscan -p {server.port} {server.host}"
    )


def test_the_commands_for_a_changed_key_drop_the_old_one_and_print_the_new_one(place: Place, server: Sshd) -> None:
    """What is printed is compared and added by hand; then the server is trusted."""
    other = sshd.make_key(place.folder / "other")
    old = sshd.known_hosts_line(server.host, server.port, other)
    place.known_hosts.write_text(old)
    drop, scan = refused(place, server).rsplit(": ", 1)[1].split("; ")
    said = subprocess.run(["/bin/sh", "-c", f"{drop}; {scan}"], check=True, capture_output=True, text=True)
    assert place.known_hosts.read_text() == ""
    place.known_hosts.write_text(said.stdout[said.stdout.index("[") :])
    assert isinstance(look(place, server), Ok)


def test_the_command_for_an_unknown_key_prints_the_line_to_add(place: Place, server: Sshd) -> None:
    place.known_hosts.write_text("")
    scan = refused(place, server).rsplit(": ", 1)[1]
    assert scan == f"ssh-keyscan -p {server.port} {server.host}"
    said = subprocess.run(["/bin/sh", "-c", scan], check=True, capture_output=True, text=True)
    place.known_hosts.write_text(said.stdout)
    assert isinstance(look(place, server), Ok)


def test_under_an_alias_the_line_to_add_has_another_name_than_the_one_printed(place: Place, server: Sshd) -> None:
    place.known_hosts.write_text("")
    config = f"Host *\n  IdentityFile {server.client_key}\n  HostKeyAlias the-node\n"
    assert refused(place, server, config).endswith(
        f": ssh-keyscan -p {server.port} {server.host} (its name in the line is the-node)"
    )


def test_an_rsa_host_key_is_trusted_by_its_sha_2_signature(place: Place, server: Sshd) -> None:
    rsa = sshd.make_key(place.folder / "rsa", "rsa")
    another = sshd.start(place.folder / "another", client_key=server.client_key, host_key=rsa)
    place.trust(another)
    with Lines(place.environment) as lines:
        session = lines.open(lines.route_to(place.node(another)))
        assert session.host_key_type == "rsa-sha2-512"
        session.close()
    another.stop()


def test_garbage_around_the_line_does_no_harm_and_is_counted(place: Place, server: Sshd) -> None:
    good = place.known_hosts.read_bytes()
    place.known_hosts.write_bytes(b"\xff\xfe garbage\n" + good)
    assert isinstance(look(place, server), Ok)
    place.known_hosts.write_bytes(b"\xff\xfe garbage\n")
    assert f"1 line(s) there are unusable, first {place.known_hosts}:1" in refused(place, server)


def test_a_file_that_everybody_may_write_is_not_trusted(place: Place, server: Sshd) -> None:
    place.known_hosts.chmod(0o666)
    refused(place, server)


def test_the_alias_and_the_files_of_the_configuration_count(place: Place, server: Sshd) -> None:
    line = place.known_hosts.read_text()
    kind_and_key = line.split(" ", 1)[1]
    place.known_hosts.unlink()
    (place.folder / "mine").write_text(f"the-node {kind_and_key}")
    config = (
        f"Host *\n  IdentityFile {server.client_key}\n  UserKnownHostsFile {place.folder / 'mine'}\n"
        f"  HostKeyAlias the-node\n  StrictHostKeyChecking no\n"
    )
    assert isinstance(look(place, server, config), Ok)
    (place.folder / "mine").write_text("")
    refused(place, server, config)


def test_a_machine_in_the_middle_is_refused(place: Place, server: Sshd) -> None:
    """Another server answers at the known address, as after a spoofed name or a hijacked port."""
    port = server.port
    impostor = sshd.start(place.folder / "impostor", client_key=server.client_key)
    line = place.known_hosts.read_text().replace(str(port), str(impostor.port))
    place.known_hosts.write_text(line)
    reason = refused(place, impostor)
    assert fingerprint_of(impostor.folder / "host_key.pub") in reason
    impostor.stop()


def test_no_policy_of_the_library_that_trusts_by_itself_is_used() -> None:
    found = shutil.which("grep")
    assert found
    package = os.path.dirname(sshd.__file__) + "/.."  # noqa: PTH120 - a plain string for grep
    said = subprocess.run(
        [found, "-rlE", "--include=*.py", "AutoAddPolicy|WarningPolicy|SSHClient", package],
        check=False,
        capture_output=True,
        text=True,
    )
    assert said.stdout == ""
