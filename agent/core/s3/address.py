"""Where does Jira's client look for a bucket: which host, and is the bucket's name in it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from agent.core.aws.hosts import aws_host
from agent.core.aws.regions import suffix_of

if TYPE_CHECKING:
    from agent.core.filestore import Filestore

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketAddress:
    """One bucket as a client reaches it. root is scheme, host and port, and /bucket where the name is not in the host.

    endpoint is what endpoint-override says; empty means AWS's own. sts is where AWS tells who somebody is in that
    region; empty where the store is not AWS.
    """

    bucket: str
    region: str
    root: str
    endpoint: str = ""
    sts: str = ""

    @property
    def host(self) -> str:
        """Return the host name or address that is looked up, without the port."""
        return urlsplit(self.root).hostname or ""


def address_of(store: Filestore) -> BucketAddress:
    """Return where AWS's clients look for a filestore's bucket.

    The bucket's name stands before the endpoint's host unless the host is a bare address, or the name is no label of a
    host's name, or has dots and the scheme is https (AWS SDKs, rule set of S3's endpoints; that Jira's client follows
    it is inferred).
    """
    suffix = suffix_of(store.region)
    endpoint = (store.endpoint_override or "").rstrip("/")
    parts = urlsplit(endpoint or f"https://s3.{store.region}.{suffix}")
    base = f"{parts.scheme}://{parts.netloc}"
    virtual = not _is_address(parts.hostname or "") and _fits_host(store.bucket_name, parts.scheme)
    root = f"{parts.scheme}://{store.bucket_name}.{parts.netloc}" if virtual else f"{base}/{store.bucket_name}"
    at_aws = not endpoint or aws_host(parts.hostname or "") is not None
    return BucketAddress(
        bucket=store.bucket_name,
        region=store.region,
        root=root,
        endpoint=endpoint,
        sts=f"https://sts.{store.region}.{suffix}" if at_aws else "",
    )


def _is_address(host: str) -> bool:
    if ":" in host:
        return True
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _fits_host(bucket: str, scheme: str) -> bool:
    labels = bucket.split(".") if scheme == "http" else [bucket]
    return all(map(_LABEL.fullmatch, labels))
