"""Is an endpoint of AWS one that serves buckets, that exists, and that belongs to the filestore's region?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.core.aws.hosts import SERVING_BUCKETS, Kind, aws_host
from agent.core.aws.partitions import PARTITIONS
from agent.core.aws.regions import partition_of, suffix_of
from agent.core.finding import Severity
from agent.core.rules.address import endpoint, endpoint_in, hosts, on_endpoint
from agent.core.rules.applicability import Applicability
from agent.core.rules.regions import DATA, KNOWN_IN, is_region
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.rules.wording import listed
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.aws.hosts import AwsHost
    from agent.core.filestore import Filestore
    from agent.core.rules.address import Parts

_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'
_GUIDE: Final = "Amazon S3 user guide"
_RULE_SET: Final = f"{DATA}, the rules by which AWS's SDKs address buckets"
_DUALSTACK: Final = endpoint("https://s3.dualstack.us-east-1.amazonaws.com")
_LEAVE_OUT: Final = "leave endpoint-override out: Jira's client then takes the region's own endpoint"
_WHERE: Final = Applicability(where="hosts of AWS")


@check(
    Rule(
        code="FS212",
        severity=Severity.ERROR,
        title="an endpoint of another region",
        explanation=(
            "AWS's host names carry the region, and requests are signed for the region of <region>. If the two differ"
            " S3 answers AuthorizationHeaderMalformed or a redirect, and Jira's health check fails. A region of one"
            " partition (China, GovCloud, the European Sovereign Cloud) does not exist behind the hosts of another."
        ),
        source=f"{_PAGE} (its dual-stack example); {DATA}, endpoints.json",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint_in("us-east-1", "https://s3.dualstack.eu-west-1.amazonaws.com"),
        good=endpoint_in("us-east-1", "https://s3.dualstack.us-east-1.amazonaws.com"),
    )
)
def region_differs(examined: Examined) -> Iterator[Fault]:
    """Find AWS hosts that name another region, or lie in another partition, than the filestore."""
    for filestore, _, host in _at_aws(examined):
        if host.kind in SERVING_BUCKETS and is_region(filestore.region):
            what, hint = _against_region(host, filestore.region)
            if what:
                yield on_endpoint(filestore, what, hint)


@check(
    Rule(
        code="FS217",
        severity=Severity.ERROR,
        title="a dual-stack or FIPS endpoint that the region does not have",
        explanation=(
            "FIPS endpoints of S3 are in the regions of the United States and Canada, in GovCloud and in some isolated"
            " partitions; the isolated partitions have no dual-stack endpoint. Elsewhere the host name has the right"
            f" form and does not exist. The list is of {KNOWN_IN}; if AWS has added one since, waive FS217."
        ),
        source=f"{DATA}, endpoints.json (the variants of S3's hosts); that no others exist is inferred",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint_in("eu-west-1", "https://s3-fips.eu-west-1.amazonaws.com"),
        good=endpoint_in("ca-west-1", "https://s3-fips.ca-west-1.amazonaws.com"),
    )
)
def variant_missing(examined: Examined) -> Iterator[Fault]:
    """Find dual-stack and FIPS hosts of regions that were known without one; of newer regions nothing is said."""
    for filestore, _, host in _at_aws(examined):
        having = _having(host)
        if having is not None and host.region not in having:
            some = f"the regions with one are {listed(having)}" if having else "no region of this partition has one"
            what = f"is {host.kind}, and {host.region} had none in {KNOWN_IN}"
            yield on_endpoint(filestore, what, f"{_LEAVE_OUT}; {some}")


@check(
    Rule(
        code="FS218",
        severity=Severity.ERROR,
        title="a host of AWS that serves no buckets",
        explanation=(
            "AWS has many hosts with s3 in their names. Those for websites, access points, accounts (control), Object"
            " Lambda, Outposts, directory buckets, and the pages of the console, do not answer what Jira's client asks"
            " of a bucket; a VPC's endpoint does where the word bucket stands in front of it."
        ),
        source=f'{_GUIDE} ("Website endpoints", "AWS PrivateLink for Amazon S3", "Access points")',
        evidence=Evidence.VERIFIED,
        applies=_WHERE,
        bad=endpoint("https://s3-website-us-east-1.amazonaws.com"),
        good=endpoint("https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com"),
    )
)
def serves_no_buckets(examined: Examined) -> Iterator[Fault]:
    """Find AWS hosts that are for something else."""
    for filestore, parts, host in _at_aws(examined):
        if host.kind is Kind.PRIVATE_UNSAID and not host.before:
            yield on_endpoint(filestore, f"is {host.kind}", f"write https://bucket.{plainly(parts.host)}")
        elif host.kind not in SERVING_BUCKETS:
            yield on_endpoint(filestore, f"is {host.kind}", _LEAVE_OUT)


@check(
    Rule(
        code="FS219",
        severity=Severity.ERROR,
        title="a bucket in front of AWS's endpoint",
        explanation=(
            "The endpoint is where S3 is. Jira's client puts the bucket's name in front of it by itself, so a bucket in"
            " the endpoint's host is there twice: the name does not fit the certificate, and no such bucket exists."
            " What the console shows as the address of an object is no endpoint."
        ),
        source=f"{_RULE_SET} (bucket before authority); that Jira's client does so is inferred",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint("https://example-co-jira-backup.s3.us-east-1.amazonaws.com"),
        good=endpoint("https://s3.us-east-1.amazonaws.com"),
    )
)
def bucket_in_front(examined: Examined) -> Iterator[Fault]:
    """Find AWS's S3 hosts with something in front of them."""
    for filestore, parts, host in _at_aws(examined):
        if host.before and host.kind in SERVING_BUCKETS | {Kind.PRIVATE_UNSAID}:
            what = f"has {shown(host.before)} in front, where Jira's client puts the bucket's name itself"
            yield on_endpoint(filestore, what, f"write {parts.scheme}://{plainly(parts.host[len(host.before) + 1 :])}")


@check(
    Rule(
        code="FS220",
        severity=Severity.WARNING,
        title="an endpoint of Transfer Acceleration",
        explanation=(
            "The accelerated endpoint answers for buckets on which acceleration was switched on, and only where the"
            " name has no dots; it costs by the gigabyte and not every region has it. For nodes beside their bucket it"
            " is a detour."
        ),
        source=f'{_GUIDE} ("Configuring fast, secure file transfers using Amazon S3 Transfer Acceleration")',
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint("https://s3-accelerate.amazonaws.com"),
        good=_DUALSTACK,
    )
)
def accelerated(examined: Examined) -> Iterator[Fault]:
    """Find endpoints that work for some buckets only."""
    for filestore, _, host in _at_aws(examined):
        if host.kind is Kind.ACCELERATE:
            yield on_endpoint(filestore, f"is {host.kind}", f"{_LEAVE_OUT}; or waive FS220, if the bucket has it on")


@check(
    Rule(
        code="FS221",
        severity=Severity.ERROR,
        title="an endpoint of AWS without TLS",
        explanation=(
            "Over plain http whoever is on the way reads and changes attachments and backups. AWS serves the same"
            " buckets under the same host with https, and many bucket policies refuse whatever comes without."
        ),
        source=f'{_GUIDE} ("Security best practices for Amazon S3", aws:SecureTransport)',
        evidence=Evidence.VERIFIED,
        applies=_WHERE,
        bad=endpoint("http://s3.us-east-1.amazonaws.com"),
        good=endpoint("https://s3.us-east-1.amazonaws.com"),
    )
)
def clear_to_aws(examined: Examined) -> Iterator[Fault]:
    """Find AWS's hosts reached in clear."""
    for filestore, parts, _ in _at_aws(examined):
        if parts.scheme == "http":
            yield on_endpoint(filestore, "is of AWS and not encrypted", "write https://")


@check(
    Rule(
        code="FS231",
        severity=Severity.ERROR,
        title="a port at which AWS does not answer",
        explanation="AWS serves S3 at port 443, and in clear at port 80. At any other the connection is not answered.",
        source=f"{_GUIDE}; that no other port answers is inferred",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint("https://s3.us-east-1.amazonaws.com:9000"),
        good=endpoint("https://s3.us-east-1.amazonaws.com"),
    )
)
def port_at_aws(examined: Examined) -> Iterator[Fault]:
    """Find AWS's hosts with the port of another store."""
    for filestore, parts, host in _at_aws(examined):
        if host.kind in SERVING_BUCKETS and parts.port not in {None, "443" if parts.scheme == "https" else "80"}:
            yield on_endpoint(filestore, f"has the port {shown(parts.port or '')}, and is of AWS", "leave the port out")


@check(
    Rule(
        code="FS230",
        severity=Severity.WARNING,
        title="AWS's endpoint without a region, for another region than its own",
        explanation=(
            "s3.amazonaws.com and s3-external-1.amazonaws.com are in us-east-1. For buckets elsewhere AWS redirects;"
            " for regions opened after March 2019 it refuses. Jira's client signs for the region of <region>."
        ),
        source=f'{_GUIDE} ("Virtual hosting of buckets", legacy global endpoint); {DATA}, endpoints.json',
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint_in("eu-west-1", "https://s3.amazonaws.com"),
        good=endpoint_in("eu-west-1", "https://s3.eu-west-1.amazonaws.com"),
    )
)
def without_region(examined: Examined) -> Iterator[Fault]:
    """Find the global hosts for buckets of other regions."""
    for filestore, _, host in _at_aws(examined):
        elsewhere = filestore.region != "us-east-1" and partition_of(filestore.region) is PARTITIONS[0]
        if host.kind is Kind.GLOBAL and elsewhere:
            own = f"https://s3.{plainly(filestore.region)}.{host.suffix}"
            yield on_endpoint(filestore, f"is {host.kind}, which is in us-east-1", f"leave it out, or write {own}")


def _at_aws(examined: Examined) -> Iterator[tuple[Filestore, Parts, AwsHost]]:
    for filestore, parts in hosts(examined):
        host = aws_host(parts.host)
        if host is not None:
            yield filestore, parts, host


def _against_region(host: AwsHost, region: str) -> tuple[str, str]:
    """What speaks against this host for this region, and what to do; empty where nothing does."""
    if host.region and host.region != region:
        what = f"names the region {plainly(host.region)}, and <region> is {plainly(region)}"
        return what, "write the same region in both, that of the bucket"
    partition = partition_of(region)
    if host.region is None and partition is not None and partition is not PARTITIONS[0]:
        what = f"is of the partition {PARTITIONS[0].name}, and {plainly(region)} is of {partition.name}"
        return f"{what}, whose buckets it does not know", _LEAVE_OUT
    if host.suffix != suffix_of(region):
        what = f"is a host of another AWS partition than {plainly(region)}, whose hosts end with {suffix_of(region)}"
        return what, "leave endpoint-override out, or take the host from the region's own partition"
    return "", ""


def _having(host: AwsHost) -> tuple[str, ...] | None:
    """Return the regions of the host's partition that have its kind; None where that is no question."""
    partition = partition_of(host.region or "")
    if partition is None or host.region not in partition.regions or host.suffix != partition.suffix:
        return None
    return {
        Kind.DUAL_STACK: partition.dual_stack,
        Kind.FIPS: partition.fips,
        Kind.FIPS_DUAL_STACK: partition.fips_dual_stack,
    }.get(host.kind)


CHECKS: Final = (
    region_differs,
    variant_missing,
    serves_no_buckets,
    bucket_in_front,
    accelerated,
    clear_to_aws,
    without_region,
    port_at_aws,
)
