"""The letters of the errands for a backup: as whom they go, what they carry, and answers that are none."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.node import Node
from agent.core.s3.address import BucketAddress
from agent.core.s3.brought import Digests, Fetched, ImportFolder
from agent.core.s3.proof import Digest
from agent.node.port import (
    DescribeBackup,
    FetchSlice,
    FinishFetch,
    ListBackups,
    Lost,
    Ok,
    Owned,
    Presigned,
    ReadThrough,
    SetAside,
    SurveyImport,
    TakeDigests,
)
from agent.node.port import Errand as AnyErrand
from agent.node.wire.letter import decode, letter_for
from tests.node.wire.test_letter import HEADERS, NONCE

NODE = Node(name="jira-1", cluster="prod", address="192.0.2.1", localhome="/data/jira")
THERE = BucketAddress(bucket="b", region="us-east-1", root="https://b.s3.us-east-1.amazonaws.com")
URL = "https://b.s3.us-east-1.amazonaws.com/backups/a.zip?X-Amz-Signature=0123"
IN: dict[str, Any] = {"sharedhome": "/mnt/x", "name": "a b.zip", "tag": "0123456789ab"}
FETCH = FetchSlice(**IN, way=Presigned(url=URL), etag="e", size=9, spare=1)
DIGESTS = TakeDigests(**IN, digest=Digest.MD5, piece=0, first=0, count=1)
ERRANDS: tuple[AnyErrand, ...] = (
    ListBackups(address=THERE, page="x/+="),
    DescribeBackup(address=THERE, key="backups/a.zip"),
    SurveyImport(**IN),
    FETCH,
    replace(FETCH, way=Owned(address=THERE, key="backups/a b'ü.zip")),
    DIGESTS,
    ReadThrough(**IN),
    FinishFetch(**IN, size=9),
    SetAside(**IN),
)
B64 = base64.b64encode(b"x").decode()


def letter(*besides: tuple[str, str]) -> bytes:
    """Return an answer of a node without the file, with these headers besides."""
    told = [
        (name, value) for name, value in HEADERS if name not in {"length", "sum"} and "filestore-config" not in value
    ]
    lines = "".join(f"{name}: {value}\n" for name, value in [*told, *besides, ("length", "none")])
    return f"\nfilestore-agent {NONCE} begin\n{lines}\n\nfilestore-agent {NONCE} end\n".encode()


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda it: type(it).__name__)
def test_an_errand_goes_as_the_owner_or_not_at_all(errand: AnyErrand) -> None:
    command = letter_for(NODE, errand, NONCE, login_user="ops").command
    assert command.startswith("cd / ; /usr/bin/sudo -n -u jira /usr/bin/timeout -k 5 60 /bin/sh")
    assert "||" not in command
    assert URL not in command


@pytest.mark.parametrize("url", [f"{URL} ", f'{URL}"', f"{URL}\n", f"{URL}\\", "ftp://x/y", "", f"{URL}\u00fc"])
def test_a_url_that_a_line_of_configuration_could_not_bear_does_not_travel(url: str) -> None:
    with pytest.raises(ValueError, match="cannot travel"):
        letter_for(NODE, replace(FETCH, way=Presigned(url=url)), NONCE, login_user=None)


def test_a_signed_url_is_in_no_words_about_the_request() -> None:
    assert "Signature" not in repr(FETCH)
    assert "Signature" not in repr(letter_for(NODE, FETCH, NONCE, login_user=None))


def test_answers_of_the_right_shape_are_read() -> None:
    told = ("bucket-rights", "curl presigned unsaid")
    answer = decode(NODE, FETCH, NONCE, letter(told, ("fetched", "3 9"), ("bucket-said", "fetch told =")))
    assert isinstance(answer, Ok), answer
    assert answer.observation.brought == Fetched(before=3, after=9)
    answer = decode(NODE, DIGESTS, NONCE, letter(("digests", "0" * 32), ("digests-fault", "")))
    assert isinstance(answer, Ok), answer
    assert answer.observation.brought == Digests(found=("0" * 32,))
    space = ("import-space", "10 4096 500 600 nfs")
    answer = decode(NODE, SurveyImport(**IN), NONCE, letter(space, ("import-file", "half 8180 7 jira:1 jira:1")))
    assert isinstance(answer, Ok), answer
    assert isinstance(answer.observation.brought, ImportFolder)
    assert answer.observation.brought.free_bytes == 40_960


RIGHTS = ("bucket-rights", "curl process environment")


@pytest.mark.parametrize(
    ("errand", "headers"),
    [
        (ERRANDS[0], ()),
        (ERRANDS[0], (RIGHTS,)),
        (ERRANDS[0], (RIGHTS, ("bucket-said", "list raw !"))),
        (ERRANDS[0], (RIGHTS, ("bucket-said", f"list odd {B64}"))),
        (ERRANDS[0], (("bucket-rights", "wget a b"), ("bucket-said", f"list raw {B64}"))),
        (ERRANDS[1], (RIGHTS, ("bucket-said", f"whole raw {B64}"))),
        (FETCH, (RIGHTS, ("fetched", "9 3"))),
        (FETCH, (RIGHTS, ("fetched", "-1 3"))),
        (FETCH, (RIGHTS, ("fetched", "1"))),
        (DIGESTS, (("digests", "0" * 31), ("digests-fault", ""))),
        (DIGESTS, (("digests", "Z" * 32), ("digests-fault", ""))),
        (DIGESTS, (("digests", ""), ("digests-fault", "odd"))),
        (DIGESTS, ()),
        (ERRANDS[6], (("archive", "maybe"),)),
        (ERRANDS[7], (("finished", "perhaps"),)),
        (ERRANDS[2], (("import-file", "other 8180 7 jira:1 jira:1"),)),
        (ERRANDS[2], (("import-file", "half 8180 x jira:1 jira:1"),)),
        (ERRANDS[2], (("import-space", "lots"),)),
        (ERRANDS[8], ()),
    ],
)
def test_an_answer_of_another_shape_is_lost(errand: AnyErrand, headers: tuple[tuple[str, str], ...]) -> None:
    assert isinstance(decode(NODE, errand, NONCE, letter(*headers)), Lost)


@given(st.sampled_from(ERRANDS), st.lists(st.tuples(st.sampled_from(["fetched", "digests", "archive"]), st.text())))
def test_whatever_a_node_says_reading_it_raises_nothing(errand: AnyErrand, headers: list[tuple[str, str]]) -> None:
    decode(NODE, errand, NONCE, letter(RIGHTS, *headers).replace(b"\x00", b""))
