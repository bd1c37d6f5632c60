"""The byte stream under a connection: it can be ended from any thread, gives up in time, and sends in one piece."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from agent.node.ssh.line import Line, NoLine, connect


def pair() -> tuple[Line, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    line = connect("127.0.0.1", listener.getsockname()[1], end=time.monotonic() + 5)
    peer = listener.accept()[0]
    listener.close()
    return line, peer


def test_closing_wakes_whoever_reads_and_may_be_done_twice() -> None:
    line, peer = pair()
    about_to_read = threading.Event()

    def read() -> None:
        about_to_read.set()
        with suppress(OSError):
            line.recv(10)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    about_to_read.wait(5)
    time.sleep(0.05)
    line.close()
    line.close()
    reader.join(5)
    assert not reader.is_alive()
    peer.close()


def test_sending_gives_up_at_the_end_when_nobody_reads() -> None:
    line, peer = pair()
    line.end = time.monotonic() + 0.2
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        line.send(b"x" * 50_000_000)
    assert time.monotonic() - begun < 5
    line.close()
    peer.close()


def test_what_is_held_travels_in_the_order_it_was_sent_and_not_before() -> None:
    line, peer = pair()
    with line.held():
        line.send(b"a")
        line.send(b"b")
        peer.setblocking(False)  # noqa: FBT003 - the socket's own interface
        with pytest.raises(BlockingIOError):
            peer.recv(10)
    line.send(b"c")
    peer.settimeout(5)
    said = b""
    while len(said) < 3:
        said += peer.recv(10)
    assert said == b"abc"
    line.close()
    peer.close()


def test_a_peer_that_says_more_than_it_may_is_cut_off() -> None:
    line, peer = pair()
    line.allowance = 10
    peer.sendall(b"x" * 11)
    with pytest.raises(ConnectionAbortedError):
        b"".join(line.recv(1) for _ in range(12))
    line.close()
    peer.close()


def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, wanted))
            for address, wanted in (("127.0.0.1", 1), ("127.0.0.1", port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
        connect("node.example.com", port, end=time.monotonic() + 5).close()


def test_a_resolver_that_does_not_answer_is_bounded_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [] * released.wait(30))
    begun = time.monotonic()
    with pytest.raises(NoLine, match=r"name look-up: node\.example\.com: no answer from the resolver"):
        connect("node.example.com", 22, end=time.monotonic() + 0.1)
    assert time.monotonic() - begun < 5
    released.set()


@pytest.mark.parametrize("option", ["TCP_NODELAY", "TCP_USER_TIMEOUT", "TCP_KEEPIDLE"])
def test_the_socket_is_tuned_where_the_system_can(option: str) -> None:
    number = getattr(socket, option, None)
    if number is None:
        pytest.skip(f"this system has no {option}")
    line, peer = pair()
    stream = line._stream
    assert isinstance(stream, socket.socket)
    assert stream.getsockopt(socket.IPPROTO_TCP, number) > 0
    line.close()
    peer.close()
