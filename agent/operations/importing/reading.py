"""What do the sources say, once each is read? The filestores from one of them, the nodes from another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.core.adopting.shaping import words_of
from agent.core.filestore import FilestoreConfig
from agent.core.finding import Finding, Place, errors_among
from agent.core.importing.ansible import choose_group, read_estate
from agent.core.importing.codes import Code, error
from agent.core.importing.containers import Read, compose_variables, inspected_variables
from agent.core.importing.env_text import from_environment, from_pairs, is_ours, read_env
from agent.core.importing.helm import Values, chart_stores
from agent.core.importing.image import stores_of_variables
from agent.core.importing.machines import machines_of
from agent.core.importing.recognising import Form, form_of
from agent.core.importing.silence import nothing_told
from agent.core.importing.told import Left, Stores, Taken
from agent.core.importing.variables import FIELDS
from agent.core.inventory.nodeset import hosts
from agent.core.inventory.unfit import Unfit
from agent.core.text.names import fold
from agent.core.xml.parse import parse
from agent.edges.ansible_program import asked
from agent.edges.sources import MOST_BYTES_OF_PROGRAMS, as_json, as_text, read_source, shown_as
from agent.edges.yaml_values import read_values
from agent.operations.describing import described_nodes
from agent.operations.importing.misread import misread, require_no_listing
from agent.operations.importing.wish import EMPTY, FROM_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.operations.importing.wish import Wish

_ENVIRONMENT = "(environment)"
_FLAG_OF = {it.key: it.flag or it.key for it in FIELDS} | {"ssh.jump": "jump"}
"""What holds for all nodes, by the flag that says the same; two keys have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """The inventory's entries (None: nobody says which), what holds for all by flag, and what was found on the way."""

    entries: Mapping[str, object] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    findings: tuple[Finding, ...] = ()
    taken: tuple[Taken, ...] = ()
    left: tuple[Left, ...] = ()


def stores_in(wish: Wish, environment: Mapping[str, str]) -> Stores:
    """Return what the one source of filestores says; nothing at all is an error, unless that was said."""
    if EMPTY in wish.said:
        return Stores(config=FilestoreConfig())
    found = _stores(wish, environment)
    if found.config is not None or errors_among(found.findings):
        return found
    return _or_nothing(found, {_ENVIRONMENT: "\n".join(filter(is_ours, environment))})


def _or_nothing(found: Stores, texts: Mapping[str, str]) -> Stores:
    return replace(found, findings=(*found.findings, nothing_told(found, texts, way_of_none=EMPTY)))


def _stores(wish: Wish, environment: Mapping[str, str]) -> Stores:
    if wish.helm:
        return _helm_stores(wish.helm)
    if wish.xml:
        return _xml_stores(wish.xml)
    if FROM_ENVIRONMENT in wish.said:
        return stores_of_variables(from_environment(environment, Place(file=_ENVIRONMENT)))
    return _env_stores(wish.env or "")


def _helm_stores(paths: tuple[str, ...]) -> Stores:
    values: list[Values] = []
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for path in paths:
        text = _text(path)
        if isinstance(text, Finding):
            findings.append(text)
            continue
        texts[path] = text
        read = read_values(text, shown_as(path))
        findings += (_unfilled(it) if "{{" in text else it for it in read.findings)
        values.append(Values(file=shown_as(path), root=read.root, doubled=read.doubled))
    found = chart_stores(values)
    read_all = replace(found, findings=(*findings, *found.findings), config=None if findings else found.config)
    return _settled("--helm", texts, read_all)


def _unfilled(found: Finding) -> Finding:
    message = f"this is a template ({{{{ }}}} in it waits to be filled in), and not yet YAML: {found.message}"
    hint = "give the values filled in: helm get values RELEASE -o yaml | filestore-agent import-config --helm - ..."
    return error(Code.NOT_FILLED, found.place, message, hint)


def _env_stores(path: str) -> Stores:
    text = _text(path)
    if isinstance(text, Finding):
        return Stores(config=None, findings=(text,))
    told, findings = _variables_in(text, path)
    found = stores_of_variables(told)
    if errors_among(findings):
        found = replace(found, findings=tuple(it for it in found.findings if it.rule != Code.HALF))
    return _settled("--env", {path: text}, replace(found, findings=(*findings, *found.findings)))


def _variables_in(text: str, path: str) -> Read:
    """What the text is tells how it is read; a name that ends as YAML's do tells it of what has no marks."""
    form = form_of(text)
    if form is not Form.INSPECTED and (form is Form.COMPOSE or path.endswith((".yml", ".yaml"))):
        return _of_compose(text, path)
    place = Place(file=shown_as(path))
    if text.lstrip()[:1] in {"[", "{"}:
        value, fault = as_json(text, path)
        return ((), (fault,)) if fault else inspected_variables(value, place)
    if "\0" in text:
        return from_pairs(text.split("\0"), place), ()
    return read_env(text, shown_as(path))


def _of_compose(text: str, path: str) -> Read:
    read = read_values(text, shown_as(path))
    if read.findings:
        return (), read.findings
    told, findings = compose_variables(read.root, Place(file=shown_as(path)))
    twice = (it for where, it in read.doubled if "environment" in where or "services" in where[:1])
    return told, (*findings, *twice)


def _settled(flag: str, texts: Mapping[str, str], found: Stores) -> Stores:
    """What a reader could make nothing of may be another one's: that is then all there is to say.

    A text that is nobody else's and tells of no target is an error, too.
    """
    if found.config is not None and not errors_among(found.findings):
        return found
    meant = tuple(it for path, text in texts.items() if (it := misread(flag, path, text)))
    if meant:
        return Stores(config=None, findings=meant, keys=found.keys)
    silent = found.config is None and not errors_among(found.findings)
    return _or_nothing(found, {shown_as(path): text for path, text in texts.items()}) if silent else found


def _xml_stores(path: str) -> Stores:
    content = read_source(path)
    if isinstance(content, Finding):
        return Stores(config=None, findings=(content,))
    parsed = parse(content, file=shown_as(path))
    other = misread("--xml", path, content.decode("utf-8", "replace")) if errors_among(parsed.findings) else None
    if other:
        return Stores(config=None, findings=(other,))
    sound = parsed.config is not None and not errors_among(parsed.findings)
    taken = [
        Taken(
            key=f"filestores.{store.id}",
            said=f"{store.bucket_name} ({store.region})",
            name=f"s3-filestore {store.id}",
            place=parsed.place_of(("filestores", store.id)),
        )
        for store in (parsed.config.filestores if sound and parsed.config else ())
    ]
    return Stores(config=parsed.config if sound else None, findings=parsed.findings, taken=tuple(taken))


def _text(path: str) -> str | Finding:
    content = read_source(path)
    return content if isinstance(content, Finding) else as_text(content, path)


def nodes_in(wish: Wish, environment: Mapping[str, str]) -> Nodes:
    """Return what the one source of nodes says.

    Raises:
        InputError: --nodes is malformed, or Ansible's program does not answer.

    """
    if wish.nodes is not None:
        return Nodes(entries=described_nodes(wish.nodes))
    if wish.ansible is not None:
        require_no_listing(wish.ansible)
        path, content = wish.ansible, asked(wish.ansible, environment)
        return _from_json(as_text(content, path), path, wish)
    if wish.ansible_json is not None:
        read = read_source(wish.ansible_json, limit=MOST_BYTES_OF_PROGRAMS)
        text = read if isinstance(read, Finding) else as_text(read, wish.ansible_json)
        return _from_json(text, wish.ansible_json, wish)
    return Nodes()


def _from_json(text: str | Finding, path: str, wish: Wish) -> Nodes:
    if isinstance(text, Finding):
        return Nodes(findings=(text,))
    value, fault = as_json(text, path)
    estate = fault or read_estate(value, shown_as(path))
    if isinstance(estate, Finding):
        return Nodes(findings=(misread("--ansible-json", path, text) or estate,))
    group = choose_group(estate, wish.group)
    if isinstance(group, Finding):
        return Nodes(findings=(group,))
    found = machines_of(estate, group, wish.settings)
    return Nodes(
        entries={} if errors_among(tuple(found.findings)) else _folded(found.entries),
        settings={_FLAG_OF[key]: text for key, text in found.settings.items()},
        group=group.name,
        findings=tuple(found.findings),
        taken=tuple(found.taken),
        left=tuple(found.left),
    )


def _folded(entries: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """Hosts that differ in their address alone are one entry, where a range of addresses fits theirs."""
    alike: dict[str, list[str]] = {}
    for host, entry in entries.items():
        rest = {key: value for key, value in entry.items() if key != "address"}
        alike.setdefault(repr(("address" in entry, rest)), []).append(host)
    return {word: entry for among in alike.values() for word, entry in _words(among, entries)}


def _words(among: list[str], entries: Mapping[str, Mapping[str, object]]) -> list[tuple[str, Mapping[str, object]]]:
    first = entries[among[0]]
    if "address" not in first:
        return [(word, first) for word in words_of(among)]
    addresses = {host: str(entries[host]["address"]) for host in among}
    word, range_ = fold(among), fold(addresses.values())
    if len(among) > 1 and _pairs(word, range_) == addresses:
        return [(word, {**first, "address": range_})]
    return [(host, entries[host]) for host in among]


def _pairs(word: str, range_: str) -> dict[str, str] | None:
    """Which name gets which address, were they written as ranges; words joined by commas are no range."""
    try:
        names, addresses = hosts(word), hosts(range_)
    except Unfit:
        return None
    whole = "," not in word.partition("[")[0] and "," not in word.rpartition("]")[2] and "[" in word
    return dict(zip(names, addresses, strict=True)) if whole and len(names) == len(addresses) else None
