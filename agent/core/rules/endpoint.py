"""Is an endpoint-override an address that S3's client can use, and does it fit the region?"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, NamedTuple

from agent.core.finding import Severity
from agent.core.rules.example import in_config
from agent.core.rules.regions import SUFFIXES, is_region, partition_of
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import Filestore
    from agent.core.rules.registry import Example

_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'
_TOOLS: Final = "the values that Atlassian's Helm chart and container image are tested with"
_SCHEME_ONLY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")
_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://)?(?:(?P<user>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^:/?#]*)(?::(?P<port>[^/?#]*))?(?P<rest>[/?#].*)?",
    re.DOTALL,
)
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_NUMERIC: Final = re.compile(r"[0-9.]+")
_LONGEST_HOST: Final = 253
_HIGHEST_PORT: Final = 65535
_REGIONAL: Final = re.compile(r"(?:.+\.)?(?:s3|s3-fips)(?:\.dualstack)?[.-](?P<region>[a-z0-9-]+)")
_GLOBAL: Final = frozenset({"accelerate", "external-1", "fips", "control", "dualstack"})


class _Parts(NamedTuple):
    """An address taken apart; whatever is missing is None."""

    scheme: str | None
    user: str | None
    host: str
    port: str | None
    rest: str | None


def without_user(endpoint: str) -> str:
    """Return the address without what stands before an @ in it."""
    return re.sub(r"//[^/?#]*@", "//", endpoint, count=1)


def _endpoint(address: str) -> Example:
    return in_config(f"<endpoint-override>{address}</endpoint-override>")


_DUALSTACK: Final = _endpoint("https://s3.dualstack.us-east-1.amazonaws.com")
_OWN_STORE: Final = _endpoint("https://s3.example.com:9000")


@check(
    Rule(
        code="FS207",
        severity=Severity.ERROR,
        title="an endpoint without https:// or http://",
        explanation=(
            "endpoint-override is a full address with its scheme; S3's client refuses a bare host name, and there is no"
            " other scheme than https and http."
        ),
        source=f"{_PAGE} (its example); AWS SDK for Java 2.x, endpointOverride takes a URI",
        evidence=Evidence.INFERRED,
        bad=_endpoint("s3.dualstack.us-east-1.amazonaws.com"),
        good=_DUALSTACK,
    )
)
def scheme(examined: Examined) -> Iterator[Fault]:
    """Find endpoints with another scheme, or none."""
    for filestore, endpoint, parts in _endpoints(examined):
        if parts.scheme is None or "://" not in endpoint:
            bare = _is_host(parts.host) and not parts.user
            yield _on(
                filestore, "has no scheme", f"write https://{plainly(endpoint)}" if bare else "begin with https://"
            )
        elif parts.scheme not in ("http", "https"):
            yield _on(filestore, f"has the scheme {shown(parts.scheme)}", "write https://")


@check(
    Rule(
        code="FS208",
        severity=Severity.ERROR,
        title="an endpoint with a user name or password",
        explanation=(
            "Credentials in an address reach every node, every log and every proxy, and Jira's client does not use"
            " them: it signs each request with keys from AWS's credentials chain. Replace what has stood here."
        ),
        source='AWS, "Default credentials provider chain" (SDK for Java 2.x)',
        evidence=Evidence.VERIFIED,
        bad=_endpoint("https://jira:secret@s3.example.com"),
        good=_OWN_STORE,
    )
)
def userinfo(examined: Examined) -> Iterator[Fault]:
    """Find endpoints with something before an @."""
    for filestore, _, parts in _endpoints(examined):
        if parts.user is not None:
            yield _on(filestore, "has a user name or password in it", "remove everything up to the @")


@check(
    Rule(
        code="FS209",
        severity=Severity.ERROR,
        title="an endpoint with a path or a query",
        explanation=(
            "The endpoint is where the S3 service is; bucket and key are added by the client. A path, a query or a"
            " fragment ends up in the middle of the address, and the signature no longer fits."
        ),
        source="AWS SDK for Java 2.x, virtual-host addressing with an endpoint override",
        evidence=Evidence.INFERRED,
        bad=_endpoint("https://s3.example.com/jira?x=1"),
        good=_OWN_STORE,
    )
)
def path(examined: Examined) -> Iterator[Fault]:
    """Find endpoints that go on behind host and port; a lone slash means nothing and passes."""
    for filestore, _, parts in _endpoints(examined):
        if parts.rest not in (None, "/"):
            yield _on(filestore, f"goes on behind the host: {shown(parts.rest or '')}", "end with the host or its port")


@check(
    Rule(
        code="FS210",
        severity=Severity.ERROR,
        title="an endpoint whose host or port cannot be",
        explanation=(
            "The host is a DNS name (letters, digits, hyphens; labels of at most 63 characters), an IPv4 address or an"
            " IPv6 address in brackets; a port is a number from 1 to 65535."
        ),
        source="RFC 3986, section 3.2; RFC 1123, section 2.1",
        evidence=Evidence.VERIFIED,
        bad=_endpoint("https://s3.example.com:0"),
        good=_OWN_STORE,
    )
)
def host_and_port(examined: Examined) -> Iterator[Fault]:
    """Find hosts and ports outside their grammars."""
    for filestore, endpoint, parts in _endpoints(examined):
        if not _is_host(parts.host) and ("//" in endpoint or parts.scheme is None):
            yield _on(filestore, f"has no usable host ({shown(parts.host)})", "write it like https://s3.example.com")
        elif parts.port is not None and not _is_port(parts.port):
            yield _on(filestore, f"has the port {shown(parts.port)}", f"a port is a number from 1 to {_HIGHEST_PORT}")


@check(
    Rule(
        code="FS211",
        severity=Severity.WARNING,
        title="an endpoint without TLS",
        explanation=(
            "Over plain http whoever is on the way reads and changes attachments and backups; only the request's"
            " signature is protected. Atlassian's own tools accept it for stores beside Jira."
        ),
        source=_TOOLS,
        evidence=Evidence.VERIFIED,
        bad=_endpoint("http://minio.example.com"),
        good=_OWN_STORE,
    )
)
def plain_http(examined: Examined) -> Iterator[Fault]:
    """Find endpoints that are reached in clear."""
    for filestore, _, parts in _endpoints(examined):
        if parts.scheme == "http":
            yield _on(filestore, "is not encrypted", "write https://, or waive FS211 with the reason")


@check(
    Rule(
        code="FS212",
        severity=Severity.ERROR,
        title="an endpoint of another region",
        explanation=(
            "AWS's host names carry the region, and requests are signed for the region of <region>. If the two differ"
            " S3 answers AuthorizationHeaderMalformed or a redirect, and Jira's health check fails. A region of one"
            " partition (China, GovCloud) does not exist behind the hosts of another."
        ),
        source=f"{_PAGE} (its dual-stack example); botocore 1.43.11, endpoints.json",
        evidence=Evidence.INFERRED,
        bad=_endpoint("https://s3.dualstack.eu-west-1.amazonaws.com"),
        good=_DUALSTACK,
    )
)
def region_differs(examined: Examined) -> Iterator[Fault]:
    """Find AWS hosts that name another region, or lie in another partition, than the filestore."""
    for filestore, _, parts in _endpoints(examined):
        if not is_region(filestore.region):
            continue
        named = _region_in(parts.host.lower())
        if named and named != filestore.region:
            what = f"names the region {plainly(named)}, and <region> is {plainly(filestore.region)}"
            yield _on(filestore, what, "write the same region in both, that of the bucket")
        elif not named and _is_of_other_partition(parts.host.lower(), filestore.region):
            yield _on(
                filestore,
                f"is a host of another AWS partition than {plainly(filestore.region)}",
                "leave endpoint-override out, or take the host from the region's own partition",
            )


def _endpoints(examined: Examined) -> Iterator[tuple[Filestore, str, _Parts]]:
    for filestore in examined.config.filestores:
        endpoint = filestore.endpoint_override
        if endpoint and endpoint.strip():
            yield filestore, endpoint, _parts_of(endpoint)


def _parts_of(endpoint: str) -> _Parts:
    """Take apart; without "://" a word and a colon are host and port where a digit follows, else a scheme."""
    whole = "//" in endpoint or _SCHEME_ONLY.match(endpoint)
    found = _ADDRESS.fullmatch(endpoint if whole else f"//{endpoint}")
    if not found:
        return _Parts(scheme=None, user=None, host=endpoint, port=None, rest=None)
    known = found["scheme"].lower() if found["scheme"] else None
    return _Parts(scheme=known, user=found["user"], host=found["host"], port=found["port"], rest=found["rest"])


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_ipv6(host[1:-1])
    if _NUMERIC.fullmatch(host):
        return _is_ipv4(host)
    return len(host) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdigit() and len(port) <= len(str(_HIGHEST_PORT)) and 0 < int(port) <= _HIGHEST_PORT


def _region_in(host: str) -> str | None:
    """Return the region that an S3 host of AWS names; global, accelerated and private hosts name none."""
    suffix = _suffix_of(host)
    regional = _REGIONAL.fullmatch(host.removesuffix(f".{suffix}")) if suffix else None
    return regional["region"] if regional and regional["region"] not in _GLOBAL else None


def _suffix_of(host: str) -> str | None:
    return next((suffix for suffix in SUFFIXES if host.endswith(f".{suffix}")), None)


def _is_of_other_partition(host: str, region: str) -> bool:
    suffix = _suffix_of(host)
    theirs = partition_of(region)
    return suffix is not None and SUFFIXES[suffix] != ("aws" if theirs == "aws-us-gov" else theirs)


def _on(filestore: Filestore, what: str, hint: str) -> Fault:
    return Fault(
        path=("filestores", filestore.id, "endpoint-override"),
        message=f"filestore {shown(filestore.id)}: endpoint {shown(filestore.endpoint_override or '')} {what}",
        hint=hint,
    )


CHECKS: Final = (scheme, userinfo, path, host_and_port, plain_http, region_differs)
