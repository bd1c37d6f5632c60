"""Under which name will Jira's client look for the bucket at another store than AWS, and can it be found there?

AWS's rules for its SDKs put the bucket in front of a custom endpoint's host, unless the host is an IP address, or the
bucket's name cannot stand there; then the bucket goes into the path. Which SDK each Jira ships is not documented, so
what follows from the rules is inferred.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from agent.core.aws.hosts import aws_host
from agent.core.finding import Severity
from agent.core.rules.address import endpoint, hosts, ip_of, on_endpoint
from agent.core.rules.applicability import Applicability
from agent.core.rules.regions import DATA
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.text.shown import plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import Filestore
    from agent.core.rules.address import Parts

_RULE_SET: Final = f"{DATA}, the rules by which AWS's SDKs address buckets"
_INFERRED: Final = "that Jira's client follows them is inferred"
_SDK: Final = "AWS SDK for Java 2.x, virtual-host addressing with an endpoint override"
_GOOD: Final = endpoint("https://s3.example.com:9000")
_OWN_NAMES: Final = frozenset({"localhost", "ip6-localhost", "host.docker.internal", "localhost.localdomain"})
_IN_CLUSTER: Final = (".svc", ".svc.cluster.local", ".cluster.local")
_LABELS: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_WHERE: Final = Applicability(where="stores that are not AWS")


@check(
    Rule(
        code="FS222",
        severity=Severity.WARNING,
        title="an endpoint that begins with the bucket's name",
        explanation=(
            "Jira's client puts the bucket in front of the endpoint's host by itself. Where the host begins with the"
            " bucket already it is asked for twice, as in jira.jira.example.com. Only a store whose own name happens to"
            " begin so is meant in this way."
        ),
        source=f"{_RULE_SET}; {_INFERRED}",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint("https://example-co-jira-backup.s3.example.com"),
        good=_GOOD,
    )
)
def bucket_twice(examined: Examined) -> Iterator[Fault]:
    """Find other stores' hosts with the bucket in front."""
    for filestore, parts in _elsewhere(examined):
        if _names_bucket(filestore, parts):
            bare = parts.host.removeprefix(f"{filestore.bucket_name}.")
            yield on_endpoint(
                filestore,
                "begins with the bucket's name, which Jira's client puts there itself",
                f"is it {parts.scheme}://{plainly(bare)}?",
            )


@check(
    Rule(
        code="FS223",
        severity=Severity.WARNING,
        title="an endpoint that is another machine on each node",
        explanation=(
            "localhost and addresses that begin with 127. lead each node to itself. Unless every node has a gateway to"
            " the same store there, the nodes keep their data apart, or find no store at all. A link-local address, and"
            " 0.0.0.0, mean something else on each machine as well."
        ),
        source="RFC 6890 (special-purpose addresses); RFC 6761 (localhost)",
        evidence=Evidence.VERIFIED,
        applies=_WHERE,
        bad=endpoint("https://localhost:9000"),
        good=_GOOD,
    )
)
def each_its_own(examined: Examined) -> Iterator[Fault]:
    """Find hosts that do not mean the same machine everywhere."""
    for filestore, parts in _elsewhere(examined):
        if _is_each_its_own(parts.host):
            yield on_endpoint(
                filestore,
                "means each node itself, and the nodes of a cluster share one store",
                "write the store's own name, or waive FS223, if every node has a gateway to it there",
            )


@check(
    Rule(
        code="FS224",
        severity=Severity.WARNING,
        title="an endpoint under whose name no bucket can be looked up",
        explanation=(
            "Jira's client asks for the bucket in front of the host. A name without a dot, and a Kubernetes service,"
            " have no names below them: bucket.minio and bucket.minio.svc.cluster.local are found nowhere, unless"
            " somebody made them. Jira has no switch for path-style addressing; the names have to be made, or the"
            " store given by an address of its own."
        ),
        source=f"{_SDK}; {_RULE_SET}; {_INFERRED}",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint("https://minio:9000"),
        good=_GOOD,
    )
)
def no_names_below(examined: Examined) -> Iterator[Fault]:
    """Find hosts beneath which a bucket has no name of its own."""
    for filestore, parts in _elsewhere(examined):
        below = "." not in parts.host or parts.host.endswith(_IN_CLUSTER)
        if below and _asked_by_host(filestore, parts) and not _is_each_its_own(parts.host):
            asked = plainly(f"{filestore.bucket_name}.{parts.host}")
            yield on_endpoint(
                filestore,
                f"has no names below it, and Jira's client will look for {asked}",
                "make that name known to all nodes, or waive FS224 once it is",
            )


@check(
    Rule(
        code="FS225",
        severity=Severity.NOTE,
        title="how another store is addressed",
        explanation=(
            "At another store than AWS it matters how the bucket is asked for, and Jira has no setting for it. In front"
            " of the host: then that name must lead to the store on every node, and with https its certificate must"
            " cover it. In the path, where the host is an IP address or the bucket's name has dots (with https) or is"
            " no host name: then the store must allow it. Older clients may differ."
        ),
        source=f"{_SDK}; {_RULE_SET}; {_INFERRED}",
        evidence=Evidence.INFERRED,
        applies=_WHERE,
        bad=endpoint("https://minio.example.com:9000"),
        good=endpoint("https://s3.dualstack.us-east-1.amazonaws.com"),
    )
)
def addressing(examined: Examined) -> Iterator[Fault]:
    """Say of each other store what will be asked of it, unless a warning says so already."""
    for filestore, parts in _elsewhere(examined):
        told = _names_bucket(filestore, parts) or _is_each_its_own(parts.host)
        bare = "." not in parts.host or parts.host.endswith(_IN_CLUSTER)
        if told or not filestore.bucket_name.strip():
            continue
        if not _asked_by_host(filestore, parts):
            why = "is an IP address" if ip_of(parts.host) else "cannot have this bucket in front"
            what = f"{why}: the bucket will be asked for in the path"
            yield on_endpoint(filestore, what, "the store must allow path-style requests")
        elif not bare:
            asked = plainly(f"{filestore.bucket_name}.{parts.host}")
            what = f"will be asked as {asked}"
            certificate = ", and the certificate cover it" if parts.scheme == "https" else ""
            yield on_endpoint(filestore, what, f"the name must resolve on every node{certificate}")


def _elsewhere(examined: Examined) -> Iterator[tuple[Filestore, Parts]]:
    return ((filestore, parts) for filestore, parts in hosts(examined) if aws_host(parts.host) is None)


def _asked_by_host(filestore: Filestore, parts: Parts) -> bool:
    """Tell whether the bucket is put in front of the host: dots are let pass there without TLS alone."""
    name = filestore.bucket_name
    labels = 3 <= len(name) <= 63 and _LABELS.fullmatch(name) and ip_of(name) is None  # noqa: PLR2004 - a host label
    return bool(labels) and ip_of(parts.host) is None and ("." not in name or parts.scheme == "http")


def _names_bucket(filestore: Filestore, parts: Parts) -> bool:
    return _asked_by_host(filestore, parts) and parts.host.startswith(f"{filestore.bucket_name}.")


def _is_each_its_own(host: str) -> bool:
    address = ip_of(host)
    if address is None:
        return host in _OWN_NAMES or host.endswith(".localhost")
    mapped = None if isinstance(address, IPv4Address) else address.ipv4_mapped
    plain = mapped or address
    return plain.is_loopback or plain.is_unspecified or plain.is_link_local


CHECKS: Final = (bucket_twice, each_its_own, no_names_below, addressing)
