"""Broken connections at every stage: what was surely not begun is Unreachable, all else Lost, and always in time."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node.port import Lost, Observe, Ok, Unreachable
from agent.node.ssh import adapter as ssh
from agent.node.ssh.adapter import Lines
from agent.node.wire import letter as wire
from tests.support.ssh import Place, need_sshd
from tests.support.ssh_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.node import Node
    from agent.lab.sshd import Sshd
    from agent.node.port import Answer, Request
    from agent.node.wire.letter import Letter

pytestmark = pytest.mark.sshd

CONNECT = 1.0
DEADLINE = 1.0
SLACK = 10.0
STEPS = 8


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


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    def letter_for(node: Node, request: Request, nonce: str, *, login_user: str | None) -> Letter:
        return replace(wire.letter_for(node, request, nonce, login_user=login_user), deadline=DEADLINE)

    monkeypatch.setattr(ssh, "letter_for", letter_for)
    monkeypatch.setattr(ssh, "PAUSE", 0.01)


def look_through(place: Place, node: Node, proxy: FaultProxy, connect_timeout: float = CONNECT) -> Answer:
    """Look once at a node through a proxy."""
    with Lines(place.environment, connect_timeout=connect_timeout) as lines:
        port = lines.port(replace(node, ssh=replace(node.ssh, port=proxy.port)))
        answer = port.perform(Observe())
        port.close()
        return answer


@pytest.fixture
def node(place: Place, server: Sshd) -> Node:
    """Return a node that is known by its key whatever the port."""
    place.known_hosts.write_text(f"node {server.known_hosts.read_text().split(' ', 1)[1]}")
    config = f"Host *\n  IdentityFile {server.client_key}\n  IdentitiesOnly yes\n  HostKeyAlias node\n"
    return place.node(server, config=config)


@pytest.fixture
def lengths(place: Place, server: Sshd, node: Node) -> dict[str, int]:
    """Measure how much each side says in a whole request."""
    with FaultProxy(server.port, Fault.NONE, 0) as proxy:
        assert isinstance(look_through(place, node, proxy, connect_timeout=10), Ok)
        return dict(proxy.passed)


@pytest.mark.parametrize("fault", [Fault.FIN, Fault.RESET, Fault.SILENCE])
@pytest.mark.parametrize("counted", ["server", "client"])
def test_a_break_at_any_byte_is_told_in_time_and_unreachable_means_not_begun(
    place: Place, server: Sshd, node: Node, lengths: dict[str, int], *, fault: Fault, counted: str
) -> None:
    def try_at(step: int) -> tuple[Answer, float, list[int]]:
        begun = time.monotonic()
        with FaultProxy(server.port, fault, lengths[counted] * step // STEPS, counted=counted) as proxy:
            answer = look_through(place, node, proxy)
            return answer, time.monotonic() - begun, proxy.ports

    with ThreadPoolExecutor(STEPS) as pool:
        outcomes = list(pool.map(try_at, range(STEPS)))
    for answer, seconds, ports in outcomes:
        assert isinstance(answer, Unreachable | Lost), answer
        assert seconds < CONNECT + DEADLINE + SLACK
        if isinstance(answer, Unreachable):
            assert answer.reason.startswith(("banner:", "key exchange:", "login:", "session:", "connect:"))
            assert not any(f"port {port} id 0" in server.log for port in ports)


@pytest.mark.parametrize("after", [0, 30, 900])
def test_before_the_login_it_is_unreachable(place: Place, server: Sshd, node: Node, after: int) -> None:
    with FaultProxy(server.port, Fault.RESET, after) as proxy:
        assert isinstance(look_through(place, node, proxy), Unreachable)


def test_a_command_that_has_begun_is_never_called_unreachable(
    place: Place, server: Sshd, node: Node, lengths: dict[str, int]
) -> None:
    for missing in (10, 100, 200, 400):
        with FaultProxy(server.port, Fault.RESET, lengths["server"] - missing) as proxy:
            answer = look_through(place, node, proxy)
        if any(f"port {port} id 0" in server.log for port in proxy.ports):
            assert isinstance(answer, Lost | Ok), answer


def test_a_partition_while_the_node_works_is_lost(
    place: Place, server: Sshd, node: Node, lengths: dict[str, int]
) -> None:
    with FaultProxy(server.port, Fault.SILENCE, lengths["server"] - 200) as proxy:
        answer = look_through(place, node, proxy)
    assert isinstance(answer, Lost)
    assert answer.reason == "no answer within 1 s"


def test_a_listener_that_is_stopped_is_bounded_and_the_phase_named(place: Place, server: Sshd) -> None:
    another = sshd.start(place.folder / "another", client_key=server.client_key)
    place.trust(another)
    os.kill(another.process.pid, signal.SIGSTOP)
    begun = time.monotonic()
    with Lines(place.environment, connect_timeout=0.5) as lines:
        answer = lines.port(place.node(another)).perform(Observe())
    assert time.monotonic() - begun < SLACK
    another.stop()
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith("banner: the server says nothing")


def test_a_black_hole_is_bounded_and_the_phase_named(place: Place, server: Sshd) -> None:
    """A listener whose queue is full drops what comes, as a firewall does."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for stream in waiting:
            stream.setblocking(False)  # noqa: FBT003 - the socket's own interface
            stream.connect_ex(full.getsockname())
        with Lines(place.environment, connect_timeout=0.4) as lines:
            answer = lines.port(place.node(server, port=full.getsockname()[1])).perform(Observe())
        for stream in waiting:
            stream.close()
    assert isinstance(answer, Unreachable)
    assert answer.reason.endswith("no answer") or answer.reason.startswith("banner: the server says nothing")


def test_many_broken_connections_leave_no_thread_behind(place: Place, server: Sshd, node: Node) -> None:
    before = threading.active_count()
    for after in (0, 50, 900, 1500, 2500):
        with FaultProxy(server.port, Fault.RESET, after) as proxy:
            look_through(place, node, proxy)
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
