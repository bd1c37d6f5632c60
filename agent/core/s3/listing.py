"""What does a page of ListObjectsV2 hold, by curl (XML) or by the aws command (JSON)? One form for both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from agent.core.s3.answers import StoreFault, Unread, bare_etag, json_in, moment_in, size_in
from agent.core.s3.backups import PREFIX, Backup, Listing
from agent.core.xml.page import BadPage, Leaf, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.s3.answers import StoreAnswer

_NO_MARK: Final = re.compile(r"-|[A-Za-z]+://")
_LONGEST_MARK: Final = 4096


def listing_in(tool: str, answer: StoreAnswer) -> Listing | StoreFault:
    """Read a page of ListObjectsV2."""
    if answer.fault is not None:
        return answer.fault
    try:
        return _listing_of_json(answer.body) if tool == "aws" else _listing_of_xml(answer.body)
    except (Unread, BadPage, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        return StoreFault(code="unread", message=f"the list of objects cannot be read: {error}")


def _listing_of_xml(body: bytes) -> Listing:
    backups: list[Backup] = []
    folders: list[str] = []
    entry: dict[str, str] = {}
    checksums: list[str] = []
    token, cut = "", False
    page = read_page(body)
    # Not every store heeds the wish for it, and one that does says so.
    plain = _unquoted if any(it.name == "EncodingType" and it.text == "url" for it in page) else str
    for leaf in page:
        match leaf:
            case Leaf(inside="Contents", name="ChecksumAlgorithm"):
                checksums.append(leaf.text)
            case Leaf(inside="Contents", name="Key"):
                _add(backups, entry, checksums)
                entry, checksums = {"Key": plain(leaf.text)}, []
            case Leaf(inside="Contents"):
                entry[leaf.name] = leaf.text
            case Leaf(inside="CommonPrefixes", name="Prefix"):
                folders.append(plain(leaf.text))
            case Leaf(name="IsTruncated"):
                cut = leaf.text == "true"
            case Leaf(name="NextContinuationToken"):
                token = leaf.text
            case Leaf(inside="Error", name="Code"):
                raise Unread(leaf.text)
    _add(backups, entry, checksums)
    return Listing(backups=tuple(backups), folders=tuple(folders), next_page=_mark(token) if cut else "")


def _add(backups: list[Backup], entry: Mapping[str, str], checksums: list[str]) -> None:
    if entry:
        backups.append(_backup(entry, tuple(checksums)))


def _listing_of_json(body: bytes) -> Listing:
    document = json_in(body)
    contents, prefixes = document.get("Contents") or [], document.get("CommonPrefixes") or []
    token = document.get("NextContinuationToken") if document.get("IsTruncated") is not False else ""
    return Listing(
        backups=tuple(_backup(_texts(each), _names(each.get("ChecksumAlgorithm"))) for each in contents),
        folders=tuple(str(each["Prefix"]) for each in prefixes),
        next_page=_mark(str(token or "")),
    )


def _texts(entry: Any) -> Mapping[str, str]:
    if not isinstance(entry, dict):
        raise Unread("an object of the list is none")
    return {key: str(value) for key, value in entry.items() if isinstance(value, str | int)}


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _backup(entry: Mapping[str, str], checksums: tuple[str, ...]) -> Backup:
    for name in ("Key", "Size", "ETag", "LastModified"):
        if name not in entry:
            raise Unread(f"an object of the list has no {name}")
    if not entry["Key"].startswith(PREFIX):
        raise Unread("an object of the list lies elsewhere")
    return Backup(
        key=entry["Key"],
        size=size_in(entry["Size"]),
        etag=bare_etag(entry["ETag"]),
        modified=moment_in(entry["LastModified"]),
        storage=entry.get("StorageClass", ""),
        checksums=checksums,
    )


def _mark(token: str) -> str:
    """It becomes a word of the aws command, which takes file://, http:// and a leading hyphen for something else."""
    if _NO_MARK.match(token) or not token.isprintable() or len(token) > _LONGEST_MARK:
        raise Unread(f"no mark of a next page: {token[:40]!r}")
    return token


def _unquoted(text: str) -> str:
    """S3 encodes keys as forms do where it is asked to: a plus is a space."""
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "surrogateescape")
