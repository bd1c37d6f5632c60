"""What did a store answer? The told lines of a tool, however hostile, as the words and numbers of a Reply."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from agent.core.s3.probe import CONTENT, Reply

LONGEST: Final = 300
_LAST: Final = re.compile(r"exit ([0-9]{1,3})\Z")
_STATUS: Final = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})\Z", re.IGNORECASE)
_HEADER: Final = re.compile(r"([a-z-]{2,30}): (.*)\Z", re.IGNORECASE)
_ELEMENT: Final = re.compile(r"<(Code|Message|Region|Arn)>(.*)\Z", re.IGNORECASE)
_MEMBER: Final = re.compile(r' *"([A-Za-z]{2,20})": "?(.*?)"?,?\Z')
_REFUSED: Final = re.compile(
    r"An error occurred \(([A-Za-z0-9.]{1,60})\) when calling the \w+ operation(?: \([^)]*\))?: ?(.*)\Z"
)
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,59}\Z")
_REGION: Final = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,12}){1,4}\Z")
_EXPECTING: Final = re.compile(r"expecting '([a-z0-9-]{4,40})'")
_DATE: Final = re.compile(
    r"[A-Z][a-z]{2}, ([0-3][0-9]) ([A-Z][a-z]{2}) (19[7-9][0-9]|2[0-9]{3}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT\Z"
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ARN: Final = re.compile(r"arn:[a-z-]{3,20}:(?:iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]{1,200}\Z")


def reply_in(told: str, *, tool: str, at: int | None) -> Reply:
    """Read what was told of one answer; of several status lines (a proxy's before the store's) the last counts.

    Raises:
        ValueError: it does not end with the tool's exit code, so it was cut or is not what the script tells.

    """
    lines = [line.rstrip("\r") for line in told.split("\n")]
    last = _LAST.match(lines[-1])
    if not last:
        raise ValueError("an answer of a store does not end with the exit code of the tool that asked")
    ended = int(last[1])
    if tool == "aws":
        return _by_aws(lines[:-1], ended, at)
    return _by_curl(_final(lines[:-1]), ended, at)


def caller_in(told: str) -> str | None:
    """Return the ARN by which STS knows the asker; None where it said none."""
    for line in told.split("\n"):
        found = _ELEMENT.match(line) or _MEMBER.match(line)
        if found and found[1].lower() == "arn" and _ARN.match(found[2]):
            return found[2]
    return None


def date_in(text: str) -> int | None:
    """Return seconds since 1970 (RFC 9110, 5.6.7); None for what is no date, or of a year that no clock shows."""
    found = _DATE.match(text)
    if not found or found[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(found[place]) for place in (1, 3, 4, 5, 6))
    try:
        moment = datetime(year, 1 + _MONTHS.index(found[2]), day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp())


def _final(lines: list[str]) -> list[str]:
    starts = [place for place, line in enumerate(lines) if _STATUS.match(line)]
    return lines[starts[-1] :] if starts else lines


def _by_curl(lines: list[str], ended: int, at: int | None) -> Reply:
    status = next((int(found[1]) for line in lines if (found := _STATUS.match(line))), None)
    headers, elements = _pairs(_HEADER, lines), _pairs(_ELEMENT, lines)
    message = elements.get("message", "")
    return Reply(
        ended=ended,
        status=status,
        code=_code(elements.get("code", "")),
        message=message[:LONGEST],
        region=_region(headers.get("x-amz-bucket-region") or elements.get("region", ""), message),
        date=date_in(headers.get("date", "")),
        at=at,
        tagged="etag" in headers,
        echoed=CONTENT.decode() in lines,
        listed="<ListBucketResult" in lines,
        version=bool(headers.get("x-amz-version-id") or headers.get("x-amz-delete-marker")),
        complaint=next((line[:LONGEST] for line in lines if line.startswith("curl: ")), ""),
    )


def _by_aws(lines: list[str], ended: int, at: int | None) -> Reply:
    refused = next((found for line in lines if (found := _REFUSED.match(line))), None)
    members = _pairs(_MEMBER, lines)
    message = refused[2] if refused else ""
    said = [line for line in lines if not _MEMBER.match(line)]
    # The command ends with 0 and says nothing at all where a request was answered without anything to tell.
    return Reply(
        ended=ended,
        code=_code(refused[1]) if refused else "",
        message=message[:LONGEST],
        region=_region("", message),
        at=at,
        by_aws=True,
        tagged="etag" in members,
        echoed="etag" in members,
        listed=ended == 0,
        version=bool(members.get("versionid") or members.get("deletemarker")),
        complaint="" if refused else "; ".join(said)[:LONGEST],
    )


def _pairs(shape: re.Pattern[str], lines: list[str]) -> dict[str, str]:
    """Return the first value of each name."""
    found = [match for line in lines if (match := shape.match(line))]
    return {match[1].lower(): match[2].strip() for match in reversed(found)}


def _code(text: str) -> str:
    return text if _CODE.match(text) else ""


def _region(said: str, message: str) -> str:
    """Return where the bucket is by the header or the element, else by the sentence that says what it expects."""
    expected = _EXPECTING.search(message)
    text = said or (expected[1] if expected else "")
    return text if _REGION.match(text) else ""
