"""What do a document's elements say together: which filestores, which associations, and do they fit each other?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.core.filestore import Association, Filestore, FilestoreConfig
from agent.core.rules import structure as rules
from agent.core.text.shown import shown
from agent.core.xml.grammar import WHOLE_NUMBER
from agent.core.xml.text import XML_SPACE, fault_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.core.finding import Finding, Place
    from agent.core.rules.registry import Path, Rule
    from agent.core.xml.tree import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What can be read, values as they stand, "" for a missing one; and the place of each part that has one."""

    config: FilestoreConfig
    places: dict[Path, Place]


def read_meaning(root: Element) -> Meaning:
    """Read whatever is in its place; it is for the findings to say whether that is to be trusted."""
    stores, links = _members(root, "filestores", "s3-filestore"), _members(root, "associations", "association")
    config = FilestoreConfig(
        filestores=tuple(map(_filestore, stores)),
        associations=tuple(map(_association, links)),
    )
    return Meaning(config=config, places=dict(_places(root, stores, links)))


def faults_of_meaning(root: Element) -> Iterator[Finding]:
    """Yield what Jira does not start on first: incomplete filestores, undefined ones; then what is said twice."""
    stores, links = _members(root, "filestores", "s3-filestore"), _members(root, "associations", "association")
    for store in stores:
        yield from _lacks_of(store)
    yield from _dangling(links, {store.attributes.get("id", ""): None for store in stores})
    yield from _repeated(stores, "id", rules.ID_TWICE, "there is another filestore of the id")
    yield from _repeated(links, "target", rules.TARGET_TWICE, "there is another association of the target")


def _members(root: Element, section: str, name: str) -> tuple[Element, ...]:
    sections = [child for child in root.children if child.name == section]
    return tuple(member for child in sections for member in child.children if member.name == name)


def _filestore(element: Element) -> Filestore:
    values = {child.name: child.text for child in _settings(element)}
    concurrency = values.get("max-concurrency", "").strip(XML_SPACE)
    return Filestore(
        id=element.attributes.get("id", ""),
        bucket_name=values.get("bucket-name", ""),
        region=values.get("region", ""),
        endpoint_override=values.get("endpoint-override") or None,
        max_concurrency=int(concurrency) if WHOLE_NUMBER.fullmatch(concurrency) else None,
    )


def _association(element: Element) -> Association:
    return Association(target=element.attributes.get("target", ""), file_store=element.attributes.get("file-store", ""))


def _settings(store: Element) -> tuple[Element, ...]:
    return tuple(child for config in store.children if config.name == "config" for child in config.children)


def _places(root: Element, stores: tuple[Element, ...], links: tuple[Element, ...]) -> Iterator[tuple[Path, Place]]:
    yield (), root.place
    for store in stores:
        path = ("filestores", store.attributes.get("id", ""))
        yield path, store.place
        yield from (((*path, child.name), child.place) for child in _settings(store))
    for link in links:
        yield ("associations", link.attributes.get("target", "")), link.place


def _lacks_of(store: Element) -> Iterator[Finding]:
    """Whatever of the required elements is missing or empty; without a config that is the one thing to say."""
    configs = [child for child in store.children if child.name == "config"]
    if not configs:
        yield _incomplete(store, "<config> is missing", store.place)
        return
    children = {child.name: child for child in _settings(store)}
    for name in ("bucket-name", "region"):
        if name not in children:
            yield _incomplete(store, f"<{name}> is missing", configs[0].place)
        elif not children[name].text.strip():
            yield _incomplete(store, f"<{name}> is empty", children[name].place)


def _incomplete(store: Element, what: str, place: Place) -> Finding:
    fault = rules.incomplete(store.attributes.get("id", ""), (), what)
    return fault_of(rules.incomplete_filestore.rule, place, fault.message, fault.hint)


def _repeated(elements: tuple[Element, ...], attribute: str, rule: Rule, message: str) -> Iterator[Finding]:
    first: dict[str, Place] = {}
    for element in elements:
        value = element.attributes.get(attribute, "")
        earlier = first.setdefault(value, element.place)
        if value and earlier is not element.place:
            yield fault_of(rule, element.place, f"{message} {shown(value)} in line {earlier.line}", "leave one of them")


def _dangling(links: tuple[Element, ...], ids: dict[str, None]) -> Iterator[Finding]:
    """An association that names no filestore at all is told as a missing attribute."""
    for link in links:
        named = link.attributes.get("file-store", "")
        if named.strip(XML_SPACE) and named not in ids:
            fault = rules.undefined(link.attributes.get("target", ""), named, ids)
            yield fault_of(rules.undefined_filestore.rule, link.place, fault.message, fault.hint)
