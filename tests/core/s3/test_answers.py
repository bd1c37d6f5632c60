"""What a store answered, by curl and by the aws command: the same values, and no exception whatever came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.s3.answers import StoreAnswer, StoreFault, facts_in, read_answer, read_refusal
from agent.core.s3.backups import Backup, Listing
from agent.core.s3.listing import listing_in
from agent.core.s3.proof import BackupFacts

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>backups%2F</Prefix>
<NextContinuationToken>1x/+==</NextContinuationToken><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>
<EncodingType>url</EncodingType>
<Contents><Key>backups/a+b%2B%C3%BC%0A.zip</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>
<ETag>&quot;abc-2&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>
<Size>5</Size><Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>backups/</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"d"</ETag><Size>0</Size></Contents>
<CommonPrefixes><Prefix>backups/Healthcheck/</Prefix></CommonPrefixes></ListBucketResult>"""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n"
WANTED = Backup(
    key="backups/a b+ü\n.zip",
    size=5,
    etag="abc-2",
    modified=1767323045.0,
    storage="STANDARD",
    checksums=("CRC32",),
)
JSON = """{"IsTruncated": true, "Contents": [{"Key": "backups/a b+ü\\n.zip",
"LastModified": "2026-01-02T03:04:05+00:00", "ETag": "\\"abc-2\\"", "ChecksumAlgorithm": ["CRC32"], "Size": 5,
"StorageClass": "STANDARD"}, {"Key": "backups/", "LastModified": "2026-01-02T03:04:05+00:00", "ETag": "\\"d\\"",
"Size": 0}],
"CommonPrefixes": [{"Prefix": "backups/Healthcheck/"}], "NextContinuationToken": "1x/+=="}"""


@pytest.mark.parametrize(
    ("tool", "raw"), [("curl", HEAD + PAGE.encode() + b"\nexit 0\n"), ("aws", JSON.encode() + b"\nexit 0\n")]
)
def test_a_list_is_the_same_by_both_tools(tool: str, raw: bytes) -> None:
    listing = listing_in(tool, read_answer(tool, raw))
    assert isinstance(listing, Listing)
    assert listing.backups[0] == WANTED
    assert (listing.backups[1].name, listing.folders, listing.next_page) == ("", ("backups/Healthcheck/",), "1x/+==")


def test_a_proxys_own_answer_stands_before_the_stores() -> None:
    raw = (
        b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        + HEAD
        + PAGE.encode()
        + b"\nexit 0\n"
    )
    assert isinstance(listing_in("curl", read_answer("curl", raw)), Listing)
    refused = read_answer("curl", b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 403 No\r\n\r\n\nexit 0\n")
    assert refused.fault is not None
    assert refused.fault.is_denial


def test_an_empty_bucket_is_an_empty_list_by_both_tools() -> None:
    assert listing_in("aws", read_answer("aws", b"\nexit 0\n")) == Listing()
    page = HEAD + b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>\nexit 0\n"
    assert listing_in("curl", read_answer("curl", page)) == Listing()


def test_keys_are_decoded_only_where_the_store_says_that_they_are_encoded() -> None:
    page = PAGE.replace("<EncodingType>url</EncodingType>", "").replace("a+b%2B%C3%BC%0A", "a+b%2B")
    listing = listing_in("curl", StoreAnswer(body=page.encode()))
    assert isinstance(listing, Listing)
    assert listing.backups[0].key == "backups/a+b%2B.zip"


@pytest.mark.parametrize("tool", ["curl", "aws"])
@pytest.mark.parametrize("mark", ["file:///etc/passwd", "fileb://x", "http://h/x", "-x", "a\u200bb", "x" * 5000])
def test_a_mark_that_the_aws_command_would_take_for_something_else_is_a_fault(tool: str, mark: str) -> None:
    text = {"curl": PAGE, "aws": JSON}[tool].replace("1x/+==", mark)
    assert isinstance(listing_in(tool, StoreAnswer(body=text.encode())), StoreFault)


def test_a_mark_of_half_a_letter_is_a_fault() -> None:
    text = JSON.replace("1x/+==", r"\ud800")
    assert isinstance(listing_in("aws", StoreAnswer(body=text.encode())), StoreFault)


@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace("<Size>5</Size>", "<Size>-5</Size>"),
        PAGE.replace("<Size>5</Size>", "<Size>9999999999999999999999</Size>"),
        PAGE.replace("<Size>5</Size>", ""),
        PAGE.replace("2026-01-02T03:04:05.000Z", "yesterday"),
        PAGE.replace("2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05"),
        PAGE.replace("2026-01-02T03:04:05.000Z", "0001-01-01T00:00:00+23:00"),
        PAGE.replace("2026-01-02T03:04:05.000Z", "9999-12-31T23:59:59-23:00"),
        PAGE.replace("backups/a+b", "avatars/a+b"),
        PAGE.replace("<?xml", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><?xml"),
        PAGE[:-30],
        "<Error><Code>InternalError</Code></Error>",
        "<html>login</html><p>",
        "",
    ],
)
def test_a_page_that_is_no_list_is_a_fault(page: str) -> None:
    said = listing_in("curl", read_answer("curl", HEAD + page.encode() + b"\nexit 0\n"))
    assert isinstance(said, StoreFault)


@given(st.binary(max_size=300))
@pytest.mark.parametrize("tool", ["curl", "aws"])
def test_no_answer_at_all_raises_anything(tool: str, raw: bytes) -> None:
    for content in (raw, HEAD + raw + b"\nexit 0\n", raw + b"\nexit 0\n"):
        answer = read_answer(tool, content)
        listing_in(tool, answer)
        facts_in(answer, answer)
        read_refusal(tool, content)


@pytest.mark.parametrize(
    "text", ["[]", "[" * 100_000, '{"Contents": 1}', '{"Contents": [1]}', '{"CommonPrefixes": [{}]}', "null"]
)
def test_json_of_another_shape_is_a_fault(text: str) -> None:
    assert isinstance(listing_in("aws", read_answer("aws", text.encode() + b"\nexit 0\n")), StoreFault)


WHOLE = {
    "content-length": "25000000",
    "etag": '"d41d8cd98f00b204e9800998ecf8427e-3"',
    "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
    "x-amz-checksum-sha256": "abc=-3",
    "x-amz-checksum-type": "COMPOSITE",
    "x-amz-server-side-encryption": "AES256",
    "x-amz-storage-class": "GLACIER",
    "x-amz-restore": 'ongoing-request="true"',
}
FIRST = WHOLE | {"content-length": "10000000", "x-amz-mp-parts-count": "3"}


def test_head_tells_size_checksums_and_parts() -> None:
    said = facts_in(StoreAnswer(headers=WHOLE), StoreAnswer(headers=FIRST))
    assert said == BackupFacts(
        size=25_000_000,
        etag="d41d8cd98f00b204e9800998ecf8427e-3",
        modified=1767323045.0,
        checksums={"sha256": "abc=-3"},
        checksum_type="COMPOSITE",
        encryption="AES256",
        storage="GLACIER",
        restored='ongoing-request="true"',
        parts=3,
        part_size=10_000_000,
    )


def test_a_second_part_of_another_size_tells_that_the_parts_are_uneven() -> None:
    whole, first = StoreAnswer(headers=WHOLE), StoreAnswer(headers=FIRST)
    for size, count, uneven in (("9000000", "3", True), ("10000000", "3", False), ("9000000", "2", False)):
        second = StoreAnswer(headers=FIRST | {"content-length": size, "x-amz-mp-parts-count": count})
        said = facts_in(whole, first, second)
        assert isinstance(said, BackupFacts)
        assert said.uneven is uneven
    refused = facts_in(whole, first, StoreAnswer(fault=StoreFault(code="InvalidRange")))
    assert isinstance(refused, BackupFacts)
    assert not refused.uneven


def test_a_first_part_of_another_object_or_that_is_refused_says_nothing_of_parts() -> None:
    for part in (StoreAnswer(headers=FIRST | {"etag": '"other-3"'}), StoreAnswer(fault=StoreFault(code="x")), None):
        said = facts_in(StoreAnswer(headers=WHOLE), part)
        assert isinstance(said, BackupFacts)
        assert (said.parts, said.part_size) == (None, None)


def test_a_key_of_the_customers_own_hides_what_the_etag_means() -> None:
    headers = {key: value for key, value in WHOLE.items() if key != "x-amz-server-side-encryption"}
    customers = headers | {"x-amz-server-side-encryption-customer-algorithm": "AES256"}
    said = facts_in(StoreAnswer(headers=customers), None)
    assert isinstance(said, BackupFacts)
    assert said.encryption == "customer"


@pytest.mark.parametrize("etag", ['"a"\r\nX: y', '"a\\"', "", '" "', '"' + "x" * 300 + '"', '"\x1b"'])
def test_an_etag_that_could_not_travel_is_a_fault(etag: str) -> None:
    assert isinstance(facts_in(StoreAnswer(headers=WHOLE | {"etag": etag}), None), StoreFault)


@pytest.mark.parametrize(
    ("tool", "told", "code", "denial", "passing"),
    [
        ("curl", "HTTP/1.1 403\n<Code>AccessDenied\n<Message>No\nexit 0", "AccessDenied", True, False),
        ("curl", "HTTP/1.1 403\nexit 0", "AccessDenied", True, False),
        ("curl", "HTTP/1.1 503\n<Code>SlowDown\nexit 0", "SlowDown", False, True),
        ("curl", "curl: (6) Could not resolve host: x\nexit 6", "unreachable", False, True),
        ("curl", "curl: (22) The requested URL returned error: 412\nexit 22", "PreconditionFailed", False, False),
        ("curl", "curl: (33) HTTP server doesn't seem to support byte ranges.\nexit 33", "no-ranges", False, False),
        (
            "aws",
            "An error occurred (403) when calling the HeadObject operation: Forbidden\nexit 254",
            "AccessDenied",
            True,
            False,
        ),
        (
            "aws",
            "An error occurred (NoSuchKey) when calling the GetObject operation: x\nexit 254",
            "NoSuchKey",
            False,
            False,
        ),
        ("aws", "Unable to locate credentials\nexit 253", "no-keys", False, False),
        ("aws", "Could not connect to the endpoint URL\nexit 255", "unreachable", False, True),
        ("curl", "garbage", "unread", False, False),
    ],
)
def test_a_no_is_told_in_one_word(tool: str, told: str, code: str, denial: bool, passing: bool) -> None:  # noqa: FBT001 - cases of the table
    fault = read_refusal(tool, told.encode())
    assert (fault.code, fault.is_denial, fault.is_passing) == (code, denial, passing)
