"""What a start makes of filestore-config.xml: where each target's data goes, or the fault that locks the node.

The three faults and their titles are Atlassian's ("Storing backups in Amazon S3", troubleshooting). The whole file is
read, so an error in one block stops the node whichever target uses it. What the vendor does not say is decided for the
harsher side and marked below.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "filestore-config.xml"
COULD_NOT_PARSE = "Couldn\N{RIGHT SINGLE QUOTATION MARK}t parse filestore-config.xml"
INVALID_STORE = "Invalid <s3-filestore> value"
MISSING_STORE = "Missing <s3-filestore> value"
DECLARED_VERSION = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml\s+version\s*=\s*["']([^"']*)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where an associated target's data goes."""

    name: str
    region: str
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class StartupFault(Exception):  # noqa: N818 - the vendor's word is fault
    """Why the node locks itself: the documented title, and what was seen."""

    title: str
    seen: str


def storage_at(home: Path) -> dict[str, Bucket]:
    """Return the bucket of each associated target; a target that is not in it is stored in the shared home.

    Raises:
        StartupFault: the file has one of the three faults that stop a start.
    """
    try:
        content = (home / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as fault:  # not documented; a file that cannot be read cannot be parsed
        raise StartupFault(COULD_NOT_PARSE, fault.strerror or str(fault)) from fault
    root = _parse(content)
    stores = {_id_of(store): _bucket_of(store) for store in root.iterfind("filestores/s3-filestore")}
    return dict(_associated(link, stores) for link in root.iterfind("associations/association"))


def _parse(content: bytes) -> ET.Element:
    """Parse, with the one check that expat leaves out: it takes any version, the JDK's parser only 1.0 and 1.1."""
    declared = DECLARED_VERSION.match(content)
    if declared and declared[1] not in {b"1.0", b"1.1"}:
        raise StartupFault(COULD_NOT_PARSE, f"XML version {declared[1].decode('ascii', 'replace')} is not known")
    try:
        root = ET.fromstring(content)  # noqa: S314 - the lab's own file, in a process that ends with the lab
    except (ET.ParseError, ValueError, LookupError) as fault:
        raise StartupFault(COULD_NOT_PARSE, str(fault)) from fault
    if root.tag != "filestore-config":  # not documented; nothing could be bound from another root
        raise StartupFault(COULD_NOT_PARSE, f"the root element is <{root.tag}>")
    return root


def _id_of(store: ET.Element) -> str:
    """Return the id by which associations name a store; what Jira does without one is not documented."""
    name = store.get("id")
    if not name:
        raise StartupFault(INVALID_STORE, "an <s3-filestore> has no id")
    return name


def _bucket_of(store: ET.Element) -> Bucket:
    if store.find("config") is None:
        raise StartupFault(INVALID_STORE, f"{store.get('id')} has no <config>")
    return Bucket(
        name=_required(store, "bucket-name"),
        region=_required(store, "region"),
        endpoint=(store.findtext("config/endpoint-override") or "").strip() or None,
    )


def _required(store: ET.Element, element: str) -> str:
    value = (store.findtext(f"config/{element}") or "").strip()
    if not value:
        raise StartupFault(INVALID_STORE, f"{store.get('id')} has no <{element}>")
    return value


def _associated(link: ET.Element, stores: dict[str, Bucket]) -> tuple[str, Bucket]:
    """Return one target and its bucket; an association that names no store at all is missing one as well."""
    wanted = link.get("file-store")
    if wanted is None or wanted not in stores:
        raise StartupFault(MISSING_STORE, f"the association of {link.get('target')} names {wanted}")
    return link.get("target") or "", stores[wanted]
