"""What may be the name of a host: the first wall, passed before any look-up.

A name that passes means nothing to a shell, to ssh's command line or to the tokens of an ssh configuration, where
`Match exec` and `ProxyCommand` would run it.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from agent.core.inventory.unfit import Unfit, require_ascii
from agent.core.rules.inventory_codes import Rule
from agent.core.text.shown import named, shown

LONGEST_HOST = 253
LONGEST_LABEL = 63
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_ZONE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_WITH_PORT = re.compile(r"(?:[^:]+|\[.*\]):(?P<port>[0-9]{1,5})")


def host(text: str) -> str:
    """Return a host name (RFC 1123, underscores allowed) or an IP address without brackets.

    Raises:
        Unfit: anything else, also a name with a port, a user, a leading hyphen or a letter outside ASCII.
    """
    require_ascii(text, Rule.HOST)
    address = _ip_address(text)
    if address is not None:
        return address
    _refuse_port_and_user(text)
    if not 0 < len(text) <= LONGEST_HOST:
        raise Unfit(Rule.HOST, f"{shown(text)} has {len(text)} characters", f"a host name has 1 to {LONGEST_HOST}")
    for label in text.split("."):
        _check_label(label, text)
    if text.rpartition(".")[2].isdigit():
        hint = "write a name that ends in a letter, or a whole address"
        raise Unfit(Rule.HOST, f"{shown(text)} ends in a number, but is not an IP address", hint)
    return text


def _ip_address(text: str) -> str | None:
    bracketed = text.startswith("[") and text.endswith("]")
    plain, percent, zone = (text[1:-1] if bracketed else text).partition("%")
    try:
        IPv6Address(plain)
    except AddressValueError:
        return None if bracketed or percent else _ipv4_address(plain)
    return f"{plain}{percent}{zone}" if not percent or _ZONE.fullmatch(zone) else None


def _ipv4_address(text: str) -> str | None:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        return None


def _refuse_port_and_user(text: str) -> None:
    with_port = _WITH_PORT.fullmatch(text)
    if with_port is not None:
        raise Unfit(
            Rule.HOST, f"{shown(text)} holds a port", f"write the port as a key of its own: port: {with_port['port']}"
        )
    if "@" in text:
        raise Unfit(
            Rule.HOST, f"{shown(text)} holds a user", "name the user by the key user:, or in the ssh configuration"
        )


def _check_label(label: str, text: str) -> None:
    if not label:
        raise Unfit(Rule.HOST, f"{shown(text)} has an empty part", "write it like jira-1.example.com")
    if len(label) > LONGEST_LABEL:
        hint = f"each part of a host name has at most {LONGEST_LABEL}"
        raise Unfit(Rule.HOST, f"{shown(text)} has a part of {len(label)} characters", hint)
    if not _LABEL.fullmatch(label):
        stranger = next((letter for letter in label if not (letter.isalnum() or letter in "-_")), None)
        what = "has a part that begins or ends with a hyphen" if stranger is None else f"holds {named(stranger)}"
        raise Unfit(Rule.HOST, f"{shown(text)} {what}", "a host name has letters, digits, dots, hyphens, underscores")
