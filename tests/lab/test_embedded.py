"""The SSH server in this process: bytes as they are, ends where they end, and nobody else let in."""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import paramiko
import pytest

from agent.lab import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.EmbeddedServer]:
    running = embedded.start(tmp_path_factory.mktemp("ssh"))
    yield running
    running.stop()


@contextmanager
def connected(
    server: embedded.EmbeddedServer, user: str | None = None, key: Path | None = None
) -> Iterator[paramiko.SSHClient]:
    with closing(paramiko.SSHClient()) as client:
        client.load_host_keys(str(server.known_hosts))
        client.connect(
            server.host,
            server.port,
            username=user or server.user,
            key_filename=str(key or server.client_key),
            allow_agent=False,
            look_for_keys=False,
            timeout=10,
        )
        yield client


def run(client: paramiko.SSHClient, command: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    channel = client.get_transport().open_session(timeout=10)  # type: ignore[union-attr] # connected: it has one
    with closing(channel):
        channel.settimeout(10)
        channel.exec_command(command)
        channel.sendall(stdin)
        channel.shutdown_write()
        out = b"".join(iter(lambda: channel.recv(1 << 16), b""))
        err = b"".join(iter(lambda: channel.recv_stderr(1 << 16), b""))
        return channel.recv_exit_status(), out, err


def test_bytes_arrive_as_they_were_sent_and_their_end_is_seen(server: embedded.EmbeddedServer) -> None:
    sent = os.urandom(1_000_000)
    with connected(server) as client:
        assert run(client, "cat; echo 'the end' >&2; exit 7", sent) == (7, sent, b"the end\n")


def test_a_command_that_reads_nothing_ends_all_the_same(server: embedded.EmbeddedServer) -> None:
    with connected(server) as client:
        assert run(client, "exit 3", b"x" * 100_000)[0] == 3


def test_many_quick_commands_on_one_connection_all_answer(server: embedded.EmbeddedServer) -> None:
    with connected(server) as client:
        assert {run(client, "true")[0] for _ in range(10)} == {0}


def test_several_channels_at_once_do_not_mix(server: embedded.EmbeddedServer) -> None:
    with connected(server) as client:
        first = client.exec_command("read word; echo first $word")
        second = client.exec_command("echo second")
        assert second[1].read() == b"second\n"
        first[0].write(b"went on\n")
        first[0].channel.shutdown_write()
        assert first[1].read() == b"first went on\n"


def test_a_command_that_was_killed_has_no_exit_status(server: embedded.EmbeddedServer) -> None:
    with connected(server) as client:
        assert run(client, "kill -9 $$")[0] == -1


def test_nothing_of_this_process_is_in_the_commands_environment(
    server: embedded.EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILESTORE_AGENT_INVENTORY", "must not travel")
    with connected(server) as client:
        assert b"must not travel" not in run(client, "env")[1]


def test_another_key_is_refused(server: embedded.EmbeddedServer, tmp_path: Path) -> None:
    with (
        pytest.raises(paramiko.AuthenticationException),
        connected(server, key=embedded.make_key(tmp_path / "another")),
    ):
        pass


def test_another_user_is_refused(server: embedded.EmbeddedServer) -> None:
    with pytest.raises(paramiko.AuthenticationException), connected(server, user="somebody-else"):
        pass


@pytest.mark.parametrize(
    "ask",
    [
        lambda transport: transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 0)),
        lambda transport: transport.open_channel("tunnel@example.com"),
        lambda transport: transport.open_session().get_pty(),
        lambda transport: transport.open_session().invoke_shell(),
        lambda transport: transport.open_sftp_client(),
    ],
    ids=["forwarding", "tunnel", "terminal", "shell", "sftp"],
)
def test_only_commands_are_served(server: embedded.EmbeddedServer, ask: Callable[[paramiko.Transport], object]) -> None:
    with connected(server) as client, pytest.raises(paramiko.SSHException):
        ask(client.get_transport())  # type: ignore[arg-type] # connected: it has one


def test_a_command_goes_on_when_the_visitor_leaves(server: embedded.EmbeddedServer, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    with connected(server) as client:
        client.exec_command(f"cat >/dev/null; echo done > {trace}")
    give_up = time.monotonic() + 10
    while not (trace.exists() and trace.read_text(encoding="utf-8")) and time.monotonic() < give_up:
        time.sleep(0.005)
    assert trace.read_text(encoding="utf-8") == "done\n"


def test_stop_hangs_up_and_ends_what_runs(tmp_path: Path) -> None:
    server = embedded.start(tmp_path / "ssh")
    with connected(server) as client:
        _, out, _ = client.exec_command("echo $$; exec sleep 60")
        pid = int(out.readline())
        server.stop()
        server.stop()
        give_up = time.monotonic() + 10
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < give_up:  # noqa: PTH110 - the plainest question
            time.sleep(0.005)
        assert not os.path.exists(f"/proc/{pid}")  # noqa: PTH110 - as above
    assert not server.running


def test_a_restarted_server_keeps_its_host_key_and_its_port(tmp_path: Path) -> None:
    first = embedded.start(tmp_path / "ssh")
    known = first.known_hosts.read_bytes()
    first.stop()
    second = embedded.start(tmp_path / "ssh", port=first.port)
    second.stop()
    assert second.known_hosts.read_bytes() == known
