"""Whether a node stands for no machine at all: the names and addresses that are reserved for documentation.

RFC 2606 and 6761 (example.com, .org, .net, and .example), RFC 5737 (IPv4), RFC 3849 (IPv6).
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.core.node import Node

_DOMAINS = ("example", "example.com", "example.org", "example.net")
_IPV4 = tuple(map(IPv4Network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")))
_IPV6 = IPv6Network("2001:db8::/32")


def documentation_address(node: Node) -> bool:
    """Tell whether the node's address is one that documentation uses, so that connecting to it is a mistake."""
    return is_for_documentation(node.address)


def with_address(node: Node) -> str:
    """Return the node's name, and its address where that is another."""
    return node.name if node.name == node.address else f"{node.name} ({node.address})"


def is_for_documentation(address: str) -> bool:
    """Tell whether a host name or IP address is reserved for documentation."""
    name = address.casefold().rstrip(".")
    if any(name == domain or name.endswith(f".{domain}") for domain in _DOMAINS):
        return True
    bare = name.partition("%")[0]
    try:
        return any(IPv4Address(bare) in network for network in _IPV4)
    except AddressValueError:
        pass
    try:
        return IPv6Address(bare) in _IPV6
    except AddressValueError:
        return False
