"""The door over a real OpenSSH server: the contract, what travels, and what a strange or busy server makes of it."""

from __future__ import annotations

import grp
import os
import pwd
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node.port import Lost, Observe, Ok, Unreachable
from agent.node.ssh.adapter import Lines, SshNode
from tests.node.contract import Door, NodeContract
from tests.support.hands import FolderHands, folder_node
from tests.support.ssh import Place, need_sshd
from tests.support.ssh_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.node import Node
    from agent.lab.sshd import Sshd
    from agent.node.ssh.exchange import Reply
    from agent.node.ssh.session import Session

pytestmark = pytest.mark.sshd

ME = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name


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


@pytest.fixture
def lines(place: Place) -> Iterator[Lines]:
    with Lines(place.environment, connect_timeout=10) as lines:
        yield lines


def started(place: Place, server: Sshd, **options: str) -> Sshd:
    """Start another server with the same keys and some options."""
    another = sshd.start(
        place.folder / "another",
        options=options,
        client_key=server.client_key,
        host_key=server.folder / "host_key",
    )
    place.trust(another)
    return another


def ended(said: bytearray) -> bool:
    return b"\nEND\n" in said


def ask(session: Session, command: str, stdin: bytes = b"", seconds: float = 10) -> Reply:
    return session.ask(command, stdin, is_whole=ended, end=time.monotonic() + seconds)


class TestSsh(NodeContract):
    """The contract, in a folder whose name a careless script would fall over."""

    @pytest.fixture
    def door(self, tmp_path: Path, server: Sshd, place: Place) -> Iterator[Door]:
        home = tmp_path / 'it\'s a $(id) "home" * \\n'
        home.mkdir(mode=0o750)
        node = replace(folder_node(home, owner=ME, group=MY_GROUP), address=server.host, ssh=place.node(server).ssh)
        door = Door(node=node, port=SshNode(node, environment=place.environment), hands=FolderHands(home))
        yield door
        door.port.close()
        if home.is_dir():
            door.hands.end_jira()


def test_the_ssh_library_is_not_loaded_before_a_connection_is_made() -> None:
    code = "import sys, agent.node.ssh.adapter; sys.exit('paramiko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_is_connected_before_the_first_request(place: Place, server: Sshd) -> None:
    before = server.log.count("Connection from")
    port = SshNode(place.node(server), environment=place.environment)
    assert port.name == "jira-1"
    port.close()
    port.close()
    assert server.log.count("Connection from") == before


def test_requests_share_one_connection(place: Place, server: Sshd, lines: Lines) -> None:
    before = server.log.count("Accepted publickey")
    port = lines.port(place.node(server))
    answers = [port.perform(Observe()) for _ in range(4)]
    port.close()
    assert all(isinstance(answer, Ok) for answer in answers), answers
    assert server.log.count("Accepted publickey") == before + 1


def test_a_server_that_ended_the_connection_between_requests_is_connected_anew(
    place: Place, server: Sshd, lines: Lines
) -> None:
    another = started(place, server)
    port = lines.port(place.node(another))
    assert isinstance(port.perform(Observe()), Ok)
    for session in another.sessions():
        os.kill(session, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while port._session is not None and port._session.is_active() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(port.perform(Observe()), Ok)
    port.close()
    another.stop()


@pytest.mark.parametrize("size", [(2 << 20) - 1000, (2 << 20) + 1, 5 << 20])
def test_more_stdin_than_a_server_takes_unasked_waits_for_its_window(
    place: Place, server: Sshd, lines: Lines, size: int
) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    for _ in range(3):
        reply = ask(session, "sleep 0.2; wc -c; echo END", b"x" * size)
        assert (reply.lost, reply.stdout) == (None, b"%d\nEND\n" % size)
    session.close()


def test_a_command_that_reads_none_of_its_large_stdin_is_heard(place: Place, server: Sshd, lines: Lines) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    reply = ask(session, "echo; echo END; exec sleep 5", b"x" * (5 << 20))
    assert (reply.lost, reply.stdout) == (None, b"\nEND\n")
    session.close()


def test_strong_algorithms_are_agreed_upon(place: Place, server: Sshd, lines: Lines) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    assert vars(session)["local_cipher"] == vars(session)["remote_cipher"] == "aes128-gcm@openssh.com"
    assert session.host_key_type == "ssh-ed25519"
    session.close()


@pytest.mark.parametrize("list_of", ["preferred_kex", "preferred_ciphers", "preferred_macs", "preferred_keys"])
def test_nothing_weak_is_offered(place: Place, server: Sshd, lines: Lines, list_of: str) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    offered = getattr(session, list_of)
    session.close()
    weak = ("cbc", "3des", "md5", "sha1", "group1-", "ssh-rsa", "ssh-dss", "-96", "arcfour")
    assert offered
    assert not [name for name in offered if any(word in name for word in weak)]


def test_a_server_with_weak_algorithms_alone_is_refused_and_the_phase_named(
    place: Place, server: Sshd, lines: Lines
) -> None:
    another = started(place, server, Ciphers="aes128-cbc")
    answer = lines.port(place.node(another)).perform(Observe())
    another.stop()
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith("key exchange: nothing in common that is strong enough")


@pytest.mark.parametrize("algorithm", ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"])
def test_a_server_with_one_decent_key_exchange_is_reached(
    place: Place, server: Sshd, lines: Lines, algorithm: str
) -> None:
    another = started(place, server, KexAlgorithms=algorithm)
    answer = lines.port(place.node(another)).perform(Observe())
    another.stop()
    assert isinstance(answer, Ok), answer


def test_new_keys_in_the_middle_of_everything_do_no_harm(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server, RekeyLimit="1K")
    session = lines.open(lines.route_to(place.node(another)))
    for size in (10, 3_000, 100_000):
        reply = ask(session, "cat; echo; echo END", b"x" * size)
        assert (reply.lost, reply.stdout.count(b"x")) == (None, size)
    session.close()
    another.stop()


def test_one_session_at_a_time_is_enough(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server, MaxSessions="1")
    port = lines.port(place.node(another))
    answers = [port.perform(Observe()) for _ in range(5)]
    port.close()
    another.stop()
    assert all(isinstance(answer, Ok) for answer in answers), answers


def test_a_server_that_opens_no_session_has_done_nothing(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server, MaxSessions="0")
    answer = lines.port(place.node(another)).perform(Observe())
    another.stop()
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith("session: the server takes no command")


def test_a_server_full_of_half_open_connections_is_asked_again(
    place: Place, server: Sshd, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.node.ssh.adapter.PAUSE", 0.02)
    another = started(place, server, MaxStartups="1:100:1")
    with socket.create_connection(("127.0.0.1", another.port)) as idle:
        idle.recv(100)
        answer = lines.port(place.node(another)).perform(Observe())
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith("banner: the server closed the connection before it spoke")
    assert answer.reason.endswith("tried 3 times")
    deadline = time.monotonic() + 5
    while another.sessions() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert isinstance(lines.port(place.node(another)).perform(Observe()), Ok)
    another.stop()


def test_a_noisy_login_is_read_past(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server)
    noise = "printf 'Welcome\\n\\033]52;c;aGk=\\007 \\377\\376 noise without end of line'; echo trouble >&2\n"
    (another.folder / "home" / ".bashrc").write_text(noise)
    (place.folder / "banner").write_text("\x1b[2J\x1b]0;title\x07 " * 200)
    answer = lines.port(place.node(another)).perform(Observe())
    another.stop()
    assert isinstance(answer, Ok), answer


def test_nothing_that_a_server_says_reaches_the_terminal(
    place: Place, server: Sshd, lines: Lines, capfd: pytest.CaptureFixture[str]
) -> None:
    banner = place.folder / "banner"
    banner.write_text("\x1b[2J CLEVER BANNER\n" * 50)
    another = started(place, server, Banner=str(banner), ForceCommand="echo CLEVER OUTPUT; echo CLEVER NOISE >&2")
    answer = lines.port(place.node(another)).perform(Observe())
    another.stop()
    assert isinstance(answer, Lost)
    assert all(" " <= letter <= "~" for letter in answer.reason)
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")


def test_a_forced_command_is_not_taken_for_an_answer(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server, ForceCommand="echo something else; echo sudo: not allowed >&2")
    answer = lines.port(place.node(another)).perform(Observe())
    another.stop()
    assert isinstance(answer, Lost)
    assert "something else" in answer.reason
    assert "it complained: sudo: not allowed" in answer.reason


@pytest.mark.parametrize("sink", ["", " >&2"])
def test_a_flood_is_cut_off(place: Place, server: Sshd, lines: Lines, sink: str) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    begun = time.monotonic()
    reply = ask(session, f"yes{sink}", seconds=30)
    assert time.monotonic() - begun < 15
    assert reply.lost == "it sent more than 1048576 bytes"
    assert len(reply.stdout) < 1_200_000
    assert not session.is_active()


def test_a_flood_without_line_ends_before_the_banner_is_cut_off(place: Place, lines: Lines, server: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def flood() -> None:
            with listener.accept()[0] as stream:
                try:
                    while True:
                        stream.sendall(b"x" * 65536)
                except OSError:
                    return

        thread = threading.Thread(target=flood, daemon=True)
        thread.start()
        answer = lines.port(place.node(server, port=listener.getsockname()[1])).perform(Observe())
        thread.join(5)
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith("banner:")
    assert "more than an answer can be" in answer.reason


@pytest.mark.parametrize(
    "hello", [b"HTTP/1.0 400 Bad Request\r\n\r\n", b"SSH-1.5-old\r\n", b"SSH-2.0-\x1b[2J\xff\xfe\r\n" + b"\0" * 64, b""]
)
def test_something_else_than_ssh_on_the_port_is_named(
    place: Place, lines: Lines, server: Sshd, hello: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.node.ssh.adapter.PAUSE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            try:
                while True:
                    with listener.accept()[0] as stream:
                        stream.sendall(hello)
                        stream.shutdown(socket.SHUT_WR)
                        stream.recv(4096)
            except OSError:
                return

        threading.Thread(target=greet, daemon=True).start()
        answer = lines.port(place.node(server, port=listener.getsockname()[1])).perform(Observe())
        listener.shutdown(socket.SHUT_RDWR)
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith(("banner:", "key exchange:"))
    assert all(" " <= letter <= "~" for letter in answer.reason)


def test_a_drip_ends_with_the_deadline(place: Place, server: Sshd, lines: Lines) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    begun = time.monotonic()
    reply = ask(session, "while printf x; do sleep 0.05; done", seconds=0.5)
    assert reply.lost is not None
    assert reply.lost.startswith("no answer within")
    assert time.monotonic() - begun < 3
    assert not session.is_active()


def test_a_frozen_session_ends_with_the_deadline(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server)
    session = lines.open(lines.route_to(place.node(another)))
    frozen = another.sessions()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    reply = ask(session, "cat; echo; echo END", b"x" * 900_000, seconds=0.5)
    assert reply.lost is not None
    assert not session.is_active()
    another.stop()


def test_the_first_request_is_sent_whole_without_waiting_for_the_server(
    place: Place, server: Sshd, lines: Lines
) -> None:
    """One turn, not three: the server is frozen after the login, and all the same everything is on its way."""
    another = started(place, server)
    with FaultProxy(another.port, Fault.NONE, 0) as proxy:
        text = f"Host *\n  IdentityFile {server.client_key}\n  HostKeyAlias node\n"
        place.known_hosts.write_text(f"node {another.known_hosts.read_text().split(' ', 1)[1]}")
        session = lines.open(lines.route_to(place.node(another, config=text, port=proxy.port)))
        for pid in another.sessions():
            os.kill(pid, signal.SIGSTOP)
        before = proxy.passed["client"]
        ask(session, "cat; echo; echo END", b"x" * 50_000, seconds=0.3)
        assert proxy.passed["client"] - before > 50_000
    another.stop()


@pytest.mark.parametrize("is_openssh", [True, False])
def test_a_server_of_any_make_gets_every_byte(
    place: Place, server: Sshd, lines: Lines, monkeypatch: pytest.MonkeyPatch, *, is_openssh: bool
) -> None:
    """Another make is waited for at each step and gets no more than its window allows."""
    session = lines.open(lines.route_to(place.node(server)))
    monkeypatch.setattr(type(session), "_is_openssh", is_openssh)
    for size in (0, 10, 900_000, 5):
        reply = ask(session, "wc -c; echo END", b"x" * size)
        assert (reply.lost, reply.stdout) == (None, b"%d\nEND\n" % size)
    if not is_openssh:
        assert ask(session, "wc -c; echo END", b"x" * 3_000_000).stdout == b"3000000\nEND\n"
    session.close()


def test_a_request_that_left_in_part_is_lost_and_never_called_not_begun(
    place: Place, server: Sshd, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    send_all = session._line._send_all

    def break_off(data: bytes) -> None:
        send_all(data[: len(data) // 2])
        raise BrokenPipeError

    monkeypatch.setattr(session._line, "_send_all", break_off)
    assert ask(session, "cat", b"x" * 20_000, seconds=2).lost is not None


def test_a_connection_that_ended_before_the_request_has_begun_nothing(place: Place, server: Sshd, lines: Lines) -> None:
    from agent.node.ssh.session import NotStarted  # noqa: PLC0415 - paramiko, as in the code under test

    session = lines.open(lines.route_to(place.node(server)))
    session.close()
    with pytest.raises(NotStarted, match="the connection broke"):
        ask(session, "true")


def test_a_background_child_does_not_keep_the_answer(place: Place, server: Sshd, lines: Lines) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    begun = time.monotonic()
    for _ in range(4):
        reply = ask(session, "sleep 5 & echo; echo END")
        assert reply.lost is None
    assert time.monotonic() - begun < 4
    session.close()


def test_a_command_that_ends_without_a_word_is_told_from_a_broken_connection(
    place: Place, server: Sshd, lines: Lines
) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    assert ask(session, "kill -9 $$") == ask(session, "true")
    session.close()


def test_no_terminal_and_no_agent_are_given_to_the_node(place: Place, server: Sshd, lines: Lines) -> None:
    session = lines.open(lines.route_to(place.node(server)))
    reply = ask(session, 'tty; echo "agent=${SSH_AUTH_SOCK:-none}"; echo; echo END')
    session.close()
    assert b"not a tty" in reply.stdout
    assert b"agent=none" in reply.stdout


def test_a_request_under_way_ends_as_lost_when_the_port_is_closed(place: Place, server: Sshd, lines: Lines) -> None:
    another = started(place, server, ForceCommand="sleep 30")
    port = lines.port(place.node(another))
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(port.perform(Observe())))
    thread.start()
    deadline = time.monotonic() + 10
    while "Starting session" not in another.log and time.monotonic() < deadline:
        time.sleep(0.01)
    port.close()
    thread.join(5)
    another.stop()
    assert isinstance(answers[0], Lost)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc to count descriptors in")
def test_no_thread_and_no_descriptor_is_left(place: Place, server: Sshd, lines: Lines) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough

    port = lines.port(place.node(server))
    port.perform(Observe())
    port.close()
    threads, files = threading.active_count(), open_files()
    for _ in range(5):
        port = lines.port(place.node(server))
        assert isinstance(port.perform(Observe()), Ok)
        port.close()
    deadline = time.monotonic() + 5
    while (threading.active_count() > threads or open_files() > files) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (threading.active_count(), open_files()) <= (threads, files)


def test_a_node_that_cannot_be_is_unreachable_with_the_reason(place: Place, server: Sshd, lines: Lines) -> None:
    def reason(node: Node) -> str:
        answer = lines.port(node).perform(Observe())
        assert isinstance(answer, Unreachable)
        return answer.reason

    good = place.node(server)
    assert reason(replace(good, address="a;id")).startswith("jira-1: 'a;id' is not a host name")
    assert reason(replace(good, address="nowhere.invalid")).startswith("name look-up: nowhere.invalid: ")
    assert reason(place.node(server, port=1)) == "connect: 127.0.0.1 port 1: Connection refused"
