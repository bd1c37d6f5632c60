"""Which bucket is meant by an address in the place of its bare name: an ARN, an s3:// address, a web address?"""

from __future__ import annotations

from typing import Final

from agent.core.aws.hosts import SERVING_BUCKETS, Kind, aws_host

_HAS_BUCKET: Final = SERVING_BUCKETS | {Kind.PRIVATE_UNSAID, Kind.WEBSITE}
_ARN_PARTS: Final = 6
_CONSOLE: Final = "/s3/buckets/"


def is_s3_host(name: str) -> bool:
    """Tell whether a name is a host of S3: what Terraform calls bucket_domain_name, and S3's own endpoints."""
    host = aws_host(name)
    return host is not None and host.kind in _HAS_BUCKET


def bucket_meant(address: str) -> str:
    """Return the bucket that an address names; empty where it names none, or nobody can tell."""
    if address[:4].lower() == "arn:":
        return _in_arn(address)
    scheme, found, rest = address.partition("://")
    if not found:
        return _in_path(address.strip("/"))
    if scheme.lower() in {"http", "https"}:
        return _in_web_address(rest)
    return rest.partition("/")[0]


def _in_arn(arn: str) -> str:
    """A bucket's ARN names neither region nor account; those of access points and the like do."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or parts[2] != "s3" or parts[3] or parts[4]:
        return ""
    return parts[5].partition("/")[0]


def _in_path(path: str) -> str:
    """A name with a path behind it, or a host of S3 without its scheme."""
    first = path.partition("/")[0]
    return _in_web_address(path) if is_s3_host(first) else first


def _in_web_address(rest: str) -> str:
    """In front of AWS's host, behind it, or in a page of the console; where another store has it nobody can tell."""
    authority, _, path = rest.partition("/")
    host = aws_host(authority.rpartition("@")[2].partition(":")[0])
    path = path.partition("?")[0].partition("#")[0]
    if host is None:
        return ""
    if host.kind is Kind.CONSOLE:
        return f"/{path}".partition(_CONSOLE)[2].partition("/")[0]
    return (host.before or path.partition("/")[0]) if host.kind in _HAS_BUCKET else ""
