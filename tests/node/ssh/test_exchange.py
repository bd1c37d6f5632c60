"""One command's channel, fed by hand: windows are kept, ends are noticed, a forged host key signature is refused."""

from __future__ import annotations

import socket
import time

import pytest
from paramiko import Message, SSHException

from agent.node.ssh.exchange import PACKET, STDERR_KEPT, Exchange
from agent.node.ssh.line import Line
from agent.node.ssh.session import Session


def data(content: bytes) -> Message:
    message = Message()
    message.add_string(content)
    message.rewind()
    return message


def adjust(size: int) -> Message:
    message = Message()
    message.add_int(size)
    message.rewind()
    return message


def exchange(cap: int = 100) -> Exchange:
    made = Exchange(0, cap)
    made.expect(lambda said: said.endswith(b"END"), cap)
    return made


def test_no_more_is_sent_than_the_window_allows() -> None:
    made = exchange()
    assert made.take_window(b"x" * 10) == (b"", b"x" * 10)
    made._set_remote_channel(7, 4, 32768)
    assert made.take_window(b"abcdefg") == (b"abcd", b"efg")
    made._window_adjust(adjust(2))
    assert made.take_window(b"efg") == (b"ef", b"g")
    assert not made.wait_window(time.monotonic() + 0.01)


def test_no_packet_is_larger_than_every_server_takes() -> None:
    made = exchange()
    made._set_remote_channel(7, 10 * PACKET, 32768)
    assert len(made.take_window(b"x" * 5 * PACKET)[0]) == PACKET
    assert [len(message.asbytes()) < 32768 for message in made.everything("c", b"x" * 3 * PACKET)] == [True] * 5


def test_an_answer_is_whole_however_it_was_cut() -> None:
    made = exchange()
    for piece in (b"he", b"llo E", b"N", b"D"):
        assert made.result(time.monotonic()).lost is not None
        made._feed(data(piece))
    reply = made.result(time.monotonic())
    assert (reply.lost, reply.stdout) == (None, b"hello END")


def test_a_whole_answer_stays_whole_when_the_connection_breaks_behind_it() -> None:
    made = exchange()
    made._feed(data(b"END"))
    made._unlink()
    assert made.result(time.monotonic()).lost is None


def test_a_broken_connection_before_the_end_is_lost() -> None:
    made = exchange()
    made._feed(data(b"half"))
    made._unlink()
    assert made.result(time.monotonic() + 5).lost == "the connection broke"


def test_more_than_the_cap_is_given_up_at_once() -> None:
    made = exchange(cap=10)
    made._feed(data(b"x" * 11))
    begun = time.monotonic()
    assert made.result(begun + 60).lost == "it sent more than 10 bytes"
    assert time.monotonic() - begun < 30


def test_a_request_may_set_a_cap_of_its_own_within_the_window() -> None:
    made = Exchange(0, 100)
    for cap in (10, 50):
        made.expect(lambda said: said.endswith(b"END"), cap)
        assert made.opening().asbytes().endswith((100 + STDERR_KEPT).to_bytes(4, "big") + PACKET.to_bytes(4, "big"))
    made._feed(data(b"x" * 50))
    assert not made._over
    made._feed(data(b"x"))
    assert made.result(time.monotonic()).lost == "it sent more than 50 bytes"


def test_stderr_counts_but_is_not_kept_beyond_its_limit() -> None:
    made = exchange(cap=3 * STDERR_KEPT)
    for _ in range(2):
        message = Message()
        message.add_int(1)
        message.add_string(b"e" * STDERR_KEPT)
        message.rewind()
        made._feed_extended(message)
    assert len(made.given_up("why").stderr) == STDERR_KEPT


def test_another_number_than_presumed_is_lost() -> None:
    made = exchange()
    made.presume(0)
    made._set_remote_channel(3, 0, 32768)
    assert made.result(time.monotonic() + 5).lost == "the server numbers its channels in an unknown way"


def test_a_known_key_with_a_signature_that_is_not_its_own_is_refused() -> None:
    """Who only shows the right public key, which is no secret, must still prove that the private one is his."""
    blob, signature = Message(), Message()
    for message, body in ((blob, b"\x01" * 32), (signature, b"\x02" * 64)):
        message.add_string("ssh-ed25519")
        message.add_string(body)
    ours, theirs = socket.socketpair()
    session = Session(Line(ours), kinds=("ssh-ed25519",), refusal_of=lambda _kind, _blob: None, cap=100)
    vars(session).update(H=b"\x03" * 32, host_key_type="ssh-ed25519")
    with pytest.raises(SSHException, match="Signature verification"):
        session._verify_key(blob.asbytes(), signature.asbytes())
    ours.close()
    theirs.close()
