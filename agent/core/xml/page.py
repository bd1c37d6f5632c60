"""What does a page of XML say that a store sent? Its leaves in order; nothing in it is resolved or fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agent.core.xml.tree import hardened_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES: Final = 4 << 20


class BadPage(Exception):  # noqa: N818 - it becomes a fault of the store before anybody sees it
    """The page is not well-formed, has a document type, or is larger than any honest one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """An element without children: its name and that of the element around it, both without their namespace."""

    inside: str
    name: str
    text: str


def read_page(content: bytes) -> tuple[Leaf, ...]:
    """Return the leaves of a page.

    Raises:
        BadPage: it is no page that can be read.
    """
    from lxml import etree  # noqa: PLC0415 - as in agent/core/xml/tree

    if len(content) > _MOST_BYTES or b"<!DOCTYPE" in content:
        raise BadPage("it is too large, or has a document type")
    try:
        root = etree.fromstring(content, hardened_parser())
    except etree.XMLSyntaxError as error:
        raise BadPage(f"it is not well-formed ({error.msg})") from error
    return tuple(_leaves(root))


def _leaves(root: object) -> Iterator[Leaf]:
    from lxml import etree  # noqa: PLC0415 - as above

    assert isinstance(root, etree._Element)  # noqa: S101, SLF001 - lxml has no other name for its type
    for element in root.iter(tag=etree.Element):
        around = element.getparent()
        if len(element) == 0:
            inside = etree.QName(around).localname if around is not None else ""
            yield Leaf(inside=inside, name=etree.QName(element).localname, text=(element.text or "").strip())
