"""With which words does a script carry out an errand for a backup? Encoded here as a signature wants them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from agent.core.s3.backups import PREFIX
from agent.node.restoring import (
    LISTED_AT_ONCE,
    MOST_DIGESTS,
    DescribeBackup,
    FetchSlice,
    FinishFetch,
    InImport,
    ListBackups,
    Owned,
    TakeDigests,
)

if TYPE_CHECKING:
    from agent.core.s3.address import BucketAddress
    from agent.node.port import Errand

_URL = re.compile(r"https?://[!#-\[\]-~]+\Z")
"""Printable ASCII but blanks, quotes and backslashes: what a line of curl's configuration can bear between quotes."""


def errand_words(request: Errand) -> dict[str, str]:
    """Return the shell assignments of an errand.

    Raises:
        ValueError: a URL is none that can travel.
    """
    match request:
        case ListBackups():
            return _bucket(request.address) | {
                "page_query": _list_query(request.page),
                "page_mark": request.page,
                "page_size": str(LISTED_AT_ONCE),
            }
        case DescribeBackup():
            return _bucket(request.address) | _object(request.key)
        case InImport():
            return _place(request) | _in_import(request)
    return {}


def _in_import(request: InImport) -> dict[str, str]:
    match request:
        case FetchSlice():
            return _way(request) | {
                "backup_etag": request.etag,
                "backup_size": str(request.size),
                "spare": str(request.spare),
                "slice_seconds": str(request.seconds),
            }
        case TakeDigests():
            return {
                "piece_digest": str(request.digest),
                "piece_bytes": str(request.piece),
                "piece_first": str(request.first),
                "piece_count": str(request.count),
                "most_digests": str(MOST_DIGESTS),
            }
        case FinishFetch():
            return {"backup_size": str(request.size)}
    return {}


def _place(request: InImport) -> dict[str, str]:
    return {"shared": request.sharedhome, "backup": request.name, "backup_tag": request.tag}


def _way(request: FetchSlice) -> dict[str, str]:
    if isinstance(request.way, Owned):
        return {"presigned": "", **_bucket(request.way.address), **_object(request.way.key)}
    if not _URL.match(request.way.url):
        raise ValueError("the presigned URL cannot travel in a letter")
    return {"presigned": request.way.url}


def _bucket(address: BucketAddress) -> dict[str, str]:
    return {
        "bucket": address.bucket,
        "region": address.region,
        "root": address.root,
        "endpoint": address.endpoint,
        "sts": address.sts,
    }


def _object(key: str) -> dict[str, str]:
    return {"backup_key": key, "path_of_key": quote(key, safe="/-_.~", errors="surrogateescape")}


def _list_query(page: str) -> str:
    """Names in the order that the signature wants."""
    words = {
        "continuation-token": page,
        "delimiter": "/",
        "encoding-type": "url",
        "list-type": "2",
        "max-keys": str(LISTED_AT_ONCE),
        "prefix": PREFIX,
    }
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in words.items() if value)
