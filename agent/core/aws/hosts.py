"""What is a host name of AWS's S3: of which kind, in which region, and is a bucket named in front of it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from agent.core.aws.partitions import PARTITIONS
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
WITHOUT_REGION: Final = frozenset({Kind.GLOBAL, Kind.ACCELERATE})
"""Hosts for buckets of any region, which the first partition has and no other (botocore, endpoints.json; AWS, Amazon S3
user guide, "Configuring fast, secure file transfers using Amazon S3 Transfer Acceleration")."""
_LATER: Final = ("api.aws", "api.amazonwebservices.com.cn", "api.amazonwebservices.eu")
"""Domains of other services' dual-stack hosts (botocore, endpoints.json, partitions.json); S3 for buckets has none."""
_LONGEST: Final = 253
"""Letters of a host name (RFC 1035); what is longer is none, and would take long to be taken apart."""

_PRIVATE: Final = rf"{_FRONT}vpce-[a-z0-9-]+\.s3\.{_REGION}\.vpce"
_OF_OTHERS: Final = (
    r"(?:^|\.)(?:elb|compute|compute-1|cloudfront|awsglobalaccelerator|execute-api|rds|(?:vpce-svc-[a-z0-9-]+))(?:\.|$)"
)
"""What stands in the names of machines, balancers, gateways and endpoints of one's own services."""
_SERVICE: Final = rf"(?!s3[.-])(?P<service>[a-z][a-z0-9-]*)(?:\.dualstack)?\.{_REGION}"


def aws_host(host: str) -> AwsHost | None:
    """Return what AWS serves under this host name; None for any other name, also for machines that run at AWS.

    Machines, load balancers and the like have names under AWS's domains too; behind them may be a store of one's own.
    Any other name there is AWS's, and none that serves buckets.
    """
    name = host.lower().removesuffix(".")
    if len(name) > _LONGEST:
        return None
    if _is_console(name):
        return AwsHost(kind=Kind.CONSOLE, suffix="")
    suffix = next((it for it in (*SUFFIXES, *_LATER) if name.endswith(f".{it}")), None)
    return None if suffix is None else _under(name.removesuffix(f".{suffix}"), suffix)


def is_at_aws(endpoint: str | None) -> bool:
    """Tell whether an endpoint is a host of AWS, of whichever region; no endpoint is AWS's own."""
    return not endpoint or aws_host(_host_in(endpoint)) is not None


def _host_in(endpoint: str) -> str:
    try:
        return urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
    except ValueError:
        return ""


def _is_console(name: str) -> bool:
    return any(
        name == f"console.{it}" or (name.endswith(f".{it}") and re.fullmatch(_CONSOLE, name.removesuffix(f".{it}")))
        for it in _CONSOLE_SUFFIXES
    )


def _under(name: str, suffix: str) -> AwsHost | None:
    found = None if suffix in _LATER else _of_s3(name, suffix)
    if found is not None:
        return found
    if not name or re.search(_OF_OTHERS, name):
        return None
    service = re.fullmatch(_SERVICE, name)
    if service and partition_of(service["region"]):
        return AwsHost(kind=Kind.OTHER_SERVICE, suffix=suffix, region=service["region"])
    return AwsHost(kind=Kind.UNKNOWN_S3, suffix=suffix)


def _of_s3(name: str, suffix: str) -> AwsHost | None:
    """Read a name by the shapes of S3's hosts; what stands where the region does must look like one."""
    private = re.fullmatch(_PRIVATE, name)
    if private and partition_of(private["region"]):
        return _private(private["before"] or "", private["region"], suffix)
    for shape, kind in _SHAPES:
        found = re.fullmatch(shape, name)
        parts = found.groupdict() if found else {}
        region = parts.get("region")
        if found and (region is None or partition_of(region)) and _has(suffix, kind):
            return AwsHost(kind=kind, suffix=suffix, region=region, before=parts["before"] or "")
    return None


def _has(suffix: str, kind: Kind) -> bool:
    return kind not in WITHOUT_REGION or suffix == PARTITIONS[0].suffix


def _private(before: str, region: str, suffix: str) -> AwsHost:
    """In front of a VPC endpoint stands one of three words (AWS, PrivateLink for Amazon S3), and then a bucket."""
    rest, _, word = before.rpartition(".")
    kinds = {"bucket": Kind.PRIVATE, "accesspoint": Kind.ACCESS_POINT, "control": Kind.OTHER_S3}
    if word in kinds:
        return AwsHost(kind=kinds[word], suffix=suffix, region=region, before=rest)
    return AwsHost(kind=Kind.PRIVATE_UNSAID, suffix=suffix, region=region, before=before)
