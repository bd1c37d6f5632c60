"""What did the store answer, by curl (a page of HTTP) or by the aws command (JSON)? One form for both."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from agent.core.s3.proof import BackupFacts
from agent.core.s3.reading import reply_in

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXIT: Final = re.compile(rb"\r?\nexit ([0-9]{1,3})\r?\n?\Z")
_STATUS: Final = re.compile(r"HTTP/[0-9.]+ ([1-5][0-9]{2})(?: (.*))?")
_CURL_STATUS: Final = re.compile(r"curl: \(22\) .*?\b([45][0-9]{2})\b")
_AWS_STATUS: Final = re.compile(r"An error occurred \(([45][0-9]{2})\) when calling")
_NO_KEYS: Final = re.compile(r"(Unable to locate|Partial) credentials|The config profile|Error when retrieving")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_ELSEWHERE: Final = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect", ""}
)
_CODE_WORDS: Final = {"403": "AccessDenied", "404": "NotFound", "412": "PreconditionFailed", "416": "InvalidRange"}
_ETAG: Final = re.compile(r"[A-Za-z0-9._+/=:-]{1,200}")
_YEARS: Final = range(1970, 9999)
_HTTP_DATE: Final = "%a, %d %b %Y %H:%M:%S GMT"
_CHECKSUMS: Final = ("sha256", "sha1", "crc32", "crc32c", "crc64nvme")
_AWS_HEADERS: Final = {
    "ETag": "etag", "ContentLength": "content-length", "LastModified": "last-modified",
    "StorageClass": "x-amz-storage-class", "Restore": "x-amz-restore", "ArchiveStatus": "x-amz-archive-status",
    "ServerSideEncryption": "x-amz-server-side-encryption", "PartsCount": "x-amz-mp-parts-count",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm", "ChecksumType": "x-amz-checksum-type",
    **{f"Checksum{name.upper()}": f"x-amz-checksum-{name}" for name in _CHECKSUMS},
}  # fmt: skip


class Unread(Exception):  # noqa: N818 - it becomes a fault of the store before anybody sees it
    """The answer is not what the store was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFault:
    """Why the store did not give what it was asked for; code is S3's own word, or "unreachable", or "unread".

    message is the store's or the tool's sentence, untrusted.
    """

    code: str
    message: str = ""

    @property
    def is_denial(self) -> bool:
        """Tell whether the rights do not suffice."""
        return self.code in {"AccessDenied", "Forbidden", "403", "AllAccessDisabled", "UnauthorizedAccess"}

    @property
    def is_passing(self) -> bool:
        """Tell whether another try may help."""
        return self.code in {"unreachable", "SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout"} or (
            self.code.isdigit() and self.code.startswith("5")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAnswer:
    """One answer: headers by their lower-case name, the body, and a fault where there was one."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: StoreFault | None = None


def read_answer(tool: str, raw: bytes) -> StoreAnswer:
    """Read what was asked for, as it came by a tool, curl or aws. Never raises: what cannot be read is a fault."""
    ended = _EXIT.search(raw)
    if ended is None:
        return StoreAnswer(fault=StoreFault(code="unread", message="the answer is larger than it can be"))
    return _aws_json(raw[: ended.start()]) if tool == "aws" else _by_curl(raw[: ended.start()])


def read_refusal(tool: str, told: bytes) -> StoreFault:
    """Read the told lines of an answer that was none."""
    try:
        reply = reply_in(told.decode("utf-8", "replace"), tool=tool, at=None)
    except ValueError:
        return StoreFault(code="unread", message="the store's answer cannot be told")
    words = reply.message or reply.complaint or (f"HTTP {reply.status}" if reply.status else "no answer")
    if reply.region and reply.code in _ELSEWHERE:
        words = f"{words} (the bucket is in {reply.region})"
    status = _CURL_STATUS.search(reply.complaint) or _AWS_STATUS.search(told.decode("utf-8", "replace"))
    number = str(reply.status) if reply.status else status[1] if status else ""
    if _NO_KEYS.search(reply.complaint):
        return StoreFault(code="no-keys", message=words)
    code = reply.code or number or ("no-ranges" if reply.ended == _NO_RANGES and tool == "curl" else "unreachable")
    return StoreFault(code=_CODE_WORDS.get(code, code), message=words)


def ended_well(tool: str, told: bytes) -> bool:
    """Tell whether a tool that fetched bytes came to its end, or was stopped by the time that it was given."""
    last = _EXIT.search(b"\n" + told)
    return last is not None and int(last[1]) in _ENDED_WELL[tool]


def facts_in(
    whole: StoreAnswer, first_part: StoreAnswer | None, second_part: StoreAnswer | None = None
) -> BackupFacts | StoreFault:
    """Read what HEAD said of an object and of its first parts.

    Without the first nothing is known of parts; where the second is not the last and of another size, they are uneven.
    """
    if whole.fault is not None:
        return whole.fault
    headers, part, second = whole.headers, _headers_of(first_part), _headers_of(second_part)
    try:
        parts = part.get("x-amz-mp-parts-count")
        same = part.get("etag") == headers.get("etag")
        return BackupFacts(
            size=size_in(headers.get("content-length", "")),
            etag=_etag(headers["etag"]),
            modified=moment_in(headers.get("last-modified", "")),
            checksums={name: headers[key] for name in _CHECKSUMS if (key := f"x-amz-checksum-{name}") in headers},
            checksum_type=headers.get("x-amz-checksum-type", ""),
            encryption=headers.get("x-amz-server-side-encryption", "")
            or (headers.get("x-amz-server-side-encryption-customer-algorithm", "") and "customer"),
            storage=headers.get("x-amz-storage-class", ""),
            restored=headers.get("x-amz-restore", ""),
            archive_tier=headers.get("x-amz-archive-status", ""),
            parts=size_in(parts) if parts and same else None,
            part_size=size_in(part.get("content-length", "")) if parts and same else None,
            uneven=second.get("x-amz-mp-parts-count", "") not in {"", "1", "2"}
            and second.get("content-length") != part.get("content-length"),
        )
    except (Unread, KeyError, ValueError, OverflowError) as error:
        return StoreFault(code="unread", message=f"what the store says of the object cannot be read: {error}")


def _headers_of(answer: StoreAnswer | None) -> Mapping[str, str]:
    return {} if answer is None or answer.fault else answer.headers


_NO_RANGES: Final = 33
_ENDED_WELL: Final[Mapping[str, frozenset[int]]] = {
    # curl: 28 time is up, 23 nobody reads any more; timeout: 124 and 137.
    "curl": frozenset({0, 23, 28}),
    "aws": frozenset({0, 124, 137}),
}


def bare_etag(text: str) -> str:
    """Return an ETag without its quotes."""
    return text.strip().removeprefix('"').removesuffix('"')


def _by_curl(said: bytes) -> StoreAnswer:
    status, headers, body = _last_block(said)
    if status is None or status >= 300:  # noqa: PLR2004 - HTTP: below it all is well
        code = _CODE_WORDS.get(str(status), str(status)) if status else "unread"
        return StoreAnswer(fault=StoreFault(code=code, message="the answer is not the one that was asked for"))
    return StoreAnswer(headers=headers, body=body)


def _last_block(said: bytes) -> tuple[int | None, Mapping[str, str], bytes]:
    """Take the headers that belong to the body: a proxy's and a "100 Continue" come before them."""
    status: int | None = None
    headers: Mapping[str, str] = {}
    for _ in range(8):
        head, gap, rest = said.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        found = _STATUS.fullmatch(lines[0])
        if found is None or not gap:
            break
        status, said = int(found[1]), rest
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        passing = status < 200 or "connection established" in (found[2] or "").lower()  # noqa: PLR2004 - HTTP
        if not passing:
            break
    return status, headers, said


def _aws_json(said: bytes) -> StoreAnswer:
    try:
        document = json_in(said)
    except ValueError:
        return StoreAnswer(fault=StoreFault(code="unread", message="the aws command's answer is no JSON"))
    if not isinstance(document, dict):
        return StoreAnswer(fault=StoreFault(code="unread", message="the aws command's answer is no JSON object"))
    headers = {
        name: str(document[key]) for key, name in _AWS_HEADERS.items() if isinstance(document.get(key), str | int)
    }
    return StoreAnswer(headers=headers, body=said)


def json_in(content: bytes) -> Any:
    """An answer without anything to say is empty with the aws command."""
    try:
        return json.loads(content.decode("utf-8")) if content.strip() else {}
    except RecursionError:
        raise ValueError("nested too deep") from None


def _etag(text: str) -> str:
    """It travels in a header of the next request, so that it must be one that can."""
    bare = bare_etag(text)
    if not _ETAG.fullmatch(bare):
        raise Unread(f"no ETag: {text[:40]!r}")
    return bare


def size_in(text: str) -> int:
    """Read a number of bytes."""
    if not _SIZE.fullmatch(text):
        raise Unread(f"no number of bytes: {text[:40]!r}")
    return int(text)


def moment_in(text: str) -> float:
    """Read a moment as HTTP's headers have it, or ISO 8601 with its offset."""
    try:
        found = datetime.strptime(text, _HTTP_DATE).replace(tzinfo=UTC)
    except ValueError:
        found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in _YEARS:
        raise Unread(f"no moment: {text[:40]!r}")
    return found.timestamp()
