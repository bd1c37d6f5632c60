"""Lines of curl, of the aws command, of stores and of whatever stands between, as replies."""

from __future__ import annotations

import pytest

from agent.core.s3.probe import CONTENT
from agent.core.s3.reading import caller_in, date_in, reply_in

OK = ("HTTP/1.1 200", "Date: Mon, 23 Nov 2026 00:00:00 GMT", 'ETag: "d41d8"', "exit 0")


def by_curl(*lines: str) -> object:
    return reply_in("\n".join(lines), tool="curl", at=5)


def test_an_answer_of_a_store_by_curl() -> None:
    reply = reply_in("\r\n".join(OK).replace("\r\nexit", "\nexit"), tool="curl", at=1_795_392_000)
    assert (reply.status, reply.tagged, reply.ended, reply.date) == (200, True, 0, 1_795_392_000)
    reply = reply_in("HTTP/2 200\nx-amz-version-id: 3/L4\n" + CONTENT.decode() + "\nexit 0", tool="curl", at=None)
    assert (reply.status, reply.version, reply.echoed, reply.tagged) == (200, True, True, False)


def test_of_several_status_lines_the_last_is_the_stores() -> None:
    said = "HTTP/1.1 200\nETag: proxy\nHTTP/1.1 100\nHTTP/1.1 403\n<Code>AccessDenied\n<Message>no\nexit 0"
    reply = reply_in(said, tool="curl", at=None)
    assert (reply.status, reply.code, reply.message, reply.tagged) == (403, "AccessDenied", "no", False)


@pytest.mark.parametrize(
    ("said", "region"),
    [
        ("HTTP/1.1 301\nx-amz-bucket-region: eu-west-1\nexit 0", "eu-west-1"),
        ("HTTP/1.1 400\n<Code>AuthorizationHeaderMalformed\n<Region>us-gov-west-1\nexit 0", "us-gov-west-1"),
        ("HTTP/1.1 400\n<Message>region 'us-east-1' is wrong; expecting 'ap-southeast-4'\nexit 0", "ap-southeast-4"),
        ("HTTP/1.1 400\nx-amz-bucket-region: EU\nexit 0", ""),
        ("HTTP/1.1 400\nx-amz-bucket-region: eu-west-1; rm\nexit 0", ""),
    ],
)
def test_the_region_is_taken_from_the_header_the_element_or_the_sentence(said: str, region: str) -> None:
    assert reply_in(said, tool="curl", at=None).region == region


def test_an_answer_by_the_aws_command() -> None:
    refused = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied: no\nexit 254"
    reply = reply_in(refused, tool="aws", at=None)
    assert (reply.ended, reply.code, reply.message, reply.by_aws) == (254, "AccessDenied", "Access Denied: no", True)
    retried = (
        "An error occurred (SlowDown) when calling the PutObject operation (reached max retries: 0): Slow\nexit 254"
    )
    assert reply_in(retried, tool="aws", at=None).message == "Slow"
    done = reply_in('    "ETag": "\\"d41d8\\"",\n    "VersionId": "abc"\nexit 0', tool="aws", at=None)
    assert (done.tagged, done.version, done.code) == (True, True, "")
    silent = reply_in("Unable to locate credentials\nexit 253", tool="aws", at=None)
    assert (silent.complaint, silent.tagged) == ("Unable to locate credentials", False)


@pytest.mark.parametrize("said", ["", "exit", "exit 0\n", "HTTP/1.1 200", "exit 1234", "exit -1", "exit 0 x"])
def test_what_does_not_end_with_an_exit_code_was_cut(said: str) -> None:
    with pytest.raises(ValueError, match="exit code"):
        reply_in(said, tool="curl", at=None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:00:10 GMT", 10),
        ("Mon, 23 Nov 2026 00:00:60 GMT", 1_795_392_059),
        ("Mon, 31 Feb 2026 00:00:00 GMT", None),
        ("Mon, 23 Nov 2026 25:00:00 GMT", None),
        ("Mon, 23 Nov 9999 00:00:00 GMT", None),
        ("Mon, 23 Xxx 2026 00:00:00 GMT", None),
        ("2026-11-23T00:00:00Z", None),
        ("", None),
    ],
)
def test_a_date_is_seconds_or_nothing(text: str, seconds: int | None) -> None:
    assert date_in(text) == seconds


def test_the_caller_is_read_from_xml_and_from_json_alike() -> None:
    arn = "arn:aws-cn:sts::123456789012:assumed-role/jira+x/i-0a"
    assert caller_in(f"HTTP/1.1 200\n<Arn>{arn}\nexit 0") == caller_in(f'    "Arn": "{arn}"\nexit 0') == arn
    assert caller_in("exit 0") is None
