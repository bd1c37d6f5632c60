"""Ways to a node that lead through others: jumps in OpenSSH's order, shared, and a ProxyCommand closed properly."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.lab import sshd
from agent.node.port import Lost, Observe, Ok, Unreachable
from agent.node.ssh.adapter import Lines
from tests.support.ssh import Place, fingerprint_of, need_sshd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.core.node import Node
    from agent.lab.sshd import Sshd

pytestmark = pytest.mark.sshd


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    need_sshd()
    server = sshd.start(tmp_path_factory.mktemp("target"))
    yield server
    server.stop()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(folder=tmp_path)


@pytest.fixture
def bastions(place: Place, target: Sshd) -> Iterator[tuple[Sshd, Sshd]]:
    first = sshd.start(place.folder / "a", client_key=target.client_key)
    second = sshd.start(place.folder / "b", client_key=target.client_key)
    place.trust(first, second, target)
    yield first, second
    first.stop()
    second.stop()


@pytest.fixture
def lines(place: Place) -> Iterator[Lines]:
    with Lines(place.environment, connect_timeout=8) as lines:
        yield lines


def through(place: Place, target: Sshd, *jumps: Sshd) -> Node:
    return place.node(target, jump=tuple(f"{jump.user}@{jump.host}:{jump.port}" for jump in jumps))


def arrivals(server: Sshd) -> int:
    return server.log.count("Accepted publickey")


def test_both_jumps_are_gone_through(place: Place, target: Sshd, bastions: tuple[Sshd, Sshd], lines: Lines) -> None:
    first, second = bastions
    port = lines.port(through(place, target, first, second))
    assert isinstance(port.perform(Observe()), Ok)
    port.close()
    assert [arrivals(server) for server in (first, second)] == [1, 1]
    # it is the node's own key, and no jump's
    assert port.identity == fingerprint_of(target.folder / "host_key.pub")


def test_a_jump_of_the_configuration_is_taken(
    place: Place, target: Sshd, bastions: tuple[Sshd, Sshd], lines: Lines
) -> None:
    first, second = bastions
    config = (
        f"Host *\n  IdentityFile {target.client_key}\n"
        f"Host b\n  HostName {second.host}\n  Port {second.port}\n  ProxyJump a\n"
        f"Host a\n  HostName {first.host}\n  Port {first.port}\n"
        f"Match host node-1\n  HostName {target.host}\n  ProxyJump b\n"
    )
    node = replace(place.node(target, config=config), address="node-1")
    port = lines.port(node)
    answer = port.perform(Observe())
    port.close()
    assert isinstance(answer, Ok), answer
    assert (arrivals(first), arrivals(second)) == (1, 1)


def test_jumps_are_taken_in_opensshs_order(place: Place, target: Sshd, lines: Lines) -> None:
    """The first may lead to the second alone, the second to the node alone: any other order fails."""
    last = sshd.start(place.folder / "b", client_key=target.client_key, options=leads_to(target))
    first = sshd.start(place.folder / "a", client_key=target.client_key, options=leads_to(last))
    place.trust(first, last, target)
    right = lines.port(through(place, target, first, last))
    answers = [right.perform(Observe()), lines.port(through(place, target, last, first)).perform(Observe())]
    right.close()
    first.stop()
    last.stop()
    assert isinstance(answers[0], Ok)
    assert isinstance(answers[1], Unreachable)
    assert "gives no way to" in answers[1].reason


def leads_to(server: Sshd) -> dict[str, str]:
    return {"PermitOpen": f"{server.host}:{server.port}"}


def test_many_nodes_share_one_connection_to_the_jump_host(
    place: Place, target: Sshd, bastions: tuple[Sshd, Sshd], lines: Lines
) -> None:
    first, _ = bastions
    ports = [lines.port(replace(through(place, target, first), name=f"jira-{number}")) for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda port: port.perform(Observe()), ports))
    for port in ports:
        port.close()
    assert all(isinstance(answer, Ok) for answer in answers), answers
    assert arrivals(first) == 1


def test_every_hop_must_be_known(place: Place, target: Sshd, bastions: tuple[Sshd, Sshd], lines: Lines) -> None:
    first, second = bastions
    place.trust(first, target)
    answer = lines.port(through(place, target, first, second)).perform(Observe())
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith(f"jump host {second.host}: host key: the host key is unknown")


def test_a_silent_jump_host_is_asked_once_for_all_that_wait(
    place: Place, target: Sshd, bastions: tuple[Sshd, Sshd]
) -> None:
    first, _ = bastions
    os.kill(first.process.pid, signal.SIGSTOP)
    begun = time.monotonic()
    with Lines(place.environment, connect_timeout=1) as lines, ThreadPoolExecutor(12) as pool:
        ports = [lines.port(through(place, target, first)) for _ in range(12)]
        answers = list(pool.map(lambda port: port.perform(Observe()), ports))
    assert all(isinstance(answer, Unreachable) for answer in answers)
    assert time.monotonic() - begun < 8


def test_a_jump_host_that_dies_leaves_the_request_unknown_and_is_found_again(
    place: Place, target: Sshd, bastions: tuple[Sshd, Sshd], lines: Lines
) -> None:
    first, _ = bastions
    slow = sshd.start(
        place.folder / "slow",
        client_key=target.client_key,
        host_key=target.folder / "host_key",
        options={"ForceCommand": "sleep 30"},
    )
    place.trust(first, slow)
    port = lines.port(through(place, slow, first))
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(port.perform(Observe())))
    thread.start()
    deadline = time.monotonic() + 10
    while "Starting session" not in slow.log and time.monotonic() < deadline:
        time.sleep(0.01)
    first.stop()
    thread.join(5)
    assert isinstance(answers[0], Lost)
    slow.stop()
    again = sshd.start(first.folder, port=first.port, client_key=target.client_key)
    place.trust(again, target)
    with Lines(place.environment) as fresh:
        assert isinstance(fresh.port(through(place, target, again)).perform(Observe()), Ok)
    again.stop()


RELAY = """\
import os, socket, sys, threading
stream = socket.create_connection((sys.argv[1], int(sys.argv[2])))
open(sys.argv[3], "w").write(str(os.getpid()))
def up():
    while data := os.read(0, 65536):
        stream.sendall(data)
threading.Thread(target=up, daemon=True).start()
while data := stream.recv(65536):
    os.write(1, data)
"""


def by_command(target: Sshd, command: str) -> str:
    return f"Host *\n  IdentityFile {target.client_key}\n  ProxyCommand {command}\n"


def test_a_proxy_command_is_the_way_and_is_closed_with_the_port(place: Place, target: Sshd, lines: Lines) -> None:
    place.trust(target)
    mark, script = place.folder / "pid", place.folder / "relay.py"
    script.write_text(RELAY)
    config = by_command(target, f"{sys.executable} {script} %h %p {mark}")
    node = place.node(target, config=config)
    port = lines.port(node)
    assert isinstance(port.perform(Observe()), Ok)
    pid = int(mark.read_text())
    os.kill(pid, 0)
    port.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_proxy_command_that_fails_is_quoted(place: Place, target: Sshd, lines: Lines) -> None:
    place.trust(target)
    config = by_command(target, "sh -c 'echo no way \x1b[2J through >&2; exit 3'")
    answer = lines.port(place.node(target, config=config)).perform(Observe())
    assert isinstance(answer, Unreachable)
    assert "the ProxyCommand said: no way" in answer.reason
    assert "\x1b" not in answer.reason


def test_a_proxy_command_that_says_nothing_is_bounded(place: Place, target: Sshd) -> None:
    place.trust(target)
    mark = place.folder / "pid"
    config = by_command(target, f"sh -c 'echo $$ > {mark}; trap \"\" TERM; while :; do sleep 1; done'")
    with Lines(place.environment, connect_timeout=0.4) as lines:
        answer = lines.port(place.node(target, config=config)).perform(Observe())
    assert isinstance(answer, Unreachable)
    assert answer.reason.startswith("banner: the server says nothing")
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_proxy_command_gets_no_terminal_to_ask_on(place: Place, target: Sshd, lines: Lines) -> None:
    place.trust(target)
    config = by_command(target, "sh -c 'exec </dev/tty'")
    answer = lines.port(place.node(target, config=config)).perform(Observe())
    assert isinstance(answer, Unreachable)
