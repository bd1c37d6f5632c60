"""Broken connections at every stage: what was surely not begun is Unreachable, all else Lost, and always in time."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node import ssh, wire
from agent.node.port import Lost, Observe, Ok, Unreachable
from agent.node.ssh import Lines
from tests.support.ssh import Place, need_sshd
from tests.support.ssh_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.node import Node
    from agent.lab.sshd import Sshd
    from agent.node.port import Answer, Request
    from agent.node.wire import Letter

pytestmark = pytest.mark.sshd

CONNECT = 1.0
DEADLINE = 1.0
SLACK = 4.0
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


def look_through(place: Place, server: Sshd, proxy: FaultProxy) -> Answer:
    """Look once through a proxy, which is known by the server's own key."""
    config = f"Host *\n  IdentityFile {server.client_key}\n  HostKeyAlias [{server.host}]:{server.port}\n"
    place.known_hosts.write_text(place.known_hosts.read_text().replace(f"[{server.host}]:{server.port}", "node"))
    config = config.replace(f"[{server.host}]:{server.port}", "node")
    with Lines(place.environment, connect_timeout=CONNECT) as lines:
        port = lines.port(place.node(server, config=config, port=proxy.port))
        answer = port.perform(Observe())
        port.close()
        return answer


@pytest.fixture
def lengths(place: Place, server: Sshd) -> dict[str, int]:
    """Measure how much each side says in a whole request."""
    with FaultProxy(server.port, Fault.NONE, 0) as proxy:
        assert isinstance(look_through(place, server, proxy), Ok)
        return dict(proxy.passed)


@pytest.mark.parametrize("fault", [Fault.FIN, Fault.RESET, Fault.SILENCE])
@pytest.mark.parametrize("counted", ["server", "client"])
@pytest.mark.parametrize("step", range(STEPS))
def test_a_break_at_any_byte_is_told_in_time_and_unreachable_means_not_begun(
    place: Place, server: Sshd, lengths: dict[str, int], fault: Fault, counted: str, step: int
) -> None:
    after = lengths[counted] * step // STEPS
    begun_before = server.log.count("Starting session")
    begun = time.monotonic()
    with FaultProxy(server.port, fault, after, counted=counted) as proxy:
        answer = look_through(place, server, proxy)
    assert time.monotonic() - begun < CONNECT + DEADLINE + SLACK
    assert isinstance(answer, Unreachable | Lost), answer
    if isinstance(answer, Unreachable):
        assert answer.reason.startswith(("banner:", "key exchange:", "login:", "session:", "connect:"))
        assert server.log.count("Starting session") == begun_before


def test_before_the_login_it_is_unreachable_and_at_the_end_lost(
    place: Place, server: Sshd, lengths: dict[str, int]
) -> None:
    for after, expected in ((30, Unreachable), (1500, Unreachable), (lengths["server"] - 200, Lost)):
        with FaultProxy(server.port, Fault.RESET, after) as proxy:
            assert isinstance(look_through(place, server, proxy), expected), after


def test_a_partition_while_the_node_works_is_lost(place: Place, server: Sshd, lengths: dict[str, int]) -> None:
    with FaultProxy(server.port, Fault.SILENCE, lengths["server"] - 500) as proxy:
        answer = look_through(place, server, proxy)
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


def test_many_broken_connections_leave_no_thread_behind(place: Place, server: Sshd) -> None:
    import threading  # noqa: PLC0415 - for this test alone

    before = threading.active_count()
    for after in (0, 50, 900, 1500, 2500):
        with FaultProxy(server.port, Fault.RESET, after) as proxy:
            look_through(place, server, proxy)
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
