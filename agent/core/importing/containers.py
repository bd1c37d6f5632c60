"""Which variables do containers get, as a compose file declares them or `docker inspect` shows them?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.core.importing.codes import Code, error
from agent.core.importing.env_text import from_pairs, is_ours
from agent.core.importing.told import Told
from agent.core.inventory.written import Kind
from agent.core.text.shown import plainly, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.core.finding import Finding, Place
    from agent.core.inventory.written import Written

Read = tuple[tuple[Told, ...], tuple["Finding", ...]]


def compose_variables(root: Written | None, place: Place) -> Read:
    """Return the image's variables of the one service that sets some."""
    services = root.entries("services") if root is not None else {}
    included = root.child("include") if root is not None else None
    if not services and (included is None or included.kind is Kind.NOTHING):
        message = "there are no services in it"
        return (), (error(Code.NOT_THE_FORM, place, message, "give a compose file, or lines of KEY=VALUE"),)
    read = {name: _environment(service.child("environment")) for name, service in services.items()}
    ours = {name: it for name, it in read.items() if any(it)}
    told, findings = _only(ours, place, "services") if ours else ((), ())
    elsewhere = tuple(_other_files({name: services[name] for name in ours or services}, included))
    return told, (*findings, *elsewhere)


def _other_files(services: Mapping[str, Written], included: Written | None) -> Iterator[Finding]:
    """What other files set is not seen here, and may be for any target: half of it would be taken for all."""
    if included is not None and included.kind is not Kind.NOTHING:
        yield _in_another_file("include: other files have services, too", included)
    for name, service in services.items():
        files, base = service.child("env_file"), service.child("extends")
        if files is not None and files.kind is not Kind.NOTHING:
            yield _in_another_file(f"the service {shown(name)} has variables in another file (env_file)", files)
        if base is not None and base.kind is not Kind.NOTHING:
            yield _in_another_file(f"the service {shown(name)} has variables of another service (extends)", base)


def _in_another_file(message: str, found: Written) -> Finding:
    hint = "give what compose makes of all: docker compose config | filestore-agent import-config --env - ..."
    return error(Code.ELSEWHERE, found.key_place or found.place, message, hint)


def inspected_variables(value: object, place: Place) -> Read:
    """Return the image's variables of the one container that has some."""
    containers = [it for it in value if isinstance(it, dict)] if isinstance(value, list) else [value]
    read: dict[str, Read] = {}
    for number, it in enumerate(containers):
        config = it.get("Config") if isinstance(it, dict) else None
        pairs = config.get("Env") if isinstance(config, dict) else None
        if not isinstance(pairs, list):
            continue
        name = it.get("Name") if isinstance(it, dict) else None
        found = from_pairs([pair for pair in pairs if isinstance(pair, str)], place)
        read[name if isinstance(name, str) and name not in read else str(number)] = (found, ())
    if not read:
        message = "this is not what docker inspect prints"
        return (), (error(Code.NOT_THE_FORM, place, message, "give its output, or lines of KEY=VALUE"),)
    ours = {name: it for name, it in read.items() if it[0]}
    return _only(ours, place, "containers") if ours else ((), ())


def _only(ours: Mapping[str, Read], place: Place, what: str) -> Read:
    """All that say the same are one; of others nobody knows which is meant."""
    said = {frozenset((it.name, it.text) for it in told) for told, _ in ours.values()}
    if len(said) == 1:
        return next(iter(ours.values()))
    names = ", ".join(plainly(name) for name in list(ours)[:20])
    message = f"several {what} have variables of their own: {names}"
    return (), (error(Code.IN_DOUBT, place, message, "give a file with one of them alone"),)


def _environment(found: Written | None) -> Read:
    if found is None:
        return (), ()
    if isinstance(found.content, Mapping):
        return _joined(_value(name, it) for name, it in found.content.items() if is_ours(name))
    items = found.content if isinstance(found.content, tuple) else ()
    return _joined(_item(it) for it in items if isinstance(it.content, str) and is_ours(it.content.partition("=")[0]))


def _joined(read: Iterable[Told | Finding]) -> Read:
    both = tuple(read)
    told = tuple(it for it in both if isinstance(it, Told))
    return told, tuple(it for it in both if not isinstance(it, Told))


def _item(it: Written) -> Told | Finding:
    name, sign, text = str(it.content).partition("=")
    return Told(name=name, text=text.replace("$$", "$"), place=it.place) if sign else _from_outside(name, it.place)


def _value(name: str, it: Written) -> Told | Finding:
    if it.kind is Kind.NOTHING:
        return _from_outside(name, it.key_place or it.place)
    if it.kind is not Kind.TEXT:
        message = f"{plainly(name)}: {shown(it.text)} is {it.kind} to YAML"
        return error(Code.NOT_TEXT, it.place, message, "put it in quotes")
    return Told(name=name, text=it.text.replace("$$", "$"), place=it.place)


def _from_outside(name: str, place: Place) -> Finding:
    message = f"{plainly(name)} has no value here: docker compose takes it from its own environment"
    return error(Code.NOT_FILLED, place, message, "write the value out, or say --from-environment where it is set")
