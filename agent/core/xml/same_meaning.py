"""Does a rendered document say exactly what the configuration says, element by element, and nothing besides?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from agent.core.finding import Finding, Place, errors_among
from agent.core.rules import template as rules
from agent.core.text.shown import plainly, shown
from agent.core.xml.parse import parse
from agent.core.xml.text import XML_SPACE, fault_of, read_text
from agent.core.xml.tree import read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.filestore import Filestore, FilestoreConfig
    from agent.core.xml.tree import Element, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One element in document order: how deep, its name, its attributes, and its text but for the layout."""

    depth: int
    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""

    def __str__(self) -> str:
        """Write the element as an operator would."""
        attributes = "".join(f" {plainly(name)}={shown(value)}" for name, value in self.attributes)
        return f"<{plainly(self.name)}{attributes}>{plainly(self.text)}"


def differences(content: bytes, config: FilestoreConfig, *, file: str) -> tuple[Finding, ...]:
    """Return why the bytes are not the configuration's document; nothing if they are.

    The elements are compared in Atlassian's order, since whether Jira insists on it is not documented.
    """
    source = read_text(content, file=file)
    if isinstance(source, Finding):
        return (source,)
    parsed = parse(content, file=file)
    tree = read_tree(source) if parsed.readable is not None else None
    if tree is None or isinstance(tree, Finding):
        return errors_among(parsed.findings)
    return (*_extras(tree), *_first_difference(tree.root, config)) or errors_among(parsed.findings)


def _extras(tree: Tree) -> Iterator[Finding]:
    """What stands in the file beside elements and values; instructions and namespaces are errors already."""
    for places, what in ((tree.comments, "a comment"), (tree.sections, "a CDATA section")):
        for place in places[:1]:
            message = f"the document has {what}, which the inventory did not give"
            hint = "a comment in the template is written {# ... #}" if what == "a comment" else "write the value alone"
            yield fault_of(rules.DIFFERS, place, message, hint)


def _first_difference(root: Element, config: FilestoreConfig) -> Iterator[Finding]:
    """Where the two part, everything after differs too, so one finding says it all."""
    for found, given in zip_longest(_found(root, 0), _given(config)):
        if found is None:
            yield _differs(root.place, f"the inventory says {given}, and the document lacks it")
            return
        line, place = found
        if given is None:
            yield _differs(place, f"the document says {line}, which the inventory did not give")
            return
        if line != given:
            yield _differs(place, f"the document says {line}, and the inventory {given}")
            return


def _differs(place: Place, message: str) -> Finding:
    return fault_of(
        rules.DIFFERS, place, message, "correct the template so that it prints what it is given, in this order"
    )


def _found(element: Element, depth: int) -> Iterator[tuple[_Line, Place]]:
    text = element.text.strip(XML_SPACE) if element.children or not element.text.strip(XML_SPACE) else element.text
    attributes = tuple(sorted(element.attributes.items()))
    yield _Line(depth=depth, name=element.name, attributes=attributes, text=text), element.place
    for child in element.children:
        yield from _found(child, depth + 1)


def _given(config: FilestoreConfig) -> Iterator[_Line]:
    yield _Line(depth=0, name="filestore-config")
    yield _Line(depth=1, name="filestores")
    for store in config.filestores:
        yield from _given_filestore(store)
    yield _Line(depth=1, name="associations")
    for link in config.associations:
        attributes = (("file-store", link.file_store), ("target", link.target))
        yield _Line(depth=2, name="association", attributes=attributes)


def _given_filestore(store: Filestore) -> Iterator[_Line]:
    yield _Line(depth=2, name="s3-filestore", attributes=(("id", store.id),))
    yield _Line(depth=3, name="config")
    yield _Line(depth=4, name="bucket-name", text=store.bucket_name)
    yield _Line(depth=4, name="region", text=store.region)
    if store.endpoint_override is not None:
        yield _Line(depth=4, name="endpoint-override", text=store.endpoint_override)
    if store.max_concurrency is not None:
        yield _Line(depth=4, name="max-concurrency", text=str(store.max_concurrency))
