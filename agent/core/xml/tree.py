"""Which elements a well-formed text holds, each with its place; lxml, hardened, is used here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agent.core.finding import Finding, Place
from agent.core.rules import xml
from agent.core.text.shown import plainly, shown
from agent.core.xml.text import XML_SPACE, fault_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from agent.core.xml.text import Text

_UNDECLARED_PREFIX: Final = 201
"""libxml2's XML_NS_ERR_UNDEFINED_NAMESPACE: well-formed, but not as a document with namespaces."""

_TOKEN: Final = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<cdata>.*?)\]\]>|(?P<end></[^>]*+>)"
    r"|(?P<start><(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>)|(?P<ink>[^<]++)",
    re.DOTALL,
)
"""The parts of a text that libxml2 has found well-formed and free of document types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element: where its tag begins, its own text, and where the first of it that is no space stands.

    namespaces tells whether it declares one itself; what it inherits is told where that stands.
    """

    name: str
    attributes: dict[str, str]
    namespaces: bool
    children: tuple[Element, ...]
    text: str
    place: Place
    ink: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The root element, and what else the text holds that is neither element nor value."""

    root: Element
    findings: tuple[Finding, ...]
    comments: tuple[Place, ...]
    sections: tuple[Place, ...]


def read_tree(source: Text) -> Tree | Finding:
    """Parse a text that has no DOCTYPE; nothing is fetched, resolved or expanded. A Finding says where XML ends."""
    from lxml import etree  # noqa: PLC0415 - heavy: tasks that read no document never load it

    parser = hardened_parser()
    try:
        root = etree.fromstring(source.text.encode(), parser)
    except etree.XMLSyntaxError as error:
        return _unparsable(source, error, parser)
    return _tree_of(root, source)


def hardened_parser() -> etree.XMLParser:
    """A parser without entities, network, DTDs or tolerance; libxml2's own limits on depth and size stay on."""
    from lxml import etree  # noqa: PLC0415 - as above

    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        strip_cdata=False,
    )


def _unparsable(source: Text, error: etree.XMLSyntaxError, parser: etree.XMLParser) -> Finding:
    """Where the parser gave up, by its own log: that of the error holds what other parsers met before."""
    log: Any = parser.error_log  # the stubs do not know that it can be walked
    first = next((entry for entry in log if entry.level_name != "WARNING"), None)
    line, column = error.position
    place = Place(file=source.file, line=max(line or 1, 1), column=max(column or 1, 1))
    reason = plainly(str(first.message if first else error.msg).strip())
    if first and first.type == _UNDECLARED_PREFIX:
        return fault_of(xml.NAMESPACE, place, reason, "write the element without a prefix")
    return fault_of(
        xml.NOT_WELL_FORMED, place, f"{xml.CANNOT_PARSE}: {reason}; Jira would not start", "the cause is here or before"
    )


def _tree_of(root: etree._Element, source: Text) -> Tree:
    marks = _marks_in(source)
    return Tree(
        root=_element_of(root, iter(marks.elements)),
        findings=(*_undocumented_type(root, source), *marks.findings),
        comments=tuple(marks.comments),
        sections=tuple(marks.sections),
    )


def _element_of(node: etree._Element, marks: Iterator[_Mark]) -> Element:
    """Turn a node into a value; marks come in document order, one for each element."""
    mark = next(marks)
    return Element(
        name=str(node.tag),
        attributes={str(name): str(value) for name, value in node.attrib.items()},
        namespaces=node.nsmap != _around(node),
        children=tuple(_element_of(child, marks) for child in node.iterchildren("*")),
        text="".join([node.text or "", *(child.tail or "" for child in node)]),
        place=mark.start,
        ink=mark.ink or mark.start,
    )


def _around(node: etree._Element) -> dict[str | None, str]:
    parent = node.getparent()
    return {} if parent is None else parent.nsmap


def _undocumented_type(root: etree._Element, source: Text) -> Iterator[Finding]:
    """A second lock behind the search for DOCTYPE in the text."""
    docinfo: Any = root.getroottree().docinfo  # the stubs lack doctype
    if docinfo.doctype:
        yield fault_of(xml.DOCTYPE, source.place(0), "the file has a DOCTYPE", "remove it")


@dataclass(slots=True, kw_only=True)
class _Mark:
    """Where an element's tag begins, and where the first character of its own text stands that is no space."""

    start: Place
    ink: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    elements: list[_Mark] = field(default_factory=list)
    comments: list[Place] = field(default_factory=list)
    sections: list[Place] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def _marks_in(source: Text) -> _Marks:
    """Walk over the parts of the text; a stack knows whose text it is."""
    marks, within = _Marks(), list[_Mark]()
    for token in _TOKEN.finditer(source.text):
        place = source.place(token.start())
        match token.lastgroup:
            case "start":
                marks.elements.append(_Mark(start=place))
                if not token[0].endswith("/>"):
                    within.append(marks.elements[-1])
            case "end":
                within.pop()
            case "cdata":
                _mark_section(marks, within[-1], token["cdata"], place)
            case "ink" if within:
                _mark_ink(within[-1], source, token)
            case _ if token[0].startswith("<!--"):
                marks.comments.append(place)
            case _ if token[0].startswith("<?") and token.start():
                marks.findings.append(_instruction(token[0], place))
    return marks


def _mark_ink(mark: _Mark, source: Text, token: re.Match[str]) -> None:
    blank = len(token[0]) - len(token[0].lstrip(XML_SPACE))
    if mark.ink is None and blank < len(token[0]):
        mark.ink = source.place(token.start() + blank)


def _mark_section(marks: _Marks, mark: _Mark, text: str, place: Place) -> None:
    marks.sections.append(place)
    mark.ink = mark.ink or place
    if "<" in text or "&" in text:
        message = f"there is markup in a CDATA section: {shown(text)}"
        marks.findings.append(fault_of(xml.CDATA_MARKUP, place, message, "write the value without CDATA"))


def _instruction(text: str, place: Place) -> Finding:
    message = f"there is a processing instruction: {shown(text)}"
    return fault_of(xml.INSTRUCTION, place, message, "remove it")
