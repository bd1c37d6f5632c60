"""How is an endpoint-override taken apart: scheme, user, host, port, and whatever comes after?"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, NamedTuple

from agent.core.rules.example import in_config
from agent.core.rules.left_over import is_left_over
from agent.core.rules.registry import Examined, Fault
from agent.core.text.secret_shapes import MASK
from agent.core.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import Filestore
    from agent.core.rules.registry import Example

HIGHEST_PORT: Final = 65535
_SCHEME_ONLY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")
_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://)?(?:(?P<user>[^/?#]*)@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^:/?#]*)(?::(?P<port>[^/?#]*))?(?P<rest>[/?#].*)?",
    re.DOTALL,
)
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_NUMERIC: Final = re.compile(r"[0-9.]+")
_LONGEST_HOST: Final = 253


class Parts(NamedTuple):
    """An address taken apart; whatever is missing is None."""

    scheme: str | None
    user: str | None
    host: str
    port: str | None
    rest: str | None


def endpoint(address: str) -> Example:
    """A rule's example: a filestore with this endpoint."""
    return in_config(f"<endpoint-override>{address}</endpoint-override>")


def endpoint_in(region: str, address: str) -> Example:
    """As endpoint(), in this region."""
    return in_config(f"<region>{region}</region>\n<endpoint-override>{address}</endpoint-override>")


def endpoints(examined: Examined) -> Iterator[tuple[Filestore, str, Parts]]:
    """Yield each filestore that has an endpoint; of one that nobody has filled another rule speaks."""
    for filestore in examined.config.filestores:
        address = (filestore.endpoint_override or "").strip()
        if address and not is_left_over(address):
            yield filestore, address, parts_of(address)


def hosts(examined: Examined) -> Iterator[tuple[Filestore, Parts]]:
    """Yield the filestores whose endpoint is an address without a fault of form, and its host in lower case."""
    for filestore, address, parts in endpoints(examined):
        plain = parts.user is None and parts.rest in {None, "/"} and (parts.port is None or is_port(parts.port))
        if plain and parts.scheme in {"http", "https"} and "://" in address and is_host(parts.host):
            yield filestore, parts._replace(host=parts.host.lower().removesuffix("."))


def parts_of(address: str) -> Parts:
    """Take apart; without "://" a word and a colon are host and port where a digit follows, else a scheme."""
    whole = "//" in address or _SCHEME_ONLY.match(address)
    found = _ADDRESS.fullmatch(address if whole else f"//{address}")
    if not found:
        return Parts(scheme=None, user=None, host=address, port=None, rest=None)
    known = found["scheme"].lower() if found["scheme"] else None
    return Parts(scheme=known, user=found["user"], host=found["host"], port=found["port"], rest=found["rest"])


def is_host(host: str) -> bool:
    """Tell whether this can be a host: a DNS name, an IPv4 address, or an IPv6 address in brackets."""
    if host.startswith("[") or _NUMERIC.fullmatch(host):
        return ip_of(host) is not None
    return len(host) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, host.removesuffix(".").split(".")))


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host is, the one of version 6 in brackets; None for a name."""
    try:
        if not host.startswith("["):
            return IPv4Address(host)
        return None if "%" in host else IPv6Address(host[1:-1])
    except AddressValueError:
        return None


def is_port(port: str) -> bool:
    """Tell whether this is a port's number."""
    return port.isascii() and port.isdigit() and len(port) <= len(str(HIGHEST_PORT)) and 0 < int(port) <= HIGHEST_PORT


def on_endpoint(filestore: Filestore, what: str, hint: str) -> Fault:
    """Say what is wrong with a filestore's endpoint, whose secrets are not repeated."""
    address = shown(without_secrets(filestore.endpoint_override or ""))
    return Fault(
        path=("filestores", filestore.id, "endpoint-override"),
        message=f"filestore {shown(filestore.id)}: endpoint {address} {what}",
        hint=hint,
    )


def without_secrets(address: str) -> str:
    """Return an address for people: what stands before an @, in a query, or where a port should be is not repeated."""
    scheme, colon, rest = address.partition("://")
    behind = f"{MASK}@{rest.rpartition('@')[2]}" if "@" in rest else rest
    plain = f"{scheme}{colon}{behind}" if "@" not in scheme else f"{MASK}@{behind}"
    before, mark, query = re.split(r"([?#])", plain, maxsplit=1) if re.search(r"[?#]", plain) else (plain, "", "")
    port = parts_of(before).port
    if port and not may_be_shown(port):
        before = f":{MASK}".join(before.rsplit(f":{port}", 1))
    return f"{before}{mark}{MASK if query else ''}"


def may_be_shown(port: str) -> bool:
    """Tell whether this is a number, or the rest of an IPv6 address without brackets, and no password."""
    return bool(re.fullmatch(r"[0-9]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*", port))
