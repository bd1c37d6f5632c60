"""Is an endpoint-override an address that S3's client can use?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agent.core.aws.hosts import aws_host
from agent.core.finding import Severity
from agent.core.rules.address import (
    HIGHEST_PORT,
    endpoint,
    endpoints,
    is_host,
    is_port,
    may_be_shown,
    on_endpoint,
    parts_of,
)
from agent.core.rules.registry import Evidence, Examined, Fault, Rule, check
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAGE: Final = 'Atlassian, "Storing backups in Amazon S3"'
_TOOLS: Final = "the values that Atlassian's Helm chart and container image are tested with"


def without_user(address: str) -> str:
    """Return the address without what stands before an @ in it."""
    return re.sub(r"//[^/?#]*@", "//", address, count=1)


_DUALSTACK: Final = endpoint("https://s3.dualstack.us-east-1.amazonaws.com")
_OWN_STORE: Final = endpoint("https://s3.example.com:9000")


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
        bad=endpoint("s3.dualstack.us-east-1.amazonaws.com"),
        good=_DUALSTACK,
    )
)
def scheme(examined: Examined) -> Iterator[Fault]:
    """Find endpoints with another scheme, or none."""
    for filestore, address, parts in endpoints(examined):
        if parts.scheme is None or "://" not in address:
            yield on_endpoint(filestore, "has no scheme", _with_scheme(address))
        elif parts.scheme not in ("http", "https"):
            yield on_endpoint(filestore, f"has the scheme {shown(parts.scheme)}", "write https://")


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
        bad=endpoint("https://jira:secret@s3.example.com"),
        good=endpoint("https://s3.example.com"),
    )
)
def userinfo(examined: Examined) -> Iterator[Fault]:
    """Find endpoints with something before an @."""
    for filestore, _, parts in endpoints(examined):
        if parts.user is not None:
            yield on_endpoint(filestore, "has a user name or password in it", "remove everything up to the @")


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
        bad=endpoint("https://s3.example.com/jira?x=1"),
        good=_OWN_STORE,
    )
)
def path(examined: Examined) -> Iterator[Fault]:
    """Find endpoints that go on behind host and port; a lone slash means nothing and passes."""
    for filestore, address, parts in endpoints(examined):
        if parts.rest not in (None, "/"):
            said = f"goes on behind the host: {_behind(parts.rest or '', address)}"
            yield on_endpoint(filestore, said, "end with the host or its port")


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
        bad=endpoint("https://s3.example.com:0"),
        good=_OWN_STORE,
    )
)
def host_and_port(examined: Examined) -> Iterator[Fault]:
    """Find hosts and ports outside their grammars."""
    for filestore, address, parts in endpoints(examined):
        if not is_host(parts.host) and ("//" in address or parts.scheme is None):
            yield on_endpoint(
                filestore, f"has no usable host ({_part(parts.host, address)})", "write it like https://s3.example.com"
            )
        elif parts.port is not None and not is_port(parts.port):
            port = f"has the port {shown(parts.port)}" if may_be_shown(parts.port) else "has a port that is no number"
            yield on_endpoint(filestore, port, f"a port is a number from 1 to {HIGHEST_PORT}")


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
        bad=endpoint("http://minio.example.com"),
        good=_OWN_STORE,
    )
)
def plain_http(examined: Examined) -> Iterator[Fault]:
    """Find endpoints that are reached in clear; AWS's own have a rule of their own, since there is no reason there."""
    for filestore, _, parts in endpoints(examined):
        if parts.scheme == "http" and aws_host(parts.host) is None:
            yield on_endpoint(filestore, "is not encrypted", "write https://, or waive FS211 with the reason")


def _with_scheme(address: str) -> str:
    """Say how the address is written whole, where it is plain what it is."""
    bare = re.sub(r"(?:https?:)?/{0,2}", "", address, count=1, flags=re.IGNORECASE)
    scheme = "http" if address[:5].lower() == "http:" else "https"
    parts = parts_of(f"//{bare}")
    port = f":{parts.port}" if parts.port and is_port(parts.port) else ""
    plain = is_host(parts.host) and not parts.user and (not parts.port or port)
    return f"write {scheme}://{plainly(f'{parts.host}{port}')}" if plain else "begin with https://"


def _behind(rest: str, address: str) -> str:
    """Name what follows the host; of a query or a fragment only that there is one, since keys are given there."""
    path, query, _ = rest.partition("#" if "#" in rest and "?" not in rest else "?")
    what = {"?": "a query", "#": "a fragment"}.get(query)
    return " and ".join(filter(None, (_part(path, address) if path not in {"", "/"} else "", what)))


def _part(text: str | None, address: str) -> str:
    """Quote a part of an address, unless an @ says that a password may have been cut in two."""
    return '"****"' if "@" in address else shown(text or "")


CHECKS: Final = (scheme, userinfo, path, host_and_port, plain_http)
