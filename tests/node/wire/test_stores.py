"""What a hostile or broken node says of buckets is either exactly what was asked, or the answer is lost."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.s3.probe import LookUp, StoreView, Surroundings, Unasked, Verb
from agent.node.port import ProbeStores
from agent.node.wire.facts import Headers
from agent.node.wire.plain import Garbled
from agent.node.wire.stores import view_in
from tests.support.bucket_node import probe_of

REQUEST = ProbeStores(probes=(probe_of("jira-bucket", "https://s3.example.com", "avatars"),))


def word(*lines: str) -> str:
    return base64.b64encode("\n".join(lines).encode("utf-8", "surrogateescape")).decode() or "="


GOOD: dict[str, str] = {
    "rights": "process curl environment 0123456789ab no",
    "caller": word("<Arn>arn:aws:iam::123456789012:user/jira", "exit 0"),
    "look-up": "0 look-up found",
    "door": f"0 door 1700000000 signed {word('HTTP/1.1 403', 'exit 0')}",
    "write": f"0 write avatars 1700000000 curl {word('HTTP/1.1 200', 'ETag: x', 'exit 0')}",
    "read": "0 read avatars no-time",
    "delete": f"0 delete avatars 1700000000 aws {word('exit 124')}",
    "list": "0 list avatars barred",
}


def view_of(**changes: str | None) -> StoreView:
    said = {**GOOD, **{name.replace("_", "-"): text for name, text in changes.items()}}
    pairs = [
        (name if name in {"rights", "caller"} else "store", text) for name, text in said.items() if text is not None
    ]
    return view_in(REQUEST, Headers(pairs))


def test_what_is_told_as_it_must_be_is_read() -> None:
    view = view_of()
    assert (view.rights.surroundings, view.rights.key) == (Surroundings.PROCESS, "0123456789ab")
    assert view.rights.caller == "arn:aws:iam::123456789012:user/jira"
    (tried,) = view.tried
    assert (tried.look_up, tried.door.signed, tried.door.status) == (LookUp.FOUND, True, 403)
    assert tried.reply("avatars", Verb.WRITE).tagged
    assert tried.reply("avatars", Verb.READ).unasked is Unasked.NO_TIME
    assert tried.reply("avatars", Verb.DELETE).ended == 124


@pytest.mark.parametrize("name", GOOD)
def test_nothing_may_be_missing(name: str) -> None:
    with pytest.raises(Garbled):
        view_of(**{name.replace("-", "_"): None})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0",
        "1 look-up found",
        "0 look-up found",
        "0 write backups no-time",
        "0 write avatars no-time",
        "0 nonsense",
        "-1 door no-time",
        "0 write avatars\x1b[2J no-time",
    ],
)
def test_nothing_may_be_told_twice_or_of_what_was_not_asked(line: str) -> None:
    with pytest.raises(Garbled):
        view_of(more=line)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rights", "root curl environment none no"),
        ("rights", "process wget environment none no"),
        ("rights", "process curl En\x1bv none no"),
        ("rights", "process curl environment AKIAIOSFODNN7EXAMPLE no"),
        ("rights", "process curl environment none maybe"),
        ("rights", "process curl environment none no more"),
        ("look_up", "0 look-up 192.0.2.1"),
        ("door", "0 door"),
        ("door", "0 door later"),
        ("door", f"0 door 1700000000 wget {word('exit 0')}"),
        ("door", f"0 door -5 curl {word('exit 0')}"),
        ("door", "0 door 1700000000 curl ***"),
        ("door", "0 door 1700000000 curl ="),
        ("door", f"0 door 1700000000 curl {word('exit 0', 'HTTP/1.1 200')}"),
        ("door", f"0 door 1700000000 curl {word('exit 0x1')}"),
        ("door", f"0 door 1700000000 curl {word('x' * 7000, 'exit 0')}"),
        ("write", f"0 write avatars 1700000000 signed {word('exit 0')}"),
        ("caller", "***"),
    ],
)
def test_what_is_not_written_as_it_must_be_is_nothing(name: str, text: str) -> None:
    with pytest.raises(Garbled):
        view_of(**{name: text})


@pytest.mark.parametrize("arn", ["arn:aws:iam::1:user/x", "jira", "arn:aws:sts::123456789012:x y", "\x1b[2J", ""])
def test_who_is_no_arn_is_nobody(arn: str) -> None:
    assert view_of(caller=word(f"<Arn>{arn}", "exit 0")).rights.caller is None


@given(st.binary(max_size=400))
def test_whatever_a_store_said_nothing_in_it_can_move_a_terminal(said: bytes) -> None:
    told = base64.b64encode(said + b"\nexit 0").decode()
    reply = view_of(write=f"0 write avatars 1700000000 curl {told}").tried[0].reply("avatars", Verb.WRITE)
    for text in (reply.code, reply.message, reply.region, reply.complaint):
        assert text.isascii()
        assert text == "" or text.isprintable()


@given(st.text(max_size=80))
def test_any_line_is_read_or_makes_the_answer_a_lost_one(line: str) -> None:
    for name in ("rights", "caller", "door", "write", "look_up"):
        try:
            view_of(**{name: line})
        except Garbled:
            continue
