"""How we are let in: key files, agents, certificates; never a prompt, never a second attempt after a refusal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node.port import Observe, Ok, Unreachable
from agent.node.ssh import login as ssh_login
from agent.node.ssh.adapter import Lines
from tests.support.ssh import Place, need_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.lab.sshd import Sshd
    from agent.node.port import Answer

pytestmark = pytest.mark.sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    need_sshd()
    folder = tmp_path_factory.mktemp("sshd")
    authority = sshd.make_key(folder / "authority")
    server = sshd.start(folder, options={"TrustedUserCAKeys": f"{authority}.pub"})
    yield server
    server.stop()


@pytest.fixture
def place(tmp_path: Path, server: Sshd) -> Place:
    place = Place(folder=tmp_path)
    place.trust(server)
    return place


@pytest.fixture
def agent_process(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Start an agent of our own."""
    path = place.folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    while not path.exists() and process.poll() is None:
        time.sleep(0.001)
    yield process
    process.terminate()
    process.wait()


@pytest.fixture
def agent(place: Place, agent_process: subprocess.Popen[bytes]) -> str:
    """Return the socket of our own agent."""
    assert agent_process.poll() is None
    return str(place.folder / "agent")


def load(agent: str, *keys: Path) -> None:
    environment = {**os.environ, "SSH_AUTH_SOCK": agent}
    for key in keys:
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env=environment, capture_output=True)


def look(place: Place, server: Sshd, config: str, agent: str | None = None) -> Answer:
    environment = {**place.environment, **({"SSH_AUTH_SOCK": agent} if agent else {})}
    with Lines(environment, connect_timeout=8) as lines:
        port = lines.port(place.node(server, config=config))
        answer = port.perform(Observe())
        port.close()
        return answer


def refused(place: Place, server: Sshd, config: str, agent: str | None = None) -> str:
    answer = look(place, server, config, agent)
    assert isinstance(answer, Unreachable), answer
    assert answer.reason.startswith("login: ")
    return answer.reason


def identity(*keys: Path | str, only: str = "yes") -> str:
    return "Host *\n" + "".join(f"  IdentityFile {key}\n" for key in keys) + f"  IdentitiesOnly {only}\n"


def stranger(place: Place, name: str = "stranger", kind: str = "ed25519") -> Path:
    return sshd.make_key(place.folder / name, kind)


def copied(server: Sshd, place: Place) -> Path:
    """Return a copy of the good key that may be spoilt."""
    key = place.folder / "copy"
    key.write_bytes(server.client_key.read_bytes())
    key.chmod(0o600)
    return key


def encrypt(key: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "secret words", "-f", str(key)], check=True, capture_output=True)


def test_a_key_file_lets_us_in(place: Place, server: Sshd) -> None:
    assert isinstance(look(place, server, identity(server.client_key)), Ok)


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_key_let_us_in(place: Place, kind: str) -> None:
    another = sshd.start(place.folder / "another", client_key=stranger(place, kind, kind))
    place.trust(another)
    assert isinstance(look(place, another, identity(another.client_key)), Ok)
    another.stop()


def test_an_old_pem_key_lets_us_in(place: Place) -> None:
    key = stranger(place, "pem", "rsa")
    subprocess.run(["ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", str(key)], check=True, capture_output=True)
    assert "BEGIN RSA PRIVATE KEY" in key.read_text()
    another = sshd.start(place.folder / "another", client_key=key)
    place.trust(another)
    assert isinstance(look(place, another, identity(key)), Ok)
    encrypt(key)
    assert "encrypted, and the agent does not hold it" in refused(place, another, identity(key))
    another.stop()


def test_the_second_key_is_tried_on_the_same_connection(place: Place, server: Sshd) -> None:
    before = server.log.count("Connection from")
    assert isinstance(look(place, server, identity(stranger(place), server.client_key)), Ok)
    assert server.log.count("Connection from") == before + 1


def test_a_refusal_is_not_tried_again_and_names_the_keys(place: Place, server: Sshd) -> None:
    before = server.log.count("Connection from")
    reason = refused(place, server, identity(stranger(place), place.folder / "missing"))
    assert f"{server.user} was refused with {place.folder / 'stranger'}" in reason
    assert f"{place.folder / 'missing'}: No such file" in reason
    assert server.log.count("Connection from") == before + 1


def test_no_more_than_five_keys_are_offered(place: Place, server: Sshd) -> None:
    keys = [stranger(place, f"key-{number}") for number in range(7)]
    before = server.log.count("Failed publickey")
    refused(place, server, identity(*keys))
    assert server.log.count("Failed publickey") - before <= 5


def test_an_unusable_key_is_named_with_the_reason(place: Place, server: Sshd) -> None:
    encrypted = copied(server, place)
    encrypt(encrypted)
    open_to_all = stranger(place, "open")
    open_to_all.chmod(0o644)
    garbage = place.folder / "garbage"
    garbage.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
    garbage.chmod(0o600)
    public = place.folder / "stranger.pub"
    stranger(place)
    reason = refused(place, server, identity(encrypted, open_to_all, garbage, public, place.folder))
    assert reason.startswith(f"login: no key to offer for {server.user}")
    assert f"{encrypted}: encrypted, and the agent does not hold it" in reason
    assert f"{open_to_all}: others may read it (mode 0644)" in reason
    assert f"{garbage}: not a usable private key" in reason
    assert f"{public}: a public key, and the agent does not hold its private half" in reason
    assert f"{place.folder}: not a regular file" in reason


def test_an_agent_lets_us_in_for_an_encrypted_key(place: Place, server: Sshd, agent: str) -> None:
    load(agent, server.client_key)
    key = copied(server, place)
    encrypt(key)
    assert isinstance(look(place, server, identity(key), agent), Ok)


def test_an_agent_lets_us_in_for_a_public_key_file(place: Place, server: Sshd, agent: str) -> None:
    load(agent, server.client_key)
    assert isinstance(look(place, server, identity(f"{server.client_key}.pub"), agent), Ok)


def test_an_agent_lets_us_in_without_any_identity(place: Place, server: Sshd, agent: str) -> None:
    load(agent, stranger(place), server.client_key)
    assert isinstance(look(place, server, "Host *\n", agent), Ok)


def test_a_full_agent_does_not_lock_us_out_of_a_configured_key(place: Place, server: Sshd, agent: str) -> None:
    load(agent, *(stranger(place, f"key-{number}") for number in range(8)), server.client_key)
    assert isinstance(look(place, server, identity(server.client_key, only="no"), agent), Ok)


def test_an_agent_is_asked_to_sign_only_what_the_server_wants(
    place: Place, server: Sshd, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature may need a touch or a confirmation, so no key is used in vain."""
    asked: list[int] = []
    exchange = ssh_login._exchange

    def counted(path: str, request: bytes, expected: int) -> bytes:
        asked.append(request[0])
        return exchange(path, request, expected)

    monkeypatch.setattr(ssh_login, "_exchange", counted)
    load(agent, stranger(place), server.client_key)
    assert isinstance(look(place, server, "Host *\n", agent), Ok)
    assert asked == [11, 13]


def test_identities_only_keeps_the_agents_other_keys_back(place: Place, server: Sshd, agent: str) -> None:
    load(agent, server.client_key)
    assert isinstance(look(place, server, identity(stranger(place), only="no"), agent), Ok)
    refused(place, server, identity(stranger(place)), agent)


def test_an_rsa_key_of_the_agent_signs_with_sha_2(place: Place, agent: str) -> None:
    key = stranger(place, "rsa", "rsa")
    load(agent, key)
    another = sshd.start(
        place.folder / "another", client_key=key, options={"PubkeyAcceptedAlgorithms": "rsa-sha2-256,rsa-sha2-512"}
    )
    place.trust(another)
    assert isinstance(look(place, another, identity(f"{key}.pub"), agent), Ok)
    another.stop()


def test_a_dead_agent_is_named_and_the_key_file_still_works(place: Place, server: Sshd) -> None:
    dead = str(place.folder / "dead")
    assert isinstance(look(place, server, identity(server.client_key), dead), Ok)
    assert f"agent {dead}: No such file" in refused(place, server, identity(stranger(place)), dead)


def test_a_hanging_agent_is_bounded_and_named(place: Place, server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.node.ssh.login.AGENT_PATIENCE", 0.2)
    path = str(place.folder / "hanging")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        assert isinstance(look(place, server, identity(server.client_key), path), Ok)
        assert f"agent {path}: no answer within" in refused(place, server, identity(stranger(place)), path)


@pytest.mark.parametrize("answer", [b"", b"\0\0\0\1\5", b"\0\0\0\5\x0c\0\0\0\7", b"\xff\xff\xff\xff", b"\0\0\0\0"])
def test_a_garbled_agent_is_named(place: Place, server: Sshd, answer: bytes) -> None:
    path = str(place.folder / "garbled")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def speak() -> None:
            with listener.accept()[0] as stream:
                stream.recv(100)
                stream.sendall(answer)

        thread = threading.Thread(target=speak, daemon=True)
        thread.start()
        reason = refused(place, server, identity(stranger(place)), path)
        thread.join(5)
    assert f"agent {path}: " in reason


def test_a_stopped_agent_in_the_middle_does_not_hang_us(
    place: Place,
    server: Sshd,
    agent: str,
    agent_process: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.node.ssh.login.AGENT_PATIENCE", 0.3)
    load(agent, server.client_key)
    agent_process.send_signal(signal.SIGSTOP)
    reason = refused(place, server, identity(f"{server.client_key}.pub"), agent)
    agent_process.send_signal(signal.SIGCONT)
    assert f"agent {agent}: no answer within" in reason


def certify(server: Sshd, key: Path, principal: str) -> Path:
    authority = server.folder / "authority"
    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", "-n", principal, f"{key}.pub"]
    subprocess.run(command, check=True, capture_output=True)
    return key.with_name(f"{key.name}-cert.pub")


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_certificate_beside_the_key_lets_us_in(place: Place, server: Sshd, kind: str) -> None:
    key = stranger(place, kind, kind)
    refused(place, server, identity(key))
    certify(server, key, server.user)
    assert isinstance(look(place, server, identity(key)), Ok)


def test_a_named_certificate_lets_us_in_by_the_agents_key(place: Place, server: Sshd, agent: str) -> None:
    key = stranger(place)
    load(agent, key)
    certificate = certify(server, key, server.user).rename(place.folder / "elsewhere.pub")
    config = identity(f"{key}.pub") + f"  CertificateFile {certificate}\n"
    assert isinstance(look(place, server, config, agent), Ok)


def test_a_certificate_for_somebody_else_is_refused(place: Place, server: Sshd) -> None:
    key = stranger(place)
    certify(server, key, "somebody-else")
    assert "certificate for" in refused(place, server, identity(key))


def test_a_server_that_wants_more_than_a_key_is_refused_without_a_question(place: Place, server: Sshd) -> None:
    options = {"AuthenticationMethods": "publickey,password", "PasswordAuthentication": "yes"}
    another = sshd.start(place.folder / "another", client_key=server.client_key, options=options)
    place.trust(another)
    reason = refused(place, another, identity(server.client_key))
    another.stop()
    assert "a key is not enough" in reason
    assert "password" in reason


def test_a_server_that_takes_no_keys_is_named_with_what_it_takes(place: Place, server: Sshd) -> None:
    options = {"PubkeyAuthentication": "no", "PasswordAuthentication": "yes"}
    another = sshd.start(place.folder / "another", client_key=server.client_key, options=options)
    place.trust(another)
    assert "the server wants password" in refused(place, another, identity(server.client_key))
    another.stop()


def test_a_user_who_may_not_log_in_is_named(place: Place, server: Sshd) -> None:
    another = sshd.start(place.folder / "another", client_key=server.client_key, options={"AllowUsers": "nobody-else"})
    place.trust(another)
    assert f"{server.user} was refused" in refused(place, another, identity(server.client_key))
    another.stop()
