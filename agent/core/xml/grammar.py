"""Do the elements of a document form what Jira documents? Finds every place where they do not."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING, Final

from agent.core.rules import structure as rules
from agent.core.rules import xml
from agent.core.rules.address import without_secrets
from agent.core.rules.wording import listed
from agent.core.text.printable import printable
from agent.core.text.shown import named, plainly, shown
from agent.core.text.suggest import closest, did_you_mean
from agent.core.xml.text import XML_SPACE, fault_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.finding import Finding
    from agent.core.xml.tree import Element

ROOT: Final = "filestore-config"
WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_LONGEST_TYPED: Final = 200
"""Letters of a file's name that still make a command that a person would paste."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one kind of element may hold; one names the children that may occur once only."""

    attributes: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    one: frozenset[str] = field(default_factory=frozenset)
    value: bool = False


_VALUE: Final = Shape(value=True)
_CONFIG: Final = ("bucket-name", "region", "endpoint-override", "max-concurrency")
_SECTIONS: Final = ("filestores", "associations")

SHAPES: Final = {
    ROOT: Shape(children=_SECTIONS, one=frozenset(_SECTIONS)),
    "filestores": Shape(children=("s3-filestore",)),
    "associations": Shape(children=("association",)),
    "s3-filestore": Shape(attributes=("id",), children=("config",), one=frozenset({"config"})),
    "config": Shape(children=_CONFIG, one=frozenset(_CONFIG)),
    "association": Shape(attributes=("target", "file-store")),
} | dict.fromkeys(_CONFIG, _VALUE)
"""Everything that is publicly documented of the file (Atlassian, "Storing backups in Amazon S3")."""


def faults_of_grammar(root: Element) -> Iterator[Finding]:
    """Yield every fault of the elements, in document order but for the odd spaces, which are told once, last."""
    if root.name != ROOT:
        yield _wrong_root(root)
        return
    yield from _faults_of(root)
    for name in _SECTIONS:
        if not any(child.name == name for child in root.children):
            yield fault_of(rules.MISSING_SECTION, root.place, f"there is no <{name}>", f"write <{name} />")
    yield from _odd_spaces(root)


def _wrong_root(root: Element) -> Finding:
    if root.namespaces or ":" in root.name:
        return _namespace(root)
    if root.name == "LifecycleConfiguration":
        hint = "this is an S3 lifecycle rule: it belongs to the bucket, not to Jira"
    else:
        hint = did_you_mean(root.name, [ROOT]) or f"the root element is <{ROOT}>"
    return fault_of(rules.WRONG_ROOT, root.place, f"this is a <{plainly(root.name)}>, not a <{ROOT}>", hint)


def _namespace(element: Element) -> Finding:
    return fault_of(
        xml.NAMESPACE,
        element.place,
        f"<{plainly(element.name)}> has to do with a namespace",
        "remove the prefix and the xmlns attribute",
    )


def _faults_of(element: Element) -> Iterator[Finding]:
    """An element's own faults, then those of its children."""
    shape = SHAPES[element.name]
    if element.namespaces:
        yield _namespace(element)
    yield from _faults_of_attributes(element, shape)
    yield from _faults_of_value(element) if shape.value else _faults_of_text(element)
    seen = set[str]()
    for child in element.children:
        if child.name not in shape.children:
            yield _unknown(child, element, shape)
            continue
        if child.name in seen and child.name in shape.one:
            message = f"there is a second <{child.name}> in <{element.name}>"
            yield fault_of(rules.ELEMENT_TWICE, child.place, message, "leave one of them")
        seen.add(child.name)
        yield from _faults_of(child)


def _unknown(child: Element, parent: Element, shape: Shape) -> Finding:
    if child.namespaces or child.name.startswith("{"):
        return _namespace(child)
    home = next((name for name, other in SHAPES.items() if child.name in other.children), None)
    if home:
        hint = f"<{child.name}> belongs into <{home}>"
    else:
        known = f"known there: {listed(shape.children)}" if shape.children else f"<{parent.name}> holds no elements"
        hint = did_you_mean(child.name, shape.children) or known
    message = f"there is an unknown element <{plainly(child.name)}> in <{parent.name}>"
    if home:
        message = f"<{child.name}> does not belong into <{parent.name}>"
    return fault_of(rules.UNKNOWN_ELEMENT, child.place, message, hint)


def _faults_of_attributes(element: Element, shape: Shape) -> Iterator[Finding]:
    strangers = [
        name
        for name in element.attributes
        if name not in shape.attributes and not (element.namespaces and name.startswith("{"))  # told with the element
    ]
    missing = [name for name in shape.attributes if not element.attributes.get(name, "").strip(XML_SPACE)]
    meant = {nearest: name for name in strangers if (nearest := closest(name, missing))}
    for name in strangers:
        yield _unknown_attribute(element, name, shape, missing)
    for name in missing:
        if name not in meant:
            state = "an empty" if name in element.attributes else "no"
            message = f"<{element.name}> has {state} {name} attribute"
            yield fault_of(rules.MISSING_ATTRIBUTE, element.place, message, f'write {name}="..."')
    for name in shape.attributes:
        yield from _padding(element, name, element.attributes.get(name, ""))


def _unknown_attribute(element: Element, name: str, shape: Shape, missing: Iterable[str]) -> Finding:
    if name.startswith("{"):
        return _namespace(element)
    nearest = closest(name, missing) or closest(name, shape.attributes)
    known = f"known there: {listed(shape.attributes)}" if shape.attributes else f"<{element.name}> has no attributes"
    message = f"<{element.name}> has an unknown attribute {shown(name)}"
    return fault_of(rules.UNKNOWN_ATTRIBUTE, element.place, message, f'did you mean "{nearest}"?' if nearest else known)


def _faults_of_value(element: Element) -> Iterator[Finding]:
    """The text of a leaf; that bucket name and region must not be empty is told with their filestore."""
    text = element.text
    if text.strip(XML_SPACE):
        yield from _padding(element, element.name, text)
        if element.name == "max-concurrency" and not WHOLE_NUMBER.fullmatch(text.strip(XML_SPACE)):
            message = f"max-concurrency {shown(text)} is not a whole number"
            yield fault_of(rules.NO_WHOLE_NUMBER, element.place, message, "write digits only, for example 100")
    elif element.name in ("endpoint-override", "max-concurrency"):
        yield fault_of(
            rules.EMPTY_OPTION, element.place, f"<{element.name}> is empty", "leave it out to have Jira's default"
        )


def _padding(element: Element, name: str, value: str) -> Iterator[Finding]:
    if value.strip() not in ("", value):
        said = without_secrets(value) if name == "endpoint-override" else value
        message = f"there is space before or after the value of {name}: {shown(said)}"
        yield fault_of(rules.PADDED_VALUE, element.place, message, f"write {shown(said.strip())} without space")


def _faults_of_text(element: Element) -> Iterator[Finding]:
    text = element.text.strip(XML_SPACE)
    if text and not all(_is_odd_space(letter) or letter in XML_SPACE for letter in text):
        message = f"there is text in <{element.name}>, where only elements belong: {shown(_ink(text))}"
        yield fault_of(rules.STRAY_TEXT, element.ink, message, "remove it, or make it a comment")


def _ink(text: str) -> str:
    return "".join(" " if _is_odd_space(letter) or letter in XML_SPACE else letter for letter in text).strip()


def _odd_spaces(root: Element) -> Iterator[Finding]:
    """One finding for the whole file: copying from a page brings hundreds."""
    found = [(element.ink, odd) for element in _holders(root) if (odd := list(filter(_is_odd_space, element.text)))]
    if not found:
        return
    letters = [letter for _, odd in found for letter in odd]
    kinds = listed(sorted({named(letter) for letter in letters}))
    first = min(place for place, _ in found)
    yield fault_of(
        rules.ODD_SPACES,
        first,
        f"between the elements stand spaces that are none to XML: {len(letters)} in all, first here ({kinds})",
        _cure(letters, first.file),
    )


def _cure(letters: list[str], file: str) -> str:
    """Say what helps; where the file has a name that can be typed, as a command too."""
    if set(letters) != {"\u00a0"}:
        return "replace them by plain spaces"
    words = "replace the no-break spaces by plain spaces"
    if not file or printable(file, limit=_LONGEST_TYPED) != file:
        return words
    return rf"{words}: sed -i 's/\xc2\xa0/ /g' {quote(f'./{file}' if file.startswith('-') else file)}"


def _holders(element: Element) -> Iterator[Element]:
    """Every known element that holds elements; text in a value is judged with the value."""
    if element.name in SHAPES and not SHAPES[element.name].value:
        yield element
        for child in element.children:
            yield from _holders(child)


def _is_odd_space(letter: str) -> bool:
    """Space or nothing to the eye, text to XML."""
    return letter not in XML_SPACE and (letter.isspace() or unicodedata.category(letter) == "Cf")
