"""Where each target's data goes: the shared home, or one bucket behind one family of endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from agent.core.aws.hosts import SERVING_BUCKETS, WITHOUT_REGION, aws_host
from agent.core.aws.partitions import PARTITIONS
from agent.core.aws.regions import partition_of, suffix_of
from agent.core.filestore import Target

if TYPE_CHECKING:
    from agent.core.filestore import Filestore, FilestoreConfig

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_LINE: Final = 4096
_KEEP: Final = "surrogatepass"  # text from a file may hold what UTF-8 does not
_AWS: Final = "aws:"
_HOME_WORD: Final = "home"
_WRITTEN: Final = re.compile(r"[A-Za-z0-9._~:%/=,-]+")


class Confirmation(StrEnum):
    """What a person gives before nodes are changed: nothing, a plain yes, or the cluster's name."""

    NONE = "none"
    YES = "yes"
    NAME = "name"


class ChangeClass(StrEnum):
    """What a plan would mean for the users of Jira, mildest first."""

    NONE = "none"
    COSMETIC = "cosmetic"
    TUNING = "tuning"
    ROUTING = "routing"
    REPAIR = "repair"

    @property
    def confirmation(self) -> Confirmation:
        """What it takes to carry a plan of this class out; a repair only leads back to where the data should go."""
        return Confirmation.NAME if self is ChangeClass.ROUTING else Confirmation.YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place that keeps data: a bucket and the endpoint family that finds it; both empty mean the shared home."""

    family: str
    bucket: str

    def __str__(self) -> str:
        """Write the place as an operator says it, in printable ASCII whatever the file held."""
        if self == SHARED_HOME:
            return "the shared home"
        return f"bucket {quote(self.bucket, errors=_KEEP)} ({quote(self.family, safe=':/[]', errors=_KEEP)})"


SHARED_HOME: Final = Place(family="", bucket="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The place of each target; two configurations with equal routing may be mixed without splitting any data."""

    attachments: Place = SHARED_HOME
    avatars: Place = SHARED_HOME
    backups: Place = SHARED_HOME

    def items(self) -> tuple[tuple[Target, Place], ...]:
        """Return each target with its place, in the targets' own order."""
        return (Target.ATTACHMENTS, self.attachments), (Target.AVATARS, self.avatars), (Target.BACKUPS, self.backups)

    def place_of(self, target: Target) -> Place:
        """Return where this target's data goes."""
        return dict(self.items())[target]


def aws_region_of(family: str) -> str | None:
    """Return the region of a family of AWS's own endpoints; None for any other store, one called aws among them."""
    region = family.removeprefix(_AWS)
    return None if region == family or region[:1].isdigit() else region


def endpoint_family(endpoint: str | None, region: str) -> str:
    """Return the name shared by all endpoints that reach the same buckets.

    AWS's own hosts of the region (plain, dual-stack, FIPS, legacy, a VPC's), those without a region, and no endpoint at
    all give "aws:REGION"; any other endpoint gives its host, port unless default, and path, without the scheme. Text
    that is no address gives itself, in lower case.
    """
    ours = f"{_AWS}{region.lower()}"
    if not endpoint:
        return ours
    address = _address(endpoint)
    return ours if _leads_to_buckets_of(region.lower(), address) else address


def routing_of(config: FilestoreConfig | None) -> Routing:
    """Return where a configuration sends each target; an absent file (None) routes as an empty document does."""
    if config is None:
        return Routing()
    return Routing(
        attachments=_place_in(config.filestore_of(Target.ATTACHMENTS)),
        avatars=_place_in(config.filestore_of(Target.AVATARS)),
        backups=_place_in(config.filestore_of(Target.BACKUPS)),
    )


def routing_line(routing: Routing) -> str:
    """Write a routing as one word without blanks or characters that a shell would touch; receipts keep it."""
    return ",".join(f"{target}={_written(place)}" for target, place in routing.items())


def parse_routing(line: str) -> Routing | None:
    """Read back what routing_line wrote; None for anything else, since the line comes from a node."""
    if len(line) > _LONGEST_LINE or not _WRITTEN.fullmatch(line):
        return None
    pairs = [pair.partition("=") for pair in line.split(",")]
    if [name for name, _, _ in pairs] != list(Target):
        return None
    attachments, avatars, backups = (_read_place(word) for _, _, word in pairs)
    if attachments is None or avatars is None or backups is None:
        return None
    routing = Routing(attachments=attachments, avatars=avatars, backups=backups)
    return routing if routing_line(routing) == line else None


def _place_in(store: Filestore | None) -> Place:
    """A target whose filestore is missing never gets to run: Jira does not start on it."""
    if store is None:
        return SHARED_HOME
    return Place(family=endpoint_family(store.endpoint_override, store.region), bucket=store.bucket_name)


def _address(endpoint: str) -> str:
    """Host, port unless the scheme's default, and path; credentials in the address are left out."""
    try:
        parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return endpoint.lower()
    if not host:
        return endpoint.lower()
    shown = f"[{_shortest(host)}]" if ":" in host else host
    suffix = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{shown}{suffix}{parts.path.rstrip('/')}"


def _shortest(address: str) -> str:
    """An IPv6 address has many spellings; one with a zone is left as it is."""
    try:
        return str(IPv6Address(address))
    except AddressValueError:
        return address


def _leads_to_buckets_of(region: str, address: str) -> bool:
    """Tell whether the address is one of AWS's ways to the buckets of a region, without a bucket in front of it."""
    host = aws_host(address)
    if host is None or host.before or host.kind not in SERVING_BUCKETS or host.suffix != suffix_of(region):
        return False
    if host.kind in WITHOUT_REGION:
        return partition_of(region) is PARTITIONS[0]
    return region == host.region


def _written(place: Place) -> str:
    """One word; the slash between family and bucket is the only one that is not escaped."""
    if place == SHARED_HOME:
        return _HOME_WORD
    return f"{_escaped(place.family)}/{_escaped(place.bucket)}"


def _escaped(text: str) -> str:
    return quote(text, safe=":", errors=_KEEP)


def _read_place(word: str) -> Place | None:
    if word == _HOME_WORD:
        return SHARED_HOME
    family, slash, bucket = word.partition("/")
    try:
        return Place(family=_unescaped(family), bucket=_unescaped(bucket)) if slash else None
    except UnicodeDecodeError:
        return None


def _unescaped(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", errors=_KEEP)
