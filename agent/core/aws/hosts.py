"""What is a host name of AWS's S3: of which kind, in which region, and is a bucket named in front of it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.core.aws.regions import SUFFIXES, partition_of


class Kind(StrEnum):
    """What a host of AWS serves; the values are what a person reads."""

    PLAIN = "an S3 endpoint"
    DUAL_STACK = "a dual-stack endpoint"
    FIPS = "a FIPS endpoint"
    FIPS_DUAL_STACK = "a dual-stack FIPS endpoint"
    GLOBAL = "the endpoint without a region"
    PRIVATE = "a VPC endpoint for buckets"
    PRIVATE_UNSAID = "a VPC endpoint without the word bucket in front"
    ACCELERATE = "the endpoint of Transfer Acceleration"
    WEBSITE = "the endpoint of a website"
    ACCESS_POINT = "an endpoint of access points"
    OTHER_S3 = "an endpoint of S3 for something else than buckets"
    CONSOLE = "a page of AWS's console"
    OTHER_SERVICE = "another service of AWS"
    UNKNOWN_S3 = "none of the hosts that AWS has for S3"


SERVING_BUCKETS: Final = frozenset(
    {Kind.PLAIN, Kind.DUAL_STACK, Kind.FIPS, Kind.FIPS_DUAL_STACK, Kind.GLOBAL, Kind.PRIVATE, Kind.ACCELERATE}
)
"""All of them lead to the same buckets, by other ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsHost:
    """A host of AWS taken apart: before is what stands in front of it, such as a bucket; region may be none."""

    kind: Kind
    suffix: str
    region: str | None = None
    before: str = ""


# Patterns are compiled when a name is held against them: most inventories have no endpoint, and start sooner.
_FRONT: Final = r"(?:(?P<before>.+?)\.)?"
_REGION: Final = r"(?P<region>[a-z]+(?:-[a-z]+)+-[0-9]+)"
_NO_BUCKETS: Final = "s3(?:-control|-object-lambda|-outposts)(?:-fips)?|s3tables|s3vectors|s3express-[a-z0-9-]+?"
_CONSOLE: Final = r"(?:.+\.)?(?:console|signin)(?:\.aws|\.amazonaws-us-gov)?"
_CONSOLE_SUFFIXES: Final = ("aws.amazon.com", "amazonaws.cn", "amazonaws-us-gov.com", "amazonaws-eusc.eu")
_SHAPES: Final = tuple(
    (_FRONT + shape, kind)
    for shape, kind in (
        (rf"s3\.dualstack\.{_REGION}", Kind.DUAL_STACK),
        (rf"s3-fips\.dualstack\.{_REGION}", Kind.FIPS_DUAL_STACK),
        (rf"s3-fips[.-]{_REGION}", Kind.FIPS),
        (rf"s3-website[.-]{_REGION}", Kind.WEBSITE),
        (rf"s3-accesspoint(?:-fips)?(?:\.dualstack)?\.{_REGION}", Kind.ACCESS_POINT),
        (r"accesspoint\.s3-global", Kind.ACCESS_POINT),
        (rf"(?:{_NO_BUCKETS})(?:\.dualstack)?\.{_REGION}", Kind.OTHER_S3),
        (r"s3-accelerate(?:\.dualstack)?", Kind.ACCELERATE),
        (r"s3-external-1", Kind.GLOBAL),
        (rf"s3[.-]{_REGION}", Kind.PLAIN),
        (r"s3", Kind.GLOBAL),
    )
)
_LONGEST: Final = 253
"""Letters of a host name (RFC 1035); what is longer is none, and would take long to be taken apart."""

_PRIVATE: Final = rf"{_FRONT}vpce-[a-z0-9-]+\.s3\.{_REGION}\.vpce"
_LIKE_S3: Final = rf"{_FRONT}s3(?:-fips|-website)?(?:\..+)?"
_MACHINES: Final = r"(?:^|\.)(?:elb|compute|compute-1|cloudfront|awsglobalaccelerator)(?:\.|$)"
_SERVICE: Final = rf"(?!s3[.-])(?P<service>[a-z][a-z0-9-]*)(?:\.dualstack)?\.{_REGION}"


def aws_host(host: str) -> AwsHost | None:
    """Return what AWS serves under this host name; None for any other name, also for machines that run at AWS.

    Machines and load balancers at AWS have names under AWS's domains too; behind them may be a store of one's own.
    """
    name = host.lower().removesuffix(".")
    if len(name) > _LONGEST:
        return None
    if _is_console(name):
        return AwsHost(kind=Kind.CONSOLE, suffix="")
    suffix = next((it for it in SUFFIXES if name.endswith(f".{it}")), None)
    return None if suffix is None else _under(name.removesuffix(f".{suffix}"), suffix)


def _is_console(name: str) -> bool:
    return any(
        name == f"console.{it}" or (name.endswith(f".{it}") and re.fullmatch(_CONSOLE, name.removesuffix(f".{it}")))
        for it in _CONSOLE_SUFFIXES
    )


def _under(name: str, suffix: str) -> AwsHost | None:
    private = re.fullmatch(_PRIVATE, name)
    if private:
        return _private(private["before"] or "", private["region"], suffix)
    for shape, kind in _SHAPES:
        found = re.fullmatch(shape, name)
        if found:
            parts = found.groupdict()
            return AwsHost(kind=kind, suffix=suffix, region=parts.get("region"), before=parts["before"] or "")
    if re.fullmatch(_LIKE_S3, name) and not re.search(_MACHINES, name):
        return AwsHost(kind=Kind.UNKNOWN_S3, suffix=suffix)
    service = re.fullmatch(_SERVICE, name)
    if service and partition_of(service["region"]):
        return AwsHost(kind=Kind.OTHER_SERVICE, suffix=suffix, region=service["region"])
    return None


def _private(before: str, region: str, suffix: str) -> AwsHost:
    """In front of a VPC endpoint stands one of three words (AWS, PrivateLink for Amazon S3), and then a bucket."""
    rest, _, word = before.rpartition(".")
    kinds = {"bucket": Kind.PRIVATE, "accesspoint": Kind.ACCESS_POINT, "control": Kind.OTHER_S3}
    if word in kinds:
        return AwsHost(kind=kinds[word], suffix=suffix, region=region, before=rest)
    return AwsHost(kind=Kind.PRIVATE_UNSAID, suffix=suffix, region=region, before=before)
