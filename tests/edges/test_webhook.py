"""A webhook gets its news by one POST that ends in time, and nothing that is told of it holds its address."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.edges.webhook import post
from tests.support.receiver import SECRET, certificate, drips, floods, garbles, hangs, leaves, receiving, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.core.remembering.receivers import Refusal
    from tests.support.receiver import Receiver

NEWS = b'{"event": "drift.changed"}'


def send(
    address: str, *, seconds: float = 5, environment: dict[str, str] | None = None, stop: threading.Event | None = None
) -> Refusal | None:
    refusal = post(
        address, NEWS, seconds=seconds, environment=environment or {}, stop=threading.Event() if stop is None else stop
    )
    if refusal:
        assert not any(secret in refusal.reason for secret in (SECRET, "top", "127.0.0.1", "localhost"))
    return refusal


def refused(address: str, *, seconds: float = 5, environment: dict[str, str] | None = None) -> tuple[str, bool]:
    refusal = send(address, seconds=seconds, environment=environment)
    assert refusal
    return refusal.reason, refusal.again


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_news_arrive_as_a_post_of_json(code: int) -> None:
    with receiving(says(code)) as receiver:
        assert send(receiver.address) is None
    assert receiver.bodies == [{"event": "drift.changed"}]
    assert receiver.heads[0].startswith(f"POST /{SECRET} HTTP/1.1\r\n")
    assert "\r\nContent-Type: application/json\r\n" in f"{receiver.heads[0]}\r\n".replace(
        "Content-type", "Content-Type"
    )


@pytest.mark.parametrize(
    ("code", "again"), [(400, False), (404, False), (408, True), (429, True), (500, True), (503, True)]
)
def test_what_another_try_may_mend_is_told_apart(code: int, *, again: bool) -> None:
    with receiving(says(code)) as receiver:
        assert refused(receiver.address) == (f"it answered {code}", again)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_told(code: int) -> None:
    with receiving(says(200)) as other, receiving(says(code, more=f"Location: {other.address}\r\n")) as receiver:
        reason, again = refused(receiver.address)
    assert reason == f"it answered {code}, a redirect, and those are not followed; refer to where it leads"
    assert not again
    assert (len(receiver.heads), len(other.heads)) == (1, 0)


@pytest.mark.parametrize("answer", [drips, hangs])
def test_whoever_never_comes_to_an_end_is_broken_off(answer: Callable[[socket.socket, Receiver], None]) -> None:
    before = threading.active_count()
    with receiving(answer) as receiver:
        assert refused(receiver.address, seconds=0.4) == ("it did not answer in time", True)
        assert _until_threads_are(before + 1)
    assert _until_threads_are(before)


def _until_threads_are(number: int) -> bool:
    """Our own thread must end with the exchange that was broken off, while the other side still talks."""
    pause = threading.Event()
    return any(threading.active_count() <= number or pause.wait(0.01) for _ in range(500))


def test_one_that_does_not_begin_tls_is_broken_off_as_well() -> None:
    with receiving(hangs, hears=False) as receiver:
        address = receiver.address.replace("http:", "https:")
        assert refused(address, seconds=0.4) == ("it did not answer in time", True)


def test_a_flood_behind_a_good_answer_is_not_read() -> None:
    with receiving(floods) as receiver:
        assert send(receiver.address) is None


@pytest.mark.parametrize(("answer", "words"), [(garbles, "its answer is not HTTP"), (leaves, "its answer is not HTTP")])
def test_what_is_no_answer_is_told(answer: Callable[[socket.socket, Receiver], None], words: str) -> None:
    with receiving(answer) as receiver:
        assert refused(receiver.address) == (words, True)


def test_a_certificate_that_nobody_known_has_signed_is_refused(tmp_path: Path) -> None:
    with receiving(says(200), tls=certificate(tmp_path)) as receiver:
        assert refused(receiver.address) == ("its certificate is signed by itself", True)
    assert receiver.heads == []


def test_a_certificate_for_another_name_is_refused_without_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(paths[0]))
    with receiving(says(200), tls=paths) as receiver:
        assert refused(receiver.address.replace("127.0.0.1", "localhost")) == (
            "its certificate is for another name",
            True,
        )
        assert send(receiver.address) is None


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    reason, again = refused(f"http://127.0.0.1:{port}/{SECRET}")
    assert (reason, again) == ("no connection to it, or to its proxy (connection refused)", True)


def test_a_name_that_cannot_be_resolved_is_told_without_the_name() -> None:
    reason, _ = refused(f"http://receiver.invalid/{SECRET}", seconds=20)
    assert reason in {"its name, or its proxy's, cannot be resolved", "it did not answer in time"}


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "127.0.0.1/x",
        "http://",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "x",
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused_and_not_shown(address: str) -> None:
    reason, again = refused(address)
    assert reason.startswith("what its reference stands for is not an address")
    assert not again


@pytest.mark.parametrize("host", ["top%3A80a", "top%20top", "top%0d%0atop"])
def test_what_is_an_address_at_first_sight_alone_is_told_as_none_and_not_tried_again(host: str) -> None:
    reason, again = refused(f"http://{host}/{SECRET}")
    assert reason == "what its reference stands for, or the address of its proxy, is not an address"
    assert not again


def test_a_proxy_whose_address_is_none_is_told_and_not_shown() -> None:
    reason, _ = refused(f"http://top/{SECRET}", environment={"http_proxy": "http://top:80a"})
    assert reason == "what its reference stands for, or the address of its proxy, is not an address"


def test_an_address_with_a_password_is_refused_and_not_shown() -> None:
    reason, again = refused("http://kim:top@127.0.0.1/x")
    assert reason == "its address has a user name or password in it, which is not sent; name an address that needs none"
    assert not again


def test_the_proxy_of_the_environment_is_used_unless_it_says_otherwise() -> None:
    with receiving(says(200)) as receiver, receiving(says(200)) as proxy:
        way = {"http_proxy": f"http://127.0.0.1:{proxy.port}"}
        assert send(receiver.address, environment=way) is None
        assert (len(receiver.heads), len(proxy.heads)) == (0, 1)
        assert proxy.heads[0].startswith(f"POST {receiver.address} HTTP/1.1\r\n")
        assert send(receiver.address, environment={**way, "no_proxy": "example.com, 127.0.0.1"}) is None
        assert send(receiver.address, environment={"HTTP_PROXY": way["http_proxy"]}) is None
        assert (len(receiver.heads), len(proxy.heads)) == (2, 1)
        assert send(receiver.address, environment={"ALL_PROXY": f"127.0.0.1:{proxy.port}"}) is None
        assert (len(receiver.heads), len(proxy.heads)) == (2, 2)


def test_a_proxy_that_lets_nobody_through_is_told() -> None:
    with receiving(says(403)) as proxy:
        environment = {"https_proxy": f"http://127.0.0.1:{proxy.port}"}
        reason, again = refused("https://127.0.0.1:9/x", environment=environment)
    assert (reason, again) == ("no connection to it, or to its proxy (refused)", True)
    assert proxy.heads[0].startswith("CONNECT 127.0.0.1:9 HTTP/1.")


def test_whoever_is_told_to_stop_does_not_wait_for_the_other_side() -> None:
    stop = threading.Event()
    stop.set()
    with receiving(hangs) as receiver:
        refusal = send(receiver.address, seconds=3600, stop=stop)
        assert refusal
        assert refusal.reason == "it did not answer in time"


def test_nothing_stays_open() -> None:
    with receiving(says(200)) as receiver:
        send(receiver.address)
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(5):
            send(receiver.address)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before
